import type { Grant, History } from '../api/contract';
import type { Action } from '../api/types';
import { language, say } from '../words/say';
import { day } from './time';

/** What a grant can allow besides, of which nothing comes yet: it is neither offered nor said. */
const SILENT = 'notify';

/** Everything a grant can allow, in the order in which people think of it. */
export const ACTIONS: readonly Exclude<Action, typeof SILENT>[] = [
  'live', 'audio', 'history', 'export', 'star', 'talk', 'ptz', 'delete', 'guest_links', 'manage',
];

export const PRESETS = {
  watch: ['live', 'audio'],
  review: ['live', 'audio', 'history'],
  co_owner: ACTIONS,
} as const satisfies Record<string, readonly Action[]>;

/** Actions to choose from, one by one. */
export function actionChoices(actions: typeof ACTIONS): { value: Action; label: string; help?: string }[] {
  return actions.map((value) => ({ value, label: say(`may.${value}`), ...(value === 'manage' ? { help: say('may.manage_help') } : {}) }));
}

export type Preset = keyof typeof PRESETS;

/** The preset that allows exactly these actions. */
export function presetOf(actions: readonly Action[]): Preset | undefined {
  const wanted = actions.filter((a) => a !== SILENT).sort().join();
  return (Object.keys(PRESETS) as Preset[]).find((name) => [...PRESETS[name]].sort().join() === wanted);
}

const list = new Intl.ListFormat(language, { type: 'conjunction' });

/** The beginning of looking back that leaves nothing out, as the hub has it. */
export const EVERYTHING = '1970-01-01T00:00:00.000Z';

export interface Allowed {
  actions: readonly string[];
  /** Where looking back begins; absent where that is now. */
  history_from?: string | undefined;
  expires?: string | undefined;
}

function lookBack(from: string | undefined, now: Date): string {
  if (!from) return say('grant.back_now');
  const then = new Date(from);
  return then.getTime() <= 0 ? say('grant.back_all') : say('grant.back_from', { day: day(then, now) });
}

/** "watch live, hear sound and look back from 3 May on": what a grant or token allows, without a subject. */
export function allowed({ actions, history_from }: Allowed, now: Date): string {
  const known = ACTIONS.filter((a) => actions.includes(a));
  if (known.length === 0) return say('grant.nothing');
  return list.format(known.map((a) => (a === 'history' ? lookBack(history_from, now) : say(`action.${a}`))));
}

/** The grant as a sentence: "Anna can watch live and look back from 3 May on." */
export function grantSentence(name: string, grant: Allowed, now: Date): string {
  const what = allowed(grant, now);
  return grant.expires
    ? say('grant.sentence_until', { name, what, day: day(new Date(grant.expires), now) })
    : say('grant.sentence', { name, what });
}

/** What the owner chose, to begin an edit with. */
export function wishOf(grant: Grant | undefined): { actions: Action[]; history: History; expires: string | undefined } {
  return {
    actions: grant ? [...grant.actions] : [...PRESETS.review],
    history: grant?.history ?? 'now',
    expires: grant?.expires,
  };
}
