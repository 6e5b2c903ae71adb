import type { HubEvent } from '../api/types';
import { en } from '../words/en';
import { say, type Key } from '../words/say';

/** What happened, in a word: what the camera recognised where the catalogue knows it, else the kind. */
export function kindWords(event: HubEvent): string {
  const key = `kind.${event.class}`;
  return key in en ? say(key as Key) : say(`kind.${event.kind}`);
}
