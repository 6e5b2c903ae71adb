import { describe, expect, it } from 'vitest';
import { before, near, type Range, waits } from './ranges';

const held: Range[] = [
  [10, 20],
  [20.06, 21],
  [30, 40],
];

describe('what a buffer holds', () => {
  it('is there at a time, or a moment later', () => {
    expect([near(held, 15), near(held, 9.8), near(held, 9), near(held, 20.03), near(held, 25)]).toEqual([15, 10, undefined, 20.06, undefined]);
    expect(near(held, 20.99)).toBeUndefined();
  });

  it('ends with a picture that can be shown', () => {
    expect([before(held, 15), before(held, 25), before(held, 20.05), before(held, 5)]).toEqual([15, 20.96, 19.96, undefined]);
  });

  it('is waited for where it ends, however short it is missing', () => {
    expect([waits(held, 15), waits(held, 20.07), waits(held, 29.99)]).toEqual([undefined, undefined, undefined]);
    expect([waits(held, 20), waits(held, 20.99), waits(held, 40), waits([], 1)]).toEqual([{ next: 20.06 }, { next: 30 }, { next: undefined }, { next: undefined }]);
    expect([waits(held, 39.5), waits(held, 39.5, 1)]).toEqual([undefined, { next: undefined }]);
  });
});
