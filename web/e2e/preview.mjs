/** The pictures of what happens in an event, in its row of the list. */
import { check, until } from './steps.mjs';

const QUIET_MS = 1500; // longer than a pointer has to rest and pictures take to come

/**
 * Goes over the first row that has pictures: they play under the pointer and the keyboard's focus and rest behind them;
 * who wants less motion sees them move with the pointer alone; and a finger goes through them without choosing the event.
 */
export async function previews(page) {
  const row = page.locator('[data-event]:has(.film)').first();
  await row.waitFor({ timeout: 20_000 });
  const film = page.locator(`[data-event="${await row.getAttribute('data-event')}"] .film`); // others may come before it
  const point = async (part) => {
    const { x, y, width, height } = await film.boundingBox();
    return { x: x + part * width, y: y + height / 2 };
  };
  const at = async (part) => {
    const { x, y } = await point(part);
    await page.mouse.move(x, y);
  };
  const away = () => page.mouse.move(0, 0);
  const shown = film.locator('.part');
  const plays = (how) => until(`pictures ${how}`, 10_000, () => shown.isVisible());
  const rests = (how) => until(`rest ${how}`, 2_000, async () => !(await shown.isVisible()));
  const src = () => film.locator('img').getAttribute('src');

  await page.emulateMedia({ reducedMotion: 'no-preference' });
  await away();
  const seen = await film.evaluateHandle((box) => {
    const all = new Set();
    new MutationObserver(() => box.querySelector('.part') && all.add(box.querySelector('img').src)).observe(box, { attributes: true, childList: true, subtree: true });
    return all;
  });
  await at(0.5);
  await until('pictures under the pointer, one after the other', 10_000, () => seen.evaluate((all) => all.size > 1));
  await away();
  await rests('behind the pointer');

  await film.locator('xpath=ancestor::a').evaluate((row) => row.focus({ focusVisible: true }));
  await plays('under the focus');
  await page.evaluate(() => document.activeElement.blur());
  await rests('behind the focus');

  await page.emulateMedia({ reducedMotion: 'reduce' });
  await at(0.02);
  await plays('where the pointer moves');
  const begin = await src();
  await page.waitForTimeout(QUIET_MS);
  check((await src()) === begin, 'pictures play although less motion is wanted');
  await at(0.98);
  await until('the last picture', 3_000, async () => (await src()) !== begin);
  await away();
  await rests('with less motion');

  const before = page.url();
  const finger = await page.context().newCDPSession(page);
  const touch = async (type, part) =>
    finger.send('Input.dispatchTouchEvent', { type, touchPoints: part === undefined ? [] : [await point(part)] });
  await touch('touchStart', 0.1);
  for (const part of [0.2, 0.4, 0.6, 0.8]) await touch('touchMove', part);
  await plays('under a finger');
  await touch('touchEnd');
  await rests('behind the finger');
  check(page.url() === before, `a finger that goes through the pictures chose the event: ${page.url()}`);
  await finger.detach();
}
