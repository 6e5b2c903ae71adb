/**
 * The first day, in a real browser against a real hub: claim, add a camera, watch, record, play, seek, download, sign
 * out and in, other codecs (codecs.mjs), share with others (household.mjs), delete. Settings come from the environment:
 *
 *   LARES_URL             where the hub answers; required
 *   LARES_CA_SPKI         base64 SHA-256 of the public key of the hub's authority, for https
 *   LARES_CLAIM_CODE      the one-time code of a fresh hub; without it the account below must exist
 *   LARES_NAME            account name, LARES_PASSWORD its password
 *   LARES_CAMERA_MAIN     rtsp:// address of the camera to add; without it the account must have one
 *   LARES_CAMERA_SUB, LARES_CAMERA_ONVIF, LARES_CAMERA_USER, LARES_CAMERA_PASSWORD
 *   LARES_CAMERA_H265     rtsp:// address of H.265 with G.711 A-law, same name and password; tried beside LARES_CAMERA_SUB
 *   LARES_CAMERA_PARTS    rtsp:// address of a camera that changes its picture's size every few seconds, same name and password
 *   LARES_CHROMIUM        the browser, /usr/bin/chromium if not given
 *   LARES_SHOT            a PNG to write when something fails
 */
import { accessible, difference, fitsPhone, launch, listenForFaults, picture, SIZES } from './browser.mjs';
import { access } from './access.mjs';
import { codecs } from './codecs.mjs';
import { hands } from './hands.mjs';
import { household } from './household.mjs';
import { previews } from './preview.mjs';
import { check, Steps, until } from './steps.mjs';

const env = process.env;
const url = env.LARES_URL;
if (!url) {
  console.error('LARES_URL is not set: it says where the hub answers, such as https://192.168.1.5:8443');
  process.exit(2);
}
const name = env.LARES_NAME ?? 'Anna';
const password = env.LARES_PASSWORD ?? 'a long walk by the river';
const cameraName = 'Front door';
/** Every page that needs no id. */
const PAGES = ['live', 'events', 'timeline', 'cameras', 'cameras/add', 'people', 'access', 'journal', 'check', 'hub', 'account', 'more'].map((p) => `#/${p}`);

const browser = await launch();
const context = await browser.newContext({ viewport: SIZES.desktop, acceptDownloads: true });
const page = await context.newPage();
const faults = listenForFaults(page);
const steps = new Steps();
const { button, go, ...owner } = hands(page);
const link = (label) => page.getByRole('link', { name: label, exact: true });
const signIn = () => owner.signIn(name, password);

/** Opens the form for the addresses of streams. */
async function byStream() {
  await go('#/cameras/add');
  await page.getByRole('heading', { name: 'Cameras on your network' }).waitFor({ timeout: 15_000 });
  if (!(await page.getByLabel('Stream address', { exact: true }).isVisible())) await page.getByText('Enter a stream address').click();
}

/** Adds a camera by its addresses alone, as `add` says, and waits for its page. */
async function addCamera(label, add) {
  await byStream();
  await page.getByLabel('Name', { exact: true }).fill(label);
  await page.getByLabel('Stream address', { exact: true }).fill(add.main);
  if (!(await page.getByLabel('ONVIF address').isVisible())) await page.getByText('More about this camera').click();
  await page.getByLabel('Camera user name').fill(env.LARES_CAMERA_USER ?? '');
  await page.getByLabel('Camera password', { exact: true }).fill(add.password ?? '');
  await page.getByLabel('Small stream address').fill(add.sub ?? '');
  if (add.transport) await page.getByRole('radio', { name: add.transport }).check();
  await accessible(page);
  await button('Add camera').click();
  await page.getByRole('heading', { name: label, level: 1 }).waitFor({ timeout: 15_000 });
}

async function removeCamera(label) {
  await go('#/cameras');
  await page.getByRole('link', { name: new RegExp(label) }).click();
  await button('Delete camera').click();
  await button('Delete camera and clips').click();
  await page.getByText(`${label} is deleted.`).waitFor({ timeout: 15_000 });
}

await steps.step('the page opens', async () => {
  const answer = await page.goto(url, { timeout: 30_000 });
  check(answer.status() === 200, `status ${answer.status()}`);
  check(/default-src 'self'/.test(answer.headers()['content-security-policy'] ?? ''), 'no Content-Security-Policy');
});

if (env.LARES_CLAIM_CODE) {
  await steps.step('a fresh hub is claimed with its code', async () => {
    await page.getByLabel('One-time code').fill(env.LARES_CLAIM_CODE);
    if (url.startsWith('https:')) await page.getByText('Does your hub show the same fingerprint?').waitFor();
    await accessible(page);
    await page.getByRole('button', { name: /continue/i }).click();
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await accessible(page);
    await button('Create my account').click();
    await page.getByRole('heading', { name: 'Your recovery code' }).waitFor({ timeout: 20_000 });
    await accessible(page);
    const code = await page.locator('code').innerText();
    await page.getByLabel('Type its last group').fill('AAAAA');
    await button('I have kept it').click();
    await page.getByText('That is not the last group of the code.').waitFor();
    await page.getByLabel('Type its last group').fill(code.split('-').at(-1));
    await button('I have kept it').click();
    await page.getByRole('heading', { name: 'Add a camera', level: 1 }).waitFor();
  });
} else {
  await steps.step('sign-in refuses a wrong password and takes the right one', async () => {
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByLabel('Password', { exact: true }).fill('not the password');
    await button('Sign in').click();
    await page.getByText('The name or the password is wrong.').waitFor({ timeout: 20_000 });
    await accessible(page);
    await signIn();
    await link('Live').waitFor({ timeout: 20_000 });
  });
}

if (env.LARES_CAMERA_MAIN) {
  await steps.step('an address that is no stream is refused', async () => {
    await byStream();
    await page.getByLabel('Name', { exact: true }).fill(cameraName);
    await page.getByLabel('Stream address', { exact: true }).fill('ftp://not-a-stream');
    await button('Add camera').click();
    await page.locator('[aria-invalid=true], [role=alert]').first().waitFor({ timeout: 10_000 });
  });
  await steps.step('a camera is looked at and added without an address of a stream', async () => {
    await go('#/live');
    await go('#/cameras/add');
    await page.getByLabel('Camera address', { exact: true }).fill(env.LARES_CAMERA_ONVIF);
    await accessible(page);
    await button('Continue').click();
    await page.getByLabel('Camera user name').fill(env.LARES_CAMERA_USER);
    await page.getByLabel('Camera password', { exact: true }).fill('not the password');
    await button('Look at the camera').click();
    await page.getByText('The device refuses this user name or password.').waitFor({ timeout: 40_000 });
    await accessible(page);
    await page.getByLabel('Camera password', { exact: true }).fill(env.LARES_CAMERA_PASSWORD);
    await button('Look again').click();
    await page.getByRole('heading', { name: 'What the camera offers' }).waitFor({ timeout: 40_000 });
    for (const alt of ['Picture of the main stream', 'Picture of the small stream']) {
      await until(alt, 10_000, () => page.getByAltText(alt).evaluate((img) => img.complete && img.naturalWidth > 0));
    }
    await accessible(page);
    await page.getByLabel('Name', { exact: true }).fill(cameraName);
    await button('Add camera').click();
    await page.getByRole('heading', { name: cameraName, level: 1 }).waitFor({ timeout: 15_000 });
    await page.getByText('The camera sends pictures.').waitFor({ timeout: 20_000 });
    const shown = await page.locator('main').innerText();
    check(!shown.includes(env.LARES_CAMERA_PASSWORD), 'the page shows the camera password');
    await accessible(page);
  });
}

if (env.LARES_CAMERA_MAIN) {
  await steps.step('the page tells what each stream sends', async () => {
    check((await page.getByRole('row').count()) === 0, 'the figures are shown before anybody asks for them');
    await page.getByText('Streams in detail', { exact: true }).click();
    const fact = (name) => page.getByRole('row', { name: new RegExp(`^${name}`) }).getByRole('cell').first();
    await until('pictures a second', 15_000, async () => Number.parseFloat(await fact('Pictures a second').innerText()) > 1);
    check(/H\.26[45]/.test(await fact('Codec').innerText()), 'no codec is named');
    check(/\d × \d/.test(await fact('Size').innerText()), 'no size is named');
    check((await fact('State').innerText()).startsWith('Live'), 'the main stream is not live');
  });
}

await steps.step('live pixels change', async () => {
  await link('Live').click();
  const video = page.locator('video').first();
  await until('a decoded picture', 20_000, () => video.evaluate((v) => v.readyState >= 2 && v.videoWidth > 0));
  const first = await picture(video);
  check(first.some((value) => value > 30), 'the live picture is black');
  await until('another picture', 8_000, async () => difference(first, await picture(video)) > 3);
  await accessible(page);
});

await steps.step('one picture fills the window and stays near the live edge', async () => {
  await page.locator('.tile a').first().click();
  const video = page.locator('video').first();
  await until('a decoded picture', 20_000, () => video.evaluate((v) => v.readyState >= 2 && v.currentTime > 0));
  const behind = () => video.evaluate((v) => v.buffered.end(v.buffered.length - 1) - v.currentTime);
  await until('less than 1.5 s behind', 10_000, async () => (await behind()) < 1.5);
  const first = await picture(video);
  await until('another picture', 8_000, async () => difference(first, await picture(video)) > 3);
  await accessible(page);
});

await steps.step('“Record now” makes an event', async () => {
  await button('Record now').click();
  await page.getByRole('status').getByRole('link', { name: 'Events', exact: true }).click({ delay: 200 }); // as long as a finger's
  await page.locator('[data-event][aria-current=true]').waitFor({ timeout: 20_000 });
});

const clip = page.locator('article video');
await steps.step('the clip plays', async () => {
  await clip.waitFor({ timeout: 60_000 });
  await until('the clip’s length', 20_000, () => clip.evaluate((v) => v.duration > 4));
  await clip.evaluate((v) => v.play());
  await until('playback', 15_000, () => clip.evaluate((v) => v.currentTime > 0.8));
  await accessible(page);
});

await steps.step('and seeks', async () => {
  await clip.evaluate((v) => v.pause());
  const before = await picture(clip);
  const far = await clip.evaluate(
    (v) =>
      new Promise((done, fail) => {
        const to = v.duration * 0.7;
        setTimeout(() => fail(new Error('the video never said seeked')), 10_000);
        v.addEventListener('seeked', () => done(Math.abs(v.currentTime - to)), { once: true });
        v.currentTime = to;
      }),
  );
  check(far < 0.5, `landed ${far} s beside`);
  await until('a picture of the new place', 5_000, async () => difference(before, await picture(clip)) > 3);
});

await steps.step('keys move through events and the clip', async () => {
  const at = await clip.evaluate((v) => v.currentTime);
  await page.locator('h1').first().evaluate(() => document.activeElement?.blur?.());
  await page.keyboard.press('ArrowLeft');
  await until('five seconds back', 5_000, async () => (await clip.evaluate((v) => v.currentTime)) < at - 3);
  await page.keyboard.press(' ');
  await until('playback', 5_000, () => clip.evaluate((v) => !v.paused));
});

await steps.step('an event plays its pictures in the list', () => previews(page));

if (env.LARES_CAMERA_ONVIF) {
  await steps.step('the event has a picture', async () => {
    const image = page.locator('[data-event] img').first();
    await until('a thumbnail', 10_000, () => image.evaluate((i) => i.complete && i.naturalWidth > 0));
  });
}

await steps.step('an event is starred and found by it, and a search for what is not there says so', async () => {
  await button('Star: keep this event').click();
  await button('Remove the star').waitFor();
  await button('Show only starred events').click();
  await page.locator('[data-event]').getByLabel('Starred').waitFor({ timeout: 10_000 });
  await page.getByRole('searchbox').fill('a purple elephant');
  const nothing = page.getByRole('heading', { name: 'No such events' });
  await nothing.waitFor({ timeout: 10_000 });
  await until('the search in the address, without its words', 5_000, () => /#\/events\?text=\d+&star=1$/.test(page.url()));
  await page.reload();
  await page.locator('[data-event]').getByLabel('Starred').waitFor({ timeout: 15_000 });
  await button('Show all events again').waitFor(); // the star is in the address
  check((await page.getByRole('searchbox').inputValue()) === '', 'the browser kept what was looked for');
  await page.getByRole('searchbox').fill('a purple elephant');
  await nothing.waitFor({ timeout: 10_000 });
  await button('More filters').click();
  await page.getByLabel('Kind of event').selectOption('motion');
  await button('More filters, some set').waitFor();
  await accessible(page);
  await button('Show all events').click();
  await page.locator('[data-event]').first().waitFor({ timeout: 10_000 });
  check(page.url().endsWith('#/events'), `not everything is shown at ${page.url()}`);
  await page.goBack();
  await nothing.waitFor({ timeout: 10_000 });
  check((await page.getByLabel('Kind of event').inputValue()) === 'motion', 'going back forgets the kind');
  await page.goForward();
  await button('Remove the star').click({ timeout: 10_000 });
  await button('Star: keep this event').waitFor();
});

await steps.step('an event shows by itself, without the list being asked for', async () => {
  await go('#/live');
  await page.locator('video').first().waitFor({ timeout: 15_000 });
  await go('#/events');
  const rows = page.locator('[data-event]');
  await rows.first().waitFor({ timeout: 15_000 });
  const before = await rows.count();
  const tab = await context.newPage();
  await tab.goto(`${url}/#/cameras`);
  await tab.getByRole('link', { name: new RegExp(cameraName) }).click({ timeout: 20_000 });
  await tab.getByRole('button', { name: 'Record now' }).waitFor();
  const asked = [];
  page.on('request', (r) => /\/api\/events\?/.test(r.url()) && asked.push(r.url()));
  await tab.getByRole('button', { name: 'Record now' }).click();
  await until('another event', 3_000, async () => (await rows.count()) > before);
  check(asked.length === 0, 'the list was asked for');
  await tab.close();
});

await steps.step('the event is saved as evidence', async () => {
  const [bundle] = await Promise.all([page.waitForEvent('download', { timeout: 20_000 }), button('Save as evidence').click()]);
  check(/\.zip$/.test(bundle.suggestedFilename()), `it is called ${bundle.suggestedFilename()}`);
  check(!(await bundle.failure()), 'the bundle did not come');
  await accessible(page);
});

await steps.step('the clip downloads from an address without the scope', async () => {
  const [download] = await Promise.all([page.waitForEvent('download', { timeout: 20_000 }), button('Download').click()]);
  check(/\/d\/[0-9a-f]{32}$/.test(download.url()), `address ${download.url()}`);
  const failure = await download.failure();
  check(!failure, `download failed: ${failure}`);
});

await steps.step('the scope is in no address, title, history or storage', async () => {
  const kept = await page.evaluate(async () => ({
    here: location.href + document.title + JSON.stringify(history.state),
    stores: localStorage.length + sessionStorage.length,
    caches: (await globalThis.caches?.keys())?.length ?? 0,
  }));
  check(!kept.here.includes('/s/'), `address: ${kept.here}`);
  check(kept.stores + kept.caches === 0, 'the page wrote to storage');
});

await steps.step('a reloaded page finds its session again', async () => {
  await page.reload();
  await link('Cameras').click();
  await page.getByRole('heading', { name: 'Cameras', level: 1 }).waitFor({ timeout: 15_000 });
  await accessible(page);
});

await steps.step('the phone’s layout is whole', async () => {
  await page.setViewportSize(SIZES.phone);
  for (const to of PAGES) {
    await go(to);
    await page.waitForLoadState('networkidle').catch(() => undefined);
    await accessible(page);
  }
  await page.setViewportSize(SIZES.desktop);
});

await steps.step('signing out drops everything, signing in brings it back', async () => {
  await link('Account').click();
  await button('Sign out').click();
  await page.getByText('You are signed out.').waitFor({ timeout: 15_000 });
  check((await page.locator('video, img[src*="/s/"]').count()) === 0, 'something private is still on the page');
  await signIn();
  await link('Live').waitFor({ timeout: 20_000 });
});

if (env.LARES_CAMERA_MAIN && env.LARES_CAMERA_PASSWORD) {
  await steps.step('a camera in trouble says so in words, and when it is tried again', async () => {
    await addCamera('Wrong gate', { main: env.LARES_CAMERA_MAIN, password: 'not this one', transport: 'UDP' });
    await page.getByText('Wrong camera password').first().waitFor({ timeout: 20_000 });
    await page.getByText(/^User name or password were changed in the camera, or mistyped here\./).waitFor();
    await page.getByText(/Next try in \d+\ss/).first().waitFor({ timeout: 10_000 });
    await page.getByText('UDP', { exact: true }).waitFor();
    await accessible(page);
    await fitsPhone(page);
    await go('#/cameras');
    await page.getByRole('link', { name: /Wrong gate.*Wrong camera password/ }).waitFor();
  });
  await access(steps, { page, env, account: password, camera: 'Wrong gate' });
  await steps.step('and it is deleted', () => removeCamera('Iron gate'));
}

await codecs(steps, { page, env, clip, addCamera, removeCamera });

if (env.LARES_CAMERA_MAIN) await household(steps, { browser, page, url, owner: { name, password }, camera: cameraName });

if (env.LARES_CAMERA_MAIN) {
  await steps.step('deleting a camera names what goes with it', async () => {
    await go('#/cameras');
    await page.getByRole('link', { name: new RegExp(cameraName) }).click();
    await button('Delete camera').click();
    await page.getByText(/^Deletes Front door/).waitFor();
    await accessible(page);
    await button('Delete camera and clips').click();
    await page.getByText('Front door is deleted.').waitFor({ timeout: 15_000 });
  });
}

await steps.step('no script died and no policy was broken', () => check(faults.length === 0, faults.join('\n')));

if (steps.failed && env.LARES_SHOT) await page.screenshot({ path: env.LARES_SHOT });
await browser.close();
steps.finish();
