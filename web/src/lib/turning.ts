import type { Turn } from '../api/control';

/** Where a camera is turned while something is held. */
export type Way = 'left' | 'right' | 'up' | 'down' | 'near' | 'wide';

/**
 * How long one move goes on, and how soon it is asked for anew while it is held. Whatever becomes of this page, the
 * camera stands after LEASE_MS.
 */
export const LEASE_MS = 1500;
const RENEW_MS = 700;
/** A press without a length, such as the Enter key on a button. */
const NUDGE_MS = 400;
/** Of the fastest the camera can: slow enough to stop at what one sees. */
const SPEED = 0.5;

const WAYS: Record<Way, readonly ['pan' | 'tilt' | 'zoom', 1 | -1]> = {
  left: ['pan', -1],
  right: ['pan', 1],
  up: ['tilt', 1],
  down: ['tilt', -1],
  near: ['zoom', 1],
  wide: ['zoom', -1],
};

/**
 * Turns one camera for one person. One order is on its way at a time, and of those that wait the newest counts: a stop
 * never overtakes the move it ends, and none is left behind.
 */
export class Turning {
  readonly #send: (order: Turn) => Promise<void>;
  readonly #failed: (thrown: unknown) => void;
  readonly #held = new Set<Way>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #next: Turn | undefined;
  #sending = false;

  constructor(send: (order: Turn) => Promise<void>, failed: (thrown: unknown) => void) {
    this.#send = send;
    this.#failed = failed;
  }

  press(way: Way): void {
    this.#held.add(way);
    this.#go();
  }

  release(way: Way): void {
    if (this.#held.delete(way)) this.#go();
  }

  /** Lets go of everything. */
  stop(): void {
    if (this.#held.size === 0) return;
    this.#held.clear();
    this.#go();
  }

  nudge(way: Way): void {
    this.#ask({ ...velocity([way]), ms: NUDGE_MS });
  }

  /** Goes to a place. */
  place(order: { preset: string } | { home: true }): void {
    this.#let();
    this.#ask(order);
  }

  #go(): void {
    clearInterval(this.#timer);
    const move = velocity(this.#held);
    if (Object.keys(move).length === 0) {
      this.#ask({ stop: true });
      return;
    }
    this.#ask({ ...move, ms: LEASE_MS });
    this.#timer = setInterval(() => {
      if (!this.#sending) this.#ask({ ...move, ms: LEASE_MS });
    }, RENEW_MS);
  }

  #let(): void {
    clearInterval(this.#timer);
    this.#held.clear();
  }

  #ask(order: Turn): void {
    this.#next = order;
    if (!this.#sending) void this.#run();
  }

  async #run(): Promise<void> {
    this.#sending = true;
    try {
      for (let order = this.#take(); order; order = this.#take()) await this.#send(order);
    } catch (thrown) {
      this.#let();
      this.#next = undefined;
      this.#failed(thrown);
    }
    this.#sending = false;
  }

  #take(): Turn | undefined {
    const order = this.#next;
    this.#next = undefined;
    return order;
  }
}

/** What is held together is one move; what is held against itself is none. */
function velocity(ways: Iterable<Way>): Turn {
  const sum = { pan: 0, tilt: 0, zoom: 0 };
  for (const way of ways) {
    const [axis, sign] = WAYS[way];
    sum[axis] += sign * SPEED;
  }
  return Object.fromEntries(Object.entries(sum).filter(([, v]) => v !== 0));
}
