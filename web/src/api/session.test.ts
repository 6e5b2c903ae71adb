import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { readNarrowing, writeNarrowing } from '../lib/filters';
import { Session } from './session.svelte';

const anna = { id: 'a'.repeat(32), name: 'Anna', operator: true };
const hub = { claimed: true, fingerprint: '', key: '', version: '1', demo: false };
let answer: (path: string) => Response;

beforeEach(() => {
  vi.stubGlobal('fetch', async (path: string) => answer(path));
  vi.stubGlobal('location', { hash: '#/events?text=van', protocol: 'http:', host: 'hub', replace: (to: string) => (location.hash = to.slice(1)) });
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
  const behind = new URLSearchParams(writeNarrowing({ text: 'van' })); // of an address that Back leads to
  expect(readNarrowing(behind)).toEqual({ text: 'van' });
  answer = () => {
    throw new TypeError('offline');
  };
  await session.signOut();
  expect(session.phase).toMatchObject({ at: 'sign-in', notice: 'signed-out' });
  expect(readNarrowing(behind)).toEqual({});
});

it('opens an invitation, takes its code out of the address, and asks who is signed in to leave first', async () => {
  const replaced: string[] = [];
  vi.stubGlobal('history', { replaceState: (_: unknown, __: string, to: string) => replaced.push(to) });
  vi.stubGlobal('location', { hash: '#invite=ABCD-EFGH', pathname: '/', protocol: 'http:', host: 'hub' });
  const session = new Session();
  answer = door;
  await session.start();
  expect(replaced).toEqual(['/']);
  expect(session.phase).toMatchObject({ at: 'invited', code: 'ABCD-EFGH', home: { scope: { account: anna } } });
  answer = (path) => (path.endsWith('sign-out') ? new Response(null, { status: 204 }) : door(path));
  await session.signOut();
  expect(session.phase).toMatchObject({ at: 'invited', code: 'ABCD-EFGH' });
  expect(session.phase).not.toHaveProperty('home');
  await session.accept(hub, 'ABCD-EFGH', 'Bob', 'a long password');
  expect(session.phase).toMatchObject({ at: 'home', welcome: { why: 'accepted' } });
});

it('goes on under the new scope after new keys, and drops what was open under the old one', async () => {
  const session = new Session();
  answer = door;
  await session.start();
  const old = session.phase.at === 'home' ? session.phase.home : undefined;
  if (!old) throw new Error('not at home');
  session.rotated(old, { nonce: 'e'.repeat(32), account: anna.id, scope: 'n'.repeat(32), recovery: 'AAAA-BBBB', ended_sessions: 2, ended_tokens: 1, ended_links: 3 });
  expect(session.phase).toMatchObject({ at: 'home', welcome: { why: 'rotated', code: 'AAAA-BBBB', ended: { sessions: 2, tokens: 1, links: 3 } } });
  await expect(old.scope.get('cameras')).rejects.toMatchObject({ kind: 'dropped' });
  const fresh = session.phase.at === 'home' ? session.phase.home : undefined;
  expect(fresh?.scope.media('x')).toBe(`/s/${'n'.repeat(32)}/api/x`);
  session.settled();
  expect(session.phase).not.toHaveProperty('welcome');
});
