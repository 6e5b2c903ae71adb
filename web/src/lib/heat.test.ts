import { describe, expect, it } from 'vitest';
import type { Heat } from '../api/types';
import { boundOf, heatWords, warmth } from './heat';
import { type Area, newArea } from './motion';
import type { Polygon } from './polygon';

/** A heat of four cells by three. */
const heat = (...cells: number[]): Heat => ({ columns: 4, rows: 3, cell_width: 0.25, cell_height: 0.4, cells: btoa(String.fromCharCode(...cells)) });
const pair = heat(0, 0, 0, 0, 0, 120, 110, 0, 0, 0, 0, 30);
const area = (corners: Polygon, more: Partial<Area> = {}): Area => ({ ...newArea([], more.mask ?? false), corners, name: 'Gate', ...more });
const left: Polygon = [[0, 0], [0.5, 0], [0.5, 1], [0, 1]];
const middle: Polygon = [[0.2, 0], [0.8, 0], [0.8, 1], [0.2, 1]];
const counted = (w: ReturnType<typeof warmth>): number[] => w.cells.flatMap((c, i) => (c.counts ? [i] : []));

describe('the bound', () => {
  it('is that of the hub', () => {
    expect([50, 100, 25, 1].map(boundOf)).toEqual([100, (100 * 106) / 256, (100 * 506) / 256, 255]);
  });
});

describe('what moves', () => {
  it('counts where enough of it hangs together', () => {
    const w = warmth(pair, [], 50);
    expect(counted(w)).toEqual([5, 6]);
    expect(w.in).toEqual([0]);
    expect(heatWords(w, [])).toMatch(/^Enough moves now to count \(red\)\.$/);
    const apart = warmth(heat(120, 0, 0, 110, 0, 0, 0, 0, 0, 0, 0, 0), [], 50);
    expect(apart.in).toEqual([]);
    // The end of a row does not hang together with the beginning of the next.
    expect(warmth(heat(0, 0, 0, 120, 120, 0, 0, 0, 0, 0, 0, 0), [], 50).in).toEqual([]);
  });

  it('counts by the sensitivity that is being chosen', () => {
    expect(warmth(pair, [], 45).in).toEqual([]);
    expect(counted(warmth(heat(0, 0, 0, 0, 0, 60, 70, 0, 0, 0, 0, 30), [], 90))).toEqual([5, 6]);
  });

  it('counts in zones alone where there are any, by their own limits', () => {
    const gate = area(middle);
    const w = warmth(pair, [gate], 50);
    expect(w.in).toEqual([gate.key]);
    expect(heatWords(w, [gate])).toContain('Gate');
    expect(warmth(pair, [area(left)], 50).in).toEqual([]); // half of it lies within
    expect(warmth(pair, [area(middle, { size: 0.19 })], 50).in).toHaveLength(1);
    expect(warmth(pair, [area(middle, { size: 0.21 })], 50).in).toEqual([]);
    expect(warmth(pair, [area(middle, { sensitivity: 30 })], 50).in).toEqual([]);
  });

  it('is nothing under a mask, and too little is said to stir', () => {
    const w = warmth(pair, [area(middle, { mask: true })], 50);
    expect(counted(w)).toEqual([]);
    expect(w.cells[5]!.warm).toBe(0);
    expect(heatWords(w, [])).toContain('stirs'); // the cell at the edge
    expect(heatWords(warmth(heat(...Array<number>(12).fill(9)), [], 50), [])).toContain('Nothing moves');
    expect(heatWords(undefined, [])).toContain('not known');
  });
});
