import { Proof } from '../lib/proof.svelte';
import { Resource } from '../lib/resource.svelte';
import { Toasts } from '../lib/toasts.svelte';
import * as calls from './calls';
import type { Me, Person } from './contract';
import * as own from './own';
import * as people from './people';
import { Pictures } from './pictures';
import type { Scope } from './scope';
import type { Camera, HubEvent } from './types';

/** How many of the newest events the first screen shows. */
const LATEST = 12;

type LiveParts = typeof import('../live');

/** All that one signed-in person's pages share. It dies whole at sign-out, so nothing of one account outlives it. */
export class Home {
  readonly scope: Scope;
  readonly cameras: Resource<Camera[]>;
  readonly latest: Resource<HubEvent[]>;
  readonly me: Resource<Me>;
  readonly people: Resource<Person[]>;
  readonly proof = new Proof();
  readonly pictures: Pictures;
  readonly toasts = new Toasts();
  #live: Promise<{ parts: LiveParts; link: InstanceType<LiveParts['LiveLink']> }> | undefined;

  constructor(scope: Scope) {
    this.scope = scope;
    scope.prove = () => this.proof.ask();
    this.pictures = new Pictures(scope);
    this.cameras = new Resource(() => calls.cameras(scope));
    this.me = new Resource(() => own.me(scope));
    this.people = new Resource(() => people.people(scope));
    this.latest = new Resource(async () => (await calls.events(scope, { limit: LATEST })).events);
  }

  /** The video code and the page's one live socket, both made on first use. */
  live(): Promise<{ parts: LiveParts; link: InstanceType<LiveParts['LiveLink']> }> {
    this.#live ??= import('../live').then((parts) => ({
      parts,
      link: new parts.LiveLink(this.scope.socket(), () => void this.scope.check()),
    }));
    return this.#live;
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
    void this.#live?.then(({ link }) => link.close());
  }
}
