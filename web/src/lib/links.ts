import type { GuestLink } from '../api/contract';

/** Why a link still works, or no longer does. */
export function linkState(link: GuestLink, now: Date): 'open' | 'revoked' | 'expired' | 'used' {
  if (link.revoked) return 'revoked';
  if (new Date(link.expires) <= now) return 'expired';
  return link.views_left > 0 ? 'open' : 'used';
}
