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

const TIMES = ['since', 'until'] as const;

/** Names that people gave, and words they look for: not in addresses, which browsers keep. */
const WORDS = ['zone', 'text'] as const;

/** What was looked for since this page was loaded, by the number that stands for it in addresses. */
const looked = new Map<number, string>();
let last = Date.now(); // numbers of an earlier load, still in the history, mean nothing now

function numberOf(words: string): number {
  for (const [number, known] of looked) if (known === words) return number;
  looked.set(++last, words);
  return last;
}

/** At the end of a session: addresses that are left in the history say nothing of it. */
export function forgetWords(): void {
  looked.clear();
}

/**
 * Reads a narrowing from the part of an address behind `#…?`. It stands there so that reloading and going back keep it.
 * Words one looks for say something of a person, and a browser keeps addresses in its history, which nothing that a page
 * can do takes away: a number stands for them that only this page can read, until it is loaded anew or the session ends.
 * Anything not understood is left out.
 */
export function readNarrowing(search: URLSearchParams): Narrowing {
  const to: Narrowing = {};
  const kind = KINDS.find((k) => k === search.get('kind'));
  if (kind) to.kind = kind;
  const what = search.get('class')?.trim().slice(0, WORDS_MOST);
  if (what) to.class = what;
  for (const name of WORDS) {
    const words = looked.get(Number(search.get(name)));
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
  if (of.class) search.set('class', of.class);
  for (const name of WORDS) if (of[name]) search.set(name, String(numberOf(of[name])));
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
  const on = new Date(start);
  // Not 24 hours: clocks change. And its midnight, for that of this day may be left out.
  return new Date(on.getFullYear(), on.getMonth(), on.getDate() + 1).toISOString();
}

/** The calendar day of a moment here, as a date field has it. */
export function dayOf(at: Date): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${String(at.getFullYear()).padStart(4, '0')}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}
