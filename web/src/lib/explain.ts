import type { Refusal } from '../api/refusal';
import { say } from '../words/say';
import { span } from './time';

type Spoken = Exclude<Refusal['kind'], 'dropped'>;

function spoken(refusal: Refusal): Spoken | 'lockdown' {
  if (refusal.reason === 'lockdown') return 'lockdown';
  return refusal.kind === 'dropped' ? 'fault' : refusal.kind;
}

/** What happened, as a short heading. */
export function heading(refusal: Refusal): string {
  return say(`refusal.${spoken(refusal)}`);
}

/** A wait, in a unit that fits and never shorter than it is. */
function atLeast(seconds: number): string {
  const unit = seconds < 60 ? 1 : seconds < 3600 ? 60 : 3600;
  return span(1000 * unit * Math.ceil(seconds / unit));
}

/** What the hub itself says of the input, or of what stands against it: it is the better sentence. */
function told(refusal: Refusal): string | undefined {
  return refusal.kind === 'invalid' || refusal.kind === 'taken' ? refusal.detail : undefined;
}

/** What to do now. */
export function advice(refusal: Refusal): string {
  const detail = told(refusal);
  if (detail) return detail;
  const seconds = refusal.retryAfter ?? 0;
  return say(`refusal.${spoken(refusal)}.help`, { seconds, span: atLeast(seconds) });
}

/** Both in one line, for a form or a toast. */
export function sentence(refusal: Refusal): string {
  return told(refusal) ?? (refusal.kind === 'invalid' ? advice(refusal) : `${heading(refusal)}. ${advice(refusal)}`);
}
