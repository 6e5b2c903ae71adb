import { hex } from './bytes';
import type { Invited } from './contract';
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

export function signIn(name: string, password: string, totp = ''): Promise<SignedIn> {
  return enter('sign-in', totp ? { name, password, totp } : { name, password });
}

/** What an invitation says; looking does not use it. */
export function invitation(code: string): Promise<Invited> {
  return enter('invitation', { code });
}

/** Makes the account that an invitation offers, and signs it in. */
export function accept(code: string, name: string, password: string): Promise<SignedIn> {
  return enter('accept', { code, name, password });
}

/** Signs in with the recovery code and sets a new password; the code is used up and a new one comes. */
export function recover(name: string, code: string, password: string, totp = ''): Promise<SignedIn> {
  return enter('recover', { name, code, password, ...(totp ? { totp } : {}) });
}

/** Asks for the scope of the cookie's session, after a page was reloaded. */
export function resume(): Promise<SignedIn> {
  return enter('resume', {});
}

/** 128 random bits as 32 hexadecimal digits. */
export function newNonce(): string {
  return hex(crypto.getRandomValues(new Uint8Array(16)));
}

/**
 * The private answers outside a scope. A broken cache in between could hand one person another's; the nonce in the path
 * makes every request a new address, and an answer that does not repeat it is thrown away unread.
 */
async function enter<T extends { nonce: string } = SignedIn>(way: string, body: object): Promise<T> {
  const nonce = newNonce();
  const answer = await send(`/api/${way}/${nonce}`, { method: 'POST', body });
  const told = (await answer.json()) as T;
  if (told.nonce !== nonce) throw new Refusal('fault');
  return told;
}
