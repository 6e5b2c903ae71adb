/**
 * When a camera records events, and the switch for home and away, by keyboard and on a phone too. Called by
 * household.mjs; the owner on `page` may manage the camera, the second person on `other`, who looks at its page, may not.
 */
import { accessible, SIZES } from './browser.mjs';
import { hands } from './hands.mjs';
import { check } from './steps.mjs';

export async function eventRule(steps, { page, other, camera }) {
  const { button, go, heading } = hands(page);
  const section = page.getByRole('region', { name: 'When events are recorded' });
  const sheet = page.getByRole('dialog', { name: `When events of ${camera} are recorded` });
  const paused = (where) => page.getByText(`Motion recording is paused ${where}.`);
  const tile = page.locator('.tile').filter({ hasText: camera });
  const asked = async (path, act) => {
    const request = page.waitForRequest((r) => r.method() === 'PUT' && r.url().endsWith(path));
    await act();
    return JSON.stringify((await request).postDataJSON());
  };

  await steps.step('events are recorded at any time until the owner says otherwise, by keyboard', async () => {
    check((await other.getByRole('heading', { name: 'When events are recorded' }).count()) === 0, 'who only watches is told when events are recorded');
    await go('#/cameras');
    await page.getByRole('link', { name: new RegExp(camera) }).click();
    await heading(camera);
    await section.getByText('Motion and sound are recorded at any time.').waitFor({ timeout: 15_000 });
    await button('Change when').focus();
    await page.keyboard.press('Enter');
    await sheet.getByRole('radio', { name: 'Always' }).focus();
    await page.keyboard.press('ArrowDown');
    check(await sheet.getByRole('radio', { name: /^Only while you are away/ }).isChecked(), 'the arrows do not choose');
    await accessible(page);
    const said = await asked('/event-rule', () => button('Save').press('Enter'));
    check(said === '{"when":"away","times":[]}', `saved ${said}`);
    await section.getByText('Motion and sound are not recorded now, because you are at home.').waitFor({ timeout: 15_000 });
    await accessible(page);
  });

  await steps.step('the first page says so, and has the switch, on a phone too', async () => {
    await page.setViewportSize(SIZES.phone);
    await go('#/live');
    await tile.getByText('Not recording motion').waitFor({ timeout: 15_000 });
    await paused('at 1 camera').waitFor();
    await accessible(page);
    const said = await asked('/away', () => button('Away').click());
    check(said === '{"away":true}', `said ${said}`);
    await paused('nowhere').waitFor({ timeout: 15_000 });
    check((await button('Away').getAttribute('aria-pressed')) === 'true', 'the switch does not show it');
    check((await tile.getByText('Not recording motion').count()) === 0, 'the picture says the contrary');
    await button('At home').press('Space');
    await paused('at 1 camera').waitFor({ timeout: 15_000 });
    await page.setViewportSize(SIZES.desktop);
  });

  await steps.step('events are recorded at times of the week, and at any time again', async () => {
    await go('#/cameras');
    await page.getByRole('link', { name: new RegExp(`${camera}.*Not recording motion`) }).click();
    await button('Change when').click();
    await sheet.getByRole('radio', { name: 'At times of the week' }).check();
    await button('Remove time 1').click();
    await button('Save').click();
    await sheet.getByText('Add at least one time.').waitFor();
    await button('Add a time').click();
    await sheet.getByLabel('From').fill('03:00');
    await sheet.getByLabel('To', { exact: true }).fill('03:00');
    await accessible(page);
    await button('Save').click();
    await section.getByText('Every day, the whole day').waitFor({ timeout: 15_000 });
    await section.getByText('Motion and sound are recorded now.').waitFor();
    await button('Change when').click();
    await sheet.getByRole('radio', { name: 'Always' }).check();
    await button('Save').click();
    await section.getByText('Motion and sound are recorded at any time.').waitFor({ timeout: 15_000 });
    await go('#/live');
    await tile.waitFor();
    check((await button('At home').count()) === 0, 'the switch stays where nothing hangs on it');
  });
}
