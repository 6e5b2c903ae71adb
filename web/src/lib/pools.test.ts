import { expect, it } from 'vitest';
import type { PoolStorage } from '../api/types';
import { troubleLine } from './pools';

const pool: PoolStorage = { name: 'disk2', used: 1, free: 2, floor: 3, may: 4, bytes_per_day: 5 };

it('says what is wrong with a disk', () => {
  const now = new Date('2026-03-10T12:00:00Z');
  const since = '2026-03-10T11:50:00Z';
  expect(troubleLine(pool, now)).toBeUndefined();
  const said = (['missing', 'read-only', 'full', 'slow', 'fails'] as const).map((trouble) => troubleLine({ ...pool, trouble, since }, now));
  expect(new Set(said).size).toBe(5);
  expect(said[0]).toMatch(/^Not there since \d+:\d+.*: nothing is recorded to it\. It goes on by itself once the disk is back\.$/);
  expect(said[2]).toMatch(/^Full /);
});
