import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Playhead } from './playhead.svelte';
import type { Cover, Reel } from './reel';

const FRAME_MS = 16;
const zero = Date.parse('2026-06-01T10:00:00Z');
const at = (s: number): number => zero + s * 1000;

beforeEach(() => {
  vi.useFakeTimers({ now: at(3600) });
  vi.stubGlobal('requestAnimationFrame', (then: (t: number) => void) => setTimeout(() => then(performance.now()), FRAME_MS));
  vi.stubGlobal('cancelAnimationFrame', (n: number) => clearTimeout(n));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

/** A camera that has what `has` says, and plays in step unless `plays` says otherwise. */
function camera(name: string, has: (at: number) => Cover, plays: (at: number) => number | undefined = (t) => t + FRAME_MS) {
  const did: string[] = [];
  const stepped: ((at: number) => void)[] = [];
  const reel = {
    camera: name,
    cover: (t: number) => has(t),
    play: (t: number, _: number, ahead?: number) => (did.push(ahead === undefined ? `play ${(t - zero) / 1000}` : 'play'), plays(t)),
    freeze: (_: number, keys: boolean) => (did.push(keys ? 'key' : 'freeze'), true),
    step: () => (did.push('step'), new Promise<number>((go) => stepped.push(go))),
    pause: () => void did.push('pause'),
    retry: () => void did.push('retry'),
    close: () => void did.push('close'),
  };
  return { reel: reel as unknown as Reel, did, stepped };
}

function begin(...cameras: { reel: Reel }[]): Playhead {
  const head = new Playhead(at(0));
  for (const { reel } of cameras) head.add(reel);
  return head;
}

describe('one clock for all cameras', () => {
  it('waits for a camera that is late, but not for ever where another one has pictures', async () => {
    const [a, b] = [camera('a', () => 'media'), camera('b', () => 'loading')];
    const head = begin(a, b);
    head.toggle();
    await pass(5900);
    expect([head.at, head.rest, a.did.includes('play')]).toEqual([at(0), undefined, false]);
    await pass(500);
    expect([head.at > at(0), head.missing, a.did.includes('play')]).toEqual([true, ['b'], true]);
  });

  it('waits for all of them as long as it takes', async () => {
    const head = begin(camera('a', () => 'loading'), camera('b', () => 'loading'));
    head.toggle();
    await pass(20_000);
    expect([head.at, head.rest]).toEqual([at(0), 'loading']);
  });

  it('goes on where the first one has something again, and says what it passed over', async () => {
    const until = (s: number) => (t: number): Cover => (t < at(s) ? { until: at(s) } : 'media');
    const head = begin(camera('a', until(10)), camera('b', until(4)));
    await pass(50);
    expect([head.at, head.skipped, head.missing]).toEqual([at(4), { from: at(0), to: at(4) }, ['a']]);
    head.seek(at(2));
    expect(head.skipped).toBeUndefined();
  });

  it('goes back to the last one that has something, and says nothing of how files are cut', async () => {
    const head = begin(camera('a', (t) => (t > at(-1) ? { until: at(-1) } : 'media')), camera('b', () => ({ until: at(-9) })));
    head.back = true;
    await pass(50);
    expect([head.at, head.skipped]).toEqual([at(-1), undefined]);
  });

  it('stays where all is over, for more may come, and stops where it began', async () => {
    const head = begin(camera('a', () => 'over'));
    head.toggle();
    await pass(50);
    expect([head.rest, head.playing]).toEqual(['over', true]);
    head.back = true;
    await pass(50);
    expect([head.rest, head.playing]).toEqual(['over', false]);
  });

  it('is set by the pictures of the first camera, unless they are far behind', async () => {
    const near = begin(camera('a', () => 'media', (t) => t - 300));
    near.toggle();
    await pass(20);
    expect(near.at).toBe(at(-0.3));
    const far = begin(camera('a', () => 'media', (t) => t - 5000));
    far.toggle();
    await pass(100);
    expect(far.at).toBeGreaterThan(at(0));
  });

  it('is kept to by the others, who are where the first camera goes before it plays', async () => {
    let there = false;
    const [a, b] = [camera('a', () => 'media', (t) => (there ? t + 250 : undefined)), camera('b', () => 'media')];
    const head = begin(a, b);
    head.toggle();
    await pass(FRAME_MS);
    expect([head.at, b.did.at(-1)]).toEqual([at(0), 'freeze']);
    there = true;
    await pass(FRAME_MS);
    expect([head.at, b.did.at(-1)]).toEqual([at(0.25), 'play 0.25']);
  });

  it('shows of each camera a picture of one time that stands alone, and waits for one that is late, but not for long', async () => {
    const of = { a: [] as number[], b: [] as number[] };
    let ready = true;
    const still = (name: 'a' | 'b') => {
      const one = camera(name, () => 'media');
      Object.assign(one.reel, { freeze: (t: number) => (of[name].push(t), ready || name === 'a') });
      return one;
    };
    const head = begin(still('a'), still('b'));
    await pass(50);
    head.speed = 16;
    head.toggle();
    await pass(500);
    expect([new Set(of.a).size > 10, of.a]).toEqual([true, of.b]);
    ready = false;
    await pass(50);
    const [late] = of.a.slice(-1);
    await pass(1000);
    expect([of.a.at(-1), of.b.at(-1)]).toEqual([late, late]);
    await pass(1500);
    expect([(of.a.at(-1) ?? 0) > (late ?? 0), of.a]).toEqual([true, of.b]);
  });

  it('moves by itself where only pictures that stand alone are shown', async () => {
    const a = camera('a', () => 'media');
    const head = begin(a);
    await pass(20);
    head.speed = 8;
    head.toggle();
    const from = a.did.length;
    await pass(1000);
    expect((head.at - at(0)) / 8000).toBeCloseTo(1, 1);
    expect(new Set(a.did.slice(from))).toEqual(new Set(['key']));
    head.back = true;
    await pass(1000);
    expect(Math.abs(head.at - at(0))).toBeLessThan(500);
  });

  it('takes a step once, and not where somebody has gone elsewhere meanwhile', async () => {
    const a = camera('a', () => 'media');
    const head = begin(a);
    head.toggle();
    head.step(1);
    await pass(1000);
    expect([head.playing, a.did.filter((d) => d === 'step').length]).toEqual([false, 1]);
    a.stepped[0]?.(at(0.1));
    await pass(0);
    expect(head.at).toBe(at(0.1));
    head.step(1);
    await pass(1000);
    head.seek(at(30));
    a.stepped[1]?.(at(0.2));
    await pass(0);
    expect(head.at).toBe(at(30));
  });

  it('has a camera tried again when somebody wants something, and shows nothing of what is to come', async () => {
    const a = camera('a', () => 'failed');
    const head = begin(a);
    await pass(50);
    expect(head.rest).toBe('failed');
    a.did.length = 0;
    head.seek(at(7200));
    expect([head.at, a.did]).toEqual([at(3600) + 50, ['retry']]);
  });

  it('does nothing more once it is closed', async () => {
    const a = camera('a', () => 'media');
    const head = begin(a);
    head.toggle();
    await pass(50);
    head.close();
    const before = a.did.length;
    await pass(1000);
    expect([a.did.at(-1), a.did.length]).toEqual(['close', before]);
  });
});
