import { forgetWords } from '../lib/filters';
import { outliving } from '../lib/heads';
import * as calls from './calls';
import type { Rotated } from './contract';
import * as door from './door';
import { Home } from './home.svelte';
import { asRefusal, type Refusal } from './refusal';
import { Scope, type Loss } from './scope';
import type { Hub, SignedIn } from './types';

export type Notice = Loss | 'signed-out' | 'deleted';

/** What comes before the first page: a recovery code to keep, already made by the hub where `code` is given. */
export interface Welcome {
  why: 'claimed' | 'accepted' | 'recovered' | 'rotated';
  code?: string;
  ended?: { sessions: number; tokens: number; links: number };
}

export type Phase =
  | { at: 'starting' }
  | { at: 'unreachable'; refusal: Refusal }
  | { at: 'claim'; hub: Hub }
  | { at: 'sign-in'; hub: Hub; notice?: Notice }
  | { at: 'recover'; hub: Hub }
  /** Somebody opened an invitation; `home` is who is signed in here already. */
  | { at: 'invited'; hub: Hub; code: string; home?: Home }
  | { at: 'home'; hub: Hub; home: Home; welcome?: Welcome };

const INVITE = /^#invite=([\w-]{1,64})$/;

/** Takes the code of an invitation out of the address, where it would stay in the history. */
function takeInvitation(): string | undefined {
  const code = INVITE.exec(location.hash)?.[1];
  if (code) history.replaceState(null, '', location.pathname);
  return code;
}

/** Who is at the door: from the first question to the hub until sign-out. */
export class Session {
  phase = $state.raw<Phase>({ at: 'starting' });

  #invitation: string | undefined;

  /** Asks the hub who it is and the cookie whose it is. */
  async start(): Promise<void> {
    this.phase = { at: 'starting' };
    this.#invitation ??= takeInvitation();
    try {
      const hub = await door.hub();
      if (!hub.claimed) this.phase = { at: 'claim', hub };
      else await this.#resume(hub);
    } catch (thrown) {
      this.phase = { at: 'unreachable', refusal: asRefusal(thrown) };
    }
  }

  /** Goes to the page of an invitation that was opened while this one was shown. */
  async invited(): Promise<void> {
    if (!INVITE.test(location.hash)) return;
    if (this.phase.at === 'home') this.phase.home.close();
    await this.start();
  }

  async signIn(hub: Hub, name: string, password: string, totp: string): Promise<void> {
    this.#enter(hub, await door.signIn(name, password, totp));
  }

  async claim(hub: Hub, code: string, name: string, password: string): Promise<void> {
    this.#enter({ ...hub, claimed: true }, await door.claim(code, name, password), { why: 'claimed' });
  }

  async accept(hub: Hub, code: string, name: string, password: string): Promise<void> {
    const signedIn = await door.accept(code, name, password);
    if (this.phase.at === 'invited') this.phase.home?.close();
    this.#enter(hub, signedIn, { why: 'accepted' });
  }

  async recover(hub: Hub, name: string, code: string, password: string, totp: string): Promise<void> {
    const signedIn = await door.recover(name, code, password, totp);
    this.#enter(hub, signedIn, { why: 'recovered', ...(signedIn.recovery ? { code: signedIn.recovery } : {}) });
  }

  /** Goes on under the scope and the keys that a rotation has made; all that was open under the old ones is dropped. */
  rotated(home: Home, made: Rotated): void {
    if (this.phase.at !== 'home' || this.phase.home !== home) return;
    home.close();
    const ended = { sessions: made.ended_sessions, tokens: made.ended_tokens, links: made.ended_links };
    const signedIn = { nonce: '', scope: made.scope, account: home.scope.account };
    this.#enter(this.phase.hub, signedIn, { why: 'rotated', code: made.recovery, ended });
  }

  /** The person has kept the recovery code, or puts it off. */
  settled(): void {
    if (this.phase.at === 'home') this.phase = { at: 'home', hub: this.phase.hub, home: this.phase.home };
  }

  /** Between the pages at the door. */
  turn(to: 'sign-in' | 'recover'): void {
    if (this.phase.at === 'sign-in' || this.phase.at === 'recover' || this.phase.at === 'invited') this.phase = { at: to, hub: this.phase.hub };
  }

  /** Leaves an invitation and goes on as who is signed in here. */
  stay(): void {
    if (this.phase.at === 'invited' && this.phase.home) this.phase = { at: 'home', hub: this.phase.hub, home: this.phase.home };
  }

  /** Ends the session at the hub and drops everything here; what the hub says does not hold up the dropping. */
  async signOut(): Promise<void> {
    if (this.phase.at !== 'home' && this.phase.at !== 'invited') return;
    const { home } = this.phase;
    if (!home) return;
    await outliving(globalThis.localStorage, () => calls.signOut(home.scope).catch(() => undefined));
    this.leave(home, 'signed-out');
  }

  /** Drops everything of a session that is over. */
  leave(home: Home, notice: Notice): void {
    home.close();
    forgetWords();
    const { phase } = this;
    if (phase.at === 'invited' && phase.home === home) this.phase = { at: 'invited', hub: phase.hub, code: phase.code };
    if (phase.at !== 'home' || phase.home !== home) return;
    this.phase = { at: 'sign-in', hub: phase.hub, notice };
    location.replace('#'); // no new step: one could go back to where this account stood
  }

  async #resume(hub: Hub): Promise<void> {
    const code = this.#invitation;
    this.#invitation = undefined;
    try {
      const signedIn = await door.resume();
      if (code) this.phase = { at: 'invited', hub, code, home: this.#home(signedIn) };
      else this.#enter(hub, signedIn);
    } catch (thrown) {
      const refusal = asRefusal(thrown);
      if (refusal.kind !== 'wrong') {
        this.#invitation = code;
        throw refusal;
      }
      this.phase = code ? { at: 'invited', hub, code } : { at: 'sign-in', hub };
    }
  }

  #enter(hub: Hub, signedIn: SignedIn, welcome?: Welcome): void {
    this.phase = { at: 'home', hub, home: this.#home(signedIn), ...(welcome ? { welcome } : {}) };
  }

  #home(signedIn: SignedIn): Home {
    const home: Home = new Home(new Scope(signedIn, (loss) => this.leave(home, loss)));
    return home;
  }
}

export const session = new Session();
