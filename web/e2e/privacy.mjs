/**
 * A camera goes off the air for everybody. Called by household.mjs while the second person watches the camera on the
 * page `other`, where `decodes` asks for a picture.
 */
import { accessible } from './browser.mjs';
import { hands } from './hands.mjs';
import { check, until } from './steps.mjs';

export async function privacy(steps, { page, other, camera, decodes }) {
  const { button, go, heading } = hands(page);
  const seen = () => other.locator('video').first().evaluate((v) => getComputedStyle(v).visibility);

  await steps.step('a camera goes off the air at a tap, and nobody sees even its last picture', async () => {
    await go('#/cameras');
    await page.getByRole('link', { name: new RegExp(camera) }).click();
    await heading(camera);
    check((await seen()) === 'visible', 'the picture is hidden before');
    await button('Take off the air').click();
    await page.getByText('Off the air until you put it back on.').waitFor({ timeout: 15_000 });
    await page.getByText(/^Somebody wants this camera off the air/).waitFor({ timeout: 15_000 });
    await accessible(page);
    await until('the last picture gone', 15_000, async () => (await seen()) === 'hidden');
    await other.locator('.box').getByText('Off the air', { exact: true }).waitFor();
    check((await other.getByRole('heading', { name: 'Privacy' }).count()) === 0, 'who only watches is told when it is off the air');
    await accessible(other);
    check((await button('Record now').count()) === 0, 'a clip of nothing is offered');
    await go('#/live');
    await page.locator('.tile').getByText('Off the air', { exact: true }).waitFor({ timeout: 15_000 });
    check((await page.locator('.tile .watched').count()) === 0, 'somebody is said to watch a camera that is off the air');
    await accessible(page);
  });

  await steps.step('it has times of privacy, and is back on the air', async () => {
    await go('#/cameras');
    await page.getByRole('link', { name: new RegExp(`${camera}.*Off the air`) }).click();
    await button('Take it off the air at set times').click();
    const sheet = page.getByRole('dialog', { name: `When ${camera} is off the air` });
    await sheet.getByText(/by the hub’s clock, which shows \d{1,2}:\d\d\D* now\./).waitFor();
    await sheet.getByRole('checkbox', { name: 'Sunday' }).uncheck();
    await sheet.getByLabel('From').fill('03:00');
    await sheet.getByLabel('To').fill('03:00');
    await button('Add a time').click();
    await accessible(page);
    await button('Remove time 2').click();
    await button('Save').click();
    await page.getByText('Monday to Saturday, the whole day').waitFor({ timeout: 15_000 });
    await button('Change the times').click();
    await button('Remove time 1').click();
    await button('Save').click();
    await page.getByText('Monday to Saturday, the whole day').waitFor({ state: 'detached', timeout: 15_000 });
    await button('Put back on the air').click();
    await page.getByText('On the air.').waitFor({ timeout: 15_000 });
    await page.getByText('The camera sends pictures.').waitFor({ timeout: 20_000 });
    await until('a picture again', 20_000, async () => (await seen()) === 'visible' && (await decodes()));
  });
}
