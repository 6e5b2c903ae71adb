import { describe, expect, it } from 'vitest';
import type { CameraStorage, Retention } from '../api/types';
import { bellLine, besideLine, changed, dayOptions, fromGB, fullLine, inGB, keepLine, kept, kindLines, more, reachLine, starredLine, stretch, takesLine } from './retention';

const none = { days: 0, at_least: 0, bytes: 0, at_least_bytes: 0 };
const nothing: Retention = { ...none, kinds: [] };
const bell = (days: number, at_least: number, at_least_bytes = 0, bytes = 0): Retention => ({ ...nothing, kinds: [{ kind: 'doorbell', days, at_least, bytes, at_least_bytes }] });
const choose = (r: Retention, to: Partial<ReturnType<typeof kept>>): Retention => changed(r, { ...kept(r), ...to });

describe('how long recordings are kept', () => {
  it('is said as a sentence', () => {
    expect(keepLine(nothing)).toBe('Recordings are kept as long as there is room. Then the oldest are deleted.');
    expect(keepLine({ ...nothing, days: 1 })).toBe('Recordings are kept for 1 day, as long as there is room.');
    expect(keepLine({ ...nothing, bytes: 5e11 })).toBe('Recordings are kept until they take 500\u00a0GB. Then the oldest are deleted.');
    expect(keepLine({ ...nothing, days: 30, bytes: 2e12 })).toBe('Recordings are kept for 30 days, and take at most 2\u00a0TB.');
  });

  it('is said of rings in bytes too', () => {
    expect(bellLine(nothing)).toBeUndefined();
    expect(bellLine(bell(90, 0))).toBeUndefined();
    expect(bellLine(bell(0, 14))).toBe('When somebody rang, they are kept for at least 14 days, while anything else can be deleted.');
    expect(bellLine(bell(0, 0, 5e9))).toBe('When somebody rang, the newest 5\u00a0GB are kept, while anything else can be deleted.');
    expect(bellLine(bell(0, 14, 5e9))).toBe('When somebody rang, those of the last 14 days and the newest 5\u00a0GB are kept, while anything else can be deleted.');
  });

  it('keeps what the page has no field for', () => {
    const motion = { ...none, kind: 'motion', days: 3, bytes: 9, at_least_bytes: 1 } as const;
    const set: Retention = { days: 7, at_least: 2, bytes: 5, at_least_bytes: 4, kinds: [motion, ...bell(90, 14, 3, 8).kinds] };
    expect(choose(set, { days: 30, most: 0, bell: 60, bellBytes: 7 })).toEqual({ ...set, days: 30, bytes: 0, kinds: [motion, ...bell(90, 60, 7, 8).kinds] });
    expect(choose(set, { bell: 0, bellBytes: 0 }).kinds).toEqual([motion, ...bell(90, 0, 0, 8).kinds]);
    expect(choose(bell(0, 14, 3), { bell: 0, bellBytes: 0 })).toEqual(nothing);
    expect(choose(nothing, { bell: 14 })).toEqual(bell(0, 14));
    expect(choose(nothing, { bellBytes: 5e9 })).toEqual(bell(0, 0, 5e9));
    expect([more(nothing), more(bell(0, 14, 3)), more(bell(9, 0)), more(bell(0, 0, 0, 9)), more(set)]).toEqual([false, false, true, true, true]);
    expect([more({ ...nothing, at_least: 1 }), more({ ...nothing, at_least_bytes: 1 })]).toEqual([true, true]);
    expect([kept(nothing).bell, kept(set).bell, kept(set).bellBytes]).toEqual([0, 14, 3]);
  });

  it('keeps the sub stream for days of its own', () => {
    const low = (days: number, at_least: number, bytes = 0): Retention => ({ ...nothing, days: 7, kinds: [{ kind: 'beside', days, at_least, bytes, at_least_bytes: 0 }] });
    expect(choose({ ...nothing, days: 7 }, { beside: 60 })).toEqual(low(60, 60));
    expect(choose(low(60, 60), { beside: 90 })).toEqual(low(90, 90));
    expect(choose(low(60, 5), { bell: 0 })).toEqual(low(60, 5)); // as a program said it
    expect(choose(low(60, 60), { beside: 0 }).kinds).toEqual([]);
    expect(choose(low(60, 60, 9), { beside: 0 })).toEqual(low(0, 0, 9));
    expect([more(low(60, 60)), more(low(60, 5)), more(low(60, 60, 9)), kept(low(60, 5)).beside, kept(nothing).beside]).toEqual([false, true, true, 60, 0]);
  });

  it('offers the days that were chosen, whatever they were', () => {
    expect(dayOptions(45, 'none').map((o) => o.value)).toEqual(['0', '1', '2', '3', '7', '14', '30', '45', '60', '90', '180', '365']);
    expect(dayOptions(0, 'none')[0]).toEqual({ value: '0', label: 'none' });
  });

  it('reads room in GB', () => {
    for (const [typed, n] of [['', 0], [' 200 ', 2e11], ['1.5', 1.5e9], ['1,5', 1.5e9], ['.5', 5e8]] as const) expect(fromGB(typed)).toBe(n);
    for (const typed of ['x', '-1', '0', '1e9', '99999999', '1.', '1 2', 'Infinity']) expect(fromGB(typed)).toBeUndefined();
    expect([inGB(0), inGB(2e11), inGB(1.5e9)]).toEqual(['', '200', '1.5']);
  });
});

describe('what recordings take', () => {
  const now = new Date('2026-03-10T12:00:00Z');
  const camera: CameraStorage = { id: 'c', name: 'Garden', clips: 412, bytes: 3.1e9 };

  it('says how far back they reach', () => {
    expect(reachLine({ ...camera, clips: 0 })).toBeUndefined();
    expect(reachLine(camera)).toMatch(/^Too little/);
    expect(reachLine({ ...camera, bytes_per_day: 0 })).toBe('At this rate nothing has to be deleted.');
    const at = { ...camera, bytes_per_day: 5 };
    expect(reachLine({ ...at, reach_days: 30, bound: 'days' })).toBe('Kept for 30 days');
    expect(reachLine({ ...at, reach_days: 4.4, bound: 'room' })).toBe('Will reach back 4 days, with the room of the hub');
    expect(reachLine({ ...at, reach_days: 0.5, bound: 'quota' })).toBe('Will reach back 12 hours, with your quota');
    expect(besideLine(at)).toBeUndefined();
    expect(besideLine({ ...at, beside: { bytes_per_day: 1, reach_days: 30, bound: 'room' } })).toBe('Small stream: Will reach back 30 days, with the room of the hub');
    expect(kindLines(at)).toEqual([]);
    const rings = { kind: 'doorbell' as const, bytes_per_day: 1, reach_days: 60, bound: 'room' as const };
    expect(kindLines({ ...at, reach_days: 60, bound: 'room', kinds: [rings] })).toEqual([]);
    expect(kindLines({ ...at, reach_days: 4, bound: 'room', kinds: [rings] })).toEqual(['Doorbell: Will reach back 60 days, with the room of the hub']);
    expect(starredLine(at)).toBeUndefined();
    expect(starredLine({ ...at, starred: 2e9 })).toBe('2\u00a0GB of it is starred and stays.');
    expect([stretch(1.9), stretch(2), stretch(2 / 24), stretch(1 / 24), stretch(1e-5)]).toEqual(['46 hours', '2 days', '2 hours', '60 minutes', '1 minute']);
  });

  it('counts them', () => {
    expect(takesLine({ ...camera, clips: 0, bytes: 0 }, now)).toBe('No recordings yet.');
    expect(takesLine(camera, now)).toBe('412 clips, 3.1\u00a0GB');
    expect(takesLine({ ...camera, oldest: '2026-02-01T12:00:00Z' }, now)).toMatch(/^412 clips, 3\.1\u00a0GB, since /);
  });

  it('says when the room is used up', () => {
    expect(fullLine({})).toBe('At this rate the room is not used up.');
    expect(fullLine({ full_unsure: true })).toMatch(/^Too little yet/);
    expect(fullLine({ full_days: 23, full_unsure: true })).toMatch(/^Within 23 days/);
    expect(fullLine({ full_days: 0 })).toMatch(/^The room is used up/);
    expect(fullLine({ full_days: 23 })).toMatch(/^In 23 days/);
  });
});
