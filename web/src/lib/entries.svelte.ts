import { journal } from '../api/journal';
import type { JournalEntry } from '../api/contract';
import { asRefusal, type Refusal } from '../api/refusal';
import type { Scope } from '../api/scope';

const PAGE = 50;

/** The journal as far as one has looked back, its head kept fresh. */
export class EntryFeed {
  entries = $state.raw<JournalEntry[]>([]);
  ready = $state(false);
  more = $state(true);
  refusal = $state.raw<Refusal>();
  readonly #scope: Scope;
  readonly #camera: string | undefined;
  readonly #kind: string | undefined;
  #next: string | undefined;
  #going = false;

  constructor(scope: Scope, camera: string | undefined, kind: string | undefined) {
    this.#scope = scope;
    this.#camera = camera;
    this.#kind = kind;
  }

  /** Looks for what is new. */
  async refresh(): Promise<void> {
    await this.#ask(undefined);
  }

  /** One page further back. */
  async older(): Promise<void> {
    if (this.#going || !this.more || !this.ready) return;
    this.#going = true;
    await this.#ask(this.#next);
    this.#going = false;
  }

  async #ask(before: string | undefined): Promise<void> {
    try {
      const page = await journal(this.#scope, { camera: this.#camera, kind: this.#kind, before, limit: PAGE });
      const fresh = new Set(page.entries.map((e) => e.seq));
      const known = this.entries.filter((e) => !fresh.has(e.seq));
      this.entries = before === undefined ? [...page.entries, ...known] : [...known, ...page.entries];
      if (before !== undefined || !this.ready) {
        this.#next = page.next;
        this.more = page.next !== undefined;
      }
      this.ready = true;
      this.refusal = undefined;
    } catch (thrown) {
      const refusal = asRefusal(thrown);
      if (refusal.kind !== 'dropped') this.refusal = refusal;
    }
  }
}
