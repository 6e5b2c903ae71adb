import { afterEach, describe, expect, it, vi } from 'vitest';
import { openLink, takeSecret } from './guest';

const secret = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG';
afterEach(() => vi.unstubAllGlobals());

describe('a guest link', () => {
  it('gives its secret once and leaves it in no history', () => {
    const past: unknown[] = [];
    const replaceState = (...args: unknown[]): void => void past.push(args[2]);
    expect(takeSecret({ hash: `#${secret}`, pathname: '/guest' }, { replaceState })).toBe(secret);
    expect(takeSecret({ hash: '#<script>', pathname: '/guest' }, { replaceState })).toBeUndefined();
    expect(past).toEqual(['/guest', '/guest']);
    expect(takeSecret({ hash: '', pathname: '/guest' }, { replaceState })).toBeUndefined();
  });

  it("drops an answer that carries another guest's nonce", async () => {
    const clip = { start: '', duration_ms: 1 };
    vi.stubGlobal('fetch', async (path: string) => new Response(JSON.stringify({ nonce: path.slice(-32), scope: 's', expires: '', clip })));
    await expect(openLink(secret)).resolves.toMatchObject({ scope: 's' });
    vi.stubGlobal('fetch', async () => new Response(JSON.stringify({ nonce: 'f'.repeat(32), scope: 's', expires: '', clip })));
    await expect(openLink(secret)).rejects.toMatchObject({ kind: 'fault' });
  });
});
