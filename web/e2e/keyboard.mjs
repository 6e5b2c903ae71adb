/**
 * A whole task with the keyboard alone on each page of people, sharing, tokens, links, devices, journal, lockdown and
 * recovery: no mouse, every stop in sight, and the focus where one left it when a sheet closes. LARES_URL and
 * LARES_CA_SPKI as in hub.mjs; LARES_NAME runs the hub, has a camera called Door with a clip and other devices;
 * LARES_OTHER and a third person are there; LARES_PASSWORD.
 */
import { accessible, launch, listenForFaults, SIZES } from './browser.mjs';
import { hands } from './hands.mjs';
import { keys } from './keys.mjs';
import { check, Steps, until } from './steps.mjs';

const { LARES_URL: url, LARES_NAME: name, LARES_OTHER: other, LARES_PASSWORD: password } = process.env;
const browser = await launch();
const context = await browser.newContext({ viewport: SIZES.desktop });
const page = await context.newPage();
const faults = listenForFaults(page);
const steps = new Steps();
const { heading } = hands(page);
const { press, pressOn: on, to, type, back, round, button, link } = keys(page);
const sheet = page.getByRole('dialog');
const within = (label) => sheet.getByRole('button', { name: label, exact: true });
const section = (label) => page.getByRole('region', { name: label, exact: true });
let kept; // the recovery code
const gone = (what) => what.waitFor({ state: 'detached', timeout: 15_000 });

/** Opens a page by the rail, as a person without a mouse does, and walks through all of it once. */
async function open(label, title = label) {
  await on(link(label));
  await heading(title);
  await back(page.locator('main'), 'at the beginning of the new page');
}

/** The password, where it is asked for. */
async function prove(then) {
  const asked = page.getByRole('dialog', { name: 'Is it you?' });
  await asked.or(then).first().waitFor({ timeout: 15_000 });
  if (!(await asked.isVisible())) return;
  await to(asked.getByLabel('Password', { exact: true }));
  await type(password);
  await press('Enter');
  await then.waitFor({ timeout: 20_000 });
}

/** Goes to one of several choices with the arrows. */
async function arrow(choice) {
  for (let i = 0; i < 3 && !(await choice.isChecked()); i++) await press('ArrowDown');
  check(await choice.isChecked(), `the arrows do not come to ${choice}`);
}

await steps.step('signing in', async () => {
  await page.goto(url);
  await to(page.getByLabel('Name', { exact: true }));
  await type(name);
  await to(page.getByLabel('Password', { exact: true }));
  await type(password);
  await press('Enter');
  await link('Live').waitFor({ timeout: 20_000 });
});

await steps.step('a recovery code is made, and typed back', async () => {
  await open('Account');
  await accessible(page);
  await round();
  const make = section('Signing in').getByRole('button', { name: 'New recovery code' });
  await on(make);
  await press('Escape');
  await gone(sheet);
  await back(make, 'on what opened the sheet');
  await press('Enter');
  await on(within('Show a new code'));
  const code = sheet.locator('code');
  await prove(code);
  await accessible(page);
  kept = await code.innerText();
  await to(sheet.getByLabel('Type its last group'));
  await type('AAAAA');
  await press('Enter');
  await page.getByText('That is not the last group of the code.').waitFor();
  await back(sheet.getByLabel('Type its last group'), 'on the field that is wrong');
  await press('Control+a');
  await type(kept.split('-').at(-1));
  await press('Enter');
  await gone(sheet);
  await back(make, 'on what opened the sheet');
});

await steps.step('somebody is invited, and the invitation is withdrawn', async () => {
  await open('People');
  await accessible(page);
  await round();
  await on(button('Invite'));
  await round();
  await to(sheet.getByLabel('Name (optional)'));
  await type('Dora');
  await press('Enter');
  await prove(sheet.locator('code').first());
  await back(sheet.locator('code').first(), 'on what was made');
  await accessible(page);
  await on(within('Done'));
  await gone(sheet);
  await back(button('Invite'), 'on what opened the sheet');
  await on(button(/^Withdraw/), 'Space');
  await page.getByText('The invitation no longer works.').waitFor({ timeout: 15_000 });
  await gone(page.getByText('Open invitations'));
  await back(section('Accounts on this hub'), 'on the part that the invitation was in');
});

await steps.step('a camera is shared, changed and no longer shared', async () => {
  const share = button('Share Door');
  await on(share);
  const who = sheet.getByLabel('With', { exact: true });
  await to(who);
  await type(other);
  check((await who.locator('option:checked').innerText()) === other, 'typing does not choose the person');
  await to(sheet.getByRole('radio', { checked: true }).first());
  await arrow(sheet.getByRole('radio', { name: /^Watch and review/ }));
  await on(sheet.locator('summary').filter({ hasText: 'Choose one by one' }));
  await accessible(page);
  await on(within('Share'));
  await prove(page.getByText(`${other} can now see Door.`));
  await gone(sheet);
  await back(share, 'on what opened the sheet');
  const change = button(`Change what ${other} may see of Door`);
  await on(change);
  await to(sheet.getByRole('radio', { name: /^From now on/ }));
  await arrow(sheet.getByRole('radio', { name: /^All there are/ }));
  await on(within('Save'));
  await gone(sheet);
  await back(change, 'on what opened the sheet');
  await on(button(`Stop sharing Door with ${other}`), 'Space');
  await accessible(page);
  await on(within('Stop sharing'), 'Space');
  await page.getByText(`${other} can no longer see Door.`).waitFor({ timeout: 15_000 });
  await back(section('Door'), 'on the part that the person was in');
});

await steps.step('a clip is shared by a link, which is ended', async () => {
  await open('Events');
  const linking = button('Share a link');
  await linking.waitFor({ timeout: 60_000 }); // once its recording is over
  await on(linking);
  await to(sheet.getByLabel('Note (optional)'));
  await type('The parcel');
  await press('Enter');
  await prove(sheet.locator('code'));
  await back(sheet.locator('code'), 'on what was made');
  await on(sheet.getByRole('link', { name: 'All my links' }));
  await heading('Links and tokens');
  await gone(sheet);
  await back(page.locator('main'), 'at the beginning of the new page');
  await accessible(page);
  await round();
  await on(button('End the link “The parcel”'));
  await press('Escape');
  await gone(sheet);
  await back(button('End the link “The parcel”'), 'on what opened the sheet');
  await press('Enter');
  await on(within('End'));
  await page.getByText('The link no longer works.').waitFor({ timeout: 15_000 });
  await back(section('Guest links'), 'on the part that the link was in');
});

await steps.step('a token is made and ended', async () => {
  const make = button('Make a token');
  await on(make, 'Space');
  await round();
  await to(sheet.getByLabel('Name', { exact: true }));
  await type('Home automation');
  await on(sheet.getByRole('checkbox', { name: 'Door' }), 'Space');
  check(await sheet.getByRole('checkbox', { name: 'Door' }).isChecked(), 'Space does not choose the camera');
  await on(within('Make the token'));
  await prove(sheet.locator('code'));
  await back(sheet.locator('code'), 'on what was made');
  await press('Escape');
  await gone(sheet);
  await back(make, 'on what opened the sheet');
  await on(button('End the token Home automation'));
  await on(within('End'));
  await page.getByText('The token Home automation no longer works.').waitFor({ timeout: 15_000 });
  await back(section('Tokens'), 'on the part that the token was in');
});

await steps.step('one device is signed out, then all others', async () => {
  await open('Account');
  const devices = section('Your devices');
  const one = devices.getByRole('button', { name: /^Sign out (?!all)/ });
  const before = await until('three devices', 15_000, async () => (await one.count()) === 2 && 2);
  await on(one.first());
  await accessible(page);
  await on(within('Sign out'));
  await until('one device less', 15_000, async () => (await one.count()) === before - 1);
  await gone(sheet);
  await back(devices, 'on the part that the device was in');
  await on(button('Sign out all others'));
  await on(within('Sign out all others'));
  await gone(one);
  await back(devices, 'on the part that the button was in');
});

await steps.step('the whole hub is locked down, and the lockdown is lifted', async () => {
  await open('Hub');
  await accessible(page);
  await round();
  const lock = button('Lock down what is mine');
  await on(lock);
  await page.getByText(/^Lockdown since/).waitFor({ timeout: 15_000 });
  await accessible(page);
  await back(section('Lockdown'), 'on the part that the button is in');
  await to(button('Lift it'), 'Shift+Tab');
  await press('Enter');
  await prove(page.getByText('The lockdown is lifted.'));
  await gone(page.getByText(/^Lockdown since/));
  await back(page.locator('main'), 'at the beginning of the page');
});

await steps.step('the journal is narrowed, and the check is asked', async () => {
  await open('Journal');
  await page.getByRole('listitem').first().waitFor({ timeout: 15_000 });
  await accessible(page);
  await round();
  await to(page.getByLabel('What', { exact: true }));
  await type('Shar');
  await page.getByRole('listitem').getByText(/^You shared Door/).first().waitFor({ timeout: 15_000 });
  await gone(page.getByRole('listitem').getByText('You started a lockdown.'));
  await on(link('Check'));
  await heading('Did anyone see what was not theirs?');
  await back(page.locator('main'), 'at the beginning of the new page');
  await on(button('Check now'));
  await page.getByRole('heading', { name: 'The answer' }).waitFor({ timeout: 20_000 });
  await back(button('Check now'), 'still on the button');
  await accessible(page);
  await round();
});

await steps.step('a forgotten password is replaced with the recovery code', async () => {
  await open('Account');
  await on(button('Sign out'));
  await page.getByText('You are signed out.').waitFor({ timeout: 15_000 });
  await accessible(page);
  await on(button('Forgot the password?'));
  await page.getByRole('heading', { name: 'Forgot the password?' }).waitFor();
  await accessible(page);
  await round();
  for (const [label, words] of [['Name', name], ['Recovery code', kept], ['New password', 'another walk by the sea']]) {
    await to(page.getByLabel(label, { exact: true }));
    await type(words);
  }
  await press('Enter');
  await heading('You are back. Here is your new recovery code');
  await round();
  await to(page.getByLabel('Type its last group'));
  await type((await page.locator('code').innerText()).split('-').at(-1));
  await press('Enter');
  await link('Live').waitFor({ timeout: 20_000 });
});

await steps.step('no script died and no policy was broken', () => check(faults.length === 0, faults.join('\n')));
if (steps.failed && process.env.LARES_SHOT) await page.screenshot({ path: process.env.LARES_SHOT });
await browser.close();
steps.finish();
