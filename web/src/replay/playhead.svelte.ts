import { untrack } from 'svelte';
import { hubTime } from '../api/hubtime';
import { type Cover, keysOnly, type Reel } from './reel';

export const SPEEDS = [0.5, 1, 2, 4, 8, 16] as const;
/** What is shorter is how files are cut, and no word is said of it. */
const LEAST_GAP_MS = 1500;
/** Time does not wait longer than this for one camera of several. */
const PATIENCE_MS = 6000;
/** Pictures that stand alone wait for those of other cameras until they are so much late, in ms of watching. */
const LATE_MS = 2000;
/** So often is looked whether there is something to do while nothing moves. */
const IDLE_MS = 200;

/** Why nothing is shown at the time. */
export type Rest = 'loading' | 'over' | 'failed';

/** One clock for all cameras of a page: what time they show, how fast, and what is passed over. */
export class Playhead {
  at = $state(0);
  playing = $state(false);
  speed = $state<number>(1);
  back = $state(false);
  /** Why no camera shows a picture of the time. */
  rest = $state.raw<Rest | undefined>('loading');
  /** What was passed over last, for there was nothing. */
  skipped = $state.raw<{ from: number; to: number }>();
  /** The cameras of which there is nothing at the time, while there is of others. */
  missing = $state.raw<readonly string[]>([]);
  readonly #reels = new Set<Reel>();
  #steps: 1 | -1 | undefined;
  #last = 0;
  /** The time of which pictures that stand alone are shown, and whether all are. */
  #still = 0;
  #stillShown = true;
  #waitingSince: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #frame: number | undefined;
  #closed = false;

  constructor(at: number) {
    this.at = at;
    this.#soon();
  }

  /** Adds a camera; returns what takes it out. */
  add(reel: Reel): () => void {
    this.#reels.add(reel);
    this.#poke();
    return () => {
      this.#reels.delete(reel);
      reel.close();
    };
  }

  /** Goes to a time. */
  seek(at: number): void {
    this.at = Math.min(at, hubTime.now());
    this.#steps = undefined;
    this.skipped = undefined;
    this.#poke();
  }

  toggle(): void {
    this.playing = !this.playing;
    this.#steps = undefined;
    this.#poke();
  }

  /** How fast, and which way; below zero is back. */
  get rate(): number {
    return this.back ? -this.speed : this.speed;
  }

  faster(by: 1 | -1): void {
    const n = SPEEDS.findIndex((s) => s === this.speed) + by;
    this.speed = SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, n))] ?? 1;
  }

  /** Shows the next picture, or the one before, as soon as those around are there. */
  step(by: 1 | -1): void {
    this.playing = false;
    this.#steps = by;
    this.#poke();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    for (const reel of this.#reels) reel.close();
    this.#reels.clear();
  }

  /** Somebody wants something: what failed is tried again. */
  #poke(): void {
    this.#waitingSince = undefined;
    for (const reel of this.#reels) reel.retry();
    clearTimeout(this.#timer);
    this.#soon();
  }

  #soon(): void {
    if (this.#closed || this.#frame !== undefined) return;
    this.#frame = requestAnimationFrame((t) => {
      this.#frame = undefined;
      untrack(() => this.#tick(t));
      if (this.playing || this.rest === 'loading') this.#soon();
      else this.#timer = setTimeout(() => this.#soon(), IDLE_MS);
    });
  }

  #tick(t: number): void {
    const passed = Math.min(250, t - this.#last);
    this.#last = t;
    const reels = [...this.#reels];
    if (reels.length === 0) return;
    const rate = this.rate;
    const covers = reels.map((r) => r.cover(this.at, rate));
    const shown = reels.filter((_, i) => covers[i] === 'media');
    if (this.#waits(covers, t)) {
      for (const r of reels) r.pause();
      this.rest = shown.length > 0 ? undefined : 'loading';
      return;
    }
    this.missing = reels.filter((r) => !shown.includes(r)).map((r) => r.camera);
    if (shown.length === 0) {
      this.#pass(covers, rate);
      return;
    }
    this.rest = undefined;
    if (!this.playing) this.#hold(shown);
    else if (keysOnly(rate)) this.#stills(shown, passed * rate);
    else this.#run(shown, rate, passed);
  }

  /** Whether time stands still until a camera has what is wanted. */
  #waits(covers: Cover[], t: number): boolean {
    if (!covers.includes('loading')) {
      this.#waitingSince = undefined;
      return false;
    }
    this.#waitingSince ??= t;
    return t - this.#waitingSince < PATIENCE_MS || covers.every((c) => c === 'loading');
  }

  /** No camera has anything: time goes on where the first of them does. */
  #pass(covers: Cover[], rate: number): void {
    const ends = covers.filter((c) => typeof c === 'object').map((c) => c.until);
    if (ends.length === 0) {
      this.rest = covers.includes('over') ? 'over' : 'failed';
      if (this.rest === 'over' && rate < 0) this.playing = false;
      return;
    }
    const to = rate < 0 ? Math.max(...ends) : Math.min(...ends);
    if (Math.abs(to - this.at) > LEAST_GAP_MS) this.skipped = { from: Math.min(this.at, to), to: Math.max(this.at, to) };
    this.at = to;
  }

  /** Shows the pictures of the time; from there goes the step that is wished for, by those of the first camera that has any. */
  #hold(shown: Reel[]): void {
    const [there] = shown.map((r) => r.freeze(this.at, false));
    const [leader] = shown;
    if (this.#steps === undefined || !there || !leader) return;
    const from = this.at;
    void leader.step(from, this.#steps).then((at) => {
      if (this.at === from && !this.playing) this.at = at;
    });
    this.#steps = undefined;
  }

  #run(shown: Reel[], rate: number, passed: number): void {
    const [leader, ...others] = shown;
    // What time it is, the first camera's pictures say; the others wait for them, and keep to that.
    const at = leader?.play(this.at, rate, passed * rate);
    if (at !== undefined) this.at = at > this.at || this.at - at < 1000 ? at : this.at + passed * rate;
    for (const r of others) {
      if (at === undefined) r.freeze(this.at, false);
      else r.play(this.at, rate);
    }
  }

  /** Of each camera a picture of one and the same time; of the next one when all are there. */
  #stills(shown: Reel[], by: number): void {
    this.at += by;
    if (this.#stillShown || Math.abs(this.at - this.#still) > LATE_MS * this.speed) this.#still = this.at;
    this.#stillShown = shown.map((r) => r.freeze(this.#still, true)).every(Boolean);
  }
}
