import { describe, expect, it } from 'vitest';
import type { Lane, Timeline } from '../api/timeline';
import { bars, spansPath } from './bars';

const lane: Lane = { camera: 'a', continuous: [], recorded: [], damaged: [], counts: { motion: [1, 0, 100, 0], doorbell: [0, 0, 1, 1] }, busy: [0, 0, 0, 0], gaps: [], marks: [], tooMany: false };
const t: Timeline = { from: 0, to: 4000, step: 1000, now: 4000, lanes: [lane] };
const boxes = (path: string): number[][] => [...path.matchAll(/M([\d.-]+) ([\d.-]+)h([\d.]+)v([\d.]+)/g)].map((m) => m.slice(1).map(Number));

describe('bars', () => {
  it('stand where events began, one beside a hundred still seen, the rare kind on top', () => {
    const [motion, bell] = bars(t, lane, { from: 0, to: 4000 }, 400, 40);
    const [few = [], many = []] = boxes(motion?.path ?? '');
    const [top = [], alone = []] = boxes(bell?.path ?? '');
    expect([few[0], many[0], top[0], alone[0]]).toEqual([0, 200, 200, 300]);
    expect(few[3]).toBeGreaterThan(8);
    expect((many[3] ?? 0) + (top[3] ?? 0)).toBeCloseTo(40);
    expect(top[1]).toBeLessThan(many[1] ?? 0);
  });

  it('are of the window alone', () => {
    expect(boxes(bars(t, lane, { from: 3000, to: 4000 }, 400, 40)[0]?.path ?? '')).toHaveLength(1);
    expect(bars(t, lane, { from: 1000, to: 2000 }, 400, 40)).toEqual([]);
  });
});

describe('spans', () => {
  it('are seen however short they are, and end at the window', () => {
    expect(boxes(spansPath([[0, 1], [1000, 9000], [9500, 9600]], { from: 0, to: 4000 }, 400, 0, 10))).toEqual([[0, 0, 1, 10], [100, 0, 302, 10]]);
  });
});
