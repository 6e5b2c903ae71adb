import { expect, it } from 'vitest';
import { changedAccess } from './access';

const form = { main: ' rtsp://cam/1 ', sub: '', onvif: 'http://cam/onvif ', transport: 'udp' as const, username: ' admin', password: '' };

it('keeps a password that was not typed, and takes one as it is', () => {
  const rest = { main: 'rtsp://cam/1', sub: '', onvif: 'http://cam/onvif', transport: 'udp', username: 'admin' };
  expect(changedAccess(form)).toEqual(rest);
  expect(changedAccess({ ...form, password: ' two words ' })).toEqual({ ...rest, password: ' two words ' });
});
