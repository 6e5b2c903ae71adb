import * as calls from './calls';
import * as door from './door';
import { Home } from './home.svelte';
import { asRefusal, type Refusal } from './refusal';
import { Scope, type Loss } from './scope';
import type { Hub, SignedIn } from './types';

export type Notice = Loss | 'signed-out';

export type Phase =
  | { at: 'starting' }
  | { at: 'unreachable'; refusal: Refusal }
  | { at: 'claim'; hub: Hub }
  | { at: 'sign-in'; hub: Hub; notice?: Notice }
  | { at: 'home'; hub: Hub; home: Home };

/** Who is at the door: from the first question to the hub until sign-out. */
export class Session {
  phase = $state.raw<Phase>({ at: 'starting' });

  /** Asks the hub who it is and the cookie whose it is. */
  async start(): Promise<void> {
    this.phase = { at: 'starting' };
    try {
      const hub = await door.hub();
      if (!hub.claimed) this.phase = { at: 'claim', hub };
      else await this.#resume(hub);
    } catch (thrown) {
      this.phase = { at: 'unreachable', refusal: asRefusal(thrown) };
    }
  }

  async signIn(hub: Hub, name: string, password: string): Promise<void> {
    this.#enter(hub, await door.signIn(name, password));
  }

  async claim(hub: Hub, code: string, name: string, password: string): Promise<void> {
    this.#enter({ ...hub, claimed: true }, await door.claim(code, name, password));
  }

  /** Ends the session at the hub and drops everything here; what the hub says does not hold up the dropping. */
  async signOut(): Promise<void> {
    if (this.phase.at !== 'home') return;
    const { home } = this.phase;
    await calls.signOut(home.scope).catch(() => undefined);
    this.#leave(home, 'signed-out');
  }

  async #resume(hub: Hub): Promise<void> {
    try {
      this.#enter(hub, await door.resume());
    } catch (thrown) {
      const refusal = asRefusal(thrown);
      if (refusal.kind !== 'wrong') throw refusal;
      this.phase = { at: 'sign-in', hub };
    }
  }

  #enter(hub: Hub, signedIn: SignedIn): void {
    const home: Home = new Home(new Scope(signedIn, (loss) => this.#leave(home, loss)));
    this.phase = { at: 'home', hub, home };
  }

  #leave(home: Home, notice: Notice): void {
    home.close();
    if (this.phase.at !== 'home' || this.phase.home !== home) return;
    this.phase = { at: 'sign-in', hub: this.phase.hub, notice };
    location.hash = '';
  }
}

export const session = new Session();
