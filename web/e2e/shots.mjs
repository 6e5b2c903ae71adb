/**
 * Pictures of the pages for a person to look at, and for the README: each page in both sizes and themes.
 * LARES_URL, LARES_NAME, LARES_PASSWORD: an account with cameras and clips, such as one of the demo's; LARES_SHOTS: the
 * folder to write to.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { launch, SIZES, THEMES } from './browser.mjs';

const { LARES_URL: url, LARES_NAME: name, LARES_PASSWORD: password, LARES_SHOTS: folder } = process.env;
if (!url || !name || !password || !folder) {
  console.error('LARES_URL, LARES_NAME, LARES_PASSWORD and LARES_SHOTS must be set');
  process.exit(2);
}
await mkdir(folder, { recursive: true });
const browser = await launch();
for (const theme of THEMES) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    const context = await browser.newContext({ viewport, colorScheme: theme, isMobile: size === 'phone', hasTouch: size === 'phone' });
    const page = await context.newPage();
    const shoot = (what) => page.screenshot({ path: join(folder, `${what}-${size}-${theme}.png`) });
    await page.goto(url);
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await shoot('sign-in');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('link', { name: 'Live', exact: true }).waitFor();
    for (const to of ['live', 'events', 'timeline', 'cameras', 'cameras/add', 'people', 'access', 'journal', 'check', 'hub', 'account', 'more']) {
      await page.evaluate((hash) => void (location.hash = hash), `#/${to}`);
      await page.waitForTimeout(4000); // pictures arrive; nothing is asserted here
      await shoot(to.replace('/', '-'));
    }
    await page.evaluate(() => void (location.hash = '#/cameras'));
    await page.locator('main ul a, main li a').first().click();
    await page.waitForTimeout(4000);
    await page.screenshot({ path: join(folder, `camera-${size}-${theme}.png`), fullPage: true });
    await context.close();
  }
}
await browser.close();
