import { language, say } from '../words/say';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Whether this person reads 6 pm or 18:00; the words stay in the catalogue's language. */
const hour12 = new Intl.DateTimeFormat(undefined, { hour: 'numeric' }).resolvedOptions().hour12 ?? false;

function format(options: Intl.DateTimeFormatOptions): (t: Date) => string {
  const made = new Intl.DateTimeFormat(language === 'en' && !hour12 ? 'en-GB' : language, { ...options, hour12 });
  return (t) => made.format(t);
}

const clockFormat = format({ hour: 'numeric', minute: '2-digit' });
const clockSecondsFormat = format({ hour: 'numeric', minute: '2-digit', second: '2-digit' });
const weekdayFormat = format({ weekday: 'short' });
const longWeekdayFormat = format({ weekday: 'long' });
const shortDayFormat = format({ weekday: 'short', day: 'numeric' });
const dateFormat = format({ day: 'numeric', month: 'short' });
const dateYearFormat = format({ day: 'numeric', month: 'short', year: 'numeric' });
const exactDateFormat = format({ weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' });
const stampFormat = format({ weekday: 'short', day: 'numeric', month: 'short' });
const longDateFormat = format({ weekday: 'long', day: 'numeric', month: 'long' });
const longDateYearFormat = format({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });

/** Whole calendar days from `then` to `now`, by the local calendar. */
export function daysBetween(then: Date, now: Date): number {
  const day = (t: Date): number => Date.UTC(t.getFullYear(), t.getMonth(), t.getDate());
  return Math.round((day(now) - day(then)) / (24 * HOUR));
}

/** A span as a person says it: "7 s", "4 min", "2 h". */
export function span(ms: number): string {
  const whole = Math.max(0, ms);
  if (whole < MINUTE) return say('time.seconds', { n: Math.floor(whole / SECOND) });
  if (whole < HOUR) return say('time.minutes', { n: Math.floor(whole / MINUTE) });
  return say('time.hours', { n: Math.floor(whole / HOUR) });
}

/** Relative up to an hour, then the clock, with the weekday for the last week and the date before. */
export function when(then: Date, now: Date): string {
  const age = now.getTime() - then.getTime();
  if (age < 5 * SECOND) return say('time.now');
  if (age < HOUR) return say('time.ago', { span: span(age) });
  return moment(then, now);
}

/** A moment that is past, for after "since": the clock today, with the weekday for the last week and the date before; with seconds for what lies seconds apart. */
export function moment(then: Date, now: Date, seconds = false): string {
  const days = daysBetween(then, now);
  const time = (seconds ? clockSecondsFormat : clockFormat)(then);
  if (days === 0) return time;
  if (days < 7) return say('time.day_and_clock', { day: weekdayFormat(then), time });
  const date = then.getFullYear() === now.getFullYear() ? dateFormat(then) : dateYearFormat(then);
  return say('time.day_and_clock', { day: date, time });
}

/** A moment to come: the clock today, the weekday within a week, then the date. */
export function deadline(then: Date, now: Date): string {
  const days = daysBetween(now, then);
  const time = clockFormat(then);
  if (days <= 0) return time;
  return say('time.day_and_clock', { day: days < 7 ? weekdayFormat(then) : day(then, now), time });
}

/** The heading over one day of a list. */
export function dayHeading(then: Date, now: Date): string {
  const days = daysBetween(then, now);
  if (days === 0) return say('time.today');
  if (days === 1) return say('time.yesterday');
  if (days > 1 && days < 7) return longWeekdayFormat(then);
  return then.getFullYear() === now.getFullYear() ? longDateFormat(then) : longDateYearFormat(then);
}

/** A day inside a sentence: "3 May", with the year where it is another one. */
export function day(then: Date, now: Date): string {
  return then.getFullYear() === now.getFullYear() ? dateFormat(then) : dateYearFormat(then);
}

/** A day where there is little room: the weekday and the date. */
export function shortDay(then: Date): string {
  return shortDayFormat(then);
}

/** The clock alone, for lists that stand under a day heading. */
export function clock(then: Date): string {
  return clockFormat(then);
}

/** A time of day that the hub names as 22:00, as this person reads it. */
export function timeOfDay(hhmm: string): string {
  const [hours = 0, minutes = 0] = hhmm.split(':').map(Number);
  return clockFormat(new Date(2000, 0, 1, hours, minutes));
}

/** The clock with seconds, for what lies seconds apart. */
export function clockSeconds(then: Date): string {
  return clockSecondsFormat(then);
}

/** Exact, for hover and for evidence. */
export function exact(then: Date): string {
  return say('time.day_and_clock', { day: exactDateFormat(then), time: clockSecondsFormat(then) });
}

/** To the second, where there is little room: the year only where it is another one. */
export function stamp(then: Date, now: Date): string {
  const day = then.getFullYear() === now.getFullYear() ? stampFormat(then) : exactDateFormat(then);
  return say('time.day_and_clock', { day, time: clockSecondsFormat(then) });
}

/** A span to the minute, also of hours: "40 s", "12 min", "1 h 25 min". */
export function longSpan(ms: number): string {
  const minutes = Math.floor(ms / MINUTE);
  if (minutes < 60 || minutes % 60 === 0) return span(ms);
  return say('time.hours_minutes', { hours: Math.floor(minutes / 60), n: minutes % 60 });
}

/** A length of video: 0:07, 1:32, 1:02:03. */
export function length(ms: number): string {
  const s = Math.round(ms / SECOND);
  const two = (n: number): string => String(n).padStart(2, '0');
  const minutes = Math.floor(s / 60);
  if (minutes < 60) return `${minutes}:${two(s % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(s % 60)}`;
}
