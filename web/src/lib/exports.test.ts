import { describe, expect, it } from 'vitest';
import { figures, inAll, lately, momentField, spanAround, wishOf } from './exports';

describe('what is asked for', () => {
  it('is a span in UTC, and a speed of a time-lapse alone', () => {
    const from = new Date(2026, 2, 1, 18, 0, 0);
    const to = new Date(2026, 2, 1, 18, 30, 5);
    const fields = [momentField(from), momentField(to)] as const;
    expect(fields).toEqual(['2026-03-01T18:00:00', '2026-03-01T18:30:05']);
    expect(wishOf(...fields, 'video', '60')).toEqual({ from: from.toISOString(), to: to.toISOString(), kind: 'video' });
    expect(wishOf(...fields, 'time-lapse', '60')).toEqual({ from: from.toISOString(), to: to.toISOString(), kind: 'time-lapse', speed: 60 });
  });

  it('is nothing where the fields hold no time to a later one', () => {
    expect(wishOf('2026-03-01T18:00', '2026-03-01T18:00', 'video', '60')).toBeUndefined();
    expect(wishOf('2026-03-01T18:00', '2026-03-01T17:00', 'video', '60')).toBeUndefined();
    expect(wishOf('', '2026-03-01T17:00', 'video', '60')).toBeUndefined();
    expect(wishOf('2026-03-01T17:00', '', 'video', '60')).toBeUndefined();
  });

  it('is what is past of what is looked at, and not more than a day', () => {
    const at = Date.UTC(2026, 2, 1, 18);
    const hour = 3_600_000;
    const told = ({ from, to }: { from: Date; to: Date }): number[] => [from.getTime() - at, to.getTime() - at];
    expect(told(spanAround({ from: at - hour, to: at + hour }, at, at + hour / 2))).toEqual([-hour, hour / 2]);
    expect(told(spanAround({ from: at - 20 * hour, to: at + 20 * hour }, at, at + 30 * hour))).toEqual([-300_000, 300_000]);
    expect(told(spanAround({ from: at + hour, to: at + 2 * hour }, at, at))).toEqual([-300_000, 0]);
  });

  it('begins with the last ten minutes', () => {
    expect(lately(new Date(2026, 2, 1, 18, 0, 42))).toEqual({ from: '2026-03-01T17:50:42', to: '2026-03-01T18:00:42' });
  });
});

describe('what it will be', () => {
  const told = { from: '', to: '', length_ms: 92_000, bytes: 31_000_000, clips: 3, left_out: 0 };

  it('is said by kind', () => {
    expect(figures('video', told)).toBe('1:32 long, about 31\u00a0MB, out of 3 clips.');
    expect(figures('time-lapse', { ...told, clips: 1 })).toBe('1:32 long, about 31\u00a0MB, out of 1 clip.');
    expect(figures('evidence', told)).toBe('3 whole clips of 1:32 together, about 31\u00a0MB.');
  });

  it('is said of several cameras together, once all are told, and of how many there is none', () => {
    const none = 'Nothing was recorded in this time.';
    expect(inAll([told, undefined, told])).toBe('Looking at what is recorded…');
    expect(inAll([told, told, told])).toBe('3 files, about 93\u00a0MB in all.');
    expect(inAll([told, told])).toBe('2 files, about 62\u00a0MB in all.');
    expect(inAll([told, none, none])).toBe('1 file, about 31\u00a0MB. 2 cameras have none: above it says why.');
    expect(inAll([none, none, none])).toBe('No file. 3 cameras have none: above it says why.');
  });

  it('says what is missing', () => {
    expect(figures('video', { ...told, left_out: 2 })).toContain('2 damaged clips are left out.');
  });
});
