import type { EventFilter } from '../api/calls';
import type { HubEvent } from '../api/types';
import { language } from '../words/say';

/** What may have started an event. */
export const KINDS = ['motion', 'sound', 'camera', 'doorbell', 'tamper', 'trigger'] as const;

/** What cameras recognise, as far as the catalogue has words for it. */
export const CLASSES = ['person', 'vehicle', 'animal', 'package', 'face', 'glass', 'baby', 'bark', 'alarm'] as const;

/** What a list of events is narrowed to, besides its camera. */
export type Narrowing = Omit<EventFilter, 'camera'>;

/** The longest words looked for. */
export const WORDS_MOST = 100;

const WORDS = ['class', 'zone', 'text'] as const;
const TIMES = ['since', 'until'] as const;

/**
 * Reads a narrowing from the part of an address behind `#…?`. It stands there so that reloading, going back and sending
 * the address to somebody keep it. Words one looks for say something of a person; what stands behind the `#` stays with
 * the browser: it is in no request, no `Referer` and no log of a server, and signing out takes it from the history's
 * present entry. Anything not understood is left out.
 */
export function readNarrowing(search: URLSearchParams): Narrowing {
  const to: Narrowing = {};
  const kind = KINDS.find((k) => k === search.get('kind'));
  if (kind) to.kind = kind;
  for (const name of WORDS) {
    const words = search.get(name)?.trim().slice(0, WORDS_MOST);
    if (words) to[name] = words;
  }
  if (search.get('star') === '1') to.star = true;
  for (const name of TIMES) {
    const at = new Date(search.get(name) ?? '');
    if (!Number.isNaN(at.getTime())) to[name] = at.toISOString();
  }
  return to;
}

/** The narrowing as it stands in an address; empty for none. */
export function writeNarrowing(of: Narrowing): string {
  const search = new URLSearchParams();
  if (of.kind) search.set('kind', of.kind);
  for (const name of WORDS) if (of[name]) search.set(name, of[name]);
  if (of.star) search.set('star', '1');
  for (const name of TIMES) if (of[name]) search.set(name, of[name]);
  return search.toString();
}

/** The zones that events name, each once; the hub asks for them in any case. */
export function zonesOf(events: readonly HubEvent[]): string[] {
  const byName = new Map(events.flatMap(({ zone }) => (zone ? [[zone.toLowerCase(), zone] as const] : [])));
  return [...byName.values()].sort((a, b) => a.localeCompare(b, language));
}

/** When a calendar day begins here, as a date field has it; undefined without a day. */
export function dayStart(day: string): string | undefined {
  const start = new Date(`${day}T00:00:00`);
  return day && !Number.isNaN(start.getTime()) ? start.toISOString() : undefined;
}

/** When a calendar day is over. */
export function dayEnd(day: string): string | undefined {
  const start = dayStart(day);
  if (!start) return undefined;
  const end = new Date(start);
  end.setDate(end.getDate() + 1); // not 24 hours: clocks change
  return end.toISOString();
}

/** The calendar day of a moment here, as a date field has it. */
export function dayOf(at: Date): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${String(at.getFullYear()).padStart(4, '0')}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}
