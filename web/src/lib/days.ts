import { dayHeading } from './time';

export interface Day<T> {
  heading: string;
  items: T[];
}

/**
 * A list by calendar days, each day once and its newest first. What comes in another order than that of time, as lines of
 * the journal that are written when something ends, stands where it began.
 */
export function byDay<T>(list: readonly T[], at: (item: T) => string, now: Date): Day<T>[] {
  const days = new Map<string, T[]>();
  for (const item of list) {
    const heading = dayHeading(new Date(at(item)), now);
    const items = days.get(heading);
    if (items) items.push(item);
    else days.set(heading, [item]);
  }
  return [...days].map(([heading, items]) => ({ heading, items: items.sort((a, b) => Date.parse(at(b)) - Date.parse(at(a))) }));
}
