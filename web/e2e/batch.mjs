/**
 * Several cameras of one maker are found, looked at and added with one password. Called by control.mjs: “Batch hall”
 * and “Batch stairs” take it, “Batch cellar” does not. The hall's clock is two days behind, and the key pictures of
 * both are far apart.
 */
import { accessible, fitsPhone } from './browser.mjs';
import { hands } from './hands.mjs';
import { check, until } from './steps.mjs';

export async function batch(steps, { page }) {
  const { button, go, heading } = hands(page);
  const warnings = page.getByRole('list').filter({ has: page.getByText(/key picture each/) });

  await steps.step('a camera that was found says what could be better, and each change is agreed to by itself', async () => {
    await go('#/cameras/add');
    for (const name of ['hall', 'stairs', 'cellar']) await button(`Choose Batch ${name}`).waitFor({ timeout: 30_000 });
    await button('Choose Batch hall').click();
    await page.getByLabel('Camera user name').fill('viewer');
    await page.getByLabel('Camera password', { exact: true }).fill('camera secret');
    await button('Look at the camera').click();
    await page.getByText('The camera’s clock is 2 days behind the hub’s.').waitFor({ timeout: 60_000 });
    await button('Set more key pictures').waitFor();
    await accessible(page);
    await fitsPhone(page);
    await button('Set the camera’s clock').click();
    await page.getByText('The camera’s clock agrees with the hub’s.').waitFor({ timeout: 60_000 });
    check((await button('Set the camera’s clock').count()) === 0, 'what was changed is offered again');
    await warnings.waitFor();
    await button('Set more key pictures').waitFor();
  });

  await steps.step('others of its maker are added with the same password, and what does not take it stays in the list', async () => {
    for (const name of ['stairs', 'cellar']) await page.getByRole('checkbox', { name: new RegExp(`^Batch ${name}`) }).check();
    check(!(await page.getByRole('checkbox', { name: /^Batch hall/ }).count()), 'the camera itself is among the others');
    await accessible(page);
    await button('Add camera').click();
    await page.getByText('Batch cellar could not be added with this password. It is still in the list.').waitFor({ timeout: 90_000 });
    await page.getByRole('heading', { name: 'Batch stairs', level: 2 }).waitFor({ timeout: 30_000 });
    check((await page.getByRole('heading', { name: /^Batch (hall|cellar)/, level: 2 }).count()) === 0, 'cameras are told of that were not added beside the first');
    await warnings.waitFor();
    await accessible(page);
    await button('Set more key pictures').click();
    await page.getByText('It was added, and nothing is left to improve.').waitFor({ timeout: 60_000 });
    check((await warnings.count()) === 0, 'what was changed is still warned of');
    await button('Done').click();
    await heading('Batch hall');
    await page.getByText('The camera sends pictures.').waitFor({ timeout: 30_000 });
    await go('#/cameras');
    await page.getByRole('link', { name: /Batch stairs.*Live/ }).waitFor({ timeout: 30_000 });
    check((await page.getByRole('link', { name: /Batch cellar/ }).count()) === 0, 'a camera that refused the password was added');
    await go('#/cameras/add');
    await button('Choose Batch cellar').waitFor({ timeout: 30_000 });
    await until('the others marked as added', 30_000, async () => (await button('Choose Batch hall').count()) + (await button('Choose Batch stairs').count()) === 0);
    await accessible(page);
  });
}
