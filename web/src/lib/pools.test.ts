import { expect, it } from 'vitest';
import type { PoolStorage } from '../api/types';
import { faultLines, spotLine, troubleLine } from './pools';

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

it('says what is wrong with the database and with recordings, and nothing where all is well', () => {
  const now = new Date('2026-03-10T12:00:00Z');
  const well = { unlisted: 0, foreign: 0, damaged: 0 };
  expect(faultLines(well, now)).toEqual([]);
  const said = (['full', 'read-only', 'fails'] as const).map((database) => faultLines({ ...well, database, since: '2026-03-10T11:50:00Z' }, now)[0]);
  expect(new Set(said).size).toBe(3);
  expect(said[0]).toMatch(/database is full, or nearly, since \d+:\d+.*: recordings go on/);
  expect(faultLines({ unlisted: 2, foreign: 1, damaged: 1 }, now).map((line) => line.slice(0, 24))).toEqual(['1 recording found damaged', '2 recordings lie on the d', '1 file among the recordi'].map((line) => line.slice(0, 24)));
});

it('says when a recording was read again, and what that found', () => {
  const now = new Date('2026-03-10T12:00:00Z');
  const health = { unlisted: 0, foreign: 0, damaged: 0 };
  const at = '2026-03-10T11:50:00Z';
  expect(spotLine(health, now)).toMatch(/read none yet\.$/);
  expect(spotLine({ ...health, spot: { at } }, now)).toMatch(/The last one, \d+:\d+.*, is as it was written\.$/);
  expect(spotLine({ ...health, spot: { at, fault: 'changed' } }, now)).toMatch(/, is not as it was written\.$/);
});
