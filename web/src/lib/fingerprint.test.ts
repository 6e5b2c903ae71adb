import { expect, it } from 'vitest';
import { lines } from './fingerprint';

it('shows a fingerprint as the console does, eight pairs to a line', () => {
  const rows = ['AF:CA:E7:7E:8F:D8:0B:10', 'BC:C8:4B:3D:1C:77:28:28'];
  expect(lines(rows.join(':'))).toEqual(rows);
  expect(lines('afcae77e 8fd80b10 bcc84b3d 1c772828')).toEqual(rows);
  expect(lines('')).toEqual([]);
});
