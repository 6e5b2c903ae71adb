import { describe, expect, it } from 'vitest';
import { dayHeading, daysBetween, deadline, length, longSpan, moment, span, stamp, timeOfDay, when } from './time';

const now = new Date(2026, 2, 18, 14, 30, 0); // a Wednesday
const ago = (ms: number): Date => new Date(now.getTime() - ms);
const MIN = 60_000;
const HOUR = 60 * MIN;

describe('when', () => {
  it.each([
    [0, 'just now'],
    [4_999, 'just now'],
    [-3_000, 'just now'], // a clock a little ahead
    [7_400, '7\u00a0s ago'],
    [59_999, '59\u00a0s ago'],
    [MIN, '1\u00a0min ago'],
    [59 * MIN + 59_999, '59\u00a0min ago'],
  ])('%d ms ago is "%s"', (ms, words) => {
    expect(when(ago(ms), now)).toBe(words);
  });

  it('is the clock after an hour, the weekday for a week, then the date', () => {
    expect(when(ago(HOUR), now)).toMatch(/^(13:30|1:30 PM)$/);
    expect(when(ago(24 * HOUR), now)).toMatch(/^Tue, /);
    expect(when(ago(6 * 24 * HOUR), now)).toMatch(/^Thu, /);
    expect(when(ago(7 * 24 * HOUR), now)).toMatch(/^(11 Mar|Mar 11), /);
    expect(when(new Date(2025, 2, 18, 9, 0), now)).toContain('2025');
  });
});

describe('dayHeading', () => {
  it('names near days and dates far ones', () => {
    expect(dayHeading(now, now)).toBe('Today');
    expect(dayHeading(new Date(2026, 2, 17, 23, 59), now)).toBe('Yesterday');
    expect(dayHeading(new Date(2026, 2, 14), now)).toBe('Saturday');
    expect(dayHeading(new Date(2026, 2, 1), now)).toMatch(/Sunday/);
    expect(dayHeading(new Date(2025, 11, 31), now)).toContain('2025');
  });

  it('counts days by the calendar, over a change of the clocks too', () => {
    expect(daysBetween(new Date(2026, 2, 28, 23, 59), new Date(2026, 2, 30, 0, 1))).toBe(2);
    expect(daysBetween(new Date(2026, 9, 24, 12, 0), new Date(2026, 9, 26, 1, 0))).toBe(2);
  });
});

it('says spans and lengths', () => {
  expect(span(7_900)).toBe('7\u00a0s');
  expect(span(-1)).toBe('less than 1\u00a0s');
  expect(span(90 * MIN)).toBe('1\u00a0h');
  expect(length(7_000)).toBe('0:07');
  expect(length(92_400)).toBe('1:32');
  expect(length(3_723_000)).toBe('1:02:03');
});

describe('deadline', () => {
  it.each([
    [2 * HOUR, /^(16:30|4:30 PM)$/],
    [24 * HOUR, /^Thu, (14:30|2:30 PM)$/],
    [9 * 24 * HOUR, /^(27 Mar|Mar 27), (14:30|2:30 PM)$/],
  ])('%d ms from now', (ms, words) => {
    expect(deadline(ago(-ms), now)).toMatch(words);
  });
});

it('says a time of day as clocks here do', () => {
  expect(timeOfDay('22:05')).toMatch(/^(22:05|10:05 PM)$/);
  expect(timeOfDay('00:00')).toMatch(/^(00:00|12:00 AM)$/);
});

it('names a moment by the clock, however near it is', () => {
  expect(moment(ago(6_000), now)).toMatch(/^(14:29|2:29 PM)$/);
  expect(moment(ago(24 * HOUR), now)).toMatch(/^Tue, /);
});

describe('a long span', () => {
  it('is told to the minute', () => {
    expect([longSpan(40_000), longSpan(12 * MIN), longSpan(2 * HOUR), longSpan(HOUR + 25 * MIN)]).toEqual(['40\u00a0s', '12\u00a0min', '2\u00a0h', '1\u00a0h 25\u00a0min']);
  });
});

describe('a stamp', () => {
  it('has its year where it is another one', () => {
    expect(stamp(now, now)).not.toContain('2026');
    expect(stamp(new Date(2025, 2, 18, 9, 0), now)).toContain('2025');
  });
});
