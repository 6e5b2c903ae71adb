import { expect, it } from 'vitest';
import { dateField, endsAt } from './expiry';

const now = new Date('2026-05-10T12:00:00Z');

it('ends after whole days, at the end of a chosen day, or never', () => {
  expect(endsAt('never', '2026-06-01', now)).toBeUndefined();
  expect(endsAt('week', '', now)).toBe('2026-05-17T12:00:00.000Z');
  const chosen = new Date(endsAt('date', '2026-06-01', now) ?? '');
  expect([chosen.getDate(), chosen.getHours(), chosen.getMinutes()]).toEqual([1, 23, 59]);
  expect(endsAt('date', '', now)).toBeUndefined();
  expect(endsAt('date', 'soon', now)).toBeUndefined();
});

it('writes a day as a date field has it', () => {
  expect(dateField(new Date(2026, 0, 5, 23))).toBe('2026-01-05');
});
