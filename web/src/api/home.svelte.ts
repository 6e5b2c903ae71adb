import { EventFeed } from '../lib/events.svelte';
import { Proof } from '../lib/proof.svelte';
import { keepFresh, Resource } from '../lib/resource.svelte';
import type { Ear } from '../live/link';
import { Toasts } from '../lib/toasts.svelte';
import * as calls from './calls';
import type { Me, Person } from './contract';
import * as own from './own';
import * as people from './people';
import { Pictures } from './pictures';
import { Previews } from './previews';
import type { Scope } from './scope';
import type { Camera } from './types';

/** How many of the newest events the first screen shows. */
export const LATEST = 12;
/** How often lists of events are asked for although the hub tells of events: it does not tell what was deleted. */
const SELDOM_MS = 60_000;

type LiveParts = typeof import('../live');

/** All that one signed-in person's pages share. It dies whole at sign-out, so nothing of one account outlives it. */
export class Home {
  readonly scope: Scope;
  readonly cameras: Resource<Camera[]>;
  readonly latest: EventFeed;
  readonly me: Resource<Me>;
  readonly people: Resource<Person[]>;
  readonly proof = new Proof();
  readonly pictures: Pictures;
  readonly smallPictures: Pictures;
  readonly previews: Previews;
  readonly toasts = new Toasts();
  /** Whose past this account may see: what was shared or taken back changes every list of events. */
  readonly #lookback = $derived.by(() => this.cameras.value?.filter((c) => c.actions.includes('history')).map((c) => c.id).join());
  #live: Promise<{ parts: LiveParts; link: InstanceType<LiveParts['LiveLink']> }> | undefined;

  constructor(scope: Scope) {
    this.scope = scope;
    scope.prove = () => this.proof.ask();
    this.pictures = new Pictures(scope, false);
    this.smallPictures = new Pictures(scope, true);
    this.previews = new Previews(scope);
    this.cameras = new Resource(() => calls.cameras(scope));
    this.me = new Resource(() => own.me(scope));
    this.people = new Resource(() => people.people(scope));
    this.latest = new EventFeed(scope, {}, LATEST);
  }

  /** The video code and the page's one live socket, both made on first use. */
  live(): Promise<{ parts: LiveParts; link: InstanceType<LiveParts['LiveLink']> }> {
    this.#live ??= import('../live').then((parts) => ({
      parts,
      link: new parts.LiveLink(this.scope.socket(), () => void this.scope.check()),
    }));
    return this.#live;
  }

  /**
   * Keeps a list of events fresh while it is shown, by what the hub tells over the live socket. It is asked for at
   * once, when the socket is there or back again, when other cameras can be seen than before, and seldom besides.
   * Called in an effect; returns what ends it.
   */
  follow(feed: EventFeed): () => void {
    return this.hear(feed, () => feed.refresh());
  }

  /** The same for whoever else is told of events, and asks for what was missed. */
  hear(ear: Ear, refresh: () => Promise<void>): () => void {
    void this.#lookback;
    const stop = keepFresh(SELDOM_MS, refresh);
    let over = false;
    let unhear: (() => void) | undefined;
    const hear = this.live().then(({ link }) => {
      if (!over) unhear = link.hear(ear);
    });
    hear.catch(() => undefined); // without the live code asking seldom has to do
    return () => {
      over = true;
      stop();
      unhear?.();
    };
  }

  camera(id: string): Camera | undefined {
    return this.cameras.value?.find((c) => c.id === id);
  }

  /** The name of someone with an account here. */
  person(id: string): Person | undefined {
    return this.people.value?.find((p) => p.id === id);
  }

  /** The cameras of this account that are in use. */
  get own(): Camera[] {
    return this.cameras.value?.filter((c) => c.mine && !c.retired) ?? [];
  }

  close(): void {
    this.proof.settle(false);
    this.scope.close();
    this.pictures.close();
    this.smallPictures.close();
    this.previews.close();
    void this.#live?.then(({ link }) => link.close());
  }
}
