import { expect, it } from 'vitest';
import { readPreview } from './preview';

/** A preview of files of these bytes, one each second. */
const preview = (...files: number[][]): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array([1, files.length, ...files.flatMap((f) => [...Array<number>(11).fill(0), f.length]), ...files.flat()]);
  const view = new DataView(bytes.buffer);
  files.forEach((_, i) => view.setBigUint64(2 + 12 * i, BigInt(90_000 * i)));
  return bytes;
};

it('reads the pictures and their times', async () => {
  const whole = preview([1, 2], [3], [4, 5, 6]);
  const moved = new Uint8Array(whole.length + 3).subarray(3);
  moved.set(whole);
  const pictures = readPreview(moved);
  expect(pictures.map((p) => p.at)).toEqual([0, 1, 2]);
  expect(pictures[0]?.file.type).toBe('image/jpeg');
  expect(await Promise.all(pictures.map(async (p) => [...new Uint8Array(await p.file.arrayBuffer())]))).toEqual([[1, 2], [3], [4, 5, 6]]);
});

it('makes nothing of what is not whole', () => {
  const whole = preview([1, 2], [3]);
  for (let n = 0; n < whole.length; n++) expect(readPreview(whole.slice(0, n))).toEqual([]);
  expect(readPreview(new Uint8Array([...whole, 0]))).toEqual([]);
  expect(readPreview(new Uint8Array(whole).fill(2, 0, 1))).toEqual([]);
  expect(readPreview(new Uint8Array(whole).fill(255, 10, 14))).toEqual([]);
});
