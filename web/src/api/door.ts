import { Refusal } from './refusal';
import { send } from './send';
import type { Hub, SignedIn } from './types';

/** What a visitor may know about this hub. */
export async function hub(): Promise<Hub> {
  return (await send('/api/hub', { method: 'GET' })).json() as Promise<Hub>;
}

/** Takes a fresh hub with the one-time code of its console. */
export function claim(code: string, name: string, password: string): Promise<SignedIn> {
  return enter('claim', { code, name, password });
}

export function signIn(name: string, password: string): Promise<SignedIn> {
  return enter('sign-in', { name, password });
}

/** Asks for the scope of the cookie's session, after a page was reloaded. */
export function resume(): Promise<SignedIn> {
  return enter('resume', {});
}

/** 128 random bits as 32 hexadecimal digits. */
export function newNonce(): string {
  const bits = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bits, (b) => b.toString(16).padStart(2, '0')).join('');
}

/**
 * The three private answers outside a scope. A broken cache in between could hand one person another's; the nonce in
 * the path makes every request a new address, and an answer that does not repeat it is thrown away unread.
 */
async function enter(way: 'claim' | 'sign-in' | 'resume', body: object): Promise<SignedIn> {
  const nonce = newNonce();
  const answer = await send(`/api/${way}/${nonce}`, { method: 'POST', body });
  const signedIn = (await answer.json()) as SignedIn;
  if (signedIn.nonce !== nonce) throw new Refusal('fault');
  return signedIn;
}
