import { expect, it } from 'vitest';
import { read } from './thumbnails';

const id = (n: number): number[] => Array.from({ length: 16 }, () => n);
const item = (n: number, status: number, ...bytes: number[]): number[] => [...id(n), status, 0, 0, 0, bytes.length, ...bytes];

it('reads a page of pictures up to its last whole one', async () => {
  const page = new Uint8Array([9, ...item(1, 1, 0xff, 0xd8), ...item(2, 2), ...item(3, 1, 7, 7, 7), ...item(4, 1, 1, 2, 3).slice(0, -1)]).subarray(1);
  const pictures = read(page);
  expect([...pictures.keys()]).toEqual(['01'.repeat(16), '03'.repeat(16)]);
  expect(pictures.get('01'.repeat(16))?.type).toBe('image/jpeg');
  expect(new Uint8Array((await pictures.get('03'.repeat(16))?.arrayBuffer()) ?? [])).toEqual(new Uint8Array([7, 7, 7]));
});

it('makes nothing of what is no page', () => {
  expect(read(new Uint8Array([1, 2, 3])).size).toBe(0);
  expect(read(new Uint8Array(item(1, 1)).fill(255, 17)).size).toBe(0);
});
