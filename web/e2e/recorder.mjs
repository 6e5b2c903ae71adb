/**
 * A recorder of three cameras is found, looked at, and two of its channels are added as cameras of their own. Called by
 * control.mjs: “Attic recorder” is on the network.
 */
import { accessible, fitsPhone } from './browser.mjs';
import { hands } from './hands.mjs';
import { check } from './steps.mjs';

export async function recorder(steps, { page }) {
  const { button, go } = hands(page);
  const box = (n) => page.getByRole('checkbox', { name: `Channel ${n}`, exact: true });

  async function look(choose) {
    await go('#/cameras/add');
    await button(choose).click({ timeout: 60_000 });
    await page.getByLabel('Camera user name').fill('viewer');
    await page.getByLabel('Camera password', { exact: true }).fill('camera secret');
    await button('Look at the camera').click();
    await page.getByRole('heading', { name: 'A recorder with 3 channels' }).waitFor({ timeout: 60_000 });
  }

  await steps.step('of a recorder the channels are offered, and those that are chosen become cameras', async () => {
    await look('Choose Attic recorder');
    for (const n of [1, 2, 3]) await page.getByRole('img', { name: `Picture of channel ${n}` }).waitFor();
    check(await button('Choose channels to add').isDisabled(), 'nothing is chosen, and can be added');
    await box(1).check();
    await box(3).check();
    await page.getByLabel('Name of channel 3').fill('Attic window');
    await accessible(page);
    await fitsPhone(page);
    await button('Add 2 cameras').click();
    for (const name of ['Channel 1', 'Attic window']) await page.getByRole('link', { name: new RegExp(`${name}.*Live`) }).waitFor({ timeout: 60_000 });
  });

  await steps.step('the recorder stays in the list for the rest, and says how many are added', async () => {
    await go('#/cameras/add');
    await page.getByText('2 of 3 channels added').waitFor({ timeout: 30_000 });
    await look('Add more of Attic recorder');
    check((await box(1).count()) + (await box(3).count()) === 0 && (await box(2).count()) === 1, 'a channel is offered that is added, or one is not offered');
    check((await page.getByText('Already added').count()) === 2, 'it is not said which channels are added');
  });
}
