import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Frame } from '../api/previews';
import { Film } from './film.svelte';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const frames: Frame[] = ['a', 'b', 'c', 'd'].map((url, at) => ({ at, url }));
const late = <T>(ms: number, value: T): Promise<T> => new Promise((done) => setTimeout(() => done(value), ms));
const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

it('plays a few rounds and then rests', async () => {
  let asked = 0;
  const film = new Film(() => (asked++, late(50, frames)));
  film.play();
  await pass(169);
  expect(film.frame).toBeUndefined();
  await pass(1);
  const seen: (string | undefined)[] = [];
  for (let i = 0; i < 13; i++) {
    seen.push(film.frame?.url);
    await pass(300);
  }
  expect(seen.join('')).toBe('abcdabcdabcd');
  expect(film.frame).toBeUndefined();
  film.play();
  await pass(171);
  expect(film.frame?.url).toBe('a');
  expect(asked).toBe(2);
});

it('fetches nothing for a pointer that only passes, and shows nothing that comes too late', async () => {
  let asked = 0;
  const film = new Film(() => late(1000, (asked++, frames)));
  film.play();
  await pass(100);
  film.rest();
  await pass(5000);
  expect(asked).toBe(0);
  film.play();
  await pass(500);
  film.rest();
  await pass(5000);
  expect(asked).toBe(1);
  expect(film.frame).toBeUndefined();
});

it('shows the picture under a finger', async () => {
  const film = new Film(() => Promise.resolve(frames));
  for (const [part, url] of [[0, 'a'], [0.3, 'b'], [0.99, 'd'], [1, 'd'], [1.4, 'd'], [-1, 'a']] as const) {
    await film.scrub(part);
    expect(film.frame?.url).toBe(url);
  }
  expect(film.part).toBe(0.25);
  film.rest();
  expect(film.part).toBe(0);
  await pass(5000);
  expect(film.frame).toBeUndefined();
});

it('has nothing to show without pictures, or with one', async () => {
  for (const some of [[], frames.slice(0, 1)]) {
    const film = new Film(() => Promise.resolve(some));
    await film.scrub(0.5);
    film.play();
    await pass(1000);
    expect(film.frame).toBeUndefined();
  }
});
