import type { CameraStorage, KindRetention, PoolStorage, Retention } from '../api/types';
import { say } from '../words/say';
import { bytes } from './size';
import { day } from './time';

/** The days that are offered; 0 is what nothing ends. */
export const DAYS = [1, 2, 3, 7, 14, 30, 60, 90, 180, 365] as const;
const GB = 1e9;

/** A number of days in words; of few, the hours, and of few of these the minutes. */
export function stretch(days: number): string {
  if (days >= 2) return say('keep.stretch_days', { n: Math.round(days) });
  if (days >= 2 / 24) return say('keep.stretch_hours', { n: Math.round(days * 24) });
  return say('keep.stretch_minutes', { n: Math.max(1, Math.round(days * 24 * 60)) });
}

/** Days of a rule, which are whole. */
export function wholeDays(n: number): string {
  return say('keep.stretch_days', { n });
}

/** What was said of one kind; numbers of 0 where nothing was. */
function ruleOf(r: Retention, kind: KindRetention['kind']): KindRetention {
  return r.kinds.find((k) => k.kind === kind) ?? { kind, days: 0, at_least: 0, bytes: 0, at_least_bytes: 0 };
}

/** What the page has fields for. */
export interface Kept {
  days: number;
  /** Bytes that all may take. */
  most: number;
  /** For how many days at least it stays when somebody rang, and how many bytes of that. */
  bell: number;
  bellBytes: number;
  /** For how many days what is recorded of the sub stream beside the main one stays, where that was said. */
  beside: number;
}

export function kept(r: Retention): Kept {
  const bell = ruleOf(r, 'doorbell');
  return { days: r.days, most: r.bytes, bell: bell.at_least, bellBytes: bell.at_least_bytes, beside: ruleOf(r, 'beside').days };
}

/** How long recordings are kept, as a sentence. */
export function keepLine({ days, bytes: most }: Retention): string {
  if (days > 0 && most > 0) return say('keep.both', { days: wholeDays(days), size: bytes(most) });
  if (days > 0) return say('keep.days', { days: wholeDays(days) });
  if (most > 0) return say('keep.bytes', { size: bytes(most) });
  return say('keep.room');
}

/** What stays when somebody rang; nothing where nothing was said of that. */
export function bellLine(r: Retention): string | undefined {
  const { bell, bellBytes } = kept(r);
  const values = { days: wholeDays(bell), size: bytes(bellBytes) };
  if (bell > 0 && bellBytes > 0) return say('keep.bell_both', values);
  if (bell > 0) return say('keep.bell', values);
  return bellBytes > 0 ? say('keep.bell_bytes', values) : undefined;
}

/** Whether something was said that the page has no field for. */
export function more(r: Retention): boolean {
  const known = (k: KindRetention): boolean =>
    k.bytes === 0 && ((k.kind === 'doorbell' && k.days === 0) || (k.kind === 'beside' && k.at_least === k.days && k.at_least_bytes === 0));
  return r.at_least > 0 || r.at_least_bytes > 0 || !r.kinds.every(known);
}

/** What was said, with what is chosen now; the rest of it stays. */
export function changed(r: Retention, to: Kept): Retention {
  const bell = { ...ruleOf(r, 'doorbell'), at_least: to.bell, at_least_bytes: to.bellBytes };
  const low = ruleOf(r, 'beside');
  const beside = to.beside === low.days ? low : { ...low, days: to.beside, at_least: to.beside };
  const others = r.kinds.filter((k) => k.kind !== 'doorbell' && k.kind !== 'beside');
  const kinds = [...others, beside, bell].filter((k) => k.days + k.at_least + k.bytes + k.at_least_bytes > 0);
  return { ...r, days: to.days, bytes: to.most, kinds };
}

/** Bytes as one types them, in GB; 0 is nothing. */
export function inGB(n: number): string {
  return n > 0 ? String(n / GB) : '';
}

/** What was typed, in bytes: nothing is 0, what is no number undefined. */
export function fromGB(text: string): number | undefined {
  const typed = text.trim().replace(',', '.');
  if (typed === '') return 0;
  const n = Math.round(Number(typed) * GB);
  return /^[0-9]*\.?[0-9]+$/.test(typed) && n > 0 && n <= Number.MAX_SAFE_INTEGER ? n : undefined;
}

/** The choices of a list of days, with the one that was made, whatever it was. */
export function dayOptions(made: number, none: string): { value: string; label: string }[] {
  const days = [...new Set([...DAYS, made])].filter((n) => n > 0).sort((a, b) => a - b);
  return [{ value: '0', label: none }, ...days.map((n) => ({ value: String(n), label: wholeDays(n) }))];
}

/** What a camera's recordings take. */
export function takesLine(c: CameraStorage, now: Date): string {
  const values = { n: c.clips, size: bytes(c.bytes) };
  return c.oldest && c.clips > 0 ? say('storage.since', { ...values, day: day(new Date(c.oldest), now) }) : say('storage.takes', values);
}

/** How far back they will reach; nothing where there are none. */
export function reachLine(c: CameraStorage): string | undefined {
  if (c.clips === 0) return undefined;
  if (c.bytes_per_day === undefined) return say('storage.unknown');
  return reached(c);
}

/** The same of the small stream that is recorded beside the main one; nothing where it is not. */
export function besideLine(c: CameraStorage): string | undefined {
  return c.beside && say('storage.beside', { line: reached(c.beside) });
}

/** The same of each kind of event that reaches back otherwise than the rest, for rules of its own. */
export function kindLines(c: CameraStorage): string[] {
  const others = (c.kinds ?? []).filter((k) => k.reach_days !== c.reach_days || k.bound !== c.bound);
  return others.map((k) => say('storage.kind', { kind: say(`kind.${k.kind}`), line: reached(k) }));
}

/** What of them is starred; nothing where nothing is. */
export function starredLine(c: CameraStorage): string | undefined {
  return c.starred ? say('storage.starred', { size: bytes(c.starred) }) : undefined;
}

function reached(of: Pick<CameraStorage, 'reach_days' | 'bound'>): string {
  if (of.reach_days === undefined || !of.bound) return say('storage.endless');
  return say(`storage.by_${of.bound}`, { days: stretch(of.reach_days) });
}

/** When the room is used up. */
export function fullLine(of: Pick<PoolStorage, 'full_days' | 'full_unsure'>): string {
  const days = of.full_days;
  if (days === undefined) return say(of.full_unsure ? 'storage.full_unknown' : 'storage.never_full');
  if (days === 0) return say('storage.full_now');
  return say(of.full_unsure ? 'storage.full_within' : 'storage.full', { days: stretch(days) });
}
