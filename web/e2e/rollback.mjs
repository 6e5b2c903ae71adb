/**
 * The pages after an old copy of the database was put back: both people are told, who runs the hub confirms it, checks
 * what happened and tells everyone. LARES_URL and LARES_CA_SPKI as in hub.mjs; LARES_NAME runs the hub, LARES_OTHER does
 * not, LARES_PASSWORD is the password of both.
 */
import { accessible, launch, listenForFaults, SIZES } from './browser.mjs';
import { hands } from './hands.mjs';
import { check, Steps } from './steps.mjs';

const { LARES_URL: url, LARES_NAME: name, LARES_OTHER: other, LARES_PASSWORD: password } = process.env;
const browser = await launch();
const page = await (await browser.newContext({ viewport: SIZES.desktop })).newPage();
const phone = await (await browser.newContext({ viewport: SIZES.phone, isMobile: true, hasTouch: true })).newPage();
const faults = [listenForFaults(page), listenForFaults(phone)];
const [keeper, bob] = [hands(page), hands(phone)];
const steps = new Steps();

await steps.step('whoever does not run the hub is told whom to ask', async () => {
  await phone.goto(url);
  await bob.signIn(other, password);
  await phone.getByText(/until whoever runs the hub has confirmed it/).waitFor({ timeout: 20_000 });
  await bob.go('#/hub');
  await bob.heading('Hub');
  check((await bob.button('I restored it on purpose').count()) === 0, 'somebody else may confirm');
  await accessible(phone);
});

await steps.step('who runs it finds what it means, and may leave it as it is', async () => {
  await page.goto(url);
  await keeper.signIn(name, password);
  await page.getByRole('link', { name: 'Look', exact: true }).click({ timeout: 20_000 });
  await keeper.heading('Hub');
  await accessible(page);
  await keeper.button('I restored it on purpose').click();
  const sheet = page.getByRole('dialog');
  await sheet.getByText(/Check afterwards who may see what/).waitFor();
  await accessible(page);
  await page.keyboard.press('Escape');
  await sheet.waitFor({ state: 'detached' });
  await keeper.button('I restored it on purpose').waitFor();
});

await steps.step('and confirms it, which everyone sees', async () => {
  await keeper.button('I restored it on purpose').click();
  const done = page.getByText('The hub goes on from this state.');
  await page.getByRole('dialog').getByRole('button', { name: 'I restored it on purpose' }).click();
  await keeper.prove(password, done);
  await done.waitFor();
  await page.getByRole('link', { name: 'Look', exact: true }).waitFor({ state: 'detached', timeout: 15_000 });
  await phone.getByText(/until whoever runs the hub has confirmed it/).waitFor({ state: 'detached', timeout: 25_000 });
});

await steps.step('the check is told to everyone, on their page', async () => {
  await keeper.go('#/check');
  await keeper.button('Check now').click();
  await keeper.button('Tell everyone').click({ timeout: 20_000 });
  await keeper.prove(password, page.getByText('Everyone is told on their page.'));
  await bob.go('#/journal');
  await phone.getByText('The hub was checked after an incident: nothing of yours reached anybody without a right to it.').waitFor({ timeout: 25_000 });
  await accessible(phone);
  await bob.button('I have read this').click();
  await phone.locator('#content').getByText(/There is 1 notice for you|There are \d+ notices for you/).waitFor({ state: 'detached', timeout: 15_000 });
  await bob.go('#/check');
  await bob.button('Check now').click();
  await phone.getByRole('heading', { name: 'The answer' }).waitFor({ timeout: 20_000 });
  check((await bob.button('Tell everyone').count()) === 0, 'somebody who does not run the hub tells everyone');
});

await steps.step('no script died and no policy was broken', () => check(faults.flat().length === 0, faults.flat().join('\n')));
await browser.close();
steps.finish();
