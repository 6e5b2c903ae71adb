/**
 * How long recordings are kept, and the storage they take, by keyboard and on a phone. LARES_URL and LARES_CA_SPKI as in
 * hub.mjs; LARES_NAME runs the hub and has a camera LARES_CAMERA with one clip and no doorbell, LARES_PASSWORD is the
 * password.
 */
import { accessible, launch, listenForFaults, SIZES } from './browser.mjs';
import { hands } from './hands.mjs';
import { check, Steps } from './steps.mjs';

const { LARES_URL: url, LARES_NAME: name, LARES_CAMERA: camera, LARES_PASSWORD: password } = process.env;
const browser = await launch();
const page = await (await browser.newContext({ viewport: SIZES.desktop, hasTouch: true })).newPage();
const faults = listenForFaults(page);
const { button, go, heading, prove, signIn } = hands(page);
const steps = new Steps();
const section = page.getByRole('region', { name: 'How long recordings are kept' });
const sheet = page.getByRole('dialog', { name: `How long recordings of ${camera} are kept` });
const narrow = async () => {
  await page.setViewportSize(SIZES.phone);
  await accessible(page);
};

await steps.step('recordings are kept as long as there is room, until somebody says otherwise, by keyboard', async () => {
  await page.goto(url);
  await signIn(name, password);
  await page.getByRole('heading', { name: 'Live', level: 1 }).waitFor({ timeout: 20_000 });
  await go('#/cameras');
  await page.getByRole('link', { name: new RegExp(camera) }).click();
  await heading(camera);
  await section.getByText('Recordings are kept as long as there is room. Then the oldest are deleted.').waitFor({ timeout: 15_000 });
  await button('Change how long').focus();
  await page.keyboard.press('Enter');
  await sheet.getByLabel('Keep for', { exact: true }).selectOption('30 days');
  await sheet.getByLabel('When somebody rang, keep for at least').selectOption('60 days');
  await accessible(page);
  await button('Save').press('Enter');
  await sheet.getByText('This is longer than recordings are kept. Choose fewer days, or keep them longer.').waitFor();
  await sheet.getByLabel('When somebody rang, keep for at least').selectOption('14 days');
  await sheet.getByLabel('When somebody rang, keep at least, in GB').fill('5');
  await button('Save').press('Enter');
  await sheet.waitFor({ state: 'detached' });
  await section.getByText('Recordings are kept for 30 days, as long as there is room.').waitFor({ timeout: 15_000 });
  await section.getByText(/^When somebody rang, those of the last 14 days and the newest 5\sGB are kept, while anything else can be deleted\.$/).waitFor();
  await accessible(page);
});

await steps.step('what a change deletes is said before, on a phone', async () => {
  await narrow();
  await button('Change how long').click();
  await sheet.getByLabel('At most, in GB').fill('lots');
  await button('Save').click();
  await sheet.getByText('Type a number such as 200, or leave it empty.').waitFor();
  await sheet.getByLabel('At most, in GB').fill('0.000001');
  await button('Save').click();
  await sheet.getByText('This is more than recordings of this camera may take. Choose less, or let them take more.').waitFor();
  await sheet.getByLabel('When somebody rang, keep at least, in GB').fill('');
  await button('Save').click();
  await sheet.getByText(/^This deletes 1 clip \([^)]+\) now\. Starred events stay\.$/).waitFor({ timeout: 15_000 });
  await accessible(page);
  await button('Back').click();
  check((await sheet.getByLabel('At most, in GB').inputValue()) === '0.000001', 'what was typed is gone');
  await button('Save').click();
  await button('Delete and save').click();
  await sheet.waitFor({ state: 'detached', timeout: 15_000 });
  await section.getByText(/^Recordings are kept for 30 days, and take at most 1\skB\.$/).waitFor({ timeout: 15_000 });
  await page.setViewportSize(SIZES.desktop);
});

await steps.step('the hub page says what is stored, and who runs the hub sets quotas', async () => {
  await go('#/hub');
  await heading('Hub');
  const stored = page.getByRole('region', { name: 'Storage' });
  await stored.getByRole('link', { name: camera }).waitFor({ timeout: 15_000 });
  await stored.getByText('No recordings yet.').waitFor({ timeout: 30_000 });
  await stored.getByText(/^All recordings take /).waitFor();
  await button(`Set quota of ${name}`).click();
  await page.getByLabel('Quota in GB').fill('250');
  await accessible(page);
  const said = stored.getByText(/^Your recordings take .+ of your quota of 250\sGB\.$/);
  await button('Save').click();
  await prove(password, said);
  await said.waitFor({ timeout: 15_000 });
  await accessible(page);
  await narrow();
  await page.setViewportSize(SIZES.desktop);
  await go('#/journal');
  await page.getByText(`You changed how long recordings of ${camera} are kept.`).first().waitFor({ timeout: 15_000 });
  await page.getByText('You changed how much the recordings of you may take.').waitFor();
});

await steps.step('no policy and no script failed', () => check(faults.length === 0, faults.join('\n')));

await browser.close();
steps.finish();
