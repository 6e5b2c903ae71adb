/** Areas of a picture by their corners, and what a person does to them. Pure: each change is a new area. */

/** Right of the picture's left edge and below its top, in parts of its width and its height. */
export type Point = readonly [x: number, y: number];
export type Polygon = readonly Point[];

/** What the hub takes of an area. */
export const FEWEST_CORNERS = 3;
export const MOST_CORNERS = 32;

const within = (value: number): number => Math.min(1, Math.max(0, value));
const tidy = (value: number): number => Math.round(value * 10_000) / 10_000;

/** A place in the picture, near enough to one that was meant outside. */
export const inside = ([x, y]: Point): Point => [tidy(within(x)), tidy(within(y))];

/** An area with one corner elsewhere. */
export function withCorner(area: Polygon, n: number, to: Point): Polygon {
  return area.map((corner, i) => (i === n ? inside(to) : corner));
}

/** The middle of the side that begins at a corner. */
export function middleOf(area: Polygon, n: number): Point {
  const a = area[n]!;
  const b = area[(n + 1) % area.length]!;
  return inside([(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]);
}

/** An area with one corner more, in the middle of the side that begins at a corner; the same where it has as many as it may. */
export function addCorner(area: Polygon, n: number): Polygon {
  return area.length >= MOST_CORNERS ? area : [...area.slice(0, n + 1), middleOf(area, n), ...area.slice(n + 1)];
}

/** An area without one of its corners; the same where it has as few as it may. */
export function removeCorner(area: Polygon, n: number): Polygon {
  return area.length <= FEWEST_CORNERS ? area : area.filter((_, i) => i !== n);
}

/** An area elsewhere, as far as the edge of the picture lets it: its shape stays. */
export function moved(area: Polygon, [dx, dy]: Point): Polygon {
  const least = (at: 0 | 1): number => Math.min(...area.map((corner) => corner[at]));
  const most = (at: 0 | 1): number => Math.max(...area.map((corner) => corner[at]));
  const far = (by: number, at: 0 | 1): number => Math.min(1 - most(at), Math.max(-least(at), by));
  const [x, y] = [far(dx, 0), far(dy, 1)];
  return area.map((corner) => inside([corner[0] + x, corner[1] + y]));
}

/** Whether a place lies in an area: a line from it to the right crosses an odd number of sides, as the hub counts it. */
export function contains(area: Polygon, [x, y]: Point): boolean {
  return area.reduce((is, a, i) => {
    const b = area[(i + 1) % area.length]!;
    return a[1] > y !== b[1] > y && x < ((b[0] - a[0]) * (y - a[1])) / (b[1] - a[1]) + a[0] ? !is : is;
  }, false);
}

/** Where the name of an area stands: the middle of what is around it. */
export function centreOf(area: Polygon): Point {
  const mid = (at: 0 | 1): number => (Math.min(...area.map((c) => c[at])) + Math.max(...area.map((c) => c[at]))) / 2;
  return inside([mid(0), mid(1)]);
}

/** How far a key moves a place, in parts of the picture; `far` is with Shift. Undefined for a key that moves nothing. */
export function stepOf(key: string, far: boolean): Point | undefined {
  const by = far ? 0.05 : 0.01;
  switch (key) {
    case 'ArrowLeft':
      return [-by, 0];
    case 'ArrowRight':
      return [by, 0];
    case 'ArrowUp':
      return [0, -by];
    case 'ArrowDown':
      return [0, by];
    default:
      return undefined;
  }
}
