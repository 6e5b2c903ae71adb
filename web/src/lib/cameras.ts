import type { Action, Camera } from '../api/types';

/** How far from 16:9 a picture may be and still fill a tile; beyond, cutting it would hide what a camera sees. */
const ALMOST = 0.08;

/** Whether a camera's picture fills a 16:9 tile, or is shown whole inside it. */
export function fitOf(camera: Camera): 'cover' | 'contain' {
  const stream = camera.status.streams.find((s) => s.width > 0 && s.height > 0);
  if (!stream) return 'contain';
  return Math.abs((stream.width / stream.height) * (9 / 16) - 1) <= ALMOST ? 'cover' : 'contain';
}

/** Whether this person may do something with a camera. */
export function may(camera: Camera, action: Action): boolean {
  return camera.actions.includes(action);
}
