import { expect, it } from 'vitest';
import type { HubEvent } from '../api/types';
import { dayEnd, dayOf, dayStart, forgetWords, type Narrowing, readNarrowing, writeNarrowing, zonesOf } from './filters';

it('spans calendar days, or nothing', () => {
  const [start, end] = [new Date(dayStart('2026-03-31') ?? ''), new Date(dayEnd('2026-03-31') ?? '')];
  expect([start.getDate(), start.getHours(), end.getDate(), end.getHours()]).toEqual([31, 0, 1, 0]);
  expect(dayOf(start)).toBe('2026-03-31');
  expect(dayOf(new Date(end.getTime() - 1))).toBe('2026-03-31');
  expect([dayStart(''), dayEnd(''), dayStart('soon'), dayEnd('soon')]).toEqual([undefined, undefined, undefined, undefined]);
});

it.each<Narrowing>([
  {},
  { kind: 'motion', star: true },
  { class: 'person', zone: 'front path', text: 'red & blue #1?' },
  { since: '2026-03-01T00:00:00.000Z', until: '2026-03-02T00:00:00.000Z' },
])('%o survives its address', (narrowing) => {
  expect(readNarrowing(new URLSearchParams(writeNarrowing(narrowing)))).toEqual(narrowing);
});

it('leaves out what it does not understand', () => {
  expect(readNarrowing(new URLSearchParams('kind=secret&star=yes&since=soon&text=%20%20&scope=s&limit=1'))).toEqual({});
  expect(readNarrowing(new URLSearchParams({ class: 'x'.repeat(500) })).class).toHaveLength(100);
});

it('puts no words into addresses, and forgets what stands for them when the session ends', () => {
  const sought = { zone: 'bedroom', text: 'nurse' };
  const address = writeNarrowing(sought);
  expect(address).toMatch(/^zone=\d+&text=\d+$/);
  expect(writeNarrowing({ ...sought, text: 'nurs' })).not.toBe(address);
  expect(writeNarrowing(sought)).toBe(address);
  forgetWords();
  expect(readNarrowing(new URLSearchParams(address))).toEqual({});
  expect(writeNarrowing(sought)).not.toBe(address);
});

it('names each zone once', () => {
  const at = (zone?: string): HubEvent => ({ id: '', camera: '', clips: [], kind: 'motion', start: '', thumbnail: false, recording: false, ...(zone ? { zone } : {}) });
  expect(zonesOf([at('street'), at(), at('Path'), at('path'), at('street')])).toEqual(['path', 'street']);
});
