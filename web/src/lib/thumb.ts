/** How wide the pictures of rows are, in pixels of the page, and small pictures in their own. */
const ROW = 128;
const SMALL = 160;
/** Up to this enlargement a small picture looks like a large one. */
const ENLARGED = 1.25;

/** Whether small pictures will do in rows: on phones, whose lists are long and whose networks are slow, and on coarse screens. */
export function smallWillDo(): boolean {
  return ROW * devicePixelRatio <= SMALL * ENLARGED || matchMedia('(max-width: 899px)').matches;
}
