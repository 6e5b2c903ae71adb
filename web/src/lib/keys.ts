/** Whether a key press belongs to a field, a control or the browser and is no shortcut of the page. */
export function typing(e: KeyboardEvent): boolean {
  if (e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented) return true;
  if (document.querySelector('dialog[open]')) return true;
  const target = e.target;
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest('input, textarea, select, [contenteditable]')) return true;
  // Space presses a focused button or link; the other keys mean nothing to them.
  return e.key === ' ' && target.closest('button, a, summary') !== null;
}
