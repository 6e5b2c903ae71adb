/** Less than this far, or more upright than sideways, is a tap or a scroll. */
const LEAST_PX = 60;

/** Tells sideways swipes of a finger on an element: 1 to the next, -1 to the one before. */
export function swipe(step: (by: 1 | -1) => void): (element: HTMLElement) => () => void {
  return (element) => {
    let from: Touch | undefined;
    const start = (e: TouchEvent): void => {
      from = e.touches.length === 1 ? e.touches[0] : undefined;
    };
    const end = (e: TouchEvent): void => {
      const to = e.changedTouches[0];
      if (!from || !to) return;
      const dx = to.clientX - from.clientX;
      const dy = to.clientY - from.clientY;
      if (Math.abs(dx) > LEAST_PX && Math.abs(dx) > 2 * Math.abs(dy)) step(dx < 0 ? 1 : -1);
      from = undefined;
    };
    element.addEventListener('touchstart', start, { passive: true });
    element.addEventListener('touchend', end, { passive: true });
    return () => {
      element.removeEventListener('touchstart', start);
      element.removeEventListener('touchend', end);
    };
  };
}
