import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Session } from './session.svelte';

const anna = { id: 'a'.repeat(32), name: 'Anna', operator: true };
const hub = { claimed: true, fingerprint: '', version: '1', demo: false };
let answer: (path: string) => Response;

beforeEach(() => {
  vi.stubGlobal('fetch', async (path: string) => answer(path));
  vi.stubGlobal('location', { hash: '#/events', protocol: 'http:', host: 'hub' });
});
afterEach(() => vi.unstubAllGlobals());

const json = (body: object, status = 200): Response => new Response(JSON.stringify(body), { status });

function door(path: string): Response {
  if (path === '/api/hub') return json(hub);
  return json({ nonce: path.slice(-32), scope: 's'.repeat(32), account: anna });
}

it('goes to the claim of a fresh hub and to the door of one that knows nobody here', async () => {
  const session = new Session();
  answer = () => json({ ...hub, claimed: false });
  await session.start();
  expect(session.phase.at).toBe('claim');
  answer = (path) => (path === '/api/hub' ? json(hub) : json({}, 401));
  await session.start();
  expect(session.phase.at).toBe('sign-in');
});

it('comes home by the cookie, and drops everything when an answer names another account', async () => {
  const session = new Session();
  answer = door;
  await session.start();
  const home = session.phase.at === 'home' ? session.phase.home : undefined;
  expect(home?.scope.account.name).toBe('Anna');
  answer = () => json({ account: 'b'.repeat(32), cameras: [{ name: 'foreign' }] });
  await home?.cameras.refresh();
  expect(session.phase).toMatchObject({ at: 'sign-in', notice: 'mixed-up' });
  expect(home?.cameras.value).toBeUndefined();
  expect(location.hash).toBe('');
});

it('signs out here even if the hub does not answer', async () => {
  const session = new Session();
  answer = door;
  await session.start();
  answer = () => {
    throw new TypeError('offline');
  };
  await session.signOut();
  expect(session.phase).toMatchObject({ at: 'sign-in', notice: 'signed-out' });
});
