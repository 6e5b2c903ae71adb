import type { GuestLink, LinkWish, Token, TokenWish } from './contract';
import type { Scope } from './scope';

type Scoped<T> = T & { account: string };

export async function tokens(scope: Scope): Promise<Token[]> {
  return (await scope.get<Scoped<{ tokens: Token[] }>>('tokens')).tokens;
}

/** Returns the token itself, which is told this once. */
export async function makeToken(scope: Scope, wish: TokenWish): Promise<string> {
  return (await scope.secret<{ token: string }>('tokens/new', wish)).token;
}

export function endToken(scope: Scope, id: string): Promise<void> {
  return scope.tell('DELETE', `tokens/${id}`);
}

export async function links(scope: Scope): Promise<GuestLink[]> {
  return (await scope.get<Scoped<{ links: GuestLink[] }>>('links')).links;
}

/** Returns the whole link, which is told this once; its secret stands behind the # and reaches no server on its way. */
export async function makeLink(scope: Scope, clip: string, wish: LinkWish): Promise<string> {
  const { secret } = await scope.secret<{ secret: string }>(`clips/${clip}/links/new`, wish);
  return `${location.origin}/guest#${secret}`;
}

export function revokeLink(scope: Scope, id: string): Promise<void> {
  return scope.tell('DELETE', `links/${id}`);
}
