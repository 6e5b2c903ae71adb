/** Staying near the live edge. Times are seconds of media, as the video element counts them. */
export interface Span {
  start: number;
  end: number;
}

export type Step = { jump: number } | { rate: number };

/** Less than this ahead of the picture and a late message shows as a stutter. */
const LEAST_CUSHION = 0.2;
/** More than this is no longer live. */
const MOST_CUSHION = 0.9;
/** How far beyond the cushion a picture may fall back before it jumps. */
const SLACK = 0.6;
const CATCH_UP = 1.08;

/** What to keep ahead when messages arrive at most `gap` seconds apart. */
export function cushionFor(gap: number): number {
  return Math.min(MOST_CUSHION, Math.max(LEAST_CUSHION, gap * 1.5));
}

/** What to do with a picture at `at`, given what is buffered. Gaps are leapt over, delay is caught up or cut. */
export function nextStep(at: number, buffered: readonly Span[], cushion: number): Step {
  const last = buffered.at(-1);
  if (!last) return { rate: 1 };
  const target = Math.max(last.start, last.end - cushion);
  if (at < last.start || at > last.end) return { jump: target };
  const behind = last.end - at;
  if (behind > cushion + SLACK) return { jump: target };
  return { rate: behind > cushion + SLACK / 2 ? CATCH_UP : 1 };
}

/** Remembers the longest wait between the latest messages of one stream. */
export class Cadence {
  readonly #gaps: number[] = [];
  #last: number | undefined;

  /** Takes the arrival of a message, in seconds. */
  arrived(at: number): void {
    if (this.#last !== undefined) this.#gaps.push(at - this.#last);
    if (this.#gaps.length > 20) this.#gaps.shift();
    this.#last = at;
  }

  longest(): number {
    return Math.max(0, ...this.#gaps);
  }
}
