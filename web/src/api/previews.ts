import { readPreview } from './preview';
import type { Scope } from './scope';

/** Previews kept for rows that are looked at again; the oldest go first. */
const KEPT = 24;

/** One picture of a clip as an address for an img element, with when in the clip it is, in seconds. */
export interface Frame {
  at: number;
  url: string;
}

/** The small pictures of clips, each clip's fetched when somebody wants to see what happens in it. */
export class Previews {
  readonly #scope: Scope;
  readonly #kept = new Map<string, Promise<Frame[]>>();
  #closed = false;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  /** The pictures of a clip; none where they do not come, and then they are asked for again next time. */
  async of(clip: string): Promise<Frame[]> {
    if (this.#closed) return [];
    const known = this.#kept.get(clip) ?? this.#fetch(clip);
    this.#kept.delete(clip);
    this.#kept.set(clip, known);
    for (const [old, frames] of this.#kept) {
      if (this.#kept.size <= KEPT) break;
      this.#kept.delete(old);
      void frames.then(giveBack);
    }
    const frames = await known;
    if (frames.length === 0) this.#kept.delete(clip);
    return frames;
  }

  /** Gives all pictures back. Twice is fine. */
  close(): void {
    this.#closed = true;
    for (const frames of this.#kept.values()) void frames.then(giveBack);
    this.#kept.clear();
  }

  async #fetch(clip: string): Promise<Frame[]> {
    const bytes = await this.#scope.bytes(`clips/${clip}/preview`).catch(() => new Uint8Array());
    if (this.#closed) return [];
    return readPreview(bytes).map(({ at, file }) => ({ at, url: URL.createObjectURL(file) }));
  }
}

function giveBack(frames: Frame[]): void {
  for (const { url } of frames) URL.revokeObjectURL(url);
}
