import { describe, expect, it } from 'vitest';
import { Cadence, cushionFor, nextStep } from './edge';
import { Freshness, STALE_MS } from './freshness';
import { retryDelay } from './link';
import { parseAnswer, parsePiece } from './protocol';

const bytes = (...list: number[]): ArrayBuffer => new Uint8Array(list).buffer;

describe('binary messages', () => {
  it('reads watch, track, kind and the bytes after', () => {
    const piece = parsePiece(bytes(0, 1, 0, 2, 7, 2, 0xca, 0xfe));
    expect(piece).toMatchObject({ watch: 65538, track: 7, kind: 'fragment' });
    expect([...(piece?.data ?? [])]).toEqual([0xca, 0xfe]);
    expect(parsePiece(bytes(255, 255, 255, 255, 1, 1, 0))).toMatchObject({ watch: 4294967295, kind: 'init' });
  });

  it('refuses what is too short or of no known kind', () => {
    expect(parsePiece(bytes())).toBeUndefined();
    expect(parsePiece(bytes(0, 0, 0, 1, 1, 2))).toBeUndefined();
    expect(parsePiece(bytes(0, 0, 0, 1, 1, 3, 0))).toBeUndefined();
    expect(parsePiece(bytes(0, 0, 0, 1, 1, 0, 0))).toBeUndefined();
  });
});

describe('text messages', () => {
  it.each([
    { watch: 1, type: 'tracks', tracks: [{ id: 1, mime: 'video/mp4; codecs="avc1.42c01f"' }] },
    { watch: 1, type: 'state', state: 'live', last_picture: '2026-03-01T18:03:12.250Z' },
    { watch: 1, type: 'ended', reason: 'not found' },
    { type: 'pong' },
  ])('reads %o', (message) => {
    expect(parseAnswer(JSON.stringify(message))).toEqual(message);
  });

  it.each(['', 'null', '[]', '{"type":"state"}', '{"watch":"1","type":"state","state":"live"}', '{"watch":1,"type":"tracks","tracks":[{}]}', '{"watch":1,"type":"news"}'])(
    'refuses %s',
    (message) => {
      expect(parseAnswer(message)).toBeUndefined();
    },
  );
});

describe('the live edge', () => {
  const one = [{ start: 0, end: 10 }];
  it('leaves a picture near the edge alone', () => {
    expect(nextStep(9.8, one, 0.2)).toEqual({ rate: 1 });
    expect(nextStep(0, [], 0.2)).toEqual({ rate: 1 });
  });

  it('catches up a little delay and jumps over much', () => {
    expect(nextStep(9.4, one, 0.2)).toEqual({ rate: 1.08 });
    expect(nextStep(8, one, 0.2)).toEqual({ jump: 9.8 });
  });

  it('never lets delay grow beyond a second and a half', () => {
    const most = cushionFor(60);
    expect(nextStep(10 - 1.51, one, most)).toHaveProperty('jump');
  });

  it('leaps over a gap, and back from beyond the end', () => {
    const two = [{ start: 0, end: 4 }, { start: 6, end: 6.1 }];
    expect(nextStep(3.9, two, 0.5)).toEqual({ jump: 6 });
    expect(nextStep(7, two, 0.05)).toEqual({ jump: 6.05 });
  });

  it('keeps more ahead where messages come seldom', () => {
    const cadence = new Cadence();
    [0, 0.1, 0.2, 0.6, 0.7].forEach((t) => cadence.arrived(t));
    expect(cadence.longest()).toBeCloseTo(0.4);
    expect(cushionFor(cadence.longest())).toBeCloseTo(0.6);
    expect(cushionFor(0)).toBe(0.2);
  });
});

describe('freshness', () => {
  it('calls a picture stale three seconds after the last access unit', () => {
    const fresh = new Freshness();
    expect(fresh.age(5000)).toBeUndefined();
    fresh.arrived(1000);
    fresh.shown(1010);
    expect(fresh.stale(1000 + STALE_MS - 1)).toBe(false);
    expect(fresh.stale(1000 + STALE_MS)).toBe(true);
    expect(fresh.age(8000)).toBe(7000);
  });

  it('is not fooled by data that never becomes a picture', () => {
    const fresh = new Freshness();
    fresh.shown(1000);
    for (let t = 1000; t <= 9000; t += 100) fresh.arrived(t);
    expect(fresh.stale(9000)).toBe(true);
  });

  it('gives a page seen again the time to move', () => {
    const fresh = new Freshness();
    fresh.arrived(60_000);
    fresh.shown(1000);
    fresh.seenAgain(60_000);
    expect(fresh.stale(60_500)).toBe(false);
  });
});

it('spreads reconnects and stays within bounds', () => {
  expect(retryDelay(0, 0)).toBe(250);
  expect(retryDelay(0, 1)).toBe(500);
  expect(retryDelay(3, 1)).toBe(4000);
  expect(retryDelay(50, 1)).toBe(10_000);
});
