/** The parts of an event: it is recorded as several clips when a camera changes its picture, falls silent, or goes on for long. */

/** One recorded clip of an event. */
export interface Part {
  id: string;
  /** When its first picture was taken, RFC 3339. */
  start: string;
  duration_ms: number;
  /** Whether it is still being written. */
  recording: boolean;
}

/** What an event tells of its parts; `clips` is missing where the hub names the first alone. */
export interface Recorded {
  clip?: string;
  clips?: Part[];
  start: string;
  duration_ms?: number;
  recording: boolean;
}

/** Less than this between two parts is how parts are cut, not a loss. */
const LEAST_GAP_MS = 1000;

/** The parts in the order in which they play; none when nothing was recorded. */
export function partsOf(event: Recorded): Part[] {
  if (event.clips && event.clips.length > 0) return event.clips;
  if (!event.clip) return [];
  return [{ id: event.clip, start: event.start, duration_ms: event.duration_ms ?? 0, recording: event.recording }];
}

/** The milliseconds missing before part `n` (from 0); undefined where nothing worth a word is. */
export function missingBefore(parts: readonly Part[], n: number): number | undefined {
  const [before, part] = [parts[n - 1], parts[n]];
  if (!before || !part || before.recording) return undefined;
  const gap = Date.parse(part.start) - (Date.parse(before.start) + before.duration_ms);
  return gap > LEAST_GAP_MS ? gap : undefined;
}

/** What plays when part `n` is over: the next part not known to be unplayable, which may still be recording. */
export function following(parts: readonly Part[], n: number, unplayable: (id: string) => boolean): Part | undefined {
  return parts.slice(n + 1).find((part) => !unplayable(part.id));
}

/** The number of the part chosen, from 0; the first where none is chosen, or the chosen one is gone. */
export function numberOf(parts: readonly Part[], chosen: string | undefined): number {
  return Math.max(0, parts.findIndex((part) => part.id === chosen));
}
