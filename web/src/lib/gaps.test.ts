import { describe, expect, it } from 'vitest';
import type { Gap, Lane } from '../api/timeline';
import { gapAt, gapWords, meant } from './gaps';
import { clock, clockSeconds, longSpan } from './time';

const from = new Date(2026, 5, 1, 10, 0, 7).getTime();
const now = new Date(2026, 5, 1, 11, 0);
const gap = (ms: number, more: Partial<Gap> = {}): Gap => ({ from, to: from + ms, cause: 'camera', open: false, ...more });

describe('a gap in words', () => {
  it('has when, for how long and why', () => {
    expect(gapWords(gap(5_400_000), now)).toBe(`${clock(new Date(from))}, for ${longSpan(5_400_000)} nothing could be recorded: the camera sent no pictures`);
  });

  it('has the seconds of what lasted seconds, for several lie in a minute', () => {
    expect(gapWords(gap(3000, { cause: 'hub' }), now)).toBe(`${clockSeconds(new Date(from))}, for ${longSpan(3000)} nothing could be recorded: the hub did not run`);
  });

  it('tells no begin and no end that it was not told', () => {
    const [begin, end] = [clock(new Date(from)), clock(new Date(from + 5_400_000))];
    const long = longSpan(5_400_000);
    expect(gapWords(gap(5_400_000, { late: true }), now)).toBe(`${begin}, for more than ${long} nothing could be recorded: the camera sent no pictures`);
    expect(gapWords(gap(5_400_000, { early: true }), now)).toBe(`Until ${end}, for more than ${long} nothing could be recorded: the camera sent no pictures`);
    for (const more of [{ late: true }, { open: true }]) {
      expect(gapWords(gap(5_400_000, { early: true, ...more }), now)).toBe('All this time nothing could be recorded: the camera sent no pictures');
    }
  });

  it('does not say of several that nothing was recorded between them', () => {
    const words = gapWords(gap(32_000, { count: 2 }), now);
    expect(words).toBe(`${clockSeconds(new Date(from))}, 2 gaps within ${longSpan(32_000)}, the longest because the camera sent no pictures`);
  });

  it('says of what goes on that it does', () => {
    expect(gapWords(gap(3000, { open: true, cause: 'privacy' }), now)).toBe(`Since ${clock(new Date(from))} nothing can be recorded: the camera is off the air`);
  });
});

describe('the gap of a time', () => {
  const lane = (gaps: Gap[]): Lane => ({ camera: 'a', continuous: [], recorded: [], damaged: [], counts: {}, busy: [], gaps, marks: [], tooMany: false });

  it('is the one around it, and one that goes on is around all that follows', () => {
    const [short, open] = [gap(3000), gap(1000, { from: from + 9000, to: from + 10_000, open: true })];
    const of = (ms: number) => gapAt(lane([short, open]), from + ms);
    expect([of(-1), of(0), of(2999), of(3000), of(9000), of(20_000)]).toEqual([undefined, short, short, undefined, open, open]);
    expect(gapAt(undefined, from)).toBeUndefined();
  });

  it('is meant where the camera was taken off the air, and by nothing else', () => {
    expect((['camera', 'disk', 'overload', 'privacy', 'hub', 'other'] as const).filter((cause) => meant({ cause }))).toEqual(['privacy']);
  });
});
