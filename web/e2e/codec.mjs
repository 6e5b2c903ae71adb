/**
 * A camera without H.264 is set to it, on its page. LARES_URL and LARES_CA_SPKI as in hub.mjs; LARES_NAME and
 * LARES_PASSWORD: the owner of LARES_CAMERA, which sends H.265 and takes LARES_CAMERA_PASSWORD.
 */
import { accessible, launch, listenForFaults, SIZES } from './browser.mjs';
import { hands } from './hands.mjs';
import { check, Steps } from './steps.mjs';

const { LARES_URL: url, LARES_NAME: name, LARES_PASSWORD: password, LARES_CAMERA: camera, LARES_CAMERA_PASSWORD: secret } = process.env;
const browser = await launch();
const steps = new Steps();
const page = await (await browser.newContext({ viewport: SIZES.phone, isMobile: true, hasTouch: true })).newPage();
const faults = listenForFaults(page);
const { button, go, heading, signIn } = hands(page);
const sheet = page.getByRole('dialog', { name: `Small stream of ${camera}` });
const offer = sheet.getByRole('button', { name: 'Set the small stream to H.264' });

await steps.step('a camera without H.264 says so, and offers to be asked', async () => {
  await page.goto(url);
  await signIn(name, password);
  await page.getByRole('link', { name: 'Live', exact: true }).waitFor({ timeout: 20_000 });
  await go('#/cameras');
  await page.getByRole('link', { name: new RegExp(camera) }).click();
  await heading(camera);
  await button('Set the small stream to H.264').click({ timeout: 20_000 });
  await sheet.getByText(/^The hub asks http/).waitFor();
  check((await sheet.getByLabel('Camera user name', { exact: true }).inputValue()) === 'viewer', 'the user name is to be typed again');
  await accessible(page);
});

await steps.step('a wrong password is said to be one', async () => {
  await sheet.getByLabel('Camera password', { exact: true }).fill('wrong');
  await sheet.getByRole('button', { name: 'Ask the camera' }).click();
  const refused = sheet.getByRole('alert').getByText(/^The device refuses this user name or password/);
  await refused.waitFor({ timeout: 40_000 });
  const [said, ask] = [await refused.boundingBox(), await sheet.getByRole('button', { name: 'Ask the camera' }).boundingBox()];
  check(said.y + said.height <= ask.y, 'the buttons, which stay in view, hide what is said');
  check((await offer.count()) === 0, 'something is offered');
});

await steps.step('what it says is shown, and it is set', async () => {
  await sheet.getByLabel('Camera password', { exact: true }).fill(secret);
  await sheet.getByRole('button', { name: 'Ask the camera' }).click();
  await sheet.getByText(/^The small stream is not H\.264/).waitFor({ timeout: 40_000 });
  await accessible(page);
  await offer.click();
  await page.getByText(`${camera} sends its small stream in H.264 from now on.`).first().waitFor({ timeout: 60_000 });
  check(!(await sheet.isVisible()), 'the sheet stays');
});

await steps.step('no script died and no policy was broken', async () => {
  check(faults.length === 0, faults.join('\n'));
});
await browser.close();
steps.finish();
