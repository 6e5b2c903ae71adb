import type { Grant, GuestLink, Token } from '../api/contract';
import { language, say } from '../words/say';
import { linkState } from './links';

/** How many starred events are counted; of more it is said that they are more. */
export const COUNTED = 200;

/** What stands on a camera, besides its clips. */
export interface Standing {
  /** Starred events, as many as were counted, and whether there are more. */
  starred: number;
  more: boolean;
  grants: readonly Grant[];
  tokens: readonly Token[];
  links: readonly GuestLink[];
}

const names = new Intl.ListFormat(language, { type: 'conjunction' });

/** What goes with a camera, besides its clips: a sentence for each kind there is. */
export function goesWith(camera: string, on: Standing, now: Date): string[] {
  const links = on.links.filter((link) => link.camera === camera && linkState(link, now) === 'open').length;
  const tokens = on.tokens.filter((token) => token.cameras.some((one) => one.camera === camera)).map((token) => token.name);
  const out: string[] = [];
  if (on.starred > 0) out.push(say(on.more ? 'removal.starred_many' : 'removal.starred', { n: on.starred }));
  if (on.grants.length > 0) out.push(say('removal.people', { n: on.grants.length, who: names.format(on.grants.map((grant) => grant.name)) }));
  if (links > 0) out.push(say('removal.links', { n: links }));
  if (tokens.length > 0) out.push(say('removal.tokens', { n: tokens.length, who: names.format(tokens) }));
  return out;
}
