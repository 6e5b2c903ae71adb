/**
 * Several people in one hub: a second person is invited, sees what is shared and no longer sees what is taken back; a
 * guest opens one clip by a link; a program gets a token. Called by hub.mjs while the owner is signed in on `page` and
 * has the camera.
 */
import { createHmac } from 'node:crypto';
import { accessible, listenForFaults, SIZES } from './browser.mjs';
import { detector } from './detector.mjs';
import { eventRule } from './eventrule.mjs';
import { handover } from './handover.mjs';
import { hands } from './hands.mjs';
import { motion } from './motion.mjs';
import { sound } from './sound.mjs';
import { plan } from './plan.mjs';
import { privacy } from './privacy.mjs';
import { check, until } from './steps.mjs';

/** The six digits of an authenticator app (RFC 6238), `steps` half minutes from now. */
function sixDigits(secret, steps) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret.replace(/[^A-Z2-7]/g, '')].map((c) => letters.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((b) => Number.parseInt(b, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const mac = createHmac('sha1', key).update(counter).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
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
    second.code = await other.locator('code').innerText();
    await other.getByLabel('Type its last group').fill(second.code.split('-').at(-1));
    await bob.button('I have kept it').click();
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
    await page.getByText(/^Bob can watch live, hear sound, and look back from .* on\.$/).first().waitFor();
    await accessible(page);
  });

  await steps.step('the other person sees it, and whose it is', async () => {
    await bob.go('#/cameras');
    await other.getByRole('link', { name: new RegExp(`${camera}.*Shared by ${owner.name}`) }).click({ timeout: 15_000 });
    await bob.heading(camera);
    await other.getByText(/watch live, hear sound, and look back from/).waitFor();
    await until('a decoded picture', 20_000, decodes);
    check((await other.getByText('Delete camera').count()) === 0, 'a guest may delete the camera');
    await accessible(other);
  });

  await steps.step('the owner is told who watches at this moment', async () => {
    await page.getByText(/^Bob is watching live now, for/).waitFor({ timeout: 20_000 });
    await accessible(page);
  });

  await motion(steps, { page, other, camera });
  await sound(steps, { page, other, camera });
  await eventRule(steps, { page, other, camera });
  await plan(steps, { page, other, camera });
  await detector(steps, { page, other, url, owner, camera });
  await privacy(steps, { page, other, camera, decodes });

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
    await until('the clip’s length', 20_000, () => clip.evaluate((v) => v.duration > 0.5)); // privacy cut it short
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
    await button('Make the token').click();
    const token = page.locator('code').filter({ hasText: /^lares_/ });
    await prove(owner.password, token);
    await button('Done').click();
    await page.getByText(`${camera}: watch live and look back from`).waitFor();
    await accessible(page);
    await button('End the token Home automation').click();
    await page.getByRole('dialog').getByRole('button', { name: 'End', exact: true }).click();
    await page.getByText('The token Home automation no longer works.').waitFor({ timeout: 15_000 });
  });

  await steps.step('an event is deleted for good, a starred one only after it is let go', async () => {
    await go('#/events');
    const rows = page.locator('[data-event]');
    await rows.first().waitFor({ timeout: 15_000 });
    await rows.first().click();
    const [id, were] = [await rows.first().getAttribute('data-event'), await rows.count()];
    await button('Delete this event').waitFor({ timeout: 60_000 }); // once its recording is over
    await button('Star: keep this event').click();
    await button('Delete this event').waitFor({ state: 'detached' });
    await rows.first().getByLabel('Starred').waitFor();
    await button('Remove the star').click();
    await button('Delete this event').click();
    const sheet = page.getByRole('dialog', { name: 'Delete this event?' });
    await accessible(page);
    await sheet.getByRole('button', { name: 'Delete this event' }).click();
    await page.getByText('The event is deleted.').waitFor({ timeout: 15_000 });
    await page.reload();
    await rows.first().waitFor({ timeout: 15_000 });
    check((await rows.count()) === were - 1, 'not one event less');
    check((await page.locator(`[data-event="${id}"]`).count()) === 0, 'the deleted event is back');
  });

  await steps.step('a lockdown closes everything with one tap, and is lifted', async () => {
    await go('#/hub');
    await heading('Hub');
    await button('Lock down what is mine').click();
    const banner = page.getByText(/^Lockdown since/);
    await banner.waitFor({ timeout: 15_000 });
    await accessible(page);
    await bob.go('#/live');
    await other.getByText('No cameras yet').waitFor({ timeout: 15_000 });
    await go('#/events');
    await page.getByRole('heading', { name: 'Recordings are closed' }).waitFor({ timeout: 15_000 });
    await accessible(page);
    await button('Lift it').click();
    await prove(owner.password, page.getByText('The lockdown is lifted.'));
    await banner.waitFor({ state: 'detached', timeout: 15_000 });
  });

  await steps.step('the journal tells what happened, and the check what did not', async () => {
    await go('#/journal');
    await heading('Journal');
    const told = [/^You shared Front door with Bob\./, /^You changed when Front door is off the air\./, /^You changed what counts as motion at Front door\./, /^You changed what the hub listens for at Front door\./, /^Bob (began to watch|watched) Front door live/, /^Someone with a guest link/, /^You deleted an event of Front door\./, /^You started a lockdown\./];
    const line = (words) => page.getByRole('listitem').getByText(words).first();
    await line(told.at(-1)).waitFor({ timeout: 15_000 });
    const [first] = told; // is the eldest, and the evening was longer than a page
    while (!(await line(first).isVisible())) {
      const rows = await page.getByRole('listitem').count();
      await button('Look further back').click();
      await until('older lines', 15_000, async () => (await page.getByRole('listitem').count()) > rows);
    }
    for (const words of told) await line(words).waitFor({ timeout: 15_000 });
    await page.getByText(/^(All that this browser saw of|The hub’s journal has grown since)/).waitFor(); // before it was signed out, too
    await page.getByLabel('What', { exact: true }).selectOption('granted');
    await page.getByRole('listitem').getByText(/^Bob began/).first().waitFor({ state: 'detached', timeout: 15_000 });
    await page.getByRole('listitem').getByText(/^You shared/).first().waitFor();
    await accessible(page);
    await page.getByRole('link', { name: 'Check' }).click();
    await button('Check now').click();
    await page.getByText(/^No\. (All|The one)/).waitFor({ timeout: 20_000 });
    await page.getByText('The journal is whole: nothing in it was changed, added or taken away.').waitFor();
    await accessible(page);
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
    await other.reload(); // rather than to wait until the page asks again
    await bob.button('Sign out all others').click({ timeout: 25_000 });
    await accessible(other);
    await other.getByRole('dialog').getByRole('button', { name: 'Sign out all others' }).click();
    await more.getByText('Your session has ended. Sign in again.').waitFor({ timeout: 15_000 });
    await more.context().close();
  });

  await steps.step('a second factor is asked for at sign-in', async () => {
    await bob.button('Turn on').click();
    await bob.button('Show the code to scan').click();
    const secret = other.getByRole('dialog').locator('code');
    await bob.prove(second.password, secret);
    const key = await secret.innerText();
    await accessible(other);
    await other.getByLabel('Code of your authenticator app').fill(sixDigits(key, 0));
    await other.getByRole('dialog').getByRole('button', { name: 'Turn on' }).click();
    await other.getByText('The second factor is on.').waitFor({ timeout: 15_000 });
    await bob.button('Sign out').first().click();
    await other.getByText('You are signed out.').waitFor({ timeout: 15_000 });
    await other.getByLabel('Name', { exact: true }).fill(second.name);
    await other.getByLabel('Password', { exact: true }).fill(second.password);
    await bob.button('Sign in').click();
    await other.getByText('Enter the code of your authenticator app too.').waitFor({ timeout: 15_000 });
    await accessible(other);
    await other.getByLabel('Code of your authenticator app').fill(sixDigits(key, 1)); // the one before is used up
    await bob.button('Sign in').click();
    await other.getByRole('link', { name: 'Live', exact: true }).waitFor({ timeout: 20_000 });
  });

  await steps.step('a forgotten password costs the recovery code and nothing else', async () => {
    await bob.go('#/account');
    await bob.button('Turn off').click();
    await other.getByRole('dialog').getByRole('button', { name: 'Turn off' }).click();
    await bob.prove(second.password, other.getByText('The second factor is off.'));
    await bob.button('Sign out').first().click();
    await bob.button('Forgot the password?').click();
    await bob.heading('Forgot the password?');
    await accessible(other);
    await other.getByLabel('Name', { exact: true }).fill(second.name);
    await other.getByLabel('Recovery code', { exact: true }).fill(second.code);
    await other.getByLabel('New password').fill('another bicycle, a blue one');
    second.password = 'another bicycle, a blue one';
    await bob.button('Set the new password').click();
    await bob.heading('You are back. Here is your new recovery code');
    const next = await other.locator('code').innerText();
    check(next !== second.code, 'the old recovery code is still the code');
    await accessible(other);
    await other.getByLabel('Type its last group').fill(next.split('-').at(-1));
    await bob.button('I have kept it').click();
    await other.getByRole('link', { name: 'Live', exact: true }).waitFor({ timeout: 20_000 });
  });

  await steps.step('whoever fears for their password gets other keys', async () => {
    await bob.go('#/account');
    await bob.button('Change keys').click();
    await accessible(other);
    await other.getByLabel('Current password').fill(second.password);
    await other.getByLabel('New password').fill('a third bicycle, without a chain');
    await bob.button('Change password and keys').click();
    await bob.prove(second.password, other.getByRole('heading', { name: 'New keys. Here is your new recovery code' }));
    await accessible(other);
    await other.getByLabel('Type its last group').fill((await other.locator('code').innerText()).split('-').at(-1));
    await bob.button('I have kept it').click();
    await bob.heading('Account');
    await other.getByText('This one').waitFor({ timeout: 15_000 });
  });

  second.password = 'a third bicycle, without a chain';
  await handover(steps, { browser, page, url, owner, second, other, camera });

  await steps.step('no script of the others died', () => check(faults.length === 0, faults.join('\n')));
  await context.close();
}
