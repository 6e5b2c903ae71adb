import { expect, it } from 'vitest';
import { dayOf } from './filters';

it('spans a calendar day, or nothing', () => {
  const { since, until } = dayOf('2026-03-31');
  expect([new Date(since ?? '').getDate(), new Date(until ?? '').getDate()]).toEqual([31, 1]);
  expect(dayOf('')).toEqual({ since: undefined, until: undefined });
  expect(dayOf('soon')).toEqual({ since: undefined, until: undefined });
});
