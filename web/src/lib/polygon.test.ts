import { describe, expect, it } from 'vitest';
import { addCorner, centreOf, contains, FEWEST_CORNERS, MOST_CORNERS, middleOf, moved, type Polygon, removeCorner, stepOf, withCorner } from './polygon';

const square: Polygon = [[0.2, 0.2], [0.6, 0.2], [0.6, 0.6], [0.2, 0.6]];

describe('a corner', () => {
  it('goes where it is put, and no further than the edge of the picture', () => {
    expect(withCorner(square, 1, [0.8, 0.1])).toEqual([[0.2, 0.2], [0.8, 0.1], [0.6, 0.6], [0.2, 0.6]]);
    expect(withCorner(square, 0, [-3, 1.5])[0]).toEqual([0, 1]);
    expect(withCorner(square, 0, [1 / 3, 0.123456])[0]).toEqual([0.3333, 0.1235]);
    expect(square[0]).toEqual([0.2, 0.2]);
  });

  it('is added in the middle of a side, the last one too, up to the most', () => {
    expect(addCorner(square, 0)).toEqual([[0.2, 0.2], [0.4, 0.2], [0.6, 0.2], [0.6, 0.6], [0.2, 0.6]]);
    expect(addCorner(square, 3).at(-1)).toEqual([0.2, 0.4]);
    expect(middleOf(square, 3)).toEqual([0.2, 0.4]);
    let many = square;
    for (let i = 0; i < 100; i++) many = addCorner(many, 0);
    expect(many).toHaveLength(MOST_CORNERS);
  });

  it('is removed, down to the fewest', () => {
    expect(removeCorner(square, 1)).toEqual([[0.2, 0.2], [0.6, 0.6], [0.2, 0.6]]);
    const few = removeCorner(square, 1);
    expect(few).toHaveLength(FEWEST_CORNERS);
    expect(removeCorner(few, 0)).toEqual(few);
  });
});

describe('an area', () => {
  it('is moved as it is, and stops at the edge of the picture', () => {
    expect(moved(square, [0.1, -0.1])).toEqual([[0.3, 0.1], [0.7, 0.1], [0.7, 0.5], [0.3, 0.5]]);
    expect(moved(square, [1, -1])).toEqual([[0.6, 0], [1, 0], [1, 0.4], [0.6, 0.4]]);
    expect(moved(square, [-1, 1])).toEqual([[0, 0.6], [0.4, 0.6], [0.4, 1], [0, 1]]);
  });

  it('contains what the hub counts as inside, also where its sides cross', () => {
    const bow: Polygon = [[0, 0], [1, 1], [1, 0], [0, 1]];
    expect(contains(square, [0.3, 0.5])).toBe(true);
    expect(contains(square, [0.7, 0.5])).toBe(false);
    expect(contains(bow, [0.1, 0.5])).toBe(true);
    expect(contains(bow, [0.5, 0.1])).toBe(false);
  });

  it('has its name in the middle', () => {
    expect(centreOf([[0, 0.2], [0.5, 0.2], [0.1, 0.8]])).toEqual([0.25, 0.5]);
  });
});

it('is moved by arrow keys alone, further with Shift', () => {
  expect(stepOf('ArrowLeft', false)).toEqual([-0.01, 0]);
  expect(stepOf('ArrowDown', true)).toEqual([0, 0.05]);
  expect(stepOf('ArrowUp', false)).toEqual([0, -0.01]);
  expect(stepOf('ArrowRight', false)).toEqual([0.01, 0]);
  expect(stepOf('a', false)).toBeUndefined();
});
