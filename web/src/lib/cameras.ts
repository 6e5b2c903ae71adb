import type { Action, Camera, StreamName } from '../api/types';
import { hasEvents } from './plan';
import { calm, watchable } from './states';

/** How far from 16:9 a picture may be and still fill a tile; beyond, cutting it would hide what a camera sees. */
const ALMOST = 0.08;

/** Whether a camera's picture fills a 16:9 tile, or is shown whole inside it. */
export function fitOf(camera: Camera): 'cover' | 'contain' {
  const stream = camera.status.streams.find((s) => s.width > 0 && s.height > 0);
  if (!stream) return 'contain';
  return Math.abs((stream.width / stream.height) * (9 / 16) - 1) <= ALMOST ? 'cover' : 'contain';
}

/** The shape of a camera's picture, its width by its height; that of most where it is not known. */
export function shapeOf({ status }: Camera): number {
  const stream = status.streams.find((s) => s.width > 0 && s.height > 0);
  return stream ? stream.width / stream.height : 16 / 9;
}

/** The stream to ask for: the small one, unless it is missing and the main one is there. */
export function streamFor({ status }: Camera, wish: StreamName): StreamName {
  const state = (name: StreamName) => status.streams.find((s) => s.stream === name)?.state;
  const [main, sub] = [state('main'), state('sub')];
  return wish === 'sub' && sub && main && !calm(sub) && watchable(main) ? 'main' : wish;
}

/** Whether this person may do something with a camera. */
export function may(camera: Camera, action: Action): boolean {
  return camera.actions.includes(action);
}

/** Who else looks at a camera of one's own: nobody sees a camera that is off the air, though their page waits for it. */
export function watchers(camera: Camera): NonNullable<Camera['watching']> {
  return (camera.watching ?? []).filter((w) => w.kind !== 'live' || camera.status.state !== 'private');
}

/** Whether this person may have a clip recorded now: nothing comes from a camera that is off the air, or was handed over, and some have no events. */
export function recordable(camera: Camera): boolean {
  return may(camera, 'manage') && !camera.retired && camera.status.state !== 'private' && hasEvents(camera.recording_plan);
}
