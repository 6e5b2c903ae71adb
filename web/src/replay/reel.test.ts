import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Scope } from '../api/scope';
import type { Place } from '../api/types';
import type { Range } from './ranges';
import { Reel } from './reel';

const zero = Date.parse('2026-06-01T10:00:00Z');
const at = (s: number): number => zero + s * 1000;
/** A fragment is a second, and holds pictures of all of it but what `lost` names. */
const SECOND = 1;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('URL', { createObjectURL: () => 'blob:1', revokeObjectURL: () => undefined });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** So much of a video element and its source as says what is held and where one is; a fragment's one byte is its second. */
class Deck extends EventTarget {
  held: Range[] = [];
  currentTime = 0;
  playbackRate = 1;
  paused = true;
  seeking = false;
  src = '';
  timestampOffset = 0;
  appendWindowEnd = 0;
  duration = 0;
  readonly lost = new Set<number>();

  get buffered() {
    return { length: this.held.length, start: (i: number) => this.held[i]?.[0], end: (i: number) => this.held[i]?.[1] };
  }
  play = () => Promise.resolve(void (this.paused = false));
  pause = () => void (this.paused = true);
  addSourceBuffer = () => this;
  load = () => undefined;
  removeAttribute = () => void (this.src = '');
  appendBuffer(bytes: Uint8Array): void {
    const [n] = bytes;
    if (n !== undefined && !this.lost.has(n)) this.#hold(this.timestampOffset + n, Math.min(this.appendWindowEnd, this.timestampOffset + n + SECOND));
    queueMicrotask(() => this.dispatchEvent(new Event('updateend')));
  }
  #hold(from: number, to: number): void {
    const last = this.held.at(-1);
    if (last && Math.abs(last[1] - from) < 0.01) this.held.splice(-1, 1, [last[0], to]);
    else this.held.push([from, to]);
  }
}

/** A camera of a hub with whole clips, given by their begin and their length in seconds; each second one stands alone. */
function camera(clips: Record<string, [from: number, seconds: number]>, mime = 'avc1.42c01f') {
  const asked: string[] = [];
  const hub = { down: false, empty: false };
  const place = (id: string, [from, seconds]: [number, number]): Place => {
    const moments = Array.from({ length: seconds }, (_, n) => [n * 1000, 1000, n % 2 === 0 ? 1 : 0]);
    return { clip: { id, start: new Date(at(from)).toISOString(), state: 'complete', tracks: [{ kind: 'video', mime }] }, moments } as unknown as Place;
  };
  const scope = {
    get: async (path: string) => {
      asked.push('seek');
      if (hub.down) throw new Error('down');
      const search = new URLSearchParams(path.split('?')[1]);
      const s = (Date.parse(search.get('at') ?? '') - zero) / 1000;
      const all = Object.entries(clips).filter(([id]) => id !== search.get('not'));
      const found = search.get('back') ? all.findLast(([, [from]]) => from < s) : all.find(([, [from, seconds]]) => s <= from + seconds);
      return { place: found && place(...found) };
    },
    bytes: async (path: string) => {
      const [, clip, , n] = path.split('/');
      asked.push(n === undefined ? `${clip}-init` : `${clip}${n}`);
      if (hub.empty) throw new Error('busy');
      return new Uint8Array(n === undefined ? [] : [Number(n)]);
    },
  } as unknown as Scope;
  const deck = new Deck();
  const Source = Object.assign(function () {
    queueMicrotask(() => deck.dispatchEvent(new Event('sourceopen')));
    return deck;
  }, { isTypeSupported: (type: string) => !type.includes('hvc1') }) as unknown as typeof MediaSource;
  const reel = new Reel(scope, 'a', deck as unknown as HTMLVideoElement, Source);
  /** Looks at a time until what is needed there has come. */
  const look = async (s: number, rate = 1, ms = 3000) => {
    for (let passed = 0; passed < ms; passed += 20) {
      reel.cover(at(s), rate);
      await vi.advanceTimersByTimeAsync(20);
    }
    return reel.cover(at(s), rate);
  };
  return { asked, deck, hub, look, reel };
}

describe('a reel', () => {
  it('fetches what a time needs, from where it is decoded, and no more than is watched soon', async () => {
    const { asked, look, reel } = camera({ a: [0, 60] });
    expect(reel.cover(at(3.5), 1)).toBe('loading');
    expect(await look(3.5)).toBe('media');
    expect(asked.slice(0, 3)).toEqual(['seek', 'a-init', 'a2']);
    expect(asked.slice(2)).toEqual(['a2', 'a3', 'a4', 'a5', 'a6', 'a7', 'a8', 'a9']);
  });

  it('fetches only what stands alone where nothing else is shown', async () => {
    const { asked, look } = camera({ a: [0, 60] });
    expect(await look(9.5, 8)).toBe('media');
    expect(asked).toEqual(['seek', 'a-init', 'a8', 'a10']);
    expect(await look(9.5, -1)).toBe('media');
    expect(asked.slice(4)).toEqual(['a6', 'seek']); // what was before the file, too
  });

  it('goes on into the next file, and says where there is nothing, and how long', async () => {
    const { asked, look } = camera({ a: [0, 4], b: [4, 4], c: [20, 4] });
    expect(await look(3)).toBe('media');
    expect(asked).toContain('b0');
    expect(await look(12)).toEqual({ until: at(20) });
    expect(await look(12, -1)).toEqual({ until: at(8) - 1 });
    expect(await look(25)).toBe('over');
    expect(await look(-2, -1)).toBe('over');
  });

  it('is at the time that is wanted, and jumps only where it is far away', async () => {
    const { deck, look, reel } = camera({ a: [0, 60] });
    await look(3);
    expect(reel.play(at(3), 1)).toBeUndefined(); // it goes there
    expect(reel.time).toBe(at(3));
    const there = deck.currentTime;
    expect(reel.play(at(3.2), 1)).toBe(at(3));
    expect([deck.currentTime, deck.paused, deck.playbackRate > 1]).toEqual([there, false, true]);
    reel.play(at(2.95), 1);
    expect([deck.currentTime, deck.paused, deck.playbackRate < 1]).toEqual([there, false, true]);
    expect([reel.play(at(2.8), 1), deck.currentTime, deck.paused]).toEqual([at(3), there, true]); // it waits for the others
    expect([reel.play(at(2.8), 1, 20), deck.currentTime, deck.paused, deck.playbackRate]).toEqual([at(3), there, false, 1]); // the others, for it
    expect([reel.freeze(at(5), false), deck.paused, reel.time]).toEqual([false, true, at(5)]);
    expect(reel.freeze(at(5), false)).toBe(true);
    expect([reel.freeze(at(5.9), true), reel.time]).toEqual([false, at(4) + 1]);
  });

  it('passes over what shows nothing however often it is given', async () => {
    const { asked, deck, look } = camera({ a: [0, 10] });
    deck.lost.add(4);
    expect(await look(4.5)).toEqual({ until: at(5) });
    expect(asked.filter((n) => n === 'a4')).toHaveLength(3);
    expect(await look(5.5)).toBe('media');
  });

  it('asks a hub that does not answer ever less often, then not, and again when somebody wants it', async () => {
    const { asked, hub, look, reel } = camera({ a: [0, 10] });
    hub.down = true;
    await look(3, 1, 2900);
    expect(asked).toHaveLength(2); // at once, after 1 s; then after 2 s more
    expect(await look(3, 1, 8000)).toBe('failed');
    expect([asked.length, reel.failed]).toEqual([4, true]);
    hub.down = false;
    reel.retry();
    expect(await look(3)).toBe('media');
  });

  it('minds none of several fragments that do not come', async () => {
    const { hub, look } = camera({ a: [0, 60] });
    hub.empty = true;
    expect(await look(3, 1, 900)).toBe('loading');
    hub.empty = false;
    expect(await look(3)).toBe('media');
  });

  it('says what this browser cannot play', async () => {
    const { look, reel } = camera({ a: [0, 10] }, 'hvc1.1.6.L93.B0');
    expect([await look(3), reel.refused]).toEqual(['failed', 'H.265']);
  });

  it('gives nothing to an element it was closed for', async () => {
    const { deck, look, reel } = camera({ a: [0, 60] });
    await look(3);
    const held = [...deck.held];
    reel.close();
    expect(deck.src).toBe('');
    await look(40);
    expect(deck.held).toEqual(held);
  });
});
