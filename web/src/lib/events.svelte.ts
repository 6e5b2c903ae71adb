import * as calls from '../api/calls';
import { asRefusal, type Refusal } from '../api/refusal';
import type { Scope } from '../api/scope';
import type { HubEvent } from '../api/types';

const PAGE = 50;

/** Newer pages over older ones: events of `fresh` replace their former selves, the rest keeps its order by start. */
export function merge(old: readonly HubEvent[], fresh: readonly HubEvent[]): HubEvent[] {
  const byId = new Map([...old, ...fresh].map((e) => [e.id, e]));
  return [...byId.values()].sort((a, b) => (a.start < b.start ? 1 : a.start > b.start ? -1 : 0));
}

/** The list of events as far as one has scrolled, its head kept fresh. */
export class EventFeed {
  events = $state.raw<HubEvent[]>([]);
  /** Whether the first page is here. */
  ready = $state(false);
  more = $state(true);
  /** How many pages were looked at; a page of a search may find nothing and not be the last. */
  pages = $state(0);
  refusal = $state.raw<Refusal>();
  readonly #scope: Scope;
  readonly #filter: calls.EventFilter;
  #next: string | undefined;
  #going = false;

  constructor(scope: Scope, filter: calls.EventFilter = {}) {
    this.#scope = scope;
    this.#filter = filter;
  }

  /** Shows at once what the person did with an event, before the hub is asked again. */
  put(event: HubEvent): void {
    this.events = merge(this.events, [event]);
  }

  drop(id: string): void {
    this.events = this.events.filter((e) => e.id !== id);
  }

  /** Looks for newer events and for changes of the newest page. */
  async refresh(): Promise<void> {
    await this.#ask(undefined);
  }

  /** Looks one page further back. Does nothing while already looking, or at the end. */
  async older(): Promise<void> {
    if (this.#going || !this.more || !this.ready) return;
    this.#going = true;
    await this.#ask(this.#next);
    this.#going = false;
  }

  async #ask(before: string | undefined): Promise<void> {
    try {
      const page = await calls.events(this.#scope, { ...this.#filter, before, limit: PAGE });
      this.events = this.#joined(page, before === undefined);
      if (before !== undefined || !this.ready) {
        this.#next = page.next;
        this.more = page.next !== undefined;
      }
      this.ready = true;
      if (before !== undefined) this.pages++;
      this.refusal = undefined;
    } catch (thrown) {
      const refusal = asRefusal(thrown);
      if (refusal.kind !== 'dropped') this.refusal = refusal;
    }
  }

  /**
   * The newest page also tells what is gone: what it should hold and does not, was deleted. It may be shorter than what
   * was asked for; only without a `next` there is nothing older.
   */
  #joined(page: { events: HubEvent[]; next: string | undefined }, newest: boolean): HubEvent[] {
    const oldest = page.next === undefined ? undefined : page.events.at(-1)?.start;
    const kept = newest ? this.events.filter((e) => oldest !== undefined && e.start < oldest) : this.events;
    return merge(kept, page.events);
  }
}
