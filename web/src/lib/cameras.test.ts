import { expect, it } from 'vitest';
import type { Camera, CameraStream } from '../api/types';
import { fitOf, may } from './cameras';

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

it('allows what the hub listed and nothing else', () => {
  expect(may(camera(1, 1), 'live')).toBe(true);
  expect(may(camera(1, 1), 'audio')).toBe(false);
});
