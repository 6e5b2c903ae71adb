import type { GuestClip } from './contract';
import { newNonce } from './door';
import { Refusal } from './refusal';
import { send } from './send';

const SECRET = /^#([\w-]{16,128})$/;

/** Takes the secret of a guest link out of the address, before it can stay in the history of the browser. */
export function takeSecret(from: Pick<Location, 'hash' | 'pathname'>, past: Pick<History, 'replaceState'>): string | undefined {
  const secret = SECRET.exec(from.hash)?.[1];
  if (from.hash) past.replaceState(null, '', from.pathname);
  return secret;
}

/**
 * Exchanges the secret of a link for one clip, which uses up one view. Bound to a nonce in the path as signing in is,
 * so that no cache in between can hand one guest another's clip.
 */
export async function openLink(secret: string): Promise<GuestClip> {
  const nonce = newNonce();
  const answer = await send(`/api/guest/${nonce}`, { method: 'POST', body: { secret } });
  const told = (await answer.json()) as GuestClip;
  if (told.nonce !== nonce) throw new Refusal('fault');
  return told;
}

/** The address of what a guest may fetch. */
export function guestMedia({ scope }: GuestClip, what: 'clip.mp4' | 'thumbnail'): string {
  return `/s/${scope}/guest/${what}`;
}
