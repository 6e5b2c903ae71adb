/**
 * What of a camera is recorded, on its page. Called by household.mjs; the owner on `page` may manage the camera, the second
 * person on `other`, who looks at its page, may not.
 */
import { accessible, SIZES } from './browser.mjs';
import { hands } from './hands.mjs';
import { check } from './steps.mjs';

/** Has a camera recorded with its sound, on its page. */
export async function recordSound(page, camera) {
  const { button } = hands(page);
  await button('Change what is recorded').click();
  await page.getByRole('dialog', { name: `What is recorded of ${camera}` }).getByRole('checkbox', { name: /^Record its sound/ }).check();
  await button('Save').click();
  await page.getByRole('region', { name: 'What is recorded' }).getByText('With its sound.').waitFor({ timeout: 15_000 });
}

export async function plan(steps, { page, other, camera }) {
  const { button, go, heading } = hands(page);
  const section = page.getByRole('region', { name: 'What is recorded' });
  const sheet = page.getByRole('dialog', { name: `What is recorded of ${camera}` });
  const asked = async (act) => {
    const request = page.waitForRequest((r) => r.method() === 'PUT' && r.url().endsWith('/recording-plan'));
    await act();
    return (await request).postDataJSON();
  };

  await steps.step('a camera is recorded when something happens, without sound until that is wanted', async () => {
    check((await other.getByRole('heading', { name: 'What is recorded' }).count()) === 0, 'who only watches is told what is recorded');
    await go('#/cameras');
    await page.getByRole('link', { name: new RegExp(camera) }).click();
    await heading(camera);
    await section.getByText('Events are recorded.').waitFor({ timeout: 15_000 });
    await section.getByText(/^Without its sound\. The recording of an event starts 5 seconds before it and ends 10 seconds after it\.$/).waitFor();
    await recordSound(page, camera);
    await accessible(page);
  });

  await steps.step('and all the time, at some times nothing, on a phone too', async () => {
    await page.setViewportSize(SIZES.phone);
    await button('Change what is recorded').click();
    await sheet.getByRole('radio', { name: /^Everything, and events/ }).check();
    await sheet.getByLabel('Before an event').selectOption('8000');
    await sheet.getByText('More or less for some kinds of events').click();
    await sheet.getByLabel('Add a kind of event').selectOption('doorbell');
    check((await sheet.getByLabel('Add a kind of event').evaluate((s) => s.selectedIndex)) === 0, 'the next kind is not asked for');
    await sheet.getByRole('group', { name: 'Doorbell' }).getByLabel('After an event').selectOption('60000');
    await button('Add a time').click();
    await sheet.getByLabel('From', { exact: true }).fill('03:00');
    await sheet.getByLabel('To', { exact: true }).fill('03:00');
    await sheet.getByLabel('Record at this time').selectOption('off');
    await accessible(page);
    const said = await asked(() => button('Save').click());
    check(said.mode === 'both' && said.sound === true && said.pre_roll_ms === 8000 && said.times[0].mode === 'off' && said.kinds[0].post_roll_ms === 60_000, `saved ${JSON.stringify(said)}`);
    await section.getByText('Nothing is recorded.').waitFor({ timeout: 15_000 });
    await section.getByText('Every day, the whole day: nothing').waitFor();
    check((await button('Record now').count()) === 0, 'what is not recorded can be recorded now');
    await accessible(page);
    await page.setViewportSize(SIZES.desktop);
  });

  await steps.step('and as before', async () => {
    await button('Change what is recorded').click();
    await button('Remove time 1').click();
    await sheet.getByRole('radio', { name: /^Only events/ }).check();
    await sheet.getByText('More or less for some kinds of events').click();
    await button('As all others: Doorbell').click();
    await sheet.getByLabel('Before an event').selectOption('5000');
    await button('Save').click();
    await section.getByText('Events are recorded.').waitFor({ timeout: 15_000 });
    await button('Record now').waitFor();
  });
}
