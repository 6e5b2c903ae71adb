import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Scope } from '../api/scope';
import type { HubEvent } from '../api/types';
import { EventFeed, merge } from './events.svelte';

const event = (n: number, more: Partial<HubEvent> = {}): HubEvent => ({
  id: n.toString(16).padStart(32, '0'),
  camera: 'c'.repeat(32),
  clips: [],
  kind: 'motion',
  start: new Date(Date.UTC(2026, 0, 1, 0, 0, n)).toISOString(),
  thumbnail: true,
  recording: false,
  ...more,
});

const ids = (list: HubEvent[]): number[] => list.map((e) => Number.parseInt(e.id, 16));

it('merges newest first and takes the newer word', () => {
  const merged = merge([event(3, { recording: true }), event(1)], [event(4), event(3)]);
  expect(ids(merged)).toEqual([4, 3, 1]);
  expect(merged[1]?.recording).toBe(false);
});

it('pages back, keeps its head fresh and drops what the newest page no longer holds', async () => {
  const all = Array.from({ length: 70 }, (_, i) => event(70 - i));
  let size = 50;
  vi.stubGlobal('fetch', async (path: string) => {
    const search = new URL(path, 'http://hub').searchParams;
    const from = Number(search.get('before') ?? 0);
    const events = all.slice(from, from + size);
    const next = from + size < all.length ? String(from + size) : undefined;
    return new Response(JSON.stringify({ account: 'a', events, next }));
  });
  const feed = new EventFeed(new Scope({ nonce: '', scope: 's', account: { id: 'a', name: '', operator: false } }, () => undefined), undefined);
  await feed.refresh();
  expect(ids(feed.events)).toHaveLength(50);
  await feed.older();
  expect(ids(feed.events)).toHaveLength(70);
  expect(feed.more).toBe(false);
  all.splice(5, 1); // deleted elsewhere
  all.unshift(event(71));
  await feed.refresh();
  expect(ids(feed.events)).toContain(71);
  expect(ids(feed.events)).not.toContain(65);
  expect(ids(feed.events)).toHaveLength(70);
  size = 20; // a page of events with many parts is shorter
  await feed.refresh();
  expect(ids(feed.events)).toHaveLength(70);
  all.length = 10; // and without a next there is nothing older
  await feed.refresh();
  expect(ids(feed.events)).toHaveLength(10);
  vi.unstubAllGlobals();
});

it('asks for what is looked for, and goes on from a page that found nothing', async () => {
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (path: string) => {
    asked.push(new URL(path, 'http://hub').search);
    const first = asked.length === 1;
    return new Response(JSON.stringify({ account: 'a', events: first ? [] : [event(1)], ...(first ? { next: 'far' } : {}) }));
  });
  const scope = new Scope({ nonce: '', scope: 's', account: { id: 'a', name: '', operator: false } }, () => undefined);
  const feed = new EventFeed(scope, { camera: undefined, kind: 'motion', text: 'red van', star: true });
  await feed.refresh();
  expect([feed.ready, feed.more, feed.events.length]).toEqual([true, true, 0]);
  await feed.older();
  expect(ids(feed.events)).toEqual([1]);
  expect(feed.pages).toBe(1);
  expect(asked).toEqual(['?kind=motion&text=red+van&star=true&limit=50', '?kind=motion&text=red+van&star=true&before=far&limit=50']);
  feed.put(event(1, { star: true }));
  expect(feed.events[0]?.star).toBe(true);
  feed.drop(event(1).id);
  expect(feed.events).toEqual([]);
  vi.unstubAllGlobals();
});

describe('what the hub tells', () => {
  const scope = new Scope({ nonce: '', scope: 's', account: { id: 'a', name: '', operator: false } }, () => undefined);
  let answers: (() => void)[];
  let listed: HubEvent[];
  let next: string | undefined;

  beforeEach(() => {
    answers = [];
    listed = [event(3), event(2)];
    next = 'far';
    vi.stubGlobal('fetch', (path: string) => {
      const body = JSON.stringify({ account: 'a', events: listed, next: path.includes('before') ? undefined : next });
      return new Promise((answer) => answers.push(() => answer(new Response(body))));
    });
  });
  afterEach(() => vi.unstubAllGlobals());

  /** Lets everything go on that waits for nothing but its turn. */
  const settle = (): Promise<void> => new Promise((go) => setTimeout(go));
  const answer = async (): Promise<void> => {
    answers.shift()?.();
    await settle();
  };

  it('is shown without asking, unless one has not scrolled to it', async () => {
    const feed = new EventFeed(scope, { camera: 'c'.repeat(32) });
    void feed.refresh();
    await answer();
    feed.event(event(4));
    feed.event(event(3, { star: true }));
    feed.event(event(1));
    feed.event(event(5, { camera: 'd'.repeat(32) }));
    expect(ids(feed.events)).toEqual([4, 3, 2]);
    expect(feed.events[1]?.star).toBe(true);
    expect(answers).toHaveLength(0);
  });

  it('stays when an older answer comes after it, and what was deleted stays away', async () => {
    const feed = new EventFeed(scope);
    void feed.refresh();
    await answer();
    void feed.refresh();
    feed.event(event(4));
    feed.drop(event(3).id);
    await answer();
    expect(ids(feed.events)).toEqual([4, 2]);
    feed.event(event(3));
    expect(ids(feed.events)).toEqual([4, 2]);
  });

  it('makes a search ask again, one request at a time and none left out', async () => {
    const feed = new EventFeed(scope, { text: 'van' });
    void feed.refresh();
    await answer();
    feed.event(event(4));
    feed.event(event(5));
    feed.event(event(6));
    expect(ids(feed.events)).toEqual([3, 2]);
    expect(answers).toHaveLength(1);
    listed = [event(6), event(3), event(2)];
    await answer();
    expect(answers).toHaveLength(1);
    await answer();
    expect(ids(feed.events)).toEqual([6, 3, 2]);
    expect(answers).toHaveLength(0);
    feed.anew();
    expect(answers).toHaveLength(1);
    await answer();
  });
});
