import type { WeekTime } from '../api/types';
import { say } from '../words/say';
import { timeOfDay } from './time';

/** The days of a week as the hub names them, in the order they are shown. */
export const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

/** How many times of the week can be set. */
export const MOST_TIMES = 21;

/** A time to begin with: each night. */
export function fresh(): WeekTime {
  return { days: [...DAYS], from: '22:00', to: '06:00' };
}

/** A time in one line: days that follow each other are a span. */
export function timeLine({ days, from, to }: WeekTime): string {
  const spans: string[] = [];
  for (let n = 0; n < DAYS.length; n++) {
    if (!days.includes(DAYS[n]!)) continue;
    const first = n;
    while (n + 1 < DAYS.length && days.includes(DAYS[n + 1]!)) n++;
    spans.push(first === n ? say(`day.${DAYS[n]!}`) : say('week.span', { first: say(`day.${DAYS[first]!}`), last: say(`day.${DAYS[n]!}`) }));
  }
  const shown = days.length === DAYS.length ? say('week.every_day') : spans.join(', ');
  return from === to ? say('week.all_day', { days: shown }) : say('week.line', { days: shown, from: timeOfDay(from), to: timeOfDay(to) });
}

/** What is wrong with times that somebody typed; empty if nothing is. */
export function wrongTimes(times: readonly WeekTime[]): string {
  return times.some((t) => t.days.length === 0) ? say('week.no_day') : '';
}
