import type { Actor, JournalEntry } from '../api/contract';
import { en } from '../words/en';
import { say, type Key } from '../words/say';
import { refusedBy } from './crossings';
import { bytes } from './size';
import { exact, span } from './time';

/** What the list can be narrowed to, in groups that people think in. */
export const KINDS = {
  watching: ['live', 'live-end', 'clip', 'thumbnails', 'glimpse', 'export', 'guest', 'detected', 'talk', 'turned', 'starred', 'unstarred', 'deleted', 'denied'],
  sharing: ['granted', 'revoked', 'expired', 'confirmed', 'offered', 'transferred', 'link-made', 'link-ended', 'token-made', 'token-ended'],
  account: ['sign-in', 'sign-in-refused', 'session-ended', 'password', 'recovery-code', 'recovered', 'totp', 'rotated', 'away'],
  hub: ['account-made', 'account-removed', 'invited', 'operator', 'camera-added', 'camera-removed', 'camera-moved', 'camera-not-there', 'camera-access', 'camera-accepted', 'camera-renamed', 'camera-motion', 'camera-sound', 'camera-detector', 'detector-tried', 'camera-retention', 'camera-pool', 'quota', 'event-rule', 'recording-plan', 'privacy', 'adjusted', 'switched', 'rebooted', 'lockdown', 'lifted', 'locked-out', 'let-in', 'refused', 'backup', 'restored'],
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

const LOOKS: readonly string[] = ['live', 'live-end', 'clip', 'clip-end', 'thumbnails', 'glimpse', 'events', 'export', 'export-end'];

/** Whether somebody only reads here what they looked at themselves, which is most of the lines and seldom what is sought. */
export function ownLook({ kind, actor }: JournalEntry, me: string): boolean {
  return LOOKS.includes(kind) && actor.id === me && actor.via === 'session';
}

/** The words for a camera that went off the air, or came back, by itself. */
function aired({ kind, detail }: JournalEntry): string | undefined {
  if (kind !== 'privacy' || (detail?.cause !== 'times' && detail?.cause !== 'clock')) return undefined;
  return detail.off === true ? `journal.privacy.${detail.cause}` : 'journal.privacy.over';
}

/** The words for a camera that the hub stopped listening at, since who wanted that may not any more. */
function unheard({ kind, detail }: JournalEntry): string | undefined {
  return kind === 'camera-sound' && detail?.cause === 'right' ? 'journal.camera-sound.right' : undefined;
}

/** What the camera of an entry is called: one that is removed or shared no longer has no name here. */
function cameraName({ camera, kind }: JournalEntry, names: Names): string {
  if (!camera) return say('journal.no_camera');
  return names.camera(camera) ?? say(kind === 'camera-removed' ? 'journal.that_camera' : 'journal.lost_camera');
}

/** The words for a camera that a person said where it is; the hub follows others by itself. */
function moved({ kind, actor }: JournalEntry): string | undefined {
  return kind === 'camera-moved' && actor.via !== 'hub' ? 'journal.camera-moved-by' : undefined;
}

/** The words for who came home: that has the kind of leaving. */
function home({ kind, detail }: JournalEntry): string | undefined {
  return kind === 'away' && detail?.away === false ? 'journal.home' : undefined;
}

/** The words for what was refused and is no mix-up inside the hub. */
function refused({ kind, detail }: JournalEntry): string | undefined {
  const what = kind === 'refused' ? refusedBy(detail?.site) : undefined;
  return what && `journal.refused.${what}`;
}

/** The words for a detector that was taken away. */
function undetected({ kind, detail }: JournalEntry): string | undefined {
  return kind === 'camera-detector' && detail?.on === false ? 'journal.camera-detector-off' : undefined;
}

/** The words for what was saved of a camera by its time, and is no clip. */
function spanned({ kind, detail }: JournalEntry): string | undefined {
  return (kind === 'export' || kind === 'export-end') && typeof detail?.until === 'string' ? `journal.${kind}.span` : undefined;
}

/** A time of an entry's detail. */
function timeOf(told: unknown): string {
  return typeof told === 'string' ? exact(new Date(told)) : '';
}

/** What happened, as a sentence. A kind that this page does not know is named as it is. */
export function entrySentence(entry: JournalEntry, names: Names): string {
  const withdrawn = entry.kind === 'invited' && entry.detail?.withdrawn === true;
  const key = entry.detail?.cut_short === true ? 'journal.cut_short' : withdrawn ? 'journal.uninvited' : aired(entry) ?? unheard(entry) ?? moved(entry) ?? home(entry) ?? refused(entry) ?? undetected(entry) ?? spanned(entry) ?? `journal.${entry.kind}`;
  const { other } = entry;
  return say((key in en ? key : 'journal.unknown') as Key, {
    who: subject(entry.actor, names.me),
    camera: cameraName(entry, names),
    other: other?.id === names.me ? say('journal.you') : (other?.name ?? say('journal.someone')),
    n: entry.count ?? 0,
    size: bytes(entry.bytes ?? 0),
    span: span(entry.span_ms ?? 0),
    kind: entry.kind,
    from: timeOf(entry.detail?.start),
    until: timeOf(entry.detail?.until),
    address: typeof entry.detail?.address === 'string' ? entry.detail.address : say('journal.no_address'),
  });
}
