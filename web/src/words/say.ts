import { en } from './en';
import { fill, type Values } from './message';

export type Key = keyof typeof en;

/** The language of the catalogue in use; dates and numbers follow it. */
export const language = 'en';

/** One sentence of the catalogue, its holes filled. */
export function say(key: Key, values: Values = {}): string {
  return fill(en[key], values, language);
}
