import { asRefusal, type Refusal } from '../api/refusal';

/**
 * Something the hub knows, as far as this page has heard. A failed refresh keeps the old value beside the refusal, so
 * a page can go on showing it and say since when it is old.
 */
export class Resource<T> {
  value = $state.raw<T>();
  refusal = $state.raw<Refusal>();
  readonly #load: () => Promise<T>;
  #running: Promise<void> | undefined;

  constructor(load: () => Promise<T>) {
    this.#load = load;
  }

  /** Asks again; calls that overlap share one request. */
  refresh(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #run(): Promise<void> {
    try {
      this.value = await this.#load();
      this.refusal = undefined;
    } catch (thrown) {
      const refusal = asRefusal(thrown);
      if (refusal.kind !== 'dropped') this.refusal = refusal;
    }
  }
}

/** Calls `ask` now and every `ms` while the page can be seen. Returns what stops it. */
export function keepFresh(ms: number, ask: () => Promise<void>): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  const round = async (): Promise<void> => {
    clearTimeout(timer);
    if (!document.hidden) await ask();
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(() => void round(), ms);
  };
  const seen = (): void => {
    if (!document.hidden) void round();
  };
  document.addEventListener('visibilitychange', seen);
  void round();
  return () => {
    stopped = true;
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', seen);
  };
}
