/**
 * A detector is set, tried, named on the hub's page and taken away. Called by household.mjs; the owner on `page`, the
 * second person on `other`, whom the camera is shared with, learns nothing of it.
 */
import { createServer } from 'node:http';
import { accessible, SIZES } from './browser.mjs';
import { hands } from './hands.mjs';
import { check } from './steps.mjs';

/** A program on this machine that sees a person and a car on every picture. */
async function box(host) {
  const found = ['person', 'car'].map((label, i) => ({ label, confidence: 0.9 - i / 10, x_min: 10, y_min: 10, x_max: 90, y_max: 90 }));
  const asked = { times: 0 };
  const server = createServer((question, answer) => {
    question.resume();
    question.on('end', () => {
      asked.times++;
      answer.end(JSON.stringify({ success: true, predictions: found }));
    });
  });
  await new Promise((done) => server.listen(0, host, done));
  return { asked, address: `http://${host}:${server.address().port}`, close: () => server.close() };
}

export async function detector(steps, { page, other, url, owner, camera }) {
  const { button, go, heading, prove } = hands(page);
  const section = page.getByRole('region', { name: 'Detector' });
  const exits = page.getByRole('region', { name: 'Whom this hub talks to' });
  const open = async () => {
    await go('#/cameras');
    await page.getByRole('link', { name: new RegExp(camera) }).click();
    await heading(camera);
  };
  const { asked, address, close } = await box(new URL(url).hostname);

  await steps.step('no picture leaves the hub until the owner says so', async () => {
    check((await other.getByRole('heading', { name: 'Detector' }).count()) === 0, 'whom it is shared with is told of a detector');
    await go('#/hub');
    await exits.getByText(/It talks to nobody else\.$/).waitFor({ timeout: 15_000 });
    await open();
    await section.getByText(/^This camera has no detector\./).waitFor({ timeout: 15_000 });
    await button('Set a detector').click();
    await page.getByLabel('Address', { exact: true }).fill('http://203.0.113.9:32168');
    await button('Try it').click();
    await prove(owner.password, page.getByText(/^This address is not in your house, or is the hub itself\./));
    await page.getByLabel('Address', { exact: true }).fill(address);
    await button('Try it').click();
    await page.getByText(/^It answers as a detector does/).waitFor({ timeout: 15_000 });
    check(asked.times === 1, `asked ${asked.times} times`);
    await page.getByRole('checkbox', { name: 'Package' }).uncheck();
    await page.getByRole('dialog').getByText(/^Pictures leave the hub unsealed/).waitFor();
    await accessible(page);
    await button('Send pictures there').click();
    await section.getByText(`A few pictures of each event leave the hub to ${address}.`).waitFor({ timeout: 15_000 });
    await section.getByText('What counts, from 50 % sure: Person, Vehicle, Animal').waitFor();
    await accessible(page);
  });

  await steps.step('what it recognises is what the event is called, and finds it', async () => {
    const rows = page.locator('[data-event]').filter({ hasText: 'Person' });
    // What is taken before the camera's next key frame is not the detector's to see: then the next event is.
    for (let times = 0; times < 3 && (await rows.count()) === 0; times++) {
      await open();
      await button('Record now').click();
      await go('#/events');
      await rows.first().waitFor({ timeout: 30_000 }).catch(() => undefined);
    }
    await rows.first().click();
    await page.getByText('The camera’s detector recognised it.').waitFor({ timeout: 15_000 });
    await page.getByText('Also: Vehicle, car').waitFor();
    check(asked.times > 1, 'it was shown nothing');
  });

  await steps.step('the address is on the hub’s page, on a phone too, and goes with one tap', async () => {
    await page.setViewportSize(SIZES.phone);
    await go('#/hub');
    await exits.getByText(address).waitFor({ timeout: 15_000 });
    await accessible(page);
    await exits.getByRole('link', { name: `Camera ${camera}` }).click();
    await heading(camera);
    await button('Stop sending pictures').click();
    await section.getByText(/^This camera has no detector\./).waitFor({ timeout: 15_000 });
    await page.setViewportSize(SIZES.desktop);
    await go('#/hub');
    await exits.getByText(/nobody else\.$/).waitFor({ timeout: 15_000 });
  });
  close();
}
