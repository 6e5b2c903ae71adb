/** The part of time that a timeline shows, in ms since 1970. Pure. */
export interface TimeWindow {
  from: number;
  to: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const LEAST_MS = MINUTE;
/** The hub tells of so much, of all cameras together. */
export const MOST_MS = 366 * DAY;
const NAMED_MS = 36 * HOUR;
/** How much of what is to come a window shows at most. */
const AHEAD = 0.08;
/** Looking closer at something shows at most one in so many of the window: enough that finer buckets are asked for. */
const CLOSER = 4;

/** Lengths that a person chooses by name. */
export const LENGTHS = { hour: HOUR, day: DAY, week: 7 * DAY, month: 30 * DAY } as const;
export type Length = keyof typeof LENGTHS;

/** Brings a window to a length that can be shown, at most `most`, and back from the future. */
export function clamped(w: TimeWindow, now: number, most = MOST_MS): TimeWindow {
  const length = Math.min(most, Math.max(LEAST_MS, w.to - w.from));
  const about = (w.from + w.to) / 2;
  const to = Math.min(about + length / 2, now + AHEAD * length);
  return { from: to - length, to };
}

/** A window of a length around a time. */
export function around(at: number, length: number, now: number): TimeWindow {
  return clamped({ from: at - length / 2, to: at + length / 2 }, now);
}

/** Shows `factor` times as much; what is at `about` stays where it is. */
export function zoomed(w: TimeWindow, factor: number, about: number, now: number, most = MOST_MS): TimeWindow {
  const length = Math.min(most, Math.max(LEAST_MS, (w.to - w.from) * factor));
  const share = (about - w.from) / (w.to - w.from);
  return clamped({ from: about - share * length, to: about + (1 - share) * length }, now);
}

export function moved(w: TimeWindow, by: number, now: number): TimeWindow {
  return clamped({ from: w.from + by, to: w.to + by }, now);
}

/** The window in which a time that plays can be seen: the same, or the next one where it has left it. */
export function following(w: TimeWindow, at: number, now: number): TimeWindow {
  const length = w.to - w.from;
  if (at >= w.from && at <= w.to - 0.04 * length) return w;
  return clamped({ from: at - 0.1 * length, to: at + 0.9 * length }, now);
}

/**
 * The window in which what is too close together to be told apart is looked at: all of the span that it is in, or where
 * that is hardly less than what is shown, its begin.
 */
export function closer(w: TimeWindow, from: number, to: number, now: number): TimeWindow {
  const length = Math.min((to - from) * 1.5, (w.to - w.from) / CLOSER);
  return clamped({ from: from - length / 6, to: from + (length * 5) / 6 }, now);
}

/** What is asked for, so that one can move about in it. */
export function loaded(w: TimeWindow, most = MOST_MS): TimeWindow {
  const length = w.to - w.from;
  // Of more than this the hub names no events, and counts them coarsely.
  const whole = length <= NAMED_MS ? NAMED_MS : most;
  const margin = Math.min(length / 2, (whole - length) / 2);
  return { from: Math.max(0, w.from - margin), to: w.to + margin };
}

export interface Tick {
  at: number;
  /** A day begins there. */
  day: boolean;
}

const STEPS = [
  SECOND, 5 * SECOND, 10 * SECOND, 30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE,
  HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR,
];
const DAYS = [1, 2, 7, 14, 30, 91];

/** Where a ruler has marks, at most `most` of them: round times of the local clock, and from a day on local midnights. */
export function ticks(w: TimeWindow, most: number): Tick[] {
  const least = (w.to - w.from) / most;
  const step = STEPS.find((s) => s >= least);
  return step === undefined ? midnights(w, DAYS.find((d) => d * DAY >= least) ?? 91) : within(w, step);
}

/** So long the shortest time is by which clocks are set. */
const SHIFT = 30 * MINUTE;

/** The midnight with which a calendar day begins here, or where clocks leave that out the first moment of the day. */
function midnight(of: number, days = 0): Date {
  const on = new Date(of);
  return new Date(on.getFullYear(), on.getMonth(), on.getDate() + days);
}

function within(w: TimeWindow, step: number): Tick[] {
  const out: Tick[] = [];
  const stride = Math.min(step, SHIFT);
  // By the clock of each day: where an hour is left out or comes twice, marks stay at round times, and each has its own.
  for (let day = midnight(w.from).getTime(); day < w.to; day = midnight(day, 1).getTime()) {
    const end = Math.min(w.to, midnight(day, 1).getTime());
    for (let at = day + Math.max(0, Math.ceil((w.from - day) / stride)) * stride; at < end; at += stride) {
      if (at === day || sinceMidnight(at) % step === 0) out.push({ at, day: at === day });
    }
  }
  return out;
}

/** What the clock on the wall shows. */
function sinceMidnight(at: number): number {
  const on = new Date(at);
  return on.getHours() * HOUR + on.getMinutes() * MINUTE + on.getSeconds() * SECOND;
}

function midnights(w: TimeWindow, days: number): Tick[] {
  const out: Tick[] = [];
  const first = midnight(w.from);
  // Counted from a fixed day, a Monday, so that marks stay where they are while one moves along.
  const number = Math.round(Date.UTC(first.getFullYear(), first.getMonth(), first.getDate()) / DAY) + 3;
  for (let day = -(number % days); ; day += days) {
    const at = midnight(w.from, day).getTime();
    if (at >= w.to) return out;
    if (at >= w.from) out.push({ at, day: true });
  }
}
