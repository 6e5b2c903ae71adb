import type { ExportFigures, ExportWish } from '../api/types';
import { say } from '../words/say';
import { bytes } from './size';
import { length } from './time';

export const KINDS = ['video', 'time-lapse', 'evidence'] as const;
export type Kind = (typeof KINDS)[number];

/** How many times faster a time-lapse may be. */
export const SPEEDS = [10, 30, 60, 120, 300, 600, 1800, 3600] as const;

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** A moment as a field for day and time has it, by the local calendar. */
export function momentField(then: Date): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${then.getFullYear()}-${two(then.getMonth() + 1)}-${two(then.getDate())}T${two(then.getHours())}:${two(then.getMinutes())}:${two(then.getSeconds())}`;
}

/** What the form begins with: the last ten minutes, up to the second, for what just happened is wanted most. */
export function lately(now: Date): { from: string; to: string } {
  return { from: momentField(new Date(now.getTime() - 10 * MINUTE)), to: momentField(now) };
}

/** What of a time that is looked at can be exported: what is past of it, or of more than a day ten minutes around a moment. */
export function spanAround(shown: { from: number; to: number }, at: number, now: number): { from: Date; to: Date } {
  let { from, to } = { from: shown.from, to: Math.min(shown.to, now) };
  if (to <= from || to - from > DAY) [from, to] = [at - 5 * MINUTE, Math.min(at + 5 * MINUTE, now)];
  return { from: new Date(from), to: new Date(to) };
}

/** What is asked of the hub; undefined as long as the fields hold no time to a later one. */
export function wishOf(from: string, to: string, kind: Kind, speed: string): ExportWish | undefined {
  const [begin, end] = [new Date(from), new Date(to)];
  if (!(begin.getTime() < end.getTime())) return undefined;
  const wish: ExportWish = { from: begin.toISOString(), to: end.toISOString(), kind };
  return kind === 'time-lapse' ? { ...wish, speed: Number(speed) } : wish;
}

/** What an export of one camera will be. */
export function figures(kind: Kind, { length_ms, bytes: size, clips, left_out }: ExportFigures): string {
  const key = kind === 'evidence' ? 'export.about_evidence' : 'export.about';
  const about = say(key, { length: length(length_ms), size: bytes(size), clips });
  return left_out > 0 ? `${about} ${say('export.left_out', { n: left_out })}` : about;
}

/** What the exports of several cameras come to, each told by its figures or by why there is none; undefined of one not told yet. */
export function inAll(told: readonly (ExportFigures | string | undefined)[]): string {
  if (told.includes(undefined)) return say('export.estimating');
  const files = told.filter((one) => typeof one === 'object');
  const sum = say('export.in_all', { n: files.length, size: bytes(files.reduce((all, { bytes: size }) => all + size, 0)) });
  const none = told.length - files.length;
  return none > 0 ? `${sum} ${say('export.none_of', { n: none })}` : sum;
}

/** Has the browser download from an address, and stay where it is. */
export function save(url: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = '';
  document.body.append(link);
  link.click();
  link.remove();
}
