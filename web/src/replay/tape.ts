import type { Place } from '../api/types';

/** One fragment: about a second of pictures, and their sound. Times are ms since 1970. */
export interface Fragment {
  clip: string;
  n: number;
  from: number;
  to: number;
  /** Decoding can begin with it. */
  sync: boolean;
}

/** One clip as the hub told of it. */
export interface Piece {
  clip: string;
  from: number;
  to: number;
  /** The type that a SourceBuffer is made for. */
  mime: string;
  /** It is still being written. */
  growing: boolean;
  fragments: Fragment[];
}

interface Hole {
  from: number;
  to: number;
}

/** So many clips are remembered; those farthest from what was asked last are forgotten. */
const MOST_PIECES = 24;

/** What is known of the recordings of one camera: clips with their fragments, and where there are none. */
export class Tape {
  #pieces: Piece[] = [];
  #holes: Hole[] = [];
  /** From here on there was nothing when it was asked for. */
  #end: number | undefined;
  /** Up to here, and here, there is nothing. */
  #begin: number | undefined;

  /** The piece of a time; of two, where an event has what came before it, the one that began last, or is longer. */
  at(t: number): Piece | undefined {
    return this.#pieces.findLast((p) => t >= p.from && t < p.to);
  }

  /** Until when a clip is shown: where one begins that began later, that one is. */
  until(piece: Piece): number {
    return Math.min(piece.to, ...this.#pieces.filter((p) => p.from > piece.from).map((p) => p.from));
  }

  pieceOf(clip: string): Piece | undefined {
    return this.#pieces.find((p) => p.clip === clip);
  }

  /** Whether a clip is whole, and ends before a time. */
  ends(clip: string, t: number): boolean {
    const piece = this.pieceOf(clip);
    return piece !== undefined && !piece.growing && piece.to <= t;
  }

  /** Where pictures go on after a time at which there are none; undefined where that is not known. */
  gap(t: number): Hole | undefined {
    return this.at(t) ? undefined : this.#holes.find((h) => t >= h.from && t < h.to);
  }

  /** Whether a time is known to be behind everything, or before it. */
  over(t: number): 'end' | 'begin' | undefined {
    if (this.at(t)) return undefined;
    if (this.#end !== undefined && t >= this.#end) return 'end';
    return this.#begin !== undefined && t <= this.#begin ? 'begin' : undefined;
  }

  /** The fragment of a time. */
  fragment(t: number): Fragment | undefined {
    return this.at(t)?.fragments.findLast((f) => f.from <= t);
  }

  /** The last fragment at or before a time, in the piece of that time, from which it can be decoded. */
  key(t: number): Fragment | undefined {
    const fragments = this.at(t)?.fragments ?? [];
    return fragments.findLast((f) => f.sync && f.from <= t) ?? fragments.find((f) => f.sync);
  }

  /** The first fragment after a time with which decoding can begin, in the piece of that time. */
  nextKey(t: number): Fragment | undefined {
    return this.at(t)?.fragments.find((f) => f.sync && f.from > t);
  }

  /** What a player needs from a time on for so many ms, in order, as far as it is known and follows without a gap. */
  needed(t: number, ms: number): Fragment[] {
    const key = this.key(t);
    const out: Fragment[] = [];
    let piece = this.at(t);
    for (let from = key?.from ?? t; piece; from = piece.to, piece = this.#after(piece)) {
      const start = out.length === 0 ? from : (piece.fragments.findLast((f) => f.sync && f.from <= from)?.from ?? piece.from);
      for (const f of piece.fragments) if (f.from >= start && f.from < t + ms) out.push(f);
      if (piece.to >= t + ms) break;
    }
    return out;
  }

  /** The last piece that plays from a time on without a gap, as far as is known. */
  last(t: number): Piece | undefined {
    let piece = this.at(t);
    for (let next = piece; next; next = this.#after(next)) piece = next;
    return piece;
  }

  #after(piece: Piece): Piece | undefined {
    const next = this.at(piece.to);
    return next && next.clip !== piece.clip && next.to > piece.to ? next : undefined;
  }

  /** Takes where the hub found a time, or that it found nothing; `back` says on which side it looked. */
  put(asked: number, place: Place | undefined, back: boolean): void {
    if (!place) {
      if (back) this.#begin = asked;
      else this.#end = asked;
      return;
    }
    const piece = pieceOf(place);
    this.#pieces = [...this.#pieces.filter((p) => p.clip !== piece.clip), piece].sort((a, b) => a.from - b.from || a.to - b.to);
    if (this.#end !== undefined && piece.to > this.#end) this.#end = undefined;
    // a file that is being written is told of as far as it goes
    if (!back && piece.growing && piece.to <= asked) this.#end = piece.to;
    if (!back && piece.from > asked) this.#hole(asked, piece.from);
    if (back && piece.to < asked) this.#hole(piece.to, asked);
    this.#forget(asked);
  }

  /** What was written since may be there by now. */
  ask(): void {
    this.#end = undefined;
  }

  #hole(from: number, to: number): void {
    this.#holes = [...this.#holes.slice(-MOST_PIECES), { from, to }];
  }

  #forget(about: number): void {
    if (this.#pieces.length <= MOST_PIECES) return;
    const far = (p: Piece): number => Math.abs((p.from + p.to) / 2 - about);
    const worst = Math.max(...this.#pieces.map(far));
    this.#pieces = this.#pieces.filter((p) => far(p) < worst);
  }
}

function pieceOf({ clip, moments }: Place): Piece {
  const from = Date.parse(clip.start);
  const fragments = moments.map(([at = 0, ms = 0, sync = 0], n) => ({ clip: clip.id, n, from: from + at, to: from + at + ms, sync: sync === 1 }));
  const codecs = (clip.tracks ?? []).map((t) => t.mime).join();
  return { clip: clip.id, from, to: fragments.at(-1)?.to ?? from, mime: `video/mp4; codecs="${codecs}"`, growing: clip.state === 'open', fragments };
}
