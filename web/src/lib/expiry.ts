const DAY = 86_400_000;

/** Ends a person may choose for something they give; `date` asks for the day. */
export const ENDS = ['never', 'day', 'week', 'month', 'date'] as const;
export type End = (typeof ENDS)[number];

const DAYS: Partial<Record<End, number>> = { day: 1, week: 7, month: 30 };

/** When that is, in the form of the hub; undefined for never and for a day not chosen yet. A chosen day counts whole. */
export function endsAt(end: End, date: string, now: Date): string | undefined {
  const days = DAYS[end];
  if (days) return new Date(now.getTime() + days * DAY).toISOString();
  if (end !== 'date' || !date) return undefined;
  const chosen = new Date(`${date}T23:59:59.999`);
  return Number.isNaN(chosen.getTime()) ? undefined : chosen.toISOString();
}

/** A day as a date field has it, by the local calendar. */
export function dateField(then: Date): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${then.getFullYear()}-${two(then.getMonth() + 1)}-${two(then.getDate())}`;
}
