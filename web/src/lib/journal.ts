import type { Actor, JournalEntry } from '../api/contract';
import { en } from '../words/en';
import { say, type Key } from '../words/say';
import { bytes } from './size';
import { span } from './time';

/** What the list can be narrowed to, in groups that people think in. */
export const KINDS = {
  watching: ['live', 'live-end', 'clip', 'thumbnails', 'export', 'guest', 'talk', 'starred', 'unstarred', 'deleted', 'denied'],
  sharing: ['granted', 'revoked', 'expired', 'confirmed', 'offered', 'transferred', 'link-made', 'link-ended', 'token-made', 'token-ended'],
  account: ['sign-in', 'sign-in-refused', 'session-ended', 'password', 'recovery-code', 'recovered', 'totp', 'rotated'],
  hub: ['account-made', 'account-removed', 'invited', 'operator', 'camera-added', 'camera-removed', 'camera-moved', 'privacy', 'lockdown', 'lifted', 'refused', 'backup', 'restored'],
} as const;

/** The names of what an entry speaks of by id. */
export interface Names {
  /** The id of the one who reads. */
  me: string;
  camera: (id: string) => string | undefined;
}

/** Who did it, as the subject of a sentence. */
export function subject(actor: Actor, me: string): string {
  const mine = actor.id !== undefined && actor.id === me;
  switch (actor.via) {
    case 'token':
      return mine ? say('journal.who.own_token') : say('journal.who.token', { name: actor.name ?? say('journal.who.someone') });
    case 'guest':
      return say('journal.who.guest');
    case 'console':
      return say('journal.who.console');
    case 'hub':
      return say('journal.who.hub');
    default:
      return mine ? say('journal.who.you') : (actor.name ?? say('journal.who.someone'));
  }
}

/** What happened, as a sentence. A kind that this page does not know is named as it is. */
export function entrySentence(entry: JournalEntry, names: Names): string {
  const withdrawn = entry.kind === 'invited' && entry.detail?.withdrawn === true;
  const key = entry.detail?.cut_short === true ? 'journal.cut_short' : withdrawn ? 'journal.uninvited' : `journal.${entry.kind}`;
  const { other } = entry;
  return say((key in en ? key : 'journal.unknown') as Key, {
    who: subject(entry.actor, names.me),
    camera: entry.camera ? (names.camera(entry.camera) ?? say('journal.lost_camera')) : say('journal.no_camera'),
    other: other?.id === names.me ? say('journal.you') : (other?.name ?? say('journal.someone')),
    n: entry.count ?? 0,
    size: bytes(entry.bytes ?? 0),
    span: span(entry.span_ms ?? 0),
    kind: entry.kind,
  });
}
