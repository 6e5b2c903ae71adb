/** What a keyboard can go on from when the thing that had the focus is gone: a part of the page with a name. */
const PLACE = 'section, dialog[open], main';
/**
 * Keeps the focus of keyboards and readers on the page below `root`. When what had it is taken away (a row that was
 * ended, a button that became a notice), browsers leave it nowhere; it goes to the part of the page where that was, or
 * else to where the person was before. Returns what stops it.
 */
export function keepFocus(root: HTMLElement): () => void {
  /** What had the focus last on the page and in each sheet over it, the latest last, each with what it was in. */
  let trail: Element[][] = [];
  let frame = 0;

  const went = (e: FocusEvent): void => {
    const chain: Element[] = [];
    for (let at = e.target as Element | null; at && at !== document.body; at = at.parentElement) chain.push(at);
    trail = [...trail.filter((other) => sheetOf(other) !== sheetOf(chain) && sheetOf(other)?.isConnected !== false), chain];
  };
  /** Where to go on from one thing of before; nowhere, if it was in a sheet that is closed. */
  const from = (chain: Element[]): HTMLElement | undefined => {
    if (sheetOf(chain)?.isConnected === false) return undefined;
    const found = chain.find((el, i) => el.isConnected && (i === 0 ? canHold(el) : el.matches(PLACE)));
    return found instanceof HTMLElement ? found : undefined;
  };
  const settle = (): void => {
    const active = document.activeElement;
    // What was disabled a moment ago loses the focus only when the page is drawn anew.
    if (active && active !== document.body && canHold(active)) return;
    const last = trail.at(-1)?.[0];
    // Whoever tapped beside everything wants no focus; only what was taken away is made up for.
    if (!last || (last.isConnected && canHold(last))) return;
    for (const chain of trail.toReversed()) {
      const place = from(chain);
      if (!place) continue;
      if (place.tabIndex < 0) place.tabIndex = -1;
      place.focus({ preventScroll: true });
      return;
    }
  };
  // Sheets give the focus back by themselves when they close, and pages take it when they open: both come first.
  const watch = new MutationObserver(() => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(settle);
  });
  watch.observe(root, { childList: true, subtree: true, attributes: true, attributeFilter: ['disabled'] });
  document.addEventListener('focusin', went);
  return () => {
    cancelAnimationFrame(frame);
    watch.disconnect();
    document.removeEventListener('focusin', went);
  };
}

function sheetOf(chain: Element[]): Element | undefined {
  return chain.find((el) => el.localName === 'dialog');
}

function canHold(el: Element): boolean {
  return !(el instanceof HTMLButtonElement && el.disabled);
}
