/**
 * Several people in one hub: a second person is invited, sees what is shared and no longer sees what is taken back; a
 * guest opens one clip by a link; a program gets a token. Called by hub.mjs while the owner is signed in on `page` and
 * has the camera.
 */
import { accessible, listenForFaults, SIZES } from './browser.mjs';
import { check, until } from './steps.mjs';

/** What one signed-in page can do. */
function hands(page) {
  const button = (label) => page.getByRole('button', { name: label, exact: true });
  return {
    button,
    go: (hash) => page.evaluate((to) => void (location.hash = to), hash),
    heading: (name) => page.getByRole('heading', { name, level: 1 }).waitFor({ timeout: 15_000 }),
    /** Gives the password, where the page asks whether it is really the same person. */
    prove: async (password, then) => {
      const sheet = page.getByRole('dialog', { name: 'Is it you?' });
      await sheet.or(then).first().waitFor({ timeout: 15_000 });
      if (!(await sheet.isVisible())) return;
      await accessible(page);
      await sheet.getByLabel('Password', { exact: true }).fill(password);
      await sheet.getByRole('button', { name: 'Continue' }).click();
      await then.waitFor({ timeout: 20_000 });
    },
  };
}

export async function household(steps, { browser, page, url, owner, camera }) {
  const { button, go, heading, prove } = hands(page);
  const second = { name: 'Bob', password: 'a red bicycle in the yard' };
  const context = await browser.newContext({ viewport: SIZES.phone, isMobile: true, hasTouch: true });
  const other = await context.newPage();
  const faults = listenForFaults(other);
  const bob = hands(other);
  const video = other.locator('video').first();
  const decodes = () => video.evaluate((v) => v.readyState >= 2 && v.videoWidth > 0);

  await steps.step('somebody is invited by a link that works once', async () => {
    await go('#/people');
    await heading('People');
    await accessible(page);
    await button('Invite').click();
    await page.getByLabel('Name (optional)').fill(second.name);
    await button('Make the link').click();
    const link = page.locator('code').filter({ hasText: '#invite=' });
    await prove(owner.password, link);
    await accessible(page);
    second.link = await link.innerText();
    await button('Done').click();
    await page.getByText('Open invitations').waitFor();
  });

  await steps.step('and makes an account whose password nobody else learns', async () => {
    await other.goto(second.link);
    await bob.heading('You are invited');
    check((await other.getByLabel('Name', { exact: true }).inputValue()) === second.name, 'the name is not proposed');
    check(!other.url().includes('invite'), 'the code stayed in the address');
    await accessible(other);
    await other.getByLabel('Password', { exact: true }).fill(second.password);
    await bob.button('Create my account').click();
    await bob.heading('Your recovery code');
    await bob.button('Do this later').click();
    await other.getByText('No cameras yet').waitFor({ timeout: 15_000 });
    await accessible(other);
  });

  await steps.step('the camera is shared, and the sentence says how', async () => {
    await page.reload();
    await go('#/people');
    await button(`Share ${camera}`).click();
    await page.getByRole('radio', { name: /^Watch and review/ }).check();
    await page.getByRole('dialog').getByText(/^Bob can watch live.*look back from now on/).waitFor();
    await accessible(page);
    await button('Share').click();
    await prove(owner.password, page.getByText(`${second.name} can now see ${camera}.`));
    await page.getByText(/^Bob can watch live, hear sound, look back from .* on, and be notified\.$/).first().waitFor();
    await accessible(page);
  });

  await steps.step('the other person sees it, and whose it is', async () => {
    await bob.go('#/cameras');
    await other.getByRole('link', { name: new RegExp(`${camera}.*Shared by ${owner.name}`) }).click({ timeout: 15_000 });
    await bob.heading(camera);
    await other.getByText(/watch live, hear sound, look back from/).waitFor();
    await until('a decoded picture', 20_000, decodes);
    check((await other.getByText('Delete camera').count()) === 0, 'a guest may delete the camera');
    await accessible(other);
  });

  await steps.step('a clip is shared by a link that plays for a guest and shows nothing else', async () => {
    await go('#/events');
    await page.locator('article video').waitFor({ timeout: 20_000 });
    await button('Share a link').click();
    await page.getByLabel('May be opened').selectOption('1');
    await page.getByLabel('Note (optional)').fill('The parcel');
    await accessible(page);
    await button('Make the link').click();
    const code = page.locator('code').filter({ hasText: '/guest#' });
    await prove(owner.password, code);
    const link = await code.innerText();
    await button('Done').click();

    const guest = await browser.newContext({ viewport: SIZES.phone });
    const seen = await guest.newPage();
    const guestFaults = listenForFaults(seen);
    await seen.goto(link);
    const clip = seen.locator('video');
    await until('the clip’s length', 20_000, () => clip.evaluate((v) => v.duration > 2));
    await clip.evaluate((v) => ((v.muted = true), v.play()));
    await until('playback', 15_000, () => clip.evaluate((v) => v.currentTime > 0.3));
    check(new URL(seen.url()).hash === '', `the secret stayed in the address: ${seen.url()}`);
    const words = await seen.locator('body').innerText();
    check(words.includes('The parcel'), 'the note is missing');
    check(!words.includes(camera) && !words.includes(owner.name), `the page of a guest names something of the hub: ${words}`);
    await accessible(seen);
    const again = await guest.newPage();
    await again.goto(link);
    await again.getByText('This link does not work any more').waitFor({ timeout: 15_000 });
    await accessible(again);
    check(guestFaults.length === 0, guestFaults.join('\n'));
    await guest.close();
  });

  await steps.step('a program gets a token, shown once, and loses it', async () => {
    await go('#/access');
    await heading('Links and tokens');
    await page.getByText('The parcel').waitFor({ timeout: 15_000 });
    await page.getByText('Used up').waitFor();
    await button('Make a token').click();
    await page.getByLabel('Name', { exact: true }).fill('Home automation');
    await page.getByRole('checkbox', { name: camera }).check();
    await accessible(page);
    await button('Make it').click();
    const token = page.locator('code').filter({ hasText: /^lares_/ });
    await prove(owner.password, token);
    await button('Done').click();
    await page.getByText(`${camera}: watch live and look back from`).waitFor();
    await accessible(page);
    await button('End the token Home automation').click();
    await page.getByRole('dialog').getByRole('button', { name: 'End', exact: true }).click();
    await page.getByText('The token Home automation no longer works.').waitFor({ timeout: 15_000 });
  });

  await steps.step('sharing stops, and with it what the other person has open', async () => {
    await bob.go('#/live');
    await until('a decoded picture', 20_000, decodes);
    await go('#/people');
    await button(`Stop sharing ${camera} with ${second.name}`).click();
    await accessible(page);
    await button('Stop sharing').click();
    await page.getByText(`${second.name} can no longer see ${camera}.`).waitFor({ timeout: 15_000 });
    await other.getByText('No cameras yet').waitFor({ timeout: 15_000 });
    await bob.go('#/events');
    await other.getByText('Nothing has happened yet').waitFor({ timeout: 15_000 });
  });

  await steps.step('devices are listed, and others can be signed out', async () => {
    await bob.go('#/account');
    await other.getByText('This one').waitFor({ timeout: 15_000 });
    const more = await (await browser.newContext()).newPage();
    await more.goto(url);
    await more.getByLabel('Name', { exact: true }).fill(second.name);
    await more.getByLabel('Password', { exact: true }).fill(second.password);
    await more.getByRole('button', { name: 'Sign in', exact: true }).click();
    await more.getByRole('link', { name: 'Live', exact: true }).waitFor({ timeout: 20_000 });
    await bob.button('Sign out all others').click({ timeout: 25_000 });
    await accessible(other);
    await other.getByRole('dialog').getByRole('button', { name: 'Sign out all others' }).click();
    await more.getByText('Your session has ended. Sign in again.').waitFor({ timeout: 15_000 });
    await more.context().close();
  });

  await steps.step('no script of the others died', () => check(faults.length === 0, faults.join('\n')));
  await context.close();
}
