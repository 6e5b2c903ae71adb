/**
 * “Why was this recorded?” and “This was nothing”, on a desktop and on a phone. LARES_URL and LARES_CA_SPKI as in hub.mjs;
 * LARES_NAME and LARES_PASSWORD: an account with a camera before which somebody walked, LARES_CAMERA its name.
 */
import { accessible, launch, listenForFaults, SIZES } from './browser.mjs';
import { hands } from './hands.mjs';
import { check, Steps, until } from './steps.mjs';

const { LARES_URL: url, LARES_NAME: name, LARES_PASSWORD: password, LARES_CAMERA: camera } = process.env;
const browser = await launch();
const steps = new Steps();
const faults = [];

/** Signs in at a size, opens the event's reason, and returns what is on the page. */
async function reason(size) {
  const phone = size === 'phone';
  const context = await browser.newContext({ viewport: SIZES[size], isMobile: phone, hasTouch: phone });
  const page = await context.newPage();
  faults.push(listenForFaults(page));
  const { button, go, signIn } = hands(page);
  await page.goto(url);
  await signIn(name, password);
  await page.getByRole('link', { name: 'Live', exact: true }).waitFor({ timeout: 20_000 });
  await go('#/events');
  await page.locator('[data-event]').first().click({ timeout: 20_000 });
  await page.getByText('Why was this recorded?', { exact: true }).click({ timeout: 20_000 });
  const map = page.getByRole('img', { name: /^The picture of the event, red where/ });
  await map.waitFor({ timeout: 20_000 });
  return { page, button, go, map };
}

/** How many points of the map are painted, by what they show. */
const painted = (map) =>
  map.locator('canvas').evaluate((canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let n = 0;
    for (let i = 3; i < data.length; i += 4) n += data[i] > 0 ? 1 : 0;
    return { n, of: data.length / 4 };
  });

for (const size of ['desktop', 'phone']) {
  let at;
  await steps.step(`on a ${size}, an event says why it was recorded: where, when, and what counted`, async () => {
    at = await reason(size);
    const { page, map } = at;
    await until('the picture below the map', 10_000, () => map.locator('img').evaluate((img) => img.complete && img.naturalWidth > 0));
    const { n, of } = await painted(map);
    check(n > 0 && n < of / 2, `${n} of ${of} points of the map are painted`);
    check((await page.getByRole('img', { name: /^How much moved in each second/ }).locator('rect.counts').count()) > 0, 'no second of the curve counts');
    await page.getByText(/^It moved somewhere in the whole picture, at sensitivity \d+\.$/).waitFor();
    await page.getByText(/^The largest part was .+ of the picture, .+ times as much as counts\.$/).waitFor();
    await page.getByText(/^Something moved for .+\.$/).waitFor();
    await accessible(page);
  });

  await steps.step(`on a ${size}, “This was nothing” offers a change that can be left`, async () => {
    const { page, button } = at;
    await button('This was nothing').click();
    await page.getByText(/^It would not have counted /).waitFor({ timeout: 15_000 });
    await accessible(page);
    await button('Leave it').click();
    await button('This was nothing').waitFor();
  });

  if (size === 'desktop') continue;
  await steps.step('on a phone, it is taken, and the camera’s page has it', async () => {
    const { page, button, go } = at;
    await button('This was nothing').click();
    const asked = page.waitForRequest((r) => r.method() === 'PUT' && r.url().endsWith('/motion'));
    await button('Change that').click();
    const { settings } = (await asked).postDataJSON();
    check(settings.sensitivity < 50 || settings.masks?.length === 1, `changed to ${JSON.stringify(settings)}`);
    await page.getByText(/^Changed\. What is alike will not count any more/).waitFor({ timeout: 15_000 });
    await accessible(page);
    await go('#/cameras');
    await page.getByRole('link', { name: new RegExp(camera) }).click();
    await page.getByText(/^(Less than usual|One part of the picture is left out)/).first().waitFor({ timeout: 15_000 });
  });
}

await steps.step('no script died and no policy was broken', async () => {
  check(faults.flat().length === 0, faults.flat().join('\n'));
});
await browser.close();
steps.finish();
