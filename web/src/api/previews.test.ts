import { expect, it, vi } from 'vitest';
import { Previews } from './previews';
import type { Scope } from './scope';

/** A preview of two pictures. */
const film = new Uint8Array([1, 2, ...Array<number>(11).fill(0), 1, ...Array<number>(11).fill(0), 1, 7, 8]);

it('fetches a clip once, gives the oldest back, and all at the end', async () => {
  const asked: string[] = [];
  const made = vi.spyOn(URL, 'createObjectURL').mockImplementation(() => `blob:${asked.length}-${made.mock.calls.length}`);
  const given = vi.spyOn(URL, 'revokeObjectURL').mockImplementation(() => undefined);
  const bytes = (path: string): Promise<Uint8Array> => (asked.push(path), path.includes('bad') ? Promise.reject(new Error('absent')) : Promise.resolve(film));
  const previews = new Previews({ bytes } as unknown as Scope);
  const [once, again] = await Promise.all([previews.of('a'), previews.of('a')]);
  expect(once).toHaveLength(2);
  expect(again).toBe(once);
  expect(asked).toEqual(['clips/a/preview']);
  expect(await previews.of('bad')).toEqual([]);
  expect(await previews.of('bad')).toEqual([]);
  expect(asked).toHaveLength(3);
  for (let i = 0; i < 23; i++) await previews.of(`clip ${i}`);
  expect(given).not.toHaveBeenCalled();
  await previews.of('a'); // the newest again
  await previews.of('one more');
  expect(given.mock.calls.map(([url]) => url)).toEqual((await Promise.resolve(made.mock.results.slice(2, 4))).map((r) => r.value));
  previews.close();
  await vi.waitFor(() => expect(given).toHaveBeenCalledTimes(made.mock.calls.length));
  expect(await previews.of('a')).toEqual([]);
});
