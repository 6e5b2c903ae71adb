/** What a buffer holds, in seconds, in order. Pure. */
export type Range = readonly [start: number, end: number];

/** Media that begins so much later is there, and what is less than so much is not. */
const LATE_S = 0.3;
const LEAST_S = 0.02;
/** Before its end by so much a picture is sure to be shown. */
const SURE_S = 0.04;
/** With less than this ahead an element may wait. */
const WAIT_S = 0.1;

/** The time itself if there is media at it, or where that begins a moment later: sound may begin after the pictures. */
export function near(ranges: readonly Range[], t: number): number | undefined {
  const range = ranges.find(([start, end]) => t >= start - LATE_S && t < end - LEAST_S);
  return range && Math.max(t, range[0]);
}

/** The last time before one at which there is media. */
export function before(ranges: readonly Range[], t: number): number | undefined {
  const range = ranges.findLast(([start]) => start < t);
  return range && Math.max(range[0], Math.min(t, range[1] - SURE_S));
}

/** Whether an element at a time waits for media, with less than `left` ahead, and where that goes on, if it does. */
export function waits(ranges: readonly Range[], t: number, left = WAIT_S): { next: number | undefined } | undefined {
  if (ranges.some(([start, end]) => t >= start - LEAST_S && t < end - left)) return undefined;
  return { next: ranges.find(([start]) => start > t)?.[0] };
}
