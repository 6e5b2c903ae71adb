import { expect, it } from 'vitest';
import type { Candidate } from '../api/types';
import { alike, candidateLine, candidateName, closedBy, hasMore, sorted, streamOf } from './candidates';

const one = (more: Partial<Candidate>): Candidate => ({
  id: 'a', name: '', vendor: '', model: '', address: '192.0.2.7', speaks: [], added: false, heard: '2026-11-28T12:00:00Z', ...more,
});

it('names a device by what it says of itself, and says nothing twice', () => {
  const axis = one({ name: 'AXIS M1065-L', vendor: 'AXIS', model: 'M1065-L' });
  expect([candidateName(axis), candidateLine(axis)]).toEqual(['AXIS M1065-L', '192.0.2.7']);
  const door = one({ name: 'Door', vendor: 'Reolink', model: 'RLC-810A' });
  expect([candidateName(door), candidateLine(door)]).toEqual(['Door', 'Reolink RLC-810A · 192.0.2.7']);
  expect([candidateName(one({})), candidateLine(one({}))]).toEqual(['192.0.2.7', '']);
  expect(candidateLine(one({ name: 'Door', speaks: ['http', 'https', 'onvif', 'rtsp'] }))).toBe('192.0.2.7 · ONVIF, RTSP, web page');
});

it('puts what can be added first', () => {
  const list = [one({ id: 'added', added: true }), one({ id: 'more', added: true, channels: { added: 1, of: 4 } }), one({ id: 'closed', speaks: ['tapo'] }), one({ id: 'other' }), one({ id: 'onvif', speaks: ['rtsp', 'onvif'] })];
  expect(sorted(list).map((c) => c.id)).toEqual(['onvif', 'other', 'closed', 'more', 'added']);
});

it('knows of which recorder more can be added', () => {
  const has = (channels?: Candidate['channels']): boolean => hasMore(one({ added: true, ...(channels ? { channels } : {}) }));
  expect([has(), has({ added: 1, of: 4 }), has({ added: 4, of: 4 })]).toEqual([false, true, false]);
});

it('knows more of the same maker that could be added', () => {
  const list = [one({ id: 'a', vendor: 'AXIS' }), one({ id: 'b', vendor: 'AXIS' }), one({ id: 'c', vendor: 'AXIS', added: true }), one({ id: 'd' }), one({ id: 'e', vendor: 'Bosch' })];
  expect(alike(list[0]!, list).map((c) => c.id)).toEqual(['b']);
  expect(alike(list[3]!, list)).toEqual([]);
  const closed = [...list, one({ id: 'f', vendor: 'AXIS', speaks: ['homekit'] }), one({ id: 'g', vendor: 'AXIS', speaks: ['dvrip'] })];
  expect(alike(closed[0]!, closed).map((c) => c.id)).toEqual(['b', 'g']);
});

it('knows where the stream of a device is that speaks the language of an app alone', () => {
  const at = (address: string, ...speaks: Candidate['speaks']): string | undefined => streamOf(one({ address, speaks }));
  expect([at('192.0.2.7', 'kasa'), at('192.0.2.7', 'homekit', 'tapo'), at('2001:db8::7', 'tapo')]).toEqual(['kasa://192.0.2.7', 'tapo://192.0.2.7', 'tapo://[2001:db8::7]']);
  expect([at('192.0.2.7', 'homekit'), at('192.0.2.7', 'kasa', 'onvif'), at('192.0.2.7')]).toEqual(Array(3).fill(undefined));
});

it('keeps out what speaks nothing that the hub does, and nothing else', () => {
  const closed = (...speaks: Candidate['speaks']): string | undefined => closedBy(one({ speaks }));
  expect([closed('homekit'), closed('tapo'), closed('kasa'), closed('homekit', 'tapo')]).toEqual(['homekit', 'tapo', 'kasa', 'tapo']);
  expect([closed(), closed('onvif', 'tapo'), closed('rtsp', 'tapo'), closed('dvrip'), closed('dhip'), closed('http', 'homekit')]).toEqual(Array(6).fill(undefined));
});
