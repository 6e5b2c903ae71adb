import { expect, it } from 'vitest';
import type { Candidate } from '../api/types';
import { alike, candidateLine, candidateName, sorted } from './candidates';

const one = (more: Partial<Candidate>): Candidate => ({
  id: 'a', name: '', vendor: '', model: '', address: '192.0.2.7', speaks: [], added: false, heard: '2026-11-28T12:00:00Z', ...more,
});

it('names a device by what it says of itself, and says nothing twice', () => {
  const axis = one({ name: 'AXIS M1065-L', vendor: 'AXIS', model: 'M1065-L' });
  expect([candidateName(axis), candidateLine(axis)]).toEqual(['AXIS M1065-L', '192.0.2.7']);
  const door = one({ name: 'Door', vendor: 'Reolink', model: 'RLC-810A' });
  expect([candidateName(door), candidateLine(door)]).toEqual(['Door', 'Reolink RLC-810A · 192.0.2.7']);
  expect([candidateName(one({})), candidateLine(one({}))]).toEqual(['192.0.2.7', '']);
});

it('puts what can be added first', () => {
  const list = [one({ id: 'added', added: true }), one({ id: 'other' }), one({ id: 'onvif', speaks: ['rtsp', 'onvif'] })];
  expect(sorted(list).map((c) => c.id)).toEqual(['onvif', 'other', 'added']);
});

it('knows more of the same maker that could be added', () => {
  const list = [one({ id: 'a', vendor: 'AXIS' }), one({ id: 'b', vendor: 'AXIS' }), one({ id: 'c', vendor: 'AXIS', added: true }), one({ id: 'd' }), one({ id: 'e', vendor: 'Bosch' })];
  expect(alike(list[0]!, list).map((c) => c.id)).toEqual(['b']);
  expect(alike(list[3]!, list)).toEqual([]);
});
