/** Ages are told by the hub's clock: a phone that is five minutes off would otherwise lie about the age of a picture. */
class HubTime {
  #ahead = 0;

  /** Takes the `Date` of an answer; it is whole seconds, so half a second is the best guess of the rest. */
  observe(header: string | null): void {
    const told = Date.parse(header ?? '');
    if (Number.isNaN(told)) return;
    const ahead = told + 500 - Date.now();
    // Less than two seconds is the resolution of the header and the way here, not a wrong clock.
    this.#ahead = Math.abs(ahead) < 2000 ? 0 : ahead;
  }

  /** Milliseconds since 1970 at the hub. */
  now(): number {
    return Date.now() + this.#ahead;
  }
}

export const hubTime = new HubTime();
