import { hex, ID_BYTES } from './bytes';
import { newNonce } from './door';
import { Refusal } from './refusal';
import { send, type Method } from './send';
import type { Account, SignedIn } from './types';

/** Why a session is over: the hub ended it, or it answered for somebody else. */
export type Loss = 'ended' | 'mixed-up';

/**
 * One signed-in session as this page sees it. The scope lives in this object and nowhere else: no storage, title, link
 * or history. Once closed, every request and every answer still on its way is refused.
 */
export class Scope {
  readonly account: Account;
  readonly #scope: string;
  readonly #lost: (loss: Loss) => void;
  readonly #end = new AbortController();
  /** Asks the person for the password; true when the hub has taken it. */
  prove: () => Promise<boolean> = () => Promise.resolve(false);

  constructor(signedIn: SignedIn, lost: (loss: Loss) => void) {
    this.account = signedIn.account;
    this.#scope = signedIn.scope;
    this.#lost = lost;
  }

  get<T extends { account: string }>(path: string): Promise<T> {
    return this.#json<T>(path, 'GET');
  }

  post<T extends { account: string }>(path: string, body: object = {}): Promise<T> {
    return this.#json<T>(path, 'POST', body);
  }

  put<T extends { account: string }>(path: string, body: object): Promise<T> {
    return this.#json<T>(path, 'PUT', body);
  }

  /**
   * Asks for something that is shown once. A broken cache in between could repeat an answer of before; the nonce in the
   * path makes every request a new address, the repetition after the password too, and an answer that does not repeat
   * the nonce of its own request is thrown away unread.
   */
  secret<T>(path: string, body: object = {}): Promise<T> {
    return this.#proved(async () => {
      const nonce = newNonce();
      const answer = await this.#once(`${path}/${nonce}`, 'POST', body);
      const made = await this.#mine<T & { account: string; nonce: string }>(answer);
      if (made.nonce !== nonce) throw new Refusal('fault');
      return made;
    });
  }

  /** Asks for bytes that begin with a name of their form and the account they are for; returns what follows. */
  async page(path: string, form: string, body: object): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(await (await this.#send(path, 'POST', body)).arrayBuffer());
    if (this.#end.signal.aborted) throw new Refusal('dropped');
    const [head, account] = [bytes.subarray(0, form.length), bytes.subarray(form.length, form.length + ID_BYTES)];
    if (String.fromCharCode(...head) !== form || account.length < ID_BYTES) throw new Refusal('fault');
    this.#mustBeMine(hex(account));
    return bytes.subarray(form.length + ID_BYTES);
  }

  /** Asks for bytes of media that are not for an element to fetch. */
  async bytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(await (await this.#send(path, 'GET')).arrayBuffer());
    if (this.#end.signal.aborted) throw new Refusal('dropped');
    return bytes;
  }

  /** Asks for something that is answered without a body. */
  async tell(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: object): Promise<void> {
    await this.#send(path, method, body);
  }

  /** The address of media, for elements that fetch it themselves. */
  media(path: string): string {
    return `/s/${this.#scope}/api/${path}`;
  }

  /** The address of a socket: the live one, or that of a voice. */
  socket(path = 'live'): string {
    return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${this.media(path)}`;
  }

  /** Asks whether the session still holds; if not, its loss is reported. */
  async check(): Promise<void> {
    await this.get('me').catch(() => undefined);
  }

  /** Ends all requests. Twice is fine. */
  close(): void {
    this.#end.abort();
  }

  async #json<T extends { account: string }>(path: string, method: Method, body?: object): Promise<T> {
    return this.#mine<T>(await this.#send(path, method, body));
  }

  async #mine<T extends { account: string }>(response: Response): Promise<T> {
    const answer = (await response.json()) as T;
    if (this.#end.signal.aborted) throw new Refusal('dropped');
    this.#mustBeMine(answer.account);
    return answer;
  }

  #mustBeMine(account: string): void {
    if (account === this.account.id) return;
    this.#lose('mixed-up');
    throw new Refusal('dropped');
  }

  #send(path: string, method: Method, body?: object): Promise<Response> {
    return this.#proved(() => this.#once(path, method, body));
  }

  /** What needs a fresh password is asked again once the person has given it. */
  async #proved<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (thrown) {
      if (!(thrown instanceof Refusal) || thrown.reason !== 'password-again') throw thrown;
      if (!(await this.prove())) throw new Refusal('dropped');
      return await ask();
    }
  }

  async #once(path: string, method: Method, body?: object): Promise<Response> {
    if (this.#end.signal.aborted) throw new Refusal('dropped');
    try {
      return await send(this.media(path), { method, body, signal: this.#end.signal });
    } catch (thrown) {
      // An ended session and an absent thing look the same from outside; only `me` tells them apart.
      if (thrown instanceof Refusal && thrown.kind === 'absent') {
        if (path === 'me') this.#lose('ended');
        else await this.check();
      }
      throw thrown;
    }
  }

  #lose(loss: Loss): void {
    if (this.#end.signal.aborted) return;
    this.close();
    this.#lost(loss);
  }
}
