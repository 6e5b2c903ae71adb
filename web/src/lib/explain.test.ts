import { expect, it } from 'vitest';
import { Refusal } from '../api/refusal';
import { sentence } from './explain';

it.each([
  [undefined, 'Wait a little'],
  [30, 'Wait 30 s'],
  [569, 'Wait 10 min'],
  [3599, 'Wait 1 h'],
  [86_340, 'Wait 24 h'],
])('says how long to wait, and never less: %s s', (retryAfter, words) => {
  const refusal = new Refusal('throttled', retryAfter === undefined ? {} : { retryAfter });
  expect(sentence(refusal)).toBe(`Too many tries. ${words}, then try again.`);
});
