/** What is colder than this is usual: it is neither painted nor spoken of. */
export const STIRS = 0.2;

/** Paints cells over a picture, a pixel for each: amber stirs, red counts. It is told in words beside. */
export function paint(on: HTMLCanvasElement, columns: number, rows: number, cells: readonly { warm: number; counts: boolean }[]): void {
  on.width = columns;
  on.height = rows;
  const pixels = new ImageData(columns, rows);
  for (const [i, { warm, counts }] of cells.entries()) {
    pixels.data.set(counts ? [255, 61, 31, 190] : [255, 190, 61, warm < STIRS ? 0 : 30 + 110 * warm], 4 * i);
  }
  on.getContext('2d')?.putImageData(pixels, 0, 0);
}
