import type { Action, Camera } from '../api/types';

/** Whether this person may do something with a camera. */
export function may(camera: Camera, action: Action): boolean {
  return camera.actions.includes(action);
}
