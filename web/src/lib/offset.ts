import { say, type Key } from '../words/say';
import { en } from '../words/en';
import { span } from './time';

/** What a clock may be off before the hub warns of it. */
const SLACK_MS = 5000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const YEAR_MS = 365.25 * DAY_MS;

/** How far off a clock is, in a unit that says enough. */
function distance(ms: number): string {
  if (ms >= 2 * YEAR_MS) return say('seen.years', { n: Math.round(ms / YEAR_MS) });
  if (ms >= 2 * DAY_MS) return say('seen.days', { n: Math.round(ms / DAY_MS) });
  const unit = ms >= HOUR_MS ? HOUR_MS : ms >= MINUTE_MS ? MINUTE_MS : 1;
  return span(Math.round(ms / unit) * unit); // three hours but a moment are 3 h, as the hub's own warning says
}

/** How a camera's clock stands to the hub's, which it is ahead of by so many milliseconds: none where it does not tell. */
export function clockLine(ms: number | undefined): string {
  if (ms === undefined) return say('seen.clock_silent');
  if (Math.abs(ms) < SLACK_MS) return say('seen.clock_right');
  return say(ms > 0 ? 'seen.clock_ahead' : 'seen.clock_behind', { span: distance(Math.abs(ms)) });
}

/** What the hub does in the camera where somebody agrees to one change. */
export function fixLabel(fix: string): string {
  const key = `seen.fix.${fix}`;
  return say((key in en ? key : 'seen.fix') as Key);
}
