import { expect, it } from 'vitest';
import type { Camera, CameraState, CameraStream } from '../api/types';
import { fitOf, may, recordable, shapeOf, streamFor, watchers } from './cameras';

function camera(width: number, height: number): Camera {
  const stream: CameraStream = { stream: 'main', codec: 'H.264', width, height, fps: 15, bitrate: 1e6, connected: true, reconnects: 0 };
  const id = 'a'.repeat(32);
  return {
    id,
    name: 'Garden',
    owner: { id, name: 'Anna' },
    mine: true,
    actions: ['live'],
    status: { state: 'live', message: '', streams: [stream] },
    recording: false,
    clips: 0,
    bytes: 0,
    retired: false,
  };
}

it.each([
  [1920, 1080, 'cover'],
  [640, 360, 'cover'],
  [704, 396, 'cover'],
  [768, 576, 'contain'],
  [2560, 1920, 'contain'],
  [1080, 1920, 'contain'],
  [0, 0, 'contain'],
])('a picture of %d × %d: %s', (width, height, fit) => {
  expect(fitOf(camera(width, height))).toBe(fit);
});

it('has the shape of its picture, or that of most', () => {
  expect(shapeOf(camera(768, 576))).toBeCloseTo(4 / 3);
  expect(shapeOf(camera(0, 0))).toBeCloseTo(16 / 9);
});

it('allows what the hub listed and nothing else', () => {
  expect(may(camera(1, 1), 'live')).toBe(true);
  expect(may(camera(1, 1), 'audio')).toBe(false);
});

it.each<[CameraState | undefined, CameraState | undefined, string]>([
  ['live', 'live', 'sub'],
  ['live', 'degraded', 'sub'],
  ['live', 'connecting', 'sub'],
  ['live', 'unreachable', 'main'],
  ['degraded', 'incompatible', 'main'],
  ['unreachable', 'unreachable', 'sub'],
  ['live', undefined, 'sub'],
  [undefined, undefined, 'sub'],
])('with a main stream that is %s and a small one that is %s, a tile shows %s', (main, sub, stream) => {
  const c = camera(1920, 1080);
  const known = c.status.streams[0];
  const told = (name: 'main' | 'sub', state: CameraState | undefined): CameraStream[] => (known && state ? [{ ...known, stream: name, state }] : []);
  c.status.streams = [...told('main', main), ...told('sub', sub)];
  expect(streamFor(c, 'sub')).toBe(stream);
  expect(streamFor(c, 'main')).toBe('main');
});

it('is recorded by who may manage it, while it is on the air', () => {
  const one: Camera = { ...camera(1920, 1080), actions: ['live', 'manage'] };
  expect(recordable(one)).toBe(true);
  expect(recordable({ ...one, actions: ['live'] })).toBe(false);
  expect(recordable({ ...one, retired: true })).toBe(false);
  expect(recordable({ ...one, status: { ...one.status, state: 'private' } })).toBe(false);
  const plan = { mode: 'events', times: [], streams: 'main', sound: false, pre_roll_ms: 0, post_roll_ms: 0, kinds: [], unreadable: false, clock: '14:30' } as const;
  expect(recordable({ ...one, recording_plan: { ...plan, times: [], kinds: [], now: 'both' } })).toBe(true);
  expect(recordable({ ...one, recording_plan: { ...plan, times: [], kinds: [], now: 'continuous' } })).toBe(false);
});

it('counts nobody as watching a camera that is off the air', () => {
  const since = '2026-05-03T10:00:00Z';
  const watched = { ...camera(640, 360), watching: (['live', 'clip'] as const).map((kind) => ({ camera: 'a'.repeat(32), account_id: 'b'.repeat(32), name: 'Bob', kind, since })) };
  expect(watchers(watched)).toHaveLength(2);
  expect(watchers({ ...watched, status: { ...watched.status, state: 'private' } }).map((w) => w.kind)).toEqual(['clip']);
  expect(watchers(camera(640, 360))).toEqual([]);
});
