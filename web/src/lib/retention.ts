import type { CameraStorage, KindRetention, Retention } from '../api/types';
import { say } from '../words/say';
import { bytes } from './size';
import { day } from './time';

/** The days that are offered; 0 is what nothing ends. */
export const DAYS = [1, 2, 3, 7, 14, 30, 60, 90, 180, 365] as const;
const GB = 1e9;

/** A number of days in words; of few, the hours. */
export function stretch(days: number): string {
  return days < 2 ? say('keep.stretch_hours', { n: Math.round(days * 24) }) : say('keep.stretch_days', { n: Math.round(days) });
}

/** Days of a rule, which are whole. */
export function wholeDays(n: number): string {
  return say('keep.stretch_days', { n });
}

const isBell = (k: KindRetention): boolean => k.kind === 'doorbell';

/** For how many days at least it stays when somebody rang. */
export function bellDays(r: Retention): number {
  return r.kinds.find(isBell)?.at_least ?? 0;
}

const isBeside = (k: KindRetention): boolean => k.kind === 'beside';

/** For how many days what is recorded of the sub stream beside the main one stays, where that was said. */
export function besideDays(r: Retention): number {
  return r.kinds.find(isBeside)?.days ?? 0;
}

/** How long recordings are kept, as a sentence. */
export function keepLine({ days, bytes: most }: Retention): string {
  if (days > 0 && most > 0) return say('keep.both', { days: wholeDays(days), size: bytes(most) });
  if (days > 0) return say('keep.days', { days: wholeDays(days) });
  if (most > 0) return say('keep.bytes', { size: bytes(most) });
  return say('keep.room');
}

/** Whether something was said that the page has no field for. */
export function more(r: Retention): boolean {
  return r.at_least > 0 || r.kinds.some((k) => !(isBell(k) && k.days === 0) && !(isBeside(k) && k.at_least === k.days));
}

/** What was said, with other days, room, and days of the doorbell and of the sub stream; the rest of it stays. */
export function changed(r: Retention, days: number, most: number, bell: number, beside = besideDays(r)): Retention {
  const rings = r.kinds.find(isBell);
  const other = beside !== besideDays(r);
  const kinds = r.kinds.filter((k) => !isBell(k) && !(other && isBeside(k)));
  if (other && beside > 0) kinds.push({ kind: 'beside', days: beside, at_least: beside });
  if (bell > 0 || (rings && rings.days > 0)) kinds.push({ kind: 'doorbell', days: rings?.days ?? 0, at_least: bell });
  return { days, at_least: r.at_least, bytes: most, kinds };
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

function reached(of: Pick<CameraStorage, 'reach_days' | 'bound'>): string {
  if (of.reach_days === undefined || !of.bound) return say('storage.endless');
  return say(`storage.by_${of.bound}`, { days: stretch(of.reach_days) });
}

/** When the room is used up. */
export function fullLine(days: number | undefined): string {
  if (days === undefined) return say('storage.never_full');
  return days > 0 ? say('storage.full', { days: stretch(days) }) : say('storage.full_now');
}
