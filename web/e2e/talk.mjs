/**
 * Speaking through a camera, with the microphone that Chromium plays itself. LARES_URL and LARES_CA_SPKI as in hub.mjs;
 * LARES_NAME and LARES_PASSWORD sign in, LARES_CAMERA is the id of a camera that takes a voice, LARES_DEAF of one that
 * takes none.
 */
import { accessible, launch, listenForFaults, SIZES } from './browser.mjs';
import { hands } from './hands.mjs';
import { check, Steps, until } from './steps.mjs';

const { LARES_URL: url, LARES_NAME: name, LARES_PASSWORD: password, LARES_CAMERA: camera, LARES_DEAF: deaf } = process.env;
const browser = await launch(['--use-fake-device-for-media-stream', '--autoplay-policy=no-user-gesture-required']);
const context = await browser.newContext({ viewport: SIZES.desktop });
const page = await context.newPage();
const faults = listenForFaults(page);
const { button, go, heading, signIn } = hands(page);
const steps = new Steps();
const [start, stop] = [button('Speak through the camera (hold, or press once)'), button('Stop speaking')];
const speaking = page.getByText('Speak now', { exact: true });

/** Waits until a press is no short one, by the page's own clock. */
async function held() {
  const since = await page.evaluate(() => performance.now());
  await until('a long press', 20_000, () => page.evaluate((from) => performance.now() > from + 500, since));
}

await steps.step('a camera that takes no voice has no microphone', async () => {
  await page.goto(url);
  await signIn(name, password);
  await page.locator('video').first().waitFor({ timeout: 20_000 });
  const asked = page.waitForResponse((answer) => answer.url().endsWith(`/cameras/${deaf}/talk`));
  await go(`#/live/${deaf}`);
  check((await (await asked).json()).takes === 'no', 'it takes a voice');
  await button('Fill the screen').waitFor();
  check((await start.count()) === 0, 'it has one all the same');
});

await steps.step('a refused microphone is said in words', async () => {
  await go(`#/live/${camera}`);
  await start.waitFor({ timeout: 20_000 });
  await accessible(page);
  await context.grantPermissions([], { origin: url });
  await start.click();
  await page.getByText(/^This browser may not use the microphone here/).waitFor({ timeout: 20_000 });
  await start.waitFor();
});

await steps.step('one press speaks until the next', async () => {
  await context.grantPermissions(['microphone'], { origin: url });
  await page.setViewportSize(SIZES.phone);
  const stand = () => page.locator('footer').getByRole('button').evaluateAll((all) => all.map((b) => b.getBoundingClientRect().toJSON()));
  const before = await stand();
  check(before.length >= 6, `${before.length} buttons`);
  for (const { left, right, height } of before) check(left >= 0 && right <= SIZES.phone.width && height >= 44, 'a button is not within the phone');
  await start.click();
  await speaking.waitFor({ timeout: 20_000 });
  await accessible(page);
  check(JSON.stringify(await stand()) === JSON.stringify(before), 'the buttons move when one speaks');
  await page.setViewportSize(SIZES.desktop);
  await stop.click();
  await speaking.waitFor({ state: 'detached', timeout: 10_000 }).catch(() => check(false, 'it goes on'));
  await start.waitFor();
});

await steps.step('so does the keyboard, and holding a key or the button speaks meanwhile', async () => {
  await start.focus();
  await page.keyboard.press('Enter');
  await speaking.waitFor({ timeout: 20_000 });
  await page.keyboard.press('Enter');
  await start.waitFor();
  await page.keyboard.down('t');
  await speaking.waitFor({ timeout: 20_000 });
  await held();
  await page.keyboard.up('t');
  await start.waitFor();
  await start.hover();
  await page.mouse.down();
  await speaking.waitFor({ timeout: 20_000 });
  await held();
  await page.mouse.up();
  await start.waitFor();
});

await steps.step('leaving the page ends it', async () => {
  await start.click();
  await speaking.waitFor({ timeout: 20_000 });
  await go('#/journal');
  await heading('Journal');
  await page.getByText('You spoke through').first().waitFor({ timeout: 20_000 });
  await go(`#/live/${camera}`);
  await start.waitFor({ timeout: 20_000 });
});

await steps.step('no script died and no policy was broken', () => check(faults.length === 0, faults.join('\n')));
await browser.close();
steps.finish();
