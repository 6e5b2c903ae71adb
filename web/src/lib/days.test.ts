import { expect, it } from 'vitest';
import { byDay } from './days';

const now = new Date(2026, 2, 18, 0, 30);
const at = (day: number, hour: number, minute: number): string => new Date(2026, 2, day, hour, minute).toISOString();
const clocks = (list: string[]) => byDay(list, (t) => t, now).map(({ heading, items }) => [heading, ...items]);

it('has each day once, though a line was written after midnight for what began before', () => {
  const [late, before, after] = [at(18, 0, 20), at(17, 23, 55), at(18, 0, 5)];
  expect(clocks([late, before, after])).toEqual([
    ['Today', late, after],
    ['Yesterday', before],
  ]);
});

it('puts what is of one day in the order of time, the newest first', () => {
  const [one, two, three] = [at(18, 0, 1), at(18, 0, 2), at(18, 0, 3)];
  expect(clocks([three, one, two])).toEqual([['Today', three, two, one]]);
});
