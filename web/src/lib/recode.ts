import type { Probe } from '../api/types';

/** What the hub calls the change of the small stream to H.264, and what it warns of where that is to be made, or has to wait. */
const FIX = 'sub-codec';
const KINDS = ['sub-codec', 'no-sub'];

/** What can be done about the small stream of a camera that was looked at. */
export type Recode = 'silent' | 'done' | 'recorder' | 'nothing' | 'warned';

export function recodeOf({ state, channels, warnings, fixed }: Probe): Recode {
  if (state !== 'ready') return 'silent';
  if (fixed.includes(FIX)) return 'done';
  if (channels.length > 1) return 'recorder'; // a warning says not of which channel it is
  return warnings.some((w) => KINDS.includes(w.kind)) ? 'warned' : 'nothing';
}

/** What was seen, without what else could be better of it. */
export function recoding(seen: Probe): Probe {
  const warnings = seen.warnings.filter((w) => KINDS.includes(w.kind));
  return { ...seen, warnings, unfixed: seen.unfixed.filter((u) => warnings.some((w) => w.fix === u.fix)) };
}
