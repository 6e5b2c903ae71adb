/** How many owner colours styles/dots name. */
const COLOURS = 8;

/** The colour number of an owner: the same on every device, from the id alone. */
export function dotOf(id: string): number {
  return Number.parseInt(id.slice(0, 8), 16) % COLOURS;
}
