import { accessible } from './browser.mjs';

/** What one person can do on a page. */
export function hands(page) {
  const button = (label) => page.getByRole('button', { name: label, exact: true });
  return {
    button,
    go: (hash) => page.evaluate((to) => void (location.hash = to), hash),
    heading: (name) => page.getByRole('heading', { name, level: 1 }).waitFor({ timeout: 15_000 }),
    signIn: async (name, password) => {
      await page.getByLabel('Name', { exact: true }).fill(name);
      await page.getByLabel('Password', { exact: true }).fill(password);
      await button('Sign in').click();
    },
    /** Gives the password, where the page asks whether it is really the same person. */
    prove: async (password, then) => {
      const sheet = page.getByRole('dialog', { name: 'Is it you?' });
      await sheet.or(then).first().waitFor({ timeout: 15_000 });
      if (!(await sheet.isVisible())) return;
      await accessible(page);
      await sheet.getByLabel('Password', { exact: true }).fill(password);
      await sheet.getByRole('button', { name: 'Continue' }).click();
      await then.waitFor({ timeout: 20_000 });
    },
  };
}
