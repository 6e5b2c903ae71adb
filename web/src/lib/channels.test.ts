import { expect, it } from 'vitest';
import type { Probe } from '../api/types';
import { chosen, open, picksOf } from './channels';

type Channel = Probe['channels'][number];

const channel = (number: number, more: Partial<Channel> = {}): Channel => ({ number, source: `s${number}`, name: '', added: false, ...more });
const stream = (channel: number, role: 'main' | 'sub', picture = false): Probe['streams'][number] => ({
  channel, role, codec: 'H.264', width: role === 'main' ? 1920 : 640, height: role === 'main' ? 1080 : 360, reason: 'It is.', picture,
});
const seen = (channels: Channel[], streams: Probe['streams']): Probe => ({
  account: 'a', id: 'p', state: 'ready', device: { vendor: '', model: '', firmware: '', serial: '' }, channels, streams, warnings: [], fixed: [], unfixed: [],
});

it('offers no channels of a camera', () => {
  expect(picksOf(seen([channel(1)], [stream(1, 'main'), stream(1, 'sub')]))).toEqual([]);
  expect(picksOf({ ...seen([channel(1), channel(2)], []), state: 'no video' })).toEqual([]);
});

it('offers each channel of a recorder with a name, but for those that are added or have nothing', () => {
  const picks = picksOf(
    seen(
      [channel(1, { added: true }), channel(2, { name: 'Yard' }), channel(3, { reason: 'It has no stream that can be recorded.' }), channel(4)],
      [stream(1, 'main'), stream(1, 'sub', true), stream(2, 'main'), stream(2, 'sub', true), stream(4, 'main')],
    ),
  );
  expect(picks.map((p) => [p.name, p.source, p.line, p.picture])).toEqual([
    ['Channel 1', 's1', 'H.264 1920×1080 · H.264 640×360', 'sub'],
    ['Channel 2', 's2', 'Yard · H.264 1920×1080 · H.264 640×360', 'sub'],
    ['Channel 3', 's3', '', undefined],
    ['Channel 4', 's4', 'H.264 1920×1080', undefined],
  ]);
  expect(picksOf(seen([channel(1), channel(2)], [{ ...stream(1, 'main'), codec: '', width: 0, height: 0 }, stream(1, 'sub')]))[0]?.line).toBe('H.264 640×360');
  expect(open(picks).map((p) => p.number)).toEqual([2, 4]);
  expect(chosen(picks)).toEqual([]);
  expect(chosen(picks.map((p) => ({ ...p, chosen: true }))).map((p) => p.number)).toEqual([2, 4]);
});
