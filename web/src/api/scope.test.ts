import { afterEach, describe, expect, it, vi } from 'vitest';
import { Scope, type Loss } from './scope';

const anna = 'a'.repeat(32);
const bob = 'b'.repeat(32);
const secret = '5'.repeat(32);

function signedIn(answer: (path: string) => Response | Promise<Response>): { scope: Scope; losses: Loss[]; asked: string[] } {
  const losses: Loss[] = [];
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    init.signal?.throwIfAborted();
    asked.push(path);
    return answer(path);
  });
  const account = { id: anna, name: 'Anna', operator: false };
  return { scope: new Scope({ nonce: '', scope: secret, account }, (l) => losses.push(l)), losses, asked };
}

const json = (body: object, status = 200): Response => new Response(JSON.stringify(body), { status });

afterEach(() => vi.unstubAllGlobals());

describe('a scope', () => {
  it('asks below its own address only', async () => {
    const { scope, asked } = signedIn(() => json({ account: anna, cameras: [] }));
    await scope.get('cameras');
    expect(asked).toEqual([`/s/${secret}/api/cameras`]);
    expect(JSON.stringify(scope)).not.toContain(secret);
  });

  it('ends itself when an answer is for another account, and hands nothing on', async () => {
    const { scope, losses, asked } = signedIn(() => json({ account: bob, cameras: ['foreign'] }));
    await expect(scope.get('cameras')).rejects.toMatchObject({ kind: 'dropped' });
    expect(losses).toEqual(['mixed-up']);
    await expect(scope.get('cameras')).rejects.toMatchObject({ kind: 'dropped' });
    expect(asked).toHaveLength(1);
  });

  it('tells an absent thing from an ended session by asking who it is', async () => {
    const absent = signedIn((path) => (path.endsWith('/me') ? json({ account: anna }) : json({}, 404)));
    await expect(absent.scope.get('cameras/x')).rejects.toMatchObject({ kind: 'absent' });
    expect(absent.losses).toEqual([]);
    const ended = signedIn(() => json({}, 404));
    await expect(ended.scope.get('cameras/x')).rejects.toMatchObject({ kind: 'absent' });
    expect(ended.losses).toEqual(['ended']);
  });

  it('refuses an answer that was on its way when the session was closed', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((done) => {
      release = done;
    });
    const { scope, losses } = signedIn(async () => {
      await held;
      return json({ account: anna });
    });
    const late = scope.get('me');
    scope.close();
    release();
    await expect(late).rejects.toMatchObject({ kind: 'dropped' });
    expect(losses).toEqual([]);
  });

  it('asks for the password where it has to be fresh, and repeats what was asked, once', async () => {
    const again = (): Response =>
      new Response(JSON.stringify({ type: 'urn:lares:problem:password-again' }), {
        status: 403,
        headers: { 'Content-Type': 'application/problem+json' },
      });
    let proved = false;
    const given = signedIn(() => (proved ? json({ account: anna, id: 'made' }) : again()));
    given.scope.prove = async () => (proved = true);
    await expect(given.scope.post('tokens')).resolves.toMatchObject({ id: 'made' });
    expect(given.asked).toHaveLength(2);

    const refused = signedIn(again);
    refused.scope.prove = async () => false;
    await expect(refused.scope.post('tokens')).rejects.toMatchObject({ kind: 'dropped' });
    expect(refused.asked).toHaveLength(1);

    const never = signedIn(again);
    never.scope.prove = async () => true;
    await expect(never.scope.post('tokens')).rejects.toMatchObject({ kind: 'denied', reason: 'password-again' });
    expect(never.asked).toHaveLength(2);
  });

  it('takes what is shown once only with the nonce it asked with, and never asks with the same', async () => {
    const { scope, asked } = signedIn((url) => json({ account: anna, nonce: url.slice(-32), token: 'made' }));
    await expect(scope.secret('tokens/new')).resolves.toMatchObject({ token: 'made' });
    await scope.secret('tokens/new');
    expect(new Set(asked).size).toBe(2);
    const kept = signedIn(() => json({ account: anna, nonce: 'a'.repeat(32), token: 'of before' }));
    await expect(kept.scope.secret('tokens/new')).rejects.toMatchObject({ kind: 'fault' });
  });

  it('asks for what is shown once under another nonce after the password, and takes no answer to the first', async () => {
    const first = new Set<string>();
    const answering = (nonceOf: (url: string) => string) => (url: string) => {
      if (first.size > 0) return json({ account: anna, nonce: nonceOf(url), token: 'made' });
      first.add(url.slice(-32));
      const problem = { type: 'urn:lares:problem:password-again' };
      return new Response(JSON.stringify(problem), { status: 403, headers: { 'Content-Type': 'application/problem+json' } });
    };
    const fresh = signedIn(answering((url) => url.slice(-32)));
    fresh.scope.prove = async () => true;
    await expect(fresh.scope.secret('tokens/new')).resolves.toMatchObject({ token: 'made' });
    expect(fresh.asked).toHaveLength(2);
    expect(new Set(fresh.asked).size).toBe(2);

    first.clear();
    const kept = signedIn(answering(() => [...first][0] ?? ''));
    kept.scope.prove = async () => true;
    await expect(kept.scope.secret('tokens/new')).rejects.toMatchObject({ kind: 'fault' });
  });

  it('takes a page of bytes for its own account only', async () => {
    const bytes = (account: string, ...rest: number[]): Response =>
      new Response(new Uint8Array([...'FORM'].map((c) => c.charCodeAt(0)).concat(account.match(/../g)?.map((h) => Number.parseInt(h, 16)) ?? [], rest)));
    const mine = signedIn(() => bytes(anna, 1, 2));
    await expect(mine.scope.page('x', 'FORM', {})).resolves.toEqual(new Uint8Array([1, 2]));
    const foreign = signedIn(() => bytes(bob, 1, 2));
    await expect(foreign.scope.page('x', 'FORM', {})).rejects.toMatchObject({ kind: 'dropped' });
    expect(foreign.losses).toEqual(['mixed-up']);
    await expect(mine.scope.page('x', 'MORF', {})).rejects.toMatchObject({ kind: 'fault' });
  });
});
