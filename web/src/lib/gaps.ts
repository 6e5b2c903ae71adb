import type { Gap, Lane, Stretch } from '../api/timeline';
import { say } from '../words/say';
import { longSpan, moment } from './time';

const MINUTE = 60_000;

/** When nothing could be recorded, for how long, as far as that is known, and why, as a sentence; of what lasted seconds the clock has them, too. */
export function gapWords({ from, to, cause, open, early, late, count = 1 }: Gap, now: Date): string {
  const values = { span: longSpan(to - from), reason: cause };
  if (early && (open || late)) return say('gap.through', values);
  if (early) return say('gap.until', { ...values, time: moment(new Date(to), now) });
  if (open) return say('gap.since', { ...values, time: moment(new Date(from), now) });
  const time = moment(new Date(from), now, to - from < MINUTE);
  if (count > 1) return say('gap.several', { ...values, time, n: count });
  return say('gap.at', { ...values, time, long: late ? 'more' : 'no' });
}

/** When recordings are damaged or gone, as a sentence. */
export function damagedWords([from, to]: Stretch, now: Date): string {
  return say('timeline.damaged', { span: longSpan(to - from), time: moment(new Date(from), now, to - from < MINUTE) });
}

/** The gap that a time lies in. */
export function gapAt(lane: Lane | undefined, at: number): Gap | undefined {
  return lane?.gaps.find((g) => g.from <= at && (at < g.to || g.open));
}

/** Whether somebody wanted it so: nothing is wrong then. */
export const meant = ({ cause }: Pick<Gap, 'cause'>): boolean => cause === 'privacy';
