import type { Refusal } from '../api/refusal';
import { say } from '../words/say';

type Spoken = Exclude<Refusal['kind'], 'dropped'>;

function spoken(refusal: Refusal): Spoken | 'lockdown' {
  if (refusal.reason === 'lockdown') return 'lockdown';
  return refusal.kind === 'dropped' ? 'fault' : refusal.kind;
}

/** What happened, as a short heading. */
export function heading(refusal: Refusal): string {
  return say(`refusal.${spoken(refusal)}`);
}

/** What to do now. Where the hub wrote a sentence of its own about the input, it is the better one. */
export function advice(refusal: Refusal): string {
  if (refusal.kind === 'invalid' && refusal.detail) return refusal.detail;
  return say(`refusal.${spoken(refusal)}.help`, { seconds: refusal.retryAfter ?? 0 });
}

/** Both in one line, for a form or a toast. */
export function sentence(refusal: Refusal): string {
  return refusal.kind === 'invalid' ? advice(refusal) : `${heading(refusal)}. ${advice(refusal)}`;
}
