import type { Film } from './film.svelte';

/** A finger that has gone so far sideways goes through the pictures; less is a tap. */
const LEAST_PX = 8;

/** Plays a film while the pointer or the focus of the keyboard is on an element, unless the person wants less motion. */
export function playing(film: Film): (element: HTMLElement) => () => void {
  return (element) => {
    const over = new AbortController();
    const { signal } = over;
    const still = matchMedia('(prefers-reduced-motion: reduce)');
    const play = (): void => {
      if (!still.matches) film.play();
    };
    element.addEventListener('pointerenter', (e) => e.pointerType === 'mouse' && play(), { signal });
    element.addEventListener('pointerleave', (e) => e.pointerType === 'mouse' && film.rest(), { signal });
    element.addEventListener('focus', () => element.matches(':focus-visible') && play(), { signal });
    element.addEventListener('blur', () => film.rest(), { signal });
    return () => {
      over.abort();
      film.rest();
    };
  };
}

/**
 * Goes through a film by a finger that moves sideways over an element, and by a mouse where nothing plays by itself. What
 * was a movement is no tap.
 */
export function scrubbing(film: Film): (element: HTMLElement) => () => void {
  return (element) => {
    const over = new AbortController();
    const { signal } = over;
    const still = matchMedia('(prefers-reduced-motion: reduce)');
    let from: number | undefined;
    let moved = false;
    const show = (e: PointerEvent): void => {
      const { left, width } = element.getBoundingClientRect();
      void film.scrub((e.clientX - left) / width);
    };
    const end = (): void => {
      if (from !== undefined) film.rest();
      from = undefined;
    };
    element.addEventListener(
      'pointerdown',
      (e) => {
        moved = false;
        if (e.pointerType === 'mouse') return;
        from = e.clientX;
        element.setPointerCapture(e.pointerId);
      },
      { signal },
    );
    element.addEventListener(
      'pointermove',
      (e) => {
        if (from !== undefined && Math.abs(e.clientX - from) > LEAST_PX) moved = true;
        if (from === undefined ? e.pointerType === 'mouse' && still.matches : moved) show(e);
      },
      { signal },
    );
    for (const over of ['pointerup', 'pointercancel'] as const) element.addEventListener(over, end, { signal });
    element.addEventListener('click', (e) => moved && (e.preventDefault(), e.stopPropagation()), { signal });
    return () => over.abort();
  };
}
