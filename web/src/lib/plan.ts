import type { Camera, Mode, ModeTime, NewRecordingPlan, RecordingPlan, Streams } from '../api/types';
import { say } from '../words/say';
import { deadline } from './time';
import { fresh, timeLine } from './week';

/** What may be chosen, in the order it is shown. */
export const MODES = ['events', 'both', 'continuous', 'off'] as const satisfies readonly Mode[];

/** Which streams may be chosen. */
export const STREAMS = ['main', 'both', 'sub'] as const satisfies readonly Streams[];

/** Whether there is anything to choose: of a camera with one stream there is not. */
export function hasStreams({ status }: Pick<Camera, 'status'>, plan: RecordingPlan): boolean {
  return plan.streams !== 'main' || status.streams.length > 1;
}

/** What is recorded now, and until when. */
export function planLine({ now: mode, until, unreadable }: RecordingPlan, now: Date): string {
  if (unreadable) return say('plan.unreadable');
  return until ? say(`plan.${mode}_until`, { time: deadline(new Date(until), now) }) : say(`plan.${mode}`);
}

/** A time of the week and what is recorded in it, in one line. */
export function modeLine(time: ModeTime): string {
  return say('plan.time', { when: timeLine(time), what: say(`plan.in_${time.mode}`) });
}

const seconds = (ms: number): string => say('plan.seconds', { n: ms / 1000 });

/** How much is recorded before and after an event. */
export function rollsLine({ pre_roll_ms, post_roll_ms, kinds }: RecordingPlan): string {
  return say(kinds.length > 0 ? 'plan.rolls_kinds' : 'plan.rolls', { before: seconds(pre_roll_ms), after: seconds(post_roll_ms) });
}

/** Whether something becomes an event now. */
export function hasEvents(plan: RecordingPlan | undefined): boolean {
  return !plan || plan.now === 'events' || plan.now === 'both';
}

/** A time to begin with: everything, each night. */
export function freshMode(): ModeTime {
  return { ...fresh(), mode: 'both' };
}

/** Times to choose from, in milliseconds, with the one that is set. */
export function rollChoices(steps: readonly number[], set: number): { value: string; label: string }[] {
  return [...new Set([...steps, set])].sort((a, b) => a - b).map((ms) => ({ value: String(ms), label: seconds(ms) }));
}

/** What there is before an event, at most eight seconds, and after it. */
export const BEFORE = [0, 2000, 5000, 8000];
export const AFTER = [0, 5000, 10_000, 20_000, 30_000, 60_000, 120_000];

/** The kinds of events, in the order they are shown. */
export const KINDS = ['motion', 'sound', 'doorbell', 'camera', 'tamper', 'trigger'] as const;

/** How much there is around events of one kind, as it is edited. */
export interface KindDraft {
  kind: (typeof KINDS)[number];
  before: string;
  after: string;
}

/** A plan as it is edited. */
export interface Draft {
  mode: string;
  streams: string;
  times: ModeTime[];
  sound: ('sound' | '')[];
  before: string;
  after: string;
  kinds: KindDraft[];
}

export function draftOf(plan: RecordingPlan): Draft {
  return {
    mode: plan.mode,
    streams: plan.streams,
    times: plan.times.map((t) => ({ ...t, days: [...t.days] })),
    sound: plan.sound ? ['sound'] : [],
    before: String(plan.pre_roll_ms),
    after: String(plan.post_roll_ms),
    kinds: plan.kinds.map((k) => ({ kind: k.kind, before: String(k.pre_roll_ms), after: String(k.post_roll_ms) })),
  };
}

/** What is saved of it. */
export function planOf(draft: Draft): NewRecordingPlan {
  return {
    mode: draft.mode as Mode,
    streams: draft.streams as Streams,
    times: draft.times,
    sound: draft.sound.length > 0,
    pre_roll_ms: Number(draft.before),
    post_roll_ms: Number(draft.after),
    kinds: draft.kinds.map((k) => ({ kind: k.kind, pre_roll_ms: Number(k.before), post_roll_ms: Number(k.after) })),
  };
}
