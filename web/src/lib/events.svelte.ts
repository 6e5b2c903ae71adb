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
  readonly #page: number;
  #next: string | undefined;
  #going = false;
  #refreshing: Promise<void> | undefined;
  #again = false;
  /** What was put while an answer is on its way: the answer may be older. */
  #put: HubEvent[] = [];
  /** Deleted here; an answer on its way may still hold them. */
  readonly #gone = new Set<string>();

  constructor(scope: Scope, filter: calls.EventFilter = {}, page = PAGE) {
    this.#scope = scope;
    this.#filter = filter;
    this.#page = page;
  }

  /** Shows at once what the person did with an event, or what the hub told of it, without asking. */
  put(event: HubEvent): void {
    if (this.#refreshing) this.#put.push(event);
    this.events = merge(this.events, [event]);
  }

  drop(id: string): void {
    this.#gone.add(id);
    this.events = this.events.filter((e) => e.id !== id);
  }

  /** The hub tells of an event. Whether it fits a search is for the hub to say; what one has not scrolled to waits. */
  event(event: HubEvent): void {
    const { camera, ...narrowed } = this.#filter;
    if (this.#gone.has(event.id) || (camera && camera !== event.camera)) return;
    const oldest = this.events.at(-1)?.start;
    if (Object.values(narrowed).some(Boolean) || !this.ready) void this.refresh();
    else if (!this.more || oldest === undefined || event.start >= oldest) this.put(event);
  }

  /** The hub begins to tell; what it has not told before is asked for. */
  anew(): void {
    void this.refresh();
  }

  /**
   * Looks for newer events and for changes of the newest page. One request is on its way at a time; what is asked
   * meanwhile is asked after it, once.
   */
  refresh(): Promise<void> {
    if (this.#refreshing) this.#again = true;
    this.#refreshing ??= this.#rounds().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #rounds(): Promise<void> {
    do {
      this.#again = false;
      this.#put = [];
      await this.#ask(undefined);
    } while (this.#again);
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
      const page = await calls.events(this.#scope, { ...this.#filter, before, limit: this.#page });
      this.events = this.#joined(page, before === undefined).filter((e) => !this.#gone.has(e.id));
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
    if (!newest) return merge(this.events, page.events);
    const oldest = page.next === undefined ? undefined : page.events.at(-1)?.start;
    const kept = this.events.filter((e) => oldest !== undefined && e.start < oldest);
    return merge(merge(kept, page.events), this.#put);
  }
}
