/** How many owner colours styles/tokens.css names. */
const COLOURS = 8;

/** The colour of an owner: the same on every device, from the id alone. */
export function colourOf(id: string): string {
  return `var(--dot-${Number.parseInt(id.slice(0, 8), 16) % COLOURS})`;
}
