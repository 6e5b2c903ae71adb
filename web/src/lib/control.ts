import { asRefusal } from '../api/refusal';
import { en } from '../words/en';
import { say, type Key } from '../words/say';
import { sentence } from './explain';

/** Why a camera did not do what was asked of it, as a sentence. */
export function why(thrown: unknown): string {
  const refusal = asRefusal(thrown);
  const key = `control.why.${refusal.reason}`;
  return key in en ? say(key as Key) : sentence(refusal);
}
