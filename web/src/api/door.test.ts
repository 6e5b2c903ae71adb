import { afterEach, describe, expect, it, vi } from 'vitest';
import { newNonce, resume, signIn } from './door';

const account = { id: 'a'.repeat(32), name: 'Anna', operator: true };
const reply = (body: object, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers });

afterEach(() => vi.unstubAllGlobals());

describe('signing in', () => {
  it('draws a fresh nonce of 128 bits for every request', async () => {
    const paths: string[] = [];
    vi.stubGlobal('fetch', async (path: string) => {
      paths.push(path);
      return reply({ nonce: path.split('/').at(-1), scope: 's', account });
    });
    await signIn('Anna', 'p');
    await resume();
    expect(paths[0]).toMatch(/^\/api\/sign-in\/[0-9a-f]{32}$/);
    expect(paths[1]).toMatch(/^\/api\/resume\/[0-9a-f]{32}$/);
    expect(new Set([...paths.map((p) => p.slice(-32)), newNonce()]).size).toBe(3);
  });

  it("drops an answer that carries somebody else's nonce", async () => {
    vi.stubGlobal('fetch', async () => reply({ nonce: 'f'.repeat(32), scope: 's', account }));
    await expect(signIn('Anna', 'p')).rejects.toMatchObject({ kind: 'fault' });
  });

  it('tells wrong credentials, throttling and silence apart', async () => {
    const problem = { 'Content-Type': 'application/problem+json' };
    vi.stubGlobal('fetch', async () => reply({ status: 401 }, 401, problem));
    await expect(signIn('Anna', 'p')).rejects.toMatchObject({ kind: 'wrong' });
    vi.stubGlobal('fetch', async () => reply({ status: 429 }, 429, { ...problem, 'Retry-After': '30' }));
    await expect(signIn('Anna', 'p')).rejects.toMatchObject({ kind: 'throttled', retryAfter: 30 });
    vi.stubGlobal('fetch', async () => Promise.reject(new TypeError('failed')));
    await expect(signIn('Anna', 'p')).rejects.toBeInstanceOf(TypeError);
  });

  it('asks once more on another connection when told it was misdirected', async () => {
    let asked = 0;
    vi.stubGlobal('fetch', async (path: string) =>
      ++asked === 1 ? reply({}, 421) : reply({ nonce: path.slice(-32), scope: 's', account }),
    );
    await expect(signIn('Anna', 'p')).resolves.toMatchObject({ scope: 's' });
    expect(asked).toBe(2);
  });
});
