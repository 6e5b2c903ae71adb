import type { Camera, EventRule } from '../api/types';
import { say, type Key } from '../words/say';
import { hasEvents } from './plan';
import { deadline } from './time';

/** The words for the camera's owner who reads, or for the others, who have to be told whose home it is. */
function words(camera: Camera, mine: Key, other: Key, time = ''): string {
  return say(camera.mine ? mine : other, { owner: camera.owner.name, time });
}

/** Whether motion and sound are recorded now, why not, and until when. */
export function ruleLine(camera: Camera, rule: EventRule, now: Date): string {
  const time = rule.until ? deadline(new Date(rule.until), now) : '';
  if (!hasEvents(camera.recording_plan)) return say('plan.no_events');
  if (rule.unreadable) return say('rule.unreadable');
  if (rule.when === 'always') return say('rule.always');
  if (rule.armed) {
    if (rule.when === 'away' && rule.away) return say('rule.on_away');
    return time ? say('rule.on_until', { time }) : say('rule.on');
  }
  if (rule.when === 'weekly') return say('rule.off_until', { time });
  return time ? words(camera, 'rule.off_home_until', 'rule.off_home_other_until', time) : words(camera, 'rule.off_home', 'rule.off_home_other');
}

/** What stands over the times of a camera that records while its owner is away as well. */
export function timesHeading(camera: Camera, rule: EventRule): string | undefined {
  return rule.when === 'away' ? words(camera, 'rule.times_away', 'rule.times_away_other') : undefined;
}

/** What stands beside a picture of which nothing is recorded now, or not its motion; nothing where it goes without saying. */
export function restNote({ event_rule: rule, recording_plan: plan, recording, retired, status }: Camera, now: Date): string | undefined {
  if (recording || retired || status.state === 'private') return undefined;
  if (plan?.now === 'off') return plan.until ? say('plan.note_off_until', { time: deadline(new Date(plan.until), now) }) : say('plan.note_off');
  if (!rule || rule.armed || !hasEvents(plan)) return undefined;
  return rule.until ? say('rule.note_until', { time: deadline(new Date(rule.until), now) }) : say('rule.note');
}

/** Whether this person is away, and what hangs on it at cameras of their own; undefined where nothing does. */
export function presence(own: readonly Camera[]): { away: boolean; resting: number } | undefined {
  const rules = own.flatMap((c) => (c.event_rule && c.status.state !== 'private' ? [c.event_rule] : []));
  const away = own.some((c) => c.event_rule?.away);
  if (!away && !own.some((c) => c.event_rule?.when === 'away')) return undefined;
  return { away, resting: rules.filter((r) => !r.armed).length };
}
