import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { chromium } from 'playwright-core';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The two sizes and the two themes a person looks at. */
export const SIZES = { phone: { width: 390, height: 844 }, desktop: { width: 1440, height: 900 } };
export const THEMES = ['light', 'dark'];

/**
 * Starts Debian's Chromium. LARES_CHROMIUM names another one; LARES_CA_SPKI is the base64 SHA-256 of the public key of
 * the hub's authority, the one certificate this browser then trusts besides the public ones. `more` are further flags.
 */
export function launch(more = []) {
  const spki = process.env.LARES_CA_SPKI;
  return chromium.launch({
    executablePath: process.env.LARES_CHROMIUM ?? '/usr/bin/chromium',
    args: [...FLAGS, ...more, ...(spki ? [`--ignore-certificate-errors-spki-list=${spki}`] : [])],
  });
}

/** Words of the browser that mean a broken promise: a policy it enforced, or a script that died. */
export function listenForFaults(page) {
  const faults = [];
  page.on('pageerror', (e) => faults.push(`script: ${e.message}`));
  page.on('console', (m) => {
    if (/Content Security Policy|Refused to/.test(m.text())) faults.push(`policy: ${m.text()}`);
  });
  return faults;
}

const axe = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What a finger has to hit and is less high than one, where fingers are what the device has. */
function tooSmall() {
  const FINGER = 44;
  if (!matchMedia('(pointer: coarse)').matches) return [];
  const within = document.querySelector('dialog[open]') ?? document.body;
  const hit = (el) => (el.matches('[type=checkbox], [type=radio]') ? (el.closest('label') ?? el) : (el.closest('.line') ?? el));
  return [...within.querySelectorAll('a[href], button, input, select, summary')]
    .filter((el) => el.checkVisibility() && !el.matches('.aloud, .skip'))
    .map((el) => ({ el, height: hit(el).getBoundingClientRect().height }))
    .filter(({ height }) => height < FINGER - 0.5)
    .map(({ el, height }) => `${Math.round(height)} px high: ${el.outerHTML.slice(0, 120)}`);
}

/** Says where the page is wider than its window. */
async function tooWide(page) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  return over > 0 ? [`${new URL(page.url()).hash} is ${over} px wider than ${page.viewportSize().width} px`] : [];
}

/** Throws where the page does not fit a phone. */
export async function fitsPhone(page) {
  const before = page.viewportSize();
  await page.setViewportSize(SIZES.phone);
  const found = await tooWide(page);
  await page.setViewportSize(before);
  if (found.length > 0) throw new Error(found[0]);
}

let pictures = 0;

/** Takes pictures of the page for a person to look at, on a phone in the light; they are called after what is on top of it. */
async function photograph(page, folder) {
  const [sheet, heading] = await page.evaluate(() => ['dialog[open] h1', 'h1'].map((h) => document.querySelector(h)?.textContent.trim() ?? ''));
  const name = [basename(process.argv[1], '.mjs'), String(++pictures).padStart(3, '0'), (sheet || heading).replace(/\W+/g, '-')].join('-');
  const before = page.viewportSize();
  for (const [size, viewport] of Object.entries(SIZES).filter(([, { width }]) => width <= before.width)) {
    await page.emulateMedia({ colorScheme: size === 'phone' ? 'light' : 'dark' });
    await page.setViewportSize(viewport);
    await page.screenshot({ path: join(folder, `${name}-${size}.png`), fullPage: sheet === '' });
  }
  await page.setViewportSize(before);
}

/**
 * Runs axe on the page as it stands, in both themes, and measures what is tapped and how wide it is; throws with what it
 * found. LARES_SHOTS, if set, is a folder for pictures of all that is looked at so.
 */
export async function accessible(page) {
  const found = [...(await page.evaluate(tooSmall)), ...(await tooWide(page))];
  for (const colorScheme of THEMES) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    // Once for a document: it is long, and the page keeps it.
    if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(`${await axe};0`);
    const { violations, passes } = await page.evaluate((runOnly) => globalThis.axe.run(document, { runOnly }), RULES);
    if (passes.length < 5) throw new Error(`axe looked at nothing: ${passes.length} rules passed`);
    for (const v of violations) found.push(`${colorScheme}: ${v.id}: ${v.nodes.map((n) => n.html.slice(0, 120)).join(' | ')}`);
  }
  if (found.length > 0) throw new Error(found.join('\n'));
  if (process.env.LARES_SHOTS) await photograph(page, process.env.LARES_SHOTS);
}

/** What a video shows, as grey values of 160 × 90 pixels. */
export function picture(video) {
  return video.evaluate((element) => {
    const canvas = document.createElement('canvas');
    canvas.width = 160;
    canvas.height = 90;
    const context = canvas.getContext('2d');
    context.drawImage(element, 0, 0, canvas.width, canvas.height);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    const grey = [];
    for (let i = 0; i < data.length; i += 4) grey.push((data[i] + data[i + 1] + data[i + 2]) / 3);
    return grey;
  });
}

/** How many pixels of two pictures differ visibly. */
export function difference(a, b) {
  return a.filter((value, i) => Math.abs(value - b[i]) > 12).length;
}
