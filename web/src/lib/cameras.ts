import type { Action, Camera, StreamName } from '../api/types';

/** The stream to show: the small one only where the camera has it. */
export function streamFor(camera: Camera, wanted: StreamName): StreamName {
  return wanted === 'sub' && camera.status.streams.some((s) => s.stream === 'sub') ? 'sub' : 'main';
}

export function may(camera: Camera, action: Action): boolean {
  return camera.actions.includes(action);
}
