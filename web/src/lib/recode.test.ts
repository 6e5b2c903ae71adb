import { expect, it } from 'vitest';
import type { Probe } from '../api/types';
import { recodeOf, recoding } from './recode';

const channel = { number: 1, source: 's', name: '', added: true };
const warning = { kind: 'sub-codec', text: 'The small stream is not H.264.', fix: 'sub-codec' };
const clock = { kind: 'clock', text: 'The clock is wrong.', fix: 'clock' };
const seen: Probe = {
  account: 'a', id: 'p', state: 'ready', device: { vendor: '', model: '', firmware: '', serial: '' }, channels: [channel], streams: [],
  warnings: [clock, warning], fixed: [], unfixed: [{ fix: 'clock', why: 'No.' }],
};

it('shows what is to be changed of the small stream, or missing, and nothing else', () => {
  expect(recodeOf(seen)).toBe('warned');
  expect(recoding(seen)).toMatchObject({ warnings: [warning], unfixed: [] });
  expect(recodeOf({ ...seen, warnings: [clock] })).toBe('nothing');
  const none = { kind: 'no-sub', text: 'There is no second, small stream.' };
  expect(recodeOf({ ...seen, warnings: [clock, none] })).toBe('warned');
  expect(recoding({ ...seen, warnings: [clock, none] })).toMatchObject({ warnings: [none], unfixed: [] });
});

it('says what became of it, and what stands in the way', () => {
  expect(recodeOf({ ...seen, warnings: [], fixed: ['sub-codec'] })).toBe('done');
  const refused = { fix: 'sub-codec', why: 'The camera refused it.' };
  expect(recodeOf({ ...seen, unfixed: [refused] })).toBe('warned');
  expect(recoding({ ...seen, unfixed: [refused] }).unfixed).toEqual([refused]);
  expect(recodeOf({ ...seen, state: 'wrong password' as Probe['state'] })).toBe('silent');
  expect(recodeOf({ ...seen, channels: [channel, { ...channel, number: 2 }] })).toBe('recorder');
});
