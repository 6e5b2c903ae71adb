import type { HubEvent } from '../api/types';
import { en } from '../words/en';
import { language, say, type Key } from '../words/say';

/** What happened, in a word: what the camera recognised where the catalogue knows it, else the kind. */
export function kindWords(event: HubEvent): string {
  const key = `kind.${event.class}`;
  return key in en ? say(key as Key) : say(`kind.${event.kind}`);
}

/** Where it happened: at which camera, and in which zone of its picture where one is known. */
export function placeWords(event: HubEvent, camera: string | undefined): string {
  const name = camera ?? say('events.lost_camera');
  return event.zone ? say('event.at', { camera: name, place: event.zone }) : name;
}

/** Who noticed it, as sentences; none where nobody did, as with a clip by hand. */
export function sourceWords({ sources = [] }: HubEvent): string[] {
  const by = (['camera', 'motion', 'sound'] as const).filter((s) => sources.includes(s)).join('_');
  const key = `event.by_${by}`;
  return [...(key in en ? [say(key as Key)] : []), ...(sources.includes('detector') ? [say('event.by_detector')] : [])];
}

/** What else is known of it: other classes, one without a word of the catalogue, what a detector calls things, other zones. */
export function alsoWords({ class: first, labels = [] }: HubEvent): string | undefined {
  const nameless = first && !(`kind.${first}` in en) ? [first] : [];
  const known = [...nameless, ...labels].map((label) => (`kind.${label}` in en ? say(`kind.${label}` as Key) : label));
  return known.length > 0 ? say('event.also', { what: new Intl.ListFormat(language, { type: 'unit' }).format(known) }) : undefined;
}
