/**
 * What was recorded when, and playing it: across files, over what is missing, fast, backwards and picture by picture, by
 * pointer, finger and keyboard. LARES_URL and LARES_CA_SPKI as in hub.mjs; LARES_NAME has a camera LARES_CAMERA that is
 * recorded all the time, with two events and, between them, a time off the air, and before both a file that is gone; and another one LARES_OTHER that is
 * recorded all the time, too, both of test cards; LARES_PASSWORD. LARES_SHOTS, if set, is a folder for pictures of the page.
 */
import { accessible, difference, launch, listenForFaults, picture, SIZES } from './browser.mjs';
import { clocks, watchClocks } from './clock.mjs';
import { hands } from './hands.mjs';
import { check, Steps, until } from './steps.mjs';

const { LARES_URL: url, LARES_NAME: name, LARES_CAMERA: camera, LARES_OTHER: other, LARES_PASSWORD: password, LARES_SHOTS: shots } = process.env;
const browser = await launch(['--autoplay-policy=no-user-gesture-required']);
const page = await (await browser.newContext({ viewport: SIZES.desktop, hasTouch: true })).newPage();
const faults = listenForFaults(page);
const { button, signIn } = hands(page);
const steps = new Steps();
const shot = async (what) => shots && (await page.screenshot({ path: `${shots}/timeline-${what}.png` }));
const video = page.locator('video').first();
const strip = page.getByRole('slider', { name: /^Time shown/ });
/** The time that is shown, in ms. */
const at = async () => Date.parse(await page.locator('main time').first().getAttribute('datetime'));
/** Whether there is a picture, and none is looked for. */
const shows = async () => (await video.evaluate((v) => v.readyState >= 2 && !v.seeking)) && !(await page.getByText('Looking …').isVisible());
const shown = () => until('a picture', 20_000, shows);
const speed = (to) => page.getByLabel('Speed').selectOption(to);
const press = (key) => page.keyboard.press(key);
let events; // when both begin

/** Has a video run a tenth slower than it is told, as one that a machine has no time for. */
function slow(video) {
  const rate = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'playbackRate');
  let told = video.playbackRate;
  Object.defineProperty(video, 'playbackRate', { configurable: true, get: () => told, set: (to) => rate.set.call(video, 0.9 * (told = to)) });
  video.playbackRate = told;
}

await steps.step('the timeline opens where something was last, and tells what is in view', async () => {
  await page.goto(url);
  await signIn(name, password);
  await page.getByRole('link', { name: 'Timeline', exact: true }).click();
  await strip.waitFor({ timeout: 20_000 });
  await shown();
  await page.getByText('Recorded by hand: 2').waitFor({ timeout: 15_000 });
  await page.getByRole('button', { name: /the camera was off the air$/ }).waitFor({ timeout: 15_000 });
  await button('Hour').click();
  check((await button('Hour').getAttribute('aria-pressed')) === 'true', 'an hour is not shown as chosen');
  for (let n = 0; n < 3; n++) await button('Show less time').click();
  for (let n = 0; n < 3; n++) await button('Previous event').click();
  const first = await at();
  await button('Next event').click();
  await until('the event after', 20_000, async () => (await at()) > first);
  events = [first, await at()];
  await button('Previous event').click();
  await until('the first event', 20_000, async () => Math.abs((await at()) - first) < 500);
  await shown();
  await accessible(page);
  await shot('desktop');
});

await steps.step('it plays across files, and over what is missing, and says why', async () => {
  const before = await picture(video);
  await button('Play').click();
  await until('it plays', 15_000, async () => (await at()) > events[0] + 1500);
  await until('other pictures', 10_000, async () => difference(before, await picture(video)) > 5);
  await page.getByText(/^Skipped .+: the camera was off the air\.$/).waitFor({ timeout: 40_000 });
  await until('it goes on behind', 15_000, async () => (await at()) > events[1] - 3000);
  await button('Pause').click();
  const stopped = await at();
  await shown();
  check((await at()) === stopped, 'time goes on while it is paused');
});

await steps.step('fast and backwards only pictures that stand alone are shown, and one by one each', async () => {
  await strip.focus();
  const from = await at();
  await press('r');
  await speed('8×');
  await press(' ');
  await until('it goes back', 20_000, async () => (await at()) < from - 4000);
  await press(' ');
  await press('r');
  await speed('1×');
  for (let n = 0; n < 3; n++) await press('k');
  await until('the first event', 20_000, async () => Math.abs((await at()) - events[0]) < 500);
  await shown();
  const still = await at();
  await press('.');
  await until('the next picture', 20_000, async () => (await at()) > still);
  const step = (await at()) - still;
  check(step < 500, `a picture is ${step} ms farther`);
  await press(',');
  await until('the picture before', 20_000, async () => (await at()) < still + step);
});

await steps.step('one goes to a time by pointer, by keys and by what is missing', async () => {
  const box = await strip.boundingBox();
  const value = async (what) => Number(await strip.getAttribute(`aria-value${what}`)) * 1000;
  const [least, most] = [await value('min'), await value('max')];
  const share = (events[0] - least) / (most - least);
  await page.mouse.click(box.x + share * box.width, box.y + 40);
  await until('the time that was clicked', 20_000, async () => Math.abs((await at()) - events[0]) < (most - least) / 40);
  const there = await at();
  await strip.focus();
  await press('ArrowRight');
  await until('five seconds on, or behind what is missing there', 20_000, async () => (await at()) > there + 3400);
  await press('-');
  await until('twice as much', 20_000, async () => (await value('max')) - (await value('min')) > 1.5 * (most - least));
  await page.mouse.move(box.x + box.width / 2, box.y + 40);
  await page.mouse.wheel(0, -300);
  await until('less by wheel', 20_000, async () => (await value('max')) - (await value('min')) < 1.9 * (most - least));
  const seen = await value('min');
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2 + 200, box.y + 40, { steps: 5 });
  await page.mouse.up();
  await until('what was before, by pulling', 20_000, async () => (await value('min')) < seen);
  await button('Month').click(); // the time the hub was away and this one have one row
  await page.getByRole('button', { name: /, 2 gaps within .+, the longest because the camera was off the air$/ }).click();
  await page.getByRole('button', { name: /nothing could be recorded: the camera was off the air$/ }).click();
  await until('behind what is missing', 15_000, async () => (await at()) > events[0] + 2000 && (await shows()));
});

await steps.step('what is damaged or gone is drawn as that, and passed over', async () => {
  await page.getByText('damaged or gone', { exact: true }).waitFor();
  const drawn = page.locator('.lane path.damaged');
  check((await drawn.getAttribute('d')).includes('M'), 'nothing is drawn as damaged');
  const recorded = await page.locator('.lane path.continuous').getAttribute('d');
  const left = (path) => Number(path.match(/^M([-.\d]+)/)[1]);
  check(left(await drawn.getAttribute('d')) < left(recorded), 'what is gone is drawn as recorded');
  await page.getByRole('button', { name: /, within .+: what was recorded is damaged or gone$/ }).click();
  await page.getByText(/^Skipped .+: what was recorded is damaged or gone\.$/).waitFor({ timeout: 15_000 });
  await shown();
  check((await at()) < events[0], 'what is behind it is passed over, too');
  await shot('damaged');
});

await steps.step('two cameras show the same time, at each speed and wherever one goes', async () => {
  const apart = async () => {
    const [one, two] = await clocks(page);
    return Math.abs(one - two);
  };
  const near = async () => (await apart()) <= 150;
  /** Both go on by `ms`, and are not farther apart then; a busy machine takes its time for that. */
  const together = async (what, most, ms, also = () => true) => {
    const from = await clocks(page);
    await until(`two cameras in step, ${what}`, 30_000, async () => (await clocks(page)).every((at, n) => at > from[n] + ms) && (await apart()) <= most && also());
  };
  await strip.focus();
  await press('j');
  await button(other).click();
  const second = page.locator('video').nth(1);
  await second.waitFor({ state: 'attached' });
  await watchClocks(page);
  await button('Play').click();
  await until('both play', 60_000, near); // a busy machine takes its time for that, too
  await second.evaluate(slow);
  await together('one of them slower than it is told', 150, 2000, async () => (await second.evaluate((v) => v.playbackRate)) > 1);
  await second.evaluate((v) => delete v.playbackRate);
  const [before] = await clocks(page);
  await strip.focus();
  await press('ArrowRight');
  await until('five seconds on', 20_000, async () => (await clocks(page)).every((at) => at > before + 4000) && (await near()));
  await speed('4×');
  await together('at 4×', 600, 4000); // as far as at 1×, for who watches
  await button('Pause').click();
  await speed('1×');
  await button(other).click();
});

await steps.step('on a phone two pictures stand one below the other, with all that is tapped in view', async () => {
  await button('Now').click();
  await page.setViewportSize(SIZES.phone);
  await accessible(page);
  await shot('phone');
  await button(other).click();
  const box = (what) => what.evaluate((el) => el.getBoundingClientRect().toJSON());
  const whole = (r) => r.left >= 0 && r.right <= SIZES.phone.width && r.top >= 0;
  const bar = await box(page.getByRole('navigation').filter({ visible: true }));
  await page.locator('video').nth(1).waitFor({ state: 'attached' });
  const [one, two] = await Promise.all([video, page.locator('video').nth(1)].map(box));
  check(one.width === SIZES.phone.width && two.width === SIZES.phone.width, `pictures are ${one.width} and ${two.width} px wide`);
  check(one.bottom <= two.top && one.height === two.height && one.height > 120, `pictures are at ${JSON.stringify([one, two])}`);
  const names = await box(page.getByRole('group', { name: 'Cameras shown' }));
  const tapped = await box(button('Earlier'));
  check(two.bottom <= names.top && names.bottom <= tapped.top, `both pictures and the names are not above what is tapped: ${JSON.stringify([two, names, tapped])}`);
  for (const what of [strip, button('Play'), button('Next event'), page.getByLabel('Speed'), button('Earlier'), button('Now')]) {
    const at = await box(what);
    check(whole(at) && at.bottom <= bar.top, `${await what.evaluate((el) => el.outerHTML.slice(0, 80))} is at ${JSON.stringify(at)}`);
  }
  await accessible(page);
  await shot('phone-two');
  await page.setViewportSize({ ...SIZES.phone, height: 720 });
  const [low, above] = [await box(page.locator('video').nth(1)), await box(button('Earlier'))];
  check(low.bottom <= above.top, `on a low phone what is tapped lies over the second picture: ${JSON.stringify([low, above])}`);
  await page.setViewportSize(SIZES.phone);
  await button('Export …').click();
  const figures = page.getByRole('dialog', { name: 'Export recordings' }).locator('[data-figures]');
  await figures.getByText(new RegExp(`^${camera} \\d+:\\d\\d long`)).waitFor({ timeout: 15_000 });
  await button('Cancel').click();
  await button(other).click();
  await page.setViewportSize(SIZES.desktop);
});

await steps.step('it grows by itself', async () => {
  await page.evaluate(() => void (location.hash = '#/live'));
  await page.getByRole('link', { name: new RegExp(camera) }).first().click();
  await button('Record now').click();
  await page.evaluate(() => void (location.hash = '#/timeline'));
  await page.getByText('Recorded by hand: 3').waitFor({ timeout: 20_000 });
});

await steps.step('no policy and no script failed', () => check(faults.length === 0, faults.join('\n')));

if (steps.failed) await shot('failed');
await browser.close();
steps.finish();
