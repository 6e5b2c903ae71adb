import { expect, it } from 'vitest';
import { bitrate, bytes, rate } from './size';

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_000, '1 kB'],
  [999_499, '999 kB'],
  [999_600, '1 MB'],
  [4_250_000, '4.3 MB'],
  [31e9, '31 GB'],
])('%d bytes are "%s"', (n, words) => {
  expect(bytes(n).replace('\u00a0', ' ')).toBe(words);
});

it('says rates', () => {
  expect(bitrate(3_140_000)).toBe('3.1\u00a0Mbit/s');
  expect(bitrate(412_300)).toBe('412\u00a0kbit/s');
  expect(rate(14.98)).toBe('15');
});
