import type { Candidate } from '../api/types';

/** What to call a device: its own name, or what it is, or where. */
export function candidateName(c: Candidate): string {
  return c.name || [c.vendor, c.model].filter(Boolean).join(' ') || c.address;
}

/** What it is and where, in one line, without what its name says. */
export function candidateLine(c: Candidate): string {
  const name = candidateName(c);
  const what = [c.vendor, c.model].filter((word) => word && !name.includes(word)).join(' ');
  return [what, name === c.address ? '' : c.address].filter(Boolean).join(' · ');
}

/** In the order they are shown: what can be added first, of that what speaks ONVIF; among equals the order of the hub. */
export function sorted(list: readonly Candidate[]): Candidate[] {
  const rank = (c: Candidate): number => (c.added ? 2 : c.speaks.includes('onvif') ? 0 : 1);
  return [...list].sort((a, b) => rank(a) - rank(b));
}

/** More of the same maker that could be added. */
export function alike(one: Candidate, list: readonly Candidate[]): Candidate[] {
  return list.filter((c) => c.id !== one.id && c.vendor !== '' && c.vendor === one.vendor && !c.added);
}
