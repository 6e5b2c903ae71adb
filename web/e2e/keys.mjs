import { check, until } from './steps.mjs';

/** More stops than any page has; who has not arrived by then never does. */
const STOPS = 90;

/** What holds the focus: how it is called, whether it is seen to have it, and whether anything of it is in sight. */
function focused() {
  const at = document.activeElement;
  if (!at || at === document.body) return { name: '' };
  const seen = (el) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(el);
    return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 1;
  };
  const { left, top, width, height } = at.getBoundingClientRect();
  const spots = [0.2, 0.5, 0.8].flatMap((x) => [0.2, 0.5, 0.8].map((y) => [left + x * width, top + y * height]));
  const words = at.getAttribute('aria-label') ?? at.labels?.[0]?.innerText ?? at.innerText ?? '';
  return {
    name: `${at.localName} “${words.trim().split('\n')[0].slice(0, 60)}”`,
    // The browser's own buttons in a video show it themselves, out of our sight.
    ring: at.localName === 'video' || seen(at) || (at.parentElement !== null && seen(at.parentElement)),
    inSight: spots.some(([x, y]) => at.contains(document.elementFromPoint(x, y)) || document.elementFromPoint(x, y)?.contains(at)),
  };
}

/** What one person does on a page with the keyboard alone. */
export function keys(page) {
  const press = (key) => page.keyboard.press(key);
  const has = (target) => target.evaluate((el) => el === document.activeElement).catch(() => false);
  const role = (name) => (label) => page.getByRole(name, { name: label, exact: typeof label === 'string' });

  /** Every stop of the Tab key shows that it has the focus, and is in sight. */
  async function stop() {
    const at = await page.evaluate(focused);
    check(at.name === '' || at.ring, `nothing shows that ${at.name} has the focus`);
    // Scrolling, and what makes way, take a moment.
    if (at.name !== '' && !at.inSight) await until(`${at.name}, which has the focus, in sight`, 1_000, async () => (await page.evaluate(focused)).inSight);
    return at.name;
  }

  /** Goes to `target` with Tab, or with Shift+Tab. */
  async function to(target, key = 'Tab') {
    await target.waitFor({ timeout: 20_000 });
    const passed = [];
    while (!(await has(target))) {
      check(passed.length < STOPS, `Tab never comes to ${target}; it passes ${[...new Set(passed)].join(', ')}`);
      await press(key);
      passed.push(await stop());
    }
    await stop();
  }

  return {
    press,
    to,
    button: role('button'),
    link: role('link'),
    type: (words) => page.keyboard.type(words),
    /** Goes to `target` and presses it. */
    pressOn: async (target, key = 'Enter') => {
      await to(target);
      await press(key);
    },
    /** Waits until the focus is on `target`, which nobody went to. */
    back: (target, what) =>
      until(`the focus ${what}`, 10_000, async () => {
        check(await has(target), `it is on ${(await page.evaluate(focused)).name || 'nothing'}`);
        return true;
      }),
    /** Tab goes through everything that can be pressed in `main` or the open sheet and comes round again. */
    round: async () => {
      const all = await page.evaluate(() => {
        const within = document.querySelector('dialog[open]') ?? document.querySelector('main');
        const may = [...within.querySelectorAll('a[href], button:not(:disabled), input, select, summary, video[controls]')];
        globalThis.unreached = new Set(may.filter((el) => el.tabIndex >= 0 && el.checkVisibility() && !(el.type === 'radio' && !el.checked)));
        within.focus?.();
        return globalThis.unreached.size;
      });
      let left = all;
      for (let i = 0; left > 0 && i < STOPS; i++) {
        await press('Tab');
        await stop();
        left = await page.evaluate(() => (globalThis.unreached.delete(document.activeElement), globalThis.unreached.size));
      }
      const names = await page.evaluate(() => [...globalThis.unreached].map((el) => el.outerHTML.slice(0, 120)));
      check(names.length === 0, `Tab does not come to ${names.join(' | ')}`);
    },
  };
}
