/**
 * A camera that refuses its password gets the right one by its owner, by keyboard, and another name: nothing is added
 * anew. Called by hub.mjs; `account` is the owner's password here.
 */
import { accessible, fitsPhone } from './browser.mjs';
import { hands } from './hands.mjs';
import { check } from './steps.mjs';

export async function access(steps, { page, env, account, camera }) {
  const { button, go, heading, prove } = hands(page);
  const sheet = page.getByRole('dialog', { name: `How ${camera} is reached` });

  await steps.step('its owner enters the right password, by keyboard', async () => {
    await page.getByRole('link', { name: new RegExp(camera) }).click();
    await heading(camera);
    await button('Enter the right password').focus();
    await fitsPhone(page);
    await page.keyboard.press('Enter');
    const secret = sheet.getByLabel('Camera password', { exact: true });
    await secret.waitFor({ timeout: 15_000 });
    check(await secret.evaluate((e) => e === document.activeElement), 'the password is not where the keys go');
    check((await secret.inputValue()) === '', 'the hub told the password');
    await accessible(page);
    await fitsPhone(page);

    // An address that the password was not given for is said at the field.
    await sheet.getByText('Addresses', { exact: true }).click();
    const main = sheet.getByLabel('Stream address', { exact: true });
    await main.fill('rtsp://192.0.2.7/other');
    await page.keyboard.press('Enter');
    const done = sheet.getByText(/For new ones, type it again\.$/);
    await prove(account, done);
    await done.waitFor({ timeout: 15_000 });
    check(await secret.evaluate((e) => e === document.activeElement), 'what is wrong is not where the keys go');
    await accessible(page);
    await fitsPhone(page);
    await main.fill(env.LARES_CAMERA_MAIN);
    await sheet.getByRole('radio', { name: 'TCP' }).check();
    await secret.fill(env.LARES_CAMERA_PASSWORD);
    await page.keyboard.press('Enter');
    await sheet.waitFor({ state: 'detached', timeout: 45_000 }); // the hub asks the camera first
    await page.getByText('The camera sends pictures.').waitFor({ timeout: 20_000 });
    check(!(await page.locator('main').innerText()).includes(env.LARES_CAMERA_PASSWORD), 'the page shows the camera password');
    await page.getByRole('heading', { name: 'How it is reached' }).waitFor();
    await fitsPhone(page);
  });

  await steps.step('and gives it another name', async () => {
    await button(`Rename ${camera}`).click();
    const name = page.getByRole('dialog').getByLabel('Name', { exact: true });
    await accessible(page);
    await name.fill('Iron gate');
    await fitsPhone(page);
    await name.press('Enter');
    await heading('Iron gate');
    await go('#/journal');
    await page.getByText('You changed how Iron gate is reached.').first().waitFor({ timeout: 15_000 });
    await page.getByText('You gave Iron gate its name.').first().waitFor();
  });
}
