/**
 * Listening is turned on, changed and turned off, by keyboard too. Called by household.mjs; the owner on `page` may manage
 * the camera, the second person on `other`, who looks at its page, may not.
 */
import { accessible, SIZES } from './browser.mjs';
import { hands } from './hands.mjs';
import { check } from './steps.mjs';

export async function sound(steps, { page, other, camera }) {
  const { button, go, heading } = hands(page);
  const section = page.getByRole('region', { name: 'Sound' });

  await steps.step('nobody listens until the owner says so', async () => {
    check((await other.getByRole('heading', { name: 'Sound' }).count()) === 0, 'who only watches is told what is listened for');
    await go('#/cameras');
    await page.getByRole('link', { name: new RegExp(camera) }).click();
    await heading(camera);
    await section.getByText(/^The hub does not listen\./).waitFor({ timeout: 15_000 });
    await section.getByText(/^Off unless you turn it on\./).waitFor();
    await button('Listen').focus();
    await page.keyboard.press('Enter');
    await section.getByText(/^The hub listens\./).waitFor({ timeout: 15_000 });
    await section.getByText('It counts from 15 dB over what is usual there.').waitFor();
    await accessible(page);
  });

  await steps.step('what counts as loud is chosen, on a phone too, and holds', async () => {
    await page.setViewportSize(SIZES.phone);
    await button('Change how loud and how long').click();
    await section.getByLabel('How loud').selectOption({ label: 'Only what is loud (25 dB)' });
    await section.getByLabel('Shortest time').selectOption({ label: '1 second' });
    await accessible(page);
    const asked = page.waitForRequest((r) => r.method() === 'PUT' && r.url().endsWith('/sound'));
    await button('Save').click();
    const said = JSON.stringify((await asked).postDataJSON());
    check(said === '{"on":true,"settings":{"over_db":25,"min_duration_ms":1000}}', `saved ${said}`);
    await section.getByText('It counts from 25 dB over what is usual there.').waitFor({ timeout: 15_000 });
    await page.setViewportSize(SIZES.desktop);
    await page.reload();
    await heading(camera);
    await section.getByText('It counts from 25 dB over what is usual there.').waitFor({ timeout: 15_000 });
    await button('Stop listening').click();
    await section.getByText(/^The hub does not listen\./).waitFor({ timeout: 15_000 });
    await accessible(page);
  });
}
