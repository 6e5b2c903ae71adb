/**
 * Exporting from a camera's page, by keyboard and on a phone. LARES_URL and LARES_CA_SPKI as in hub.mjs; LARES_NAME has
 * a camera LARES_CAMERA with one clip, LARES_PASSWORD is the password. LARES_SHOTS, if set, is a folder for pictures.
 */
import { accessible, launch, listenForFaults, SIZES } from './browser.mjs';
import { hands } from './hands.mjs';
import { check, Steps } from './steps.mjs';

const { LARES_URL: url, LARES_NAME: name, LARES_CAMERA: camera, LARES_PASSWORD: password, LARES_SHOTS: shots } = process.env;
const browser = await launch();
const page = await (await browser.newContext({ viewport: SIZES.desktop, hasTouch: true })).newPage();
const faults = listenForFaults(page);
const { button, go, heading, signIn } = hands(page);
const steps = new Steps();
const sheet = page.getByRole('dialog', { name: 'Export recordings' });
const figures = sheet.locator('[data-figures]');
const shot = async (what) => shots && (await page.screenshot({ path: `${shots}/${what}.png`, fullPage: true }));
/** Has the browser download, and tells what the file is called and how long. */
const download = async (press) => {
  const [file] = await Promise.all([page.waitForEvent('download', { timeout: 30_000 }), press()]);
  check(!(await file.failure()), 'the download failed');
  check(/\/d\/[0-9a-f]{32}$/.test(file.url()), `it came from ${file.url()}`);
  return file.suggestedFilename();
};

await steps.step('how long and large it will be is said before, by keyboard', async () => {
  await page.goto(url);
  await signIn(name, password);
  await page.getByRole('heading', { name: 'Live', level: 1 }).waitFor({ timeout: 20_000 });
  await go('#/cameras');
  await page.getByRole('link', { name: new RegExp(camera) }).click();
  await heading(camera);
  await button('Export …').focus();
  await page.keyboard.press('Enter');
  await figures.getByText(/^\d+:\d\d long, about .+, out of \d+ clips?\.$/).waitFor({ timeout: 15_000 });
  await accessible(page);
  await shot('export-desktop');
});

await steps.step('a time in which nothing was recorded is said to be one, and so is no time', async () => {
  await sheet.getByLabel('From', { exact: true }).fill('2026-01-01T10:00:00');
  await sheet.getByLabel('To', { exact: true }).fill('2026-01-01T09:00:00');
  await figures.getByText('The end must be after the start.').waitFor();
  await sheet.getByLabel('To', { exact: true }).fill('2026-01-01T11:00:00');
  await figures.getByText('Nothing was recorded in this time.').waitFor({ timeout: 15_000 });
  await sheet.getByRole('button', { name: 'Export', exact: true }).click();
  await sheet.getByRole('alert').getByText('Nothing was recorded in this time.').waitFor({ timeout: 15_000 });
  await sheet.getByLabel('To', { exact: true }).fill('2026-01-03T11:00:00');
  await figures.getByText(/^This is more than fits into one export/).waitFor({ timeout: 15_000 });
  await sheet.getByRole('button', { name: 'Cancel' }).click();
  await sheet.waitFor({ state: 'detached' });
});

await steps.step('each kind is downloaded, on a phone', async () => {
  await page.setViewportSize(SIZES.phone);
  for (const [kind, said, ending] of [
    ['Video', /^\d+:\d\d long, about/, '.mp4'],
    ['Time-lapse', /^0:0\d long, about/, '.mp4'],
    ['Evidence bundle', /whole clip/, '.zip'],
  ]) {
    await button('Export …').click();
    await sheet.getByRole('radio', { name: new RegExp(`^${kind}`) }).check();
    await figures.getByText(said).waitFor({ timeout: 15_000 });
    await accessible(page);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    check(over <= 0, `the page is ${over} px wider than the phone`);
    await shot(`export-phone-${kind}`);
    const file = await download(() => sheet.getByRole('button', { name: 'Export', exact: true }).click());
    check(file.startsWith(camera) && file.endsWith(ending), `the file is called ${file}`);
    await sheet.waitFor({ state: 'detached' });
  }
});

await steps.step('no policy and no script failed', () => check(faults.length === 0, faults.join('\n')));

await browser.close();
steps.finish();
