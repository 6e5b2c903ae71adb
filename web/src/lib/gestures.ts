/** What a person does with a strip of time: shares are of its width, from 0 to 1. */
export interface Strip {
  /** Pulls it along by a share. */
  pull(share: number): void;
  /** Shows `factor` times as much around a place. */
  zoom(factor: number, place: number): void;
  tap(place: number): void;
}

/** Farther than this, a touch is no tap. */
const TAP_PX = 6;
const WHEEL = 1.0015;

/** Drag, wheel and pinch on an element. A touch that goes up or down scrolls the page. */
export function gestures(strip: Strip): (element: HTMLElement) => () => void {
  return (element) => {
    const points = new Map<number, PointerEvent>();
    let travelled = 0;
    const share = (x: number): number => {
      const box = element.getBoundingClientRect();
      return (x - box.left) / box.width;
    };
    const down = (e: PointerEvent): void => {
      if (e.button !== 0) return;
      if (points.size === 0) travelled = 0;
      points.set(e.pointerId, e);
      element.setPointerCapture(e.pointerId);
    };
    const move = (e: PointerEvent): void => {
      const was = points.get(e.pointerId);
      if (!was) return;
      points.set(e.pointerId, e);
      const other = [...points.values()].find((p) => p.pointerId !== e.pointerId);
      if (other) {
        const [before, after] = [Math.abs(was.clientX - other.clientX), Math.abs(e.clientX - other.clientX)];
        travelled = Number.POSITIVE_INFINITY;
        if (before > 20 && after > 20) strip.zoom(before / after, share((e.clientX + other.clientX) / 2));
        return;
      }
      travelled += Math.abs(e.clientX - was.clientX);
      if (travelled > TAP_PX) strip.pull((e.clientX - was.clientX) / element.clientWidth);
    };
    const up = (e: PointerEvent): void => {
      if (points.delete(e.pointerId) && points.size === 0 && travelled <= TAP_PX && e.type === 'pointerup') strip.tap(share(e.clientX));
    };
    const wheel = (e: WheelEvent): void => {
      e.preventDefault();
      const sideways = Math.abs(e.deltaX) > Math.abs(e.deltaY) ? e.deltaX : e.shiftKey ? e.deltaY : 0;
      if (sideways !== 0) strip.pull(-sideways / element.clientWidth);
      else strip.zoom(WHEEL ** e.deltaY, share(e.clientX));
    };
    element.addEventListener('pointerdown', down);
    element.addEventListener('pointermove', move);
    element.addEventListener('pointerup', up);
    element.addEventListener('pointercancel', up);
    element.addEventListener('wheel', wheel, { passive: false });
    return () => {
      element.removeEventListener('pointerdown', down);
      element.removeEventListener('pointermove', move);
      element.removeEventListener('pointerup', up);
      element.removeEventListener('pointercancel', up);
      element.removeEventListener('wheel', wheel);
    };
  };
}
