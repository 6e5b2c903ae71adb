/**
 * Zones and masks are drawn on the picture, by pointer and by keyboard. Called by household.mjs; the owner on `page` may
 * manage the camera, the second person on `other`, who looks at its page, may not.
 */
import { accessible, SIZES } from './browser.mjs';
import { hands } from './hands.mjs';
import { check, until } from './steps.mjs';

export async function motion(steps, { page, other, camera }) {
  const { button, go, heading } = hands(page);
  const section = page.getByRole('region', { name: 'Motion' });
  const open = async () => {
    await go('#/cameras');
    await page.getByRole('link', { name: new RegExp(camera) }).click();
    await heading(camera);
    await section.getByRole('button', { name: 'Change zones and sensitivity' }).click({ timeout: 15_000 });
  };
  const name = section.getByRole('textbox', { name: 'Name' });
  const corner = (n, of) => section.getByRole('button', { name: `Corner ${n} of ${of}` });
  /** Where something is, in parts of the picture. */
  const placeOf = async (it) => {
    const [box, stage] = [await it.boundingBox(), await section.getByRole('group', { name: /^Zones and masks on/ }).boundingBox()];
    return [(box.x + box.width / 2 - stage.x) / stage.width, (box.y + box.height / 2 - stage.y) / stage.height];
  };
  const near = ([x, y], [toX, toY]) => Math.abs(x - toX) < 0.004 && Math.abs(y - toY) < 0.004;
  /** The next settings that are saved. */
  const saved = async () => {
    const asked = page.waitForRequest((r) => r.method() === 'PUT' && r.url().endsWith('/motion'));
    await button('Save').click();
    return (await asked).postDataJSON();
  };

  await steps.step('a zone is drawn by keyboard, and its corners are told', async () => {
    check((await other.getByRole('heading', { name: 'Motion' }).count()) === 0, 'who only watches is told what counts');
    await open();
    await button('Add a zone').click();
    await name.fill('Gate');
    await corner(2, 'Gate').focus();
    const before = await placeOf(corner(2, 'Gate'));
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Shift+ArrowUp');
    await section.getByText(`Corner 2: ${Math.round(100 * before[0]) + 1} % from the left, ${Math.round(100 * before[1]) - 5} % from the top.`).waitFor();
    check(near(await placeOf(corner(2, 'Gate')), [before[0] + 0.01, before[1] - 0.05]), 'the corner is elsewhere');
    await page.keyboard.press('+');
    await corner(5, 'Gate').waitFor();
    await page.keyboard.press('Delete');
    await corner(5, 'Gate').waitFor({ state: 'detached' });
    check(await corner(3, 'Gate').evaluate((el) => el === document.activeElement), 'the keyboard has no corner any more');
    await button('Move Gate').focus();
    for (let i = 0; i < 30; i++) await page.keyboard.press('Shift+ArrowLeft');
    check((await placeOf(corner(1, 'Gate')))[0] < 0.004, 'the zone is not at the edge');
    await accessible(page);
  });

  await steps.step('and a mask by pointer, on a phone too', async () => {
    await page.setViewportSize(SIZES.phone);
    await button('Add a mask').click();
    const drag = async (it, to) => {
      await it.scrollIntoViewIfNeeded();
      const [box, stage] = [await it.boundingBox(), await section.getByRole('group', { name: /^Zones and masks on/ }).boundingBox()];
      await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
      await page.mouse.down();
      await page.mouse.move(stage.x + to[0] * stage.width, stage.y + to[1] * stage.height, { steps: 4 });
      await page.mouse.up();
    };
    await drag(corner(3, 'Mask 1'), [0.9, 0.95]);
    await until('the corner where it was put', 5000, async () => near(await placeOf(corner(3, 'Mask 1')), [0.9, 0.95]));
    await drag(section.locator('.side').first(), [0.6, 0.1]);
    await until('a corner more', 5000, async () => near(await placeOf(corner(2, 'Mask 1')), [0.6, 0.1]));
    const [x] = await placeOf(corner(4, 'Mask 1'));
    await drag(button('Move Mask 1'), [0.98, 0.5]);
    await until('the mask moved, and whole', 5000, async () => (await placeOf(corner(4, 'Mask 1')))[0] > Math.max(x, 0.99));
    await accessible(page);
    await page.setViewportSize(SIZES.desktop);
  });

  await steps.step('two zones of one name are not saved, and it is said why', async () => {
    await button('Add a zone').click();
    await name.fill(' Gate ');
    await button('Save').click();
    await section.getByRole('alert').getByText('Another zone has this name.').waitFor();
    await accessible(page);
    await button('Delete the zone').click();
  });

  await steps.step('what is saved holds, and is said in words', async () => {
    await button('Choose Gate').click();
    await section.getByLabel('Smallest size').selectOption({ label: '2% of the picture' });
    await section.getByLabel('Shortest time').selectOption({ label: '3 seconds' });
    await section.getByRole('slider', { name: 'Sensitivity' }).fill('70');
    const { off, settings } = await saved();
    const [gate] = settings.zones;
    check(!off && settings.sensitivity === 70 && settings.zones.length === 1 && settings.masks.length === 1, `saved ${JSON.stringify(settings)}`);
    check(gate.name === 'Gate' && gate.min_area === 0.02 && gate.min_duration_ms === 3000 && gate.polygon.length === 4, `saved ${JSON.stringify(gate)}`);
    await section.getByText('One zone counts: Gate.').waitFor({ timeout: 15_000 });
    await page.reload();
    await heading(camera);
    await section.getByText('One part of the picture is left out.').waitFor({ timeout: 15_000 });
    await section.getByText('More than usual: what is small or far away counts, too.').waitFor();
    await button('Stop looking').click();
    await section.getByText(/^The hub does not look\./).waitFor({ timeout: 15_000 });
    await accessible(page);
    await button('Look for motion').click();
    await section.getByText('One zone counts: Gate.').waitFor({ timeout: 15_000 });
  });

  await steps.step('where it moves is shown while zones are drawn, until it is hidden', async () => {
    await open();
    await section.locator('canvas').waitFor({ timeout: 60_000 });
    await section.getByText(/moves now|stirs/).first().waitFor();
    await accessible(page);
    await button('Hide what moves').click();
    await section.locator('canvas').waitFor({ state: 'detached' });
    let asked = 0;
    const count = (r) => void (asked += r.url().endsWith('/motion/heat'));
    page.on('request', count);
    await page.waitForTimeout(2500); // longer than from one question to the next
    page.off('request', count);
    check(asked <= 1, `${asked} questions for what is hidden`); // one may have been under way
    await button('Show what moves').click();
    await section.locator('canvas').waitFor({ timeout: 15_000 });
  });

  await steps.step('a preset sets the limits of the zones that are there', async () => {
    const suits = section.getByLabel('Preset');
    await suits.selectOption({ label: 'A garden' });
    await section.getByText(/^Something has to move for a second/).waitFor();
    check((await section.getByLabel('Shortest time').inputValue()) === '1000', 'the zone shows another time');
    await accessible(page);
    await section.getByLabel('Shortest time').selectOption({ label: '3 seconds' });
    check((await suits.inputValue()) === 'own', 'what was changed still goes by the name of the preset');
    await suits.selectOption({ label: 'The dark' });
    const { settings } = await saved();
    const [gate] = settings.zones;
    check(settings.sensitivity === 40 && gate.name === 'Gate' && gate.min_area === 0.003 && gate.min_duration_ms === 1000, `saved ${JSON.stringify(settings)}`);
    await section.getByText('One zone counts: Gate.').waitFor({ timeout: 15_000 });
  });

  await steps.step('and the hub has it, for who comes back', async () => {
    const told = page.waitForResponse((r) => r.request().method() === 'GET' && r.url().endsWith('/motion'), { timeout: 15_000 });
    await page.reload();
    const { settings } = (await (await told).json()).motion;
    const [gate] = settings.zones;
    check(settings.sensitivity === 40 && gate.min_area === 0.003 && gate.min_duration_ms === 1000, `the hub has ${JSON.stringify(settings)}`);
    await heading(camera);
    await section.getByText('Preset: The dark.').waitFor({ timeout: 15_000 });
    await section.getByRole('button', { name: 'Change zones and sensitivity' }).click();
    const chosen = section.getByLabel('Preset').locator('option:checked');
    check((await chosen.innerText()) === 'The dark', `the preset is ${await chosen.innerText()}`);
    check((await section.getByLabel('Shortest time').inputValue()) === '1000', 'the zone shows another time');
    await button('Cancel').click();
  });

  await steps.step('the whole picture counts again when nothing is drawn', async () => {
    await open();
    await button('Delete the zone').click();
    await button('Delete the mask').click();
    await section.getByText(/^The whole picture counts\. With a zone/).waitFor();
    await button('Cancel').click();
    await section.getByText('One zone counts: Gate.').waitFor();
    await open();
    await button('Delete the zone').click();
    await button('Delete the mask').click();
    const { settings } = await saved();
    check(!settings.zones && !settings.masks, `saved ${JSON.stringify(settings)}`);
    await section.getByText('The whole picture counts.', { exact: true }).waitFor({ timeout: 15_000 });
  });
}
