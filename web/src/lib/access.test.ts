import { expect, it } from 'vitest';
import { Refusal } from '../api/refusal';
import { changedAccess, isInVain } from './access';

const form = { main: ' rtsp://cam/1 ', sub: '', onvif: 'http://cam/onvif ', transport: 'udp' as const, username: ' admin', password: '' };

it('keeps a password that was not typed, and takes one as it is', () => {
  const rest = { main: 'rtsp://cam/1', sub: '', onvif: 'http://cam/onvif', transport: 'udp', username: 'admin' };
  expect(changedAccess(form)).toEqual(rest);
  expect(changedAccess({ ...form, password: ' two words ' })).toEqual({ ...rest, password: ' two words ' });
});

it('has the device asked unless somebody knows better', () => {
  expect(changedAccess(form)).not.toHaveProperty('untried');
  expect(changedAccess(form, true)).toEqual({ ...changedAccess(form), untried: true });
});

it('offers to save what the device was asked for in vain, and nothing else', () => {
  for (const reason of ['password-refused', 'no-answer', 'locked-out']) expect(isInVain(new Refusal('invalid', { reason }))).toBe(true);
  for (const reason of ['bad-input', 'known-device', 'password-again']) expect(isInVain(new Refusal('invalid', { reason }))).toBe(false);
  expect(isInVain(new Refusal('offline'))).toBe(false);
});
