import type { Point } from './polygon';

/**
 * Follows a pointer that was pressed until it is let go: `follow` is told where in the box it is and where it began, in
 * parts of the box, and outside of it too. The box holds the pointer, for what was pressed may go meanwhile.
 */
export function hold(box: HTMLElement, e: PointerEvent, follow: (to: Point, from: Point) => void): void {
  if (e.button !== 0) return;
  e.preventDefault();
  const { left, top, width, height } = box.getBoundingClientRect();
  const where = (m: PointerEvent): Point => [(m.clientX - left) / width, (m.clientY - top) / height];
  const from = where(e);
  const over = new AbortController();
  const { signal } = over;
  box.setPointerCapture(e.pointerId);
  box.addEventListener('pointermove', (m) => follow(where(m), from), { signal });
  for (const end of ['pointerup', 'pointercancel'] as const) box.addEventListener(end, () => over.abort(), { signal });
}
