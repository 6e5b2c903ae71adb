import type { Candidate } from '../api/types';
import { say } from '../words/say';

/** What devices speak, and what tells most of them first. */
const LANGUAGES = ['onvif', 'rtsp', 'dvrip', 'dhip', 'homekit', 'tapo', 'kasa', 'http', 'https'] as const satisfies Candidate['speaks'];

/** What to call a device: its own name, or what it is, or where. */
export function candidateName(c: Candidate): string {
  return c.name || [c.vendor, c.model].filter(Boolean).join(' ') || c.address;
}

/** What it is, where, and what it speaks, in one line, without what its name says. */
export function candidateLine(c: Candidate): string {
  const name = candidateName(c);
  const what = [c.vendor, c.model].filter((word) => word && !name.includes(word)).join(' ');
  const speaks = [...new Set(LANGUAGES.filter((language) => c.speaks.includes(language)).map((language) => say(`found.speaks.${language}`)))].join(', ');
  return [what, name === c.address ? '' : c.address, speaks].filter(Boolean).join(' · ');
}

const CLOSED = ['tapo', 'kasa', 'homekit'] as const;
export type Closed = (typeof CLOSED)[number];

/** The language in which the hub cannot look at a device which speaks nothing else; undefined for one that it can look at. */
export function closedBy(c: Candidate): Closed | undefined {
  const own = CLOSED.find((language) => c.speaks.includes(language));
  return c.speaks.every((language) => CLOSED.some((closed) => closed === language)) ? own : undefined;
}

/** The address of the stream of a device that speaks the language of an app alone, in which it cannot be looked at; undefined for others. */
export function streamOf(c: Candidate): string | undefined {
  const language = closedBy(c);
  if (!language || language === 'homekit') return undefined;
  return `${language}://${c.address.includes(':') ? `[${c.address}]` : c.address}`;
}

/** Whether it is a recorder of which more cameras can be added. */
export const hasMore = (c: Candidate): boolean => c.channels !== undefined && c.channels.added < c.channels.of;

/** In the order they are shown: what can be added first, of that what speaks ONVIF; among equals the order of the hub. */
export function sorted(list: readonly Candidate[]): Candidate[] {
  const rank = (c: Candidate): number => (c.added ? (hasMore(c) ? 3 : 4) : closedBy(c) ? 2 : c.speaks.includes('onvif') ? 0 : 1);
  return [...list].sort((a, b) => rank(a) - rank(b));
}

/** More of the same maker that could be looked at and added. */
export function alike(one: Candidate, list: readonly Candidate[]): Candidate[] {
  return list.filter((c) => c.id !== one.id && c.vendor !== '' && c.vendor === one.vendor && !c.added && !closedBy(c));
}
