/**
 * How the recording of cameras does, on their pages, on a desktop and on a phone. LARES_URL and LARES_CA_SPKI as in
 * hub.mjs; LARES_NAME has a camera LARES_CAMERA that is recorded all the time, and LARES_GONE, which was and is away;
 * LARES_PASSWORD is the password.
 */
import { accessible, fitsPhone, launch, listenForFaults, SIZES } from './browser.mjs';
import { hands } from './hands.mjs';
import { check, Steps } from './steps.mjs';

const { LARES_URL: url, LARES_NAME: name, LARES_CAMERA: camera, LARES_GONE: gone, LARES_PASSWORD: password } = process.env;
const browser = await launch();
const page = await (await browser.newContext({ viewport: SIZES.desktop, hasTouch: true })).newPage();
const faults = listenForFaults(page);
const { go, heading, signIn } = hands(page);
const steps = new Steps();
const section = page.getByRole('region', { name: 'On the disk' });
const open = async (which) => {
  await go('#/cameras');
  await page.getByRole('link', { name: new RegExp(which) }).click();
  await heading(which);
};

await steps.step('a camera that is recorded says so, with the figures of its disk', async () => {
  await page.goto(url);
  await signIn(name, password);
  await page.getByRole('heading', { name: 'Live', level: 1 }).waitFor({ timeout: 20_000 });
  await open(camera);
  await section.getByText('Recorded, and on the disk up to a moment ago.').waitFor({ timeout: 30_000 });
  await section.getByText('Figures of the disk').click();
  await section.getByText(/^[\d.]+ ms$/).first().waitFor();
  await accessible(page);
  await fitsPhone(page);
});

await steps.step('one that is away says since when nothing is recorded, and why', async () => {
  await open(gone);
  await section.getByText(/^Nothing could be recorded since .+: the camera sends no pictures\.$/).waitFor({ timeout: 30_000 });
  await section.getByText('Lost before the disk').waitFor(); // the figures are open where something is wrong
  await accessible(page);
  await fitsPhone(page);
});

await steps.step('no policy and no script failed', () => check(faults.length === 0, faults.join('\n')));

await browser.close();
steps.finish();
