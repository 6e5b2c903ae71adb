import { describe, expect, it } from 'vitest';
import { following, missingBefore, numberOf, type Part, partsOf } from './parts';

const part = (id: string, from_s: number, length_s: number, recording = false): Part => ({
  id,
  start: new Date(Date.UTC(2026, 0, 1) + from_s * 1000).toISOString(),
  duration_ms: length_s * 1000,
  recording,
});
const none = (): boolean => false;

describe('the parts of an event', () => {
  const event = { start: '2026-01-01T00:00:00Z', recording: false };

  it('are what the hub names, in its order', () => {
    const clips = [part('a', 0, 2), part('b', 2, 2)];
    expect(partsOf({ ...event, clip: 'a', clips })).toEqual(clips);
  });

  it('are the one clip where the hub names no others', () => {
    expect(partsOf({ ...event, clip: 'a', duration_ms: 7000 })).toEqual([{ id: 'a', start: event.start, duration_ms: 7000, recording: false }]);
    expect(partsOf({ ...event, clip: 'a', clips: [], recording: true })).toMatchObject([{ id: 'a', duration_ms: 0, recording: true }]);
  });

  it('are none where nothing was recorded', () => {
    expect(partsOf(event)).toEqual([]);
    expect(partsOf({ ...event, clips: [] })).toEqual([]);
  });
});

describe('what is missing between two parts', () => {
  it.each([
    [2, undefined],
    [1.5, undefined], // parts may overlap
    [3, undefined],
    [3.1, 1100],
    [14, 12_000],
  ])('the first is over at 2 s, the second starts at %f s', (start, missing) => {
    expect(missingBefore([part('a', 0, 2), part('b', start, 2)], 1)).toBe(missing);
  });

  it('is nothing before the first, beyond the last, and after a part that grows', () => {
    const parts = [part('a', 0, 2, true), part('b', 9, 2)];
    expect([0, 1, 2].map((n) => missingBefore(parts, n))).toEqual([undefined, undefined, undefined]);
  });
});

describe('playing on', () => {
  const parts = [part('a', 0, 2), part('b', 2, 2), part('c', 4, 2, true)];

  it('takes the next part, one still recording too', () => {
    expect(following(parts, 0, none)?.id).toBe('b');
    expect(following(parts, 1, none)?.id).toBe('c');
    expect(following(parts, 2, none)).toBeUndefined();
  });

  it('leaves out what this browser does not play', () => {
    expect(following(parts, 0, (id) => id === 'b')?.id).toBe('c');
    expect(following(parts, 0, () => true)).toBeUndefined();
  });

  it('keeps its place while parts come and go', () => {
    expect(numberOf(parts, undefined)).toBe(0);
    expect(numberOf([...parts, part('d', 6, 2)], 'c')).toBe(2);
    expect(numberOf(parts, 'gone')).toBe(0);
    expect(numberOf([], 'a')).toBe(0);
  });
});
