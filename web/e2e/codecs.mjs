/**
 * Cameras that send what not every browser plays: H.265, G.711, a picture whose size changes. Called by hub.mjs, whose
 * settings `env` are.
 */
import { accessible, fitsPhone } from './browser.mjs';
import { hands } from './hands.mjs';
import { recordSound } from './plan.mjs';
import { check, until } from './steps.mjs';

export async function codecs(steps, { page, env, clip, addCamera, removeCamera }) {
  const { button } = hands(page);

  if (env.LARES_CAMERA_H265 && env.LARES_CAMERA_SUB) {
    const plays = await page.evaluate(() => MediaSource.isTypeSupported('video/mp4; codecs="hvc1.1.6.L93.90"'));
    await steps.step(`H.265, which this browser ${plays ? 'plays' : 'does not play'}, gives a picture`, async () => {
      await addCamera('Driveway', { main: env.LARES_CAMERA_H265, sub: env.LARES_CAMERA_SUB, password: env.LARES_CAMERA_PASSWORD });
      await page.getByText('The camera sends pictures.').waitFor({ timeout: 20_000 });
      await recordSound(page, 'Driveway');
      await page.locator('.tile a').click();
      const video = page.locator('video').first();
      await until('a decoded picture', 20_000, () => video.evaluate((v) => v.readyState >= 2 && v.videoWidth > 0));
      const note = page.getByText('This browser cannot play H.265: showing the small stream');
      if (!plays) await note.waitFor({ timeout: 10_000 }).catch(() => undefined);
      check((await note.isVisible()) === !plays, `the note of the small stream is ${plays ? 'shown' : 'missing'}`);
      await accessible(page);
    });

    await steps.step('and its clip plays or names the reason', async () => {
      await button('Record now').click();
      await page.getByRole('status').getByRole('link', { name: 'Events', exact: true }).click();
      const reason = page.getByRole('heading', { name: 'This browser cannot play H.265' });
      await (plays ? clip : reason).waitFor({ timeout: 60_000 });
      await accessible(page);
      await fitsPhone(page);
    });

    await steps.step('G.711 is downloaded as FLAC, or as it was recorded', async () => {
      for (const [which, words] of [
        ['Download', 'Sound: FLAC, converted without loss from G.711 A-law'],
        ['With the original sound (G.711 A-law)', 'Sound: G.711 A-law, as the camera sent it'],
      ]) {
        const [download] = await Promise.all([page.waitForEvent('download', { timeout: 20_000 }), button(which).click()]);
        check(!(await download.failure()), `${which}: download failed`);
        await page.getByText(words).waitFor({ timeout: 5_000 });
      }
      await removeCamera('Driveway');
    });
  }

  if (env.LARES_CAMERA_PARTS) {
    await steps.step('an event of several parts plays from one to the next', async () => {
      await addCamera('Yard', { main: env.LARES_CAMERA_PARTS, password: env.LARES_CAMERA_PASSWORD });
      await page.getByText('The camera sends pictures').waitFor({ timeout: 20_000 });
      await button('Record now').click();
      await page.getByRole('status').getByRole('link', { name: 'Events', exact: true }).click();
      const parts = page.getByRole('region', { name: 'Parts of this event' });
      await until('three parts', 60_000, async () => (await parts.getByRole('button').count()) >= 3);
      await parts.getByRole('button').first().click();
      await parts.getByText(/^Part 1 of/).waitFor({ timeout: 5_000 });
      await clip.waitFor({ timeout: 20_000 });
      await clip.evaluate((v) => v.play().catch(() => undefined)); // it plays already, and may be over
      await parts.getByText(/^Part [2-9] of/).waitFor({ timeout: 20_000 });
      check((await parts.locator('[aria-current=true]').count()) === 1, 'not one part is marked');
      await accessible(page);
      await fitsPhone(page);
    });

    await steps.step('and each part downloads', async () => {
      await button('Download').click();
      await accessible(page);
      await fitsPhone(page);
      for (const which of ['Download part 1', 'Download part 2']) {
        const [download] = await Promise.all([page.waitForEvent('download', { timeout: 20_000 }), button(which).click({ timeout: 20_000 })]);
        check(!(await download.failure()), `${which}: download failed`);
      }
      await button('Close').click();
      await removeCamera('Yard');
    });
  }
}
