/**
 * Turning, setting, switching and restarting a camera. LARES_URL and LARES_CA_SPKI as in hub.mjs; LARES_NAME and
 * LARES_PASSWORD sign in, LARES_CAMERA is the id of a camera that does all of it, LARES_FIXED of one that does none.
 * On this network are three more to be found, of one maker, and a recorder: see batch.mjs and recorder.mjs.
 */
import { batch } from './batch.mjs';
import { accessible, launch, listenForFaults, SIZES } from './browser.mjs';
import { hands } from './hands.mjs';
import { recorder } from './recorder.mjs';
import { check, Steps, until } from './steps.mjs';

const { LARES_URL: url, LARES_NAME: name, LARES_PASSWORD: password, LARES_CAMERA: camera, LARES_FIXED: fixed } = process.env;
const browser = await launch(['--autoplay-policy=no-user-gesture-required']);
const page = await (await browser.newContext({ viewport: SIZES.desktop })).newPage();
const faults = listenForFaults(page);
const { button, go, heading, signIn, prove } = hands(page);
const steps = new Steps();

/** What the camera is told to do, in order. */
const orders = [];
page.on('requestfinished', async (r) => {
  if (r.method() === 'POST' && r.url().endsWith('/ptz')) orders.push({ ...r.postDataJSON(), status: (await r.response())?.status() });
});
const told = (what, match) => until(what, 20_000, async () => orders.some((o) => o.status === 204 && match(o)));
const stopped = (what) => told(what, (o) => o.stop);

await steps.step('a camera that cannot be turned has nothing to turn it by', async () => {
  await page.goto(url);
  await signIn(name, password);
  await page.locator('video').first().waitFor({ timeout: 20_000 });
  const asked = page.waitForResponse((answer) => answer.url().endsWith(`/cameras/${fixed}/ptz`));
  await go(`#/live/${fixed}`);
  check(!(await (await asked).json()).continuous, 'it can be turned');
  await button('Fill the screen').waitFor();
  check((await button('Turn the camera').count()) === 0, 'it has one all the same');
});

await steps.step('it turns while a button is held, and stands when it is let go', async () => {
  await go(`#/live/${camera}`);
  await button('Turn the camera').click({ timeout: 20_000 });
  await page.getByRole('group', { name: /^Turn / }).waitFor();
  await accessible(page);
  await button('Left (hold)').hover();
  await page.mouse.down();
  await told('a second move while it is held', (o) => o.pan < 0 && orders.filter((x) => x.pan < 0).length > 1);
  check(!orders.some((o) => o.stop), 'it stops while it is held');
  await button('Left (hold)').hover();
  await page.mouse.up();
  await stopped('the stop when it is let go');
  orders.length = 0;
});

await steps.step('so it does by the keyboard, where arrows do not change the camera now', async () => {
  await page.keyboard.down('ArrowUp');
  await told('a move', (o) => o.tilt > 0);
  await page.keyboard.up('ArrowUp');
  await stopped('its stop');
  orders.length = 0;
  await page.keyboard.down('+');
  await told('a zoom', (o) => o.zoom > 0);
  await page.keyboard.up('+');
  await stopped('its stop');
  orders.length = 0;
  await button('Right (hold)').focus();
  await page.keyboard.press('Enter');
  await told('a short move by Enter', (o) => o.pan > 0 && o.ms < 1000);
  check(page.url().endsWith(camera), 'another camera is shown');
});

await steps.step('it goes to a place, and the pad closes', async () => {
  await button('Back to its home position').click();
  await told('home', (o) => o.home);
  await button('Gate & drive').click();
  await told('a preset', (o) => o.preset);
  await page.keyboard.press('p');
  await button('Turn the camera').waitFor();
  check((await page.getByRole('group', { name: /^Turn / }).count()) === 0, 'the pad is still there');
});

await steps.step('its picture is set', async () => {
  await go(`#/cameras/${camera}`);
  await page.getByRole('heading', { name: 'Picture', exact: true }).waitFor({ timeout: 20_000 });
  await page.getByRole('radio', { name: /^Always night/ }).check();
  await page.getByText('Changed.', { exact: true }).waitFor({ timeout: 20_000 });
  await page.getByRole('slider', { name: 'Brightness' }).focus();
  const answer = page.waitForResponse((r) => r.url().endsWith('/imaging') && r.request().method() === 'PUT');
  await page.keyboard.press('ArrowRight');
  check((await (await answer).json()).imaging.brightness.value === 51, 'the brightness is another');
});

await steps.step('its outputs are switched', async () => {
  await button('On: Siren').click();
  await page.getByText('Siren was switched on.', { exact: true }).waitFor({ timeout: 20_000 });
  await button('Switch on briefly: Relay relay_2').click();
  await page.getByText('Relay relay_2 was switched on and falls back by itself.').waitFor({ timeout: 20_000 });
  await accessible(page);
});

await steps.step('it restarts once that is confirmed', async () => {
  await button('Restart the camera').click();
  const sheet = page.getByRole('dialog', { name: /^Restart / });
  await sheet.waitFor();
  await accessible(page);
  await sheet.getByRole('button', { name: 'Cancel' }).click();
  await sheet.waitFor({ state: 'detached' });
  await button('Restart the camera').click();
  await sheet.getByRole('button', { name: 'Restart the camera' }).click();
  await prove(password, page.getByText(/ restarts\.$/));
  await page.getByText(/ restarts\.$/).waitFor({ timeout: 20_000 });
});

await batch(steps, { page });
await recorder(steps, { page });

await steps.step('all of it is in the journal', async () => {
  await go('#/journal');
  await heading('Journal');
  for (const line of ['You turned', 'You changed how', 'You switched an output of', 'You restarted']) {
    await page.getByText(line).first().waitFor({ timeout: 20_000 });
  }
});

await steps.step('no script died and no policy was broken', () => check(faults.length === 0, faults.join('\n')));
await browser.close();
steps.finish();
