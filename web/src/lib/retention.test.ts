import { describe, expect, it } from 'vitest';
import type { CameraStorage, Retention } from '../api/types';
import { bellDays, besideDays, changed, dayOptions, fromGB, fullLine, inGB, keepLine, more, besideLine, reachLine, stretch, takesLine } from './retention';

const nothing: Retention = { days: 0, at_least: 0, bytes: 0, kinds: [] };
const bell = (days: number, at_least: number): Retention => ({ ...nothing, kinds: [{ kind: 'doorbell', days, at_least }] });

describe('how long recordings are kept', () => {
  it('is said as a sentence', () => {
    expect(keepLine(nothing)).toBe('Recordings are kept as long as there is room. Then the oldest are deleted.');
    expect(keepLine({ ...nothing, days: 1 })).toBe('Recordings are kept for 1 day, as long as there is room.');
    expect(keepLine({ ...nothing, bytes: 5e11 })).toBe('Recordings are kept until they take 500\u00a0GB. Then the oldest are deleted.');
    expect(keepLine({ ...nothing, days: 30, bytes: 2e12 })).toBe('Recordings are kept for 30 days, and take at most 2\u00a0TB.');
  });

  it('keeps what the page has no field for', () => {
    const set: Retention = { days: 7, at_least: 2, bytes: 5, kinds: [{ kind: 'motion', days: 3, at_least: 0 }, { kind: 'doorbell', days: 90, at_least: 14 }] };
    expect(changed(set, 30, 0, 60)).toEqual({ days: 30, at_least: 2, bytes: 0, kinds: [{ kind: 'motion', days: 3, at_least: 0 }, { kind: 'doorbell', days: 90, at_least: 60 }] });
    expect(changed(set, 30, 0, 0).kinds).toContainEqual({ kind: 'doorbell', days: 90, at_least: 0 });
    expect(changed(bell(0, 14), 0, 0, 0)).toEqual(nothing);
    expect(changed(nothing, 0, 0, 14)).toEqual(bell(0, 14));
    expect([more(nothing), more(bell(0, 14)), more(bell(9, 0)), more(set), more({ ...nothing, at_least: 1 })]).toEqual([false, false, true, true, true]);
    expect([bellDays(nothing), bellDays(set)]).toEqual([0, 14]);
  });

  it('keeps the sub stream for days of its own', () => {
    const low = (days: number, at_least: number): Retention => ({ days: 7, at_least: 0, bytes: 0, kinds: [{ kind: 'beside', days, at_least }] });
    expect(changed({ ...nothing, days: 7 }, 7, 0, 0, 60)).toEqual(low(60, 60));
    expect(changed(low(60, 60), 7, 0, 0, 90)).toEqual(low(90, 90));
    expect(changed(low(60, 5), 7, 0, 0, 60)).toEqual(low(60, 5)); // as a program said it
    expect(changed(low(60, 60), 7, 0, 0, 0).kinds).toEqual([]);
    expect([more(low(60, 60)), more(low(60, 5)), besideDays(low(60, 5)), besideDays(nothing)]).toEqual([false, true, 60, 0]);
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
    expect([stretch(1.9), stretch(2), stretch(1 / 24)]).toEqual(['46 hours', '2 days', '1 hour']);
  });

  it('counts them', () => {
    expect(takesLine({ ...camera, clips: 0, bytes: 0 }, now)).toBe('No recordings yet.');
    expect(takesLine(camera, now)).toBe('412 clips, 3.1\u00a0GB');
    expect(takesLine({ ...camera, oldest: '2026-02-01T12:00:00Z' }, now)).toMatch(/^412 clips, 3\.1\u00a0GB, since /);
  });

  it('says when the room is used up', () => {
    expect(fullLine(undefined)).toBe('At this rate the room is not used up.');
    expect(fullLine(0)).toMatch(/^The room is used up/);
    expect(fullLine(23)).toMatch(/^In 23 days/);
  });
});
