import { untrack } from 'svelte';
import type { Frame } from '../api/previews';

/** How long each picture is shown. */
const FRAME_MS = 300;
/** How long a pointer rests before the pictures are fetched: it may only pass. */
const REST_MS = 120;
/** After so many rounds the picture of the event is shown again. */
const ROUNDS = 3;

/** What happens in an event, in small pictures: they play, or are gone through by hand. */
export class Film {
  readonly #load: () => Promise<Frame[]>;
  #frames = $state.raw<Frame[]>([]);
  #at = $state<number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts what was asked for: what comes late is of no interest any more. */
  #wish = 0;

  constructor(load: () => Promise<Frame[]>) {
    this.#load = load;
  }

  /** The picture to show; undefined while that of the event is. */
  get frame(): Frame | undefined {
    return this.#at === undefined ? undefined : this.#frames[this.#at];
  }

  /** Which part of the film has been shown, from 0 to 1. */
  get part(): number {
    return this.#at === undefined || this.#frames.length === 0 ? 0 : (this.#at + 1) / this.#frames.length;
  }

  /** Plays the pictures one after the other. */
  play(): void {
    const wish = ++this.#wish;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#fetch(wish).then((ready) => ready && this.#step(wish, 0)), REST_MS);
  }

  /** Shows the picture at a part of the film. */
  async scrub(part: number): Promise<void> {
    const wish = ++this.#wish;
    clearTimeout(this.#timer);
    if (await this.#fetch(wish)) this.#at = Math.min(this.#frames.length - 1, Math.max(0, Math.floor(part * this.#frames.length)));
  }

  /** Shows the picture of the event again. An element that is taken away loses the focus in the midst of that. */
  rest(): void {
    this.#wish++;
    clearTimeout(this.#timer);
    untrack(() => (this.#at = undefined));
  }

  /** Whether the pictures are there and still wanted. Who gives them keeps them, and may have given them back since. */
  async #fetch(wish: number): Promise<boolean> {
    const frames = await this.#load();
    if (wish !== this.#wish || frames.length < 2) return false;
    this.#frames = frames;
    return true;
  }

  #step(wish: number, n: number): void {
    if (wish !== this.#wish) return;
    if (n === ROUNDS * this.#frames.length) {
      this.#at = undefined;
      return;
    }
    this.#at = n % this.#frames.length;
    this.#timer = setTimeout(() => this.#step(wish, n + 1), FRAME_MS);
  }
}
