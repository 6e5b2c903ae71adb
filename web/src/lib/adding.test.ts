import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Home } from '../api/home.svelte';
import { Scope } from '../api/scope';
import type { Candidate, Probe } from '../api/types';
import { addChannels, addOthers, MOST_NAME } from './adding';
import { picksOf } from './channels';

const account = 'a'.repeat(32);
const seen = (id: string, channels: number, more: Partial<Probe> = {}): Probe => ({
  account, id, state: 'ready', device: { vendor: '', model: '', firmware: '', serial: '' }, streams: [], warnings: [], fixed: [], unfixed: [],
  channels: Array.from({ length: channels }, (_, i) => ({ number: i + 1, source: `s${i + 1}`, name: '', added: false })), ...more,
});
const candidate = (id: string, name: string): Candidate => ({ id, name, vendor: 'Acme', model: '', address: '192.0.2.1', speaks: ['onvif'], added: false, heard: '' });

interface Asked {
  path: string;
  body: Record<string, unknown>;
}

/** A home at a hub that answers so to what is sent to it, and what it was sent. */
function homeAt(answer: (asked: Asked) => Response): { home: Home; asked: Asked[]; told: () => string[] } {
  const asked: Asked[] = [];
  vi.stubGlobal('fetch', async (url: string, { method, body }: { method: string; body?: string }) => {
    if (method === 'GET') return json({ cameras: [] });
    const one = { path: url.replace(/^.*\/api\//, ''), body: JSON.parse(body ?? '{}') as Record<string, unknown> };
    asked.push(one);
    return answer(one);
  });
  const home = new Home(new Scope({ nonce: '', scope: 's', account: { id: account, name: '', operator: false } }, () => undefined));
  return { home, asked, told: () => home.toasts.list.map((t) => t.text) };
}

const json = (body: object, status = 200): Response => new Response(JSON.stringify({ account, ...body }), { status });
const problem = (status: number, detail: string): Response =>
  new Response(JSON.stringify({ detail }), { status, headers: { 'Content-Type': 'application/problem+json' } });

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('the channels of a recorder', () => {
  const picks = () => picksOf(seen('p', 3)).map((p) => ({ ...p, name: ` Yard ${p.number} `, chosen: p.number !== 2 }));

  it('are added as they were chosen and named', async () => {
    const { home, asked, told } = homeAt(({ body }) => json({ camera: { id: `c-${String(body['source'])}` } }));
    const all = picks();
    expect(await addChannels(home, 'p', all)).toEqual(['c-s1', 'c-s3']);
    expect(asked.map((a) => a.body)).toEqual([
      { name: 'Yard 1', probe: 'p', source: 's1' },
      { name: 'Yard 3', probe: 'p', source: 's3' },
    ]);
    expect(all.map((p) => p.added)).toEqual([true, false, true]);
    expect(told()).toEqual(['2 cameras added.']);
  });

  it('stay added where a later one is refused, which is tried alone the next time', async () => {
    let full = true;
    const { home, asked, told } = homeAt(({ body }) => (body['source'] === 's3' && full ? problem(409, 'No.') : json({ camera: { id: 'c' } })));
    const all = picks();
    await expect(addChannels(home, 'p', all)).rejects.toMatchObject({ kind: 'taken' });
    expect(all.map((p) => p.added)).toEqual([true, false, false]);
    expect(told()).toEqual(['1 camera added.']);
    full = false;
    await addChannels(home, 'p', all);
    expect(asked.map((a) => a.body['source'])).toEqual(['s1', 's3', 's3']);
  });
});

describe('more of the same maker', () => {
  const signIn = { username: 'admin', password: 'secret' };

  it('are looked at with the same password, and each that is not added is said with its reason', async () => {
    const ends: Record<string, () => Response> = {
      good: () => json(seen('p-good', 1)),
      other: () => json(seen('p-other', 1, { state: 'wrong password' })),
      many: () => json(seen('p-many', 4)),
      blind: () => json(seen('p-blind', 0, { state: 'no video', message: 'It sends no pictures.' })),
      busy: () => problem(409, 'Somebody else looks at it.'),
    };
    const { home, asked, told } = homeAt(({ path, body }) => (path === 'probes' ? ends[String(body['candidate'])]!() : json({ camera: { id: 'c' } })));
    const others = Object.keys(ends).map((id) => candidate(id, `${id} ${'x'.repeat(MOST_NAME)}`));
    const added = await addOthers(home, others, signIn);
    expect(added.map((a) => a.seen.id)).toEqual(['p-good']);
    expect(asked.filter((a) => a.path === 'probes').map((a) => a.body)).toEqual(Object.keys(ends).map((id) => ({ candidate: id, ...signIn })));
    const [only, ...more] = asked.filter((a) => a.path === 'cameras');
    expect(more).toEqual([]);
    expect(only?.body['probe']).toBe('p-good');
    expect(String(only?.body['name'])).toHaveLength(MOST_NAME);
    expect(told()).toHaveLength(4);
    for (const [name, reason] of [['blind', 'It sends no pictures.'], ['busy', 'Somebody else looks at it.'], ['other', ''], ['many', '']]) {
      expect(told().filter((t) => t.includes(`${name} `) && t.includes(reason ?? ''))).toHaveLength(1);
    }
  });

  it('are no others where none were chosen', async () => {
    const { home, asked, told } = homeAt(() => json({}));
    expect(await addOthers(home, [], signIn)).toEqual([]);
    expect([asked, told()]).toEqual([[], []]);
  });
});
