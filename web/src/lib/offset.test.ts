import { describe, expect, it } from 'vitest';
import { clockLine, fixLabel } from './offset';

const HOUR = 3_600_000;

describe('the clock of a camera', () => {
  it.each([
    [undefined, 'The camera does not tell its time.'],
    [0, 'The camera’s clock agrees with the hub’s.'],
    [-4999, 'The camera’s clock agrees with the hub’s.'],
    [7500, 'The camera’s clock is 7\u00a0s ahead of the hub’s.'],
    [-2 * HOUR, 'The camera’s clock is 2\u00a0h behind the hub’s.'],
    [3 * HOUR - 200, 'The camera’s clock is 3\u00a0h ahead of the hub’s.'],
    [-(2 * 60_000 - 1), 'The camera’s clock is 2\u00a0min behind the hub’s.'],
    [-49 * HOUR, 'The camera’s clock is 2 days behind the hub’s.'],
    [-8 * 8766 * HOUR, 'The camera’s clock is 8 years behind the hub’s.'],
  ])('%s', (ms, line) => expect(clockLine(ms)).toBe(line));
});

it('names each change, also one that this page does not know', () => {
  expect(fixLabel('clock')).toBe('Set the camera’s clock');
  expect(fixLabel('polarity')).toBe('Change it in the camera');
});
