/** What the hub takes, in samples a second. */
export const RATE = 8000;

/** Crossings of the filter's kernel on each side, at the rate that comes out. */
const LOBES = 12;
/** Steps of the kernel's table for each sample that comes out. */
const STEPS = 512;
/** What stays of the band below half of RATE. */
const CUT = 0.9;

/** A windowed sinc (Blackman), from its middle on; in steps of a sample that comes out. */
function kernel(): Float64Array {
  const table = new Float64Array(LOBES * STEPS + 1);
  for (let i = 0; i <= LOBES * STEPS; i++) {
    const x = (i / STEPS) * CUT;
    const sinc = i === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
    const w = i / (LOBES * STEPS);
    table[i] = CUT * sinc * (0.42 + 0.5 * Math.cos(Math.PI * w) + 0.08 * Math.cos(2 * Math.PI * w));
  }
  return table;
}

/** Takes sound of any rate from 8 kHz up, in pieces of any length, and gives it at 8 kHz. */
export class Resampler {
  readonly #ratio: number; // samples that come in for one that goes out
  readonly #table = kernel();
  #past: Float32Array; // what the next sample that goes out looks at
  #next: number; // where that is in `#past`

  constructor(rate: number) {
    this.#ratio = rate / RATE;
    const half = Math.ceil(LOBES * this.#ratio);
    this.#past = new Float32Array(half);
    this.#next = half;
  }

  /** The samples that are complete with `piece`, from -1 to 1. */
  take(piece: Float32Array): number[] {
    const all = new Float32Array(this.#past.length + piece.length);
    all.set(this.#past);
    all.set(piece, this.#past.length);
    const half = LOBES * this.#ratio;
    const out: number[] = [];
    while (this.#next + half < all.length) {
      out.push(this.#at(all, half));
      this.#next += this.#ratio;
    }
    const gone = Math.max(0, Math.floor(this.#next - half) - 1);
    this.#past = all.slice(gone);
    this.#next -= gone;
    return out;
  }

  #at(all: Float32Array, half: number): number {
    let sum = 0;
    for (let i = Math.max(0, Math.ceil(this.#next - half)); i <= this.#next + half; i++) {
      sum += (all[i] ?? 0) * (this.#table[Math.round((Math.abs(i - this.#next) / this.#ratio) * STEPS)] ?? 0);
    }
    return sum / this.#ratio;
  }
}

/** Samples of 16 bits in messages of one length, as the hub takes them. */
export class Pieces {
  readonly #length: number;
  #waiting: number[] = [];

  constructor(length: number) {
    this.#length = length;
  }

  /** The messages that are full now: little-endian. */
  add(samples: number[]): ArrayBuffer[] {
    this.#waiting.push(...samples);
    const full: ArrayBuffer[] = [];
    while (this.#waiting.length >= this.#length) {
      const view = new DataView(new ArrayBuffer(2 * this.#length));
      this.#waiting.splice(0, this.#length).forEach((s, i) => view.setInt16(2 * i, Math.round(Math.max(-1, Math.min(1, s)) * 0x7fff), true));
      full.push(view.buffer);
    }
    return full;
  }
}
