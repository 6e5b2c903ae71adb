/** No access unit for this long and the picture is no longer called live. */
export const STALE_MS = 3000;

/**
 * How old the picture on the screen is. Both must go on: access units must arrive, and the browser must show pictures;
 * a decoder that hangs on a stream that flows is a frozen picture too. Times are monotonic milliseconds.
 */
export class Freshness {
  #arrived: number | undefined;
  #shown: number | undefined;

  arrived(at: number): void {
    this.#arrived = at;
  }

  shown(at: number): void {
    this.#shown = at;
  }

  /** A hidden page shows nothing; seen again, its picture gets the usual time to move. */
  seenAgain(at: number): void {
    if (this.#shown !== undefined) this.#shown = at;
  }

  /** Age in ms of the last picture shown, undefined before the first. */
  age(now: number): number | undefined {
    if (this.#arrived === undefined || this.#shown === undefined) return undefined;
    return Math.max(0, now - Math.min(this.#arrived, this.#shown));
  }

  stale(now: number): boolean {
    const age = this.age(now);
    return age !== undefined && age >= STALE_MS;
  }
}
