/**
 * What changes between people: keys that have to be confirmed, sharing that ends, a camera that changes hands, accounts
 * that go. Called by household.mjs: `owner` runs the hub, is signed in on `page` and shares the camera with `second`,
 * who has just changed keys on the page `other`.
 */
import { accessible, SIZES } from './browser.mjs';
import { hands } from './hands.mjs';
import { check, until } from './steps.mjs';

export async function handover(steps, { browser, page, url, owner, second, other, camera }) {
  const { button, go, heading, prove } = hands(page);
  const bob = hands(other);
  const video = other.locator('video').first();
  const decodes = () => video.evaluate((v) => v.readyState >= 2 && v.videoWidth > 0);
  const made = page.getByText(`${camera} is offered to ${second.name}.`);
  const offered = other.getByText(`${owner.name} wants to give you ${camera}.`);

  /** The owner offers the camera to the other person, who looks at the offer. */
  async function offer() {
    await go('#/cameras');
    await page.getByRole('link', { name: new RegExp(camera) }).click();
    await button('Give this camera to someone else …').click();
    await page.getByRole('dialog').getByLabel('To', { exact: true }).selectOption({ label: second.name });
    await accessible(page);
    await button(`Offer it to ${second.name}`).click();
    await prove(owner.password, made);
    await page.getByRole('status').getByRole('link', { name: 'People', exact: true }).click(); // takes the words away
    await page.getByText(`You offered ${camera} to ${second.name}.`).waitFor({ timeout: 15_000 });
    await go('#/cameras');
    await bob.go('#/live');
    await bob.go('#/people');
    await offered.waitFor({ timeout: 15_000 });
    await accessible(other);
  }

  await steps.step('new keys are closed out until the owner has asked whose they are', async () => {
    await bob.go('#/cameras');
    await other.getByRole('link', { name: new RegExp(camera) }).click({ timeout: 15_000 });
    await other.getByText(`Your keys are new. ${owner.name} has to confirm that it is you before you see anything of this camera.`).waitFor({ timeout: 15_000 });
    await accessible(other);
    await go('#/journal');
    await page.getByText(/^Bob has new keys\. Until you confirm under People/).first().waitFor({ timeout: 25_000 });
    await button('I have read this').click();
    await go('#/people');
    await page.getByText(/^Bob has new keys, after a recovery or a change of keys\./).waitFor({ timeout: 15_000 });
    await accessible(page);
    await button('Confirm').click();
    await page.getByRole('dialog', { name: `Is it really ${second.name}?` }).waitFor();
    await accessible(page);
    await button(`Yes, it is ${second.name}`).click();
    await prove(owner.password, page.getByText(`Confirmed. ${second.name} sees the camera again.`));
    await bob.go('#/live');
    await until('a decoded picture', 25_000, decodes);
  });

  await steps.step('sharing stops, and with it what the other person has open', async () => {
    await button(`Stop sharing ${camera} with ${second.name}`).click();
    await accessible(page);
    await button('Stop sharing').click();
    await page.getByText(`${second.name} can no longer see ${camera}.`).waitFor({ timeout: 15_000 });
    await other.getByText('No cameras yet').waitFor({ timeout: 15_000 });
    await bob.go('#/events');
    await other.getByText('Nothing has happened yet').waitFor({ timeout: 15_000 });
  });

  await steps.step('a camera that is offered stays, if the other person declines', async () => {
    await offer();
    await bob.button('Decline').click();
    await other.getByRole('dialog').getByRole('button', { name: 'Decline' }).click();
    await offered.waitFor({ state: 'detached', timeout: 15_000 });
    await go('#/people');
    await heading('People');
    await page.getByText(`You offered ${camera} to ${second.name}.`).waitFor({ state: 'detached', timeout: 20_000 });
    await page.getByRole('heading', { name: camera }).waitFor();
  });

  await steps.step('and changes hands if they accept; what was recorded before does not', async () => {
    await offer();
    await bob.button('Accept').click();
    await accessible(other);
    await other.getByRole('dialog').getByRole('button', { name: 'Accept' }).click();
    await bob.prove(second.password, other.getByText(`${camera} is yours now.`));
    await bob.heading(camera);
    await other.getByText('Only you can see it.').waitFor({ timeout: 15_000 });
    await until('a decoded picture', 25_000, decodes);
    await accessible(other);
    await bob.go('#/events');
    await other.getByText('Nothing has happened yet').waitFor({ timeout: 15_000 });
    await go('#/cameras');
    await page.getByRole('link', { name: new RegExp(`${camera}.*Given away`) }).click({ timeout: 15_000 });
    await page.getByText('You gave this camera away.').waitFor();
    check((await page.locator('video').count()) === 0, 'whoever gave the camera away still watches it');
    await accessible(page);
  });

  await steps.step('who runs the hub removes an account, and is told that its camera goes with it', async () => {
    await go('#/people');
    await page.getByText(/^1 camera · last here/).waitFor({ timeout: 25_000 });
    await button(`Remove ${second.name}`).click();
    const sheet = page.getByRole('dialog', { name: `Remove ${second.name}?` });
    await sheet.getByText(`The camera of ${second.name} is deleted with all recordings`).waitFor();
    await accessible(page);
    await sheet.getByRole('button', { name: `Remove ${second.name}` }).click();
    await prove(owner.password, page.getByText(`${second.name} is removed.`));
    await other.getByText('Your session has ended. Sign in again.').waitFor({ timeout: 15_000 });
    await page.getByText(second.name, { exact: true }).waitFor({ state: 'detached', timeout: 25_000 });
  });

  await steps.step('and whoever leaves takes the account along', async () => {
    const carol = { name: 'Carol', password: 'green tea without any sugar' };
    await button('Invite').click();
    await button('Make the link').click();
    const link = page.locator('code').filter({ hasText: '#invite=' });
    await prove(owner.password, link);
    const context = await browser.newContext({ viewport: SIZES.phone, isMobile: true, hasTouch: true });
    const third = await context.newPage();
    const her = hands(third);
    await third.goto(await link.innerText());
    await button('Done').click();
    await third.getByLabel('Name', { exact: true }).fill(carol.name);
    await third.getByLabel('Password', { exact: true }).fill(carol.password);
    await her.button('Create my account').click();
    await her.button('Do this later').click({ timeout: 20_000 });
    await her.go('#/account');
    await her.button('Delete').click();
    await accessible(third);
    await her.button('Delete my account').click();
    await her.prove(carol.password, third.getByText('Your account is deleted.'));
    await page.getByText(carol.name, { exact: true }).waitFor({ state: 'detached', timeout: 25_000 });
    check((await third.context().cookies(url)).length === 0, 'a cookie of a deleted account is left');
    await context.close();
  });
}
