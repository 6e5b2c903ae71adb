import type { Heat } from '../api/types';
import { language, say } from '../words/say';
import { type Area, areaName, USUAL } from './motion';
import { STIRS } from './paint';
import { contains, type Point } from './polygon';

/** How much each cell of a picture moves, beside what would count by a draft of settings. */
export interface Warmth {
  columns: number;
  rows: number;
  /** The sides of a cell, in parts of the picture's. */
  cell: Point;
  cells: { /** 0 to 1, of which 1 counts. */ warm: number; counts: boolean }[];
  /** The keys of the zones in which enough moves to count; where there is none, of the whole picture: 0. */
  in: number[];
}

/** A part that moves has seven blocks at least, of which a cell has four. */
const FEWEST_CELLS = 2;

/** From which value on a cell counts, by a sensitivity from 1 to 100: as the hub has it, as far as a value goes. */
export function boundOf(sensitivity: number): number {
  const off = sensitivity - USUAL;
  return Math.min(255, (100 * (256 - (off < 0 ? 10 : 3) * off)) / 256);
}

/** The cells that hang together with one, over corners too; they are taken out of `left`. */
function part(left: Set<number>, first: number, columns: number): number[] {
  const found = [first];
  left.delete(first);
  for (const i of found) {
    const x = i % columns;
    for (const dy of [-1, 0, 1]) {
      for (const dx of [-1, 0, 1]) {
        const j = i + dy * columns + dx;
        if (x + dx >= 0 && x + dx < columns && left.delete(j)) found.push(j);
      }
    }
  }
  return found;
}

/** What of a heat would count by what is drawn now. */
export function warmth(heat: Heat, areas: readonly Area[], sensitivity: number): Warmth {
  const { columns, rows, cell_width: wide, cell_height: high } = heat;
  const values = Uint8Array.from(atob(heat.cells), (c) => c.charCodeAt(0));
  const zones = areas.filter((a) => !a.mask);
  const masks = areas.filter((a) => a.mask);
  const middles = Array.from(values, (_, i): Point => [((i % columns) + 0.5) * wide, (Math.floor(i / columns) + 0.5) * high]);
  const masked = middles.map((m) => masks.some((a) => contains(a.corners, m)));
  const cells = Array.from(values, (v, i) => ({ warm: masked[i] ? 0 : Math.min(1, v / boundOf(sensitivity)), counts: false }));
  const counting = zones.length ? zones : [{ key: 0, sensitivity: 0, size: 0, corners: undefined }];
  const found = counting.filter((zone) => {
    const bound = boundOf(zone.sensitivity || sensitivity);
    const inside = (i: number): boolean => !zone.corners || contains(zone.corners, middles[i]!);
    const left = new Set([...values.keys()].filter((i) => !masked[i] && values[i]! >= bound));
    const least = Math.max(FEWEST_CELLS, zone.size / (wide * high));
    let enough = false;
    while (left.size) {
      const within = part(left, left.values().next().value!, columns).filter(inside);
      for (const i of within) cells[i] = { warm: 1, counts: true };
      enough ||= within.length >= least;
    }
    return enough;
  });
  return { columns, rows, cell: [wide, high], cells, in: found.map((z) => z.key) };
}

/** What moves now, in words. */
export function heatWords(now: Warmth | undefined, areas: readonly Area[]): string {
  if (!now) return say('motion.heat_unknown');
  const names = areas.filter((a) => now.in.includes(a.key)).map((a) => areaName(areas, a));
  if (names.length) return say('motion.heat_zones', { zones: new Intl.ListFormat(language, { type: 'conjunction' }).format(names) });
  if (now.in.length) return say('motion.heat_counts');
  return say(now.cells.some((c) => c.warm >= STIRS) ? 'motion.heat_stirs' : 'motion.heat_still');
}
