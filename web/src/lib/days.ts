import { dayHeading } from './time';

export interface Day<T> {
  heading: string;
  items: T[];
}

/** A list in the order of time, cut where the calendar day changes. */
export function byDay<T>(list: readonly T[], at: (item: T) => string, now: Date): Day<T>[] {
  const days: Day<T>[] = [];
  for (const item of list) {
    const heading = dayHeading(new Date(at(item)), now);
    const last = days.at(-1);
    if (last?.heading === heading) last.items.push(item);
    else days.push({ heading, items: [item] });
  }
  return days;
}
