/** What may have started an event. */
export const KINDS = ['motion', 'sound', 'camera', 'doorbell', 'tamper', 'trigger'] as const;

/** The span of a calendar day, as a date field has it; without a day no span. */
export function dayOf(day: string): { since: string | undefined; until: string | undefined } {
  const start = new Date(`${day}T00:00:00`);
  if (!day || Number.isNaN(start.getTime())) return { since: undefined, until: undefined };
  const end = new Date(start);
  end.setDate(end.getDate() + 1); // not 24 hours: clocks change
  return { since: start.toISOString(), until: end.toISOString() };
}
