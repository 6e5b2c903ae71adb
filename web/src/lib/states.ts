import type { Camera, CameraState } from '../api/types';
import { say } from '../words/say';
import { span, when } from './time';

/** A try this near is not counted down: cameras that are called every second or two would make the line flicker. */
const SOON_MS = 5000;
const HOUR_MS = 3_600_000;

/** What the hub says of a camera or of one of its streams, as far as it says it. */
export interface Told {
  state?: CameraState | undefined;
  since?: string | undefined;
  next_try?: string | undefined;
}

/** Whether pictures arrive. */
export function watchable(state: CameraState): boolean {
  return state === 'live' || state === 'degraded';
}

/** Whether nobody has to do anything. */
export function calm(state: CameraState): boolean {
  return watchable(state) || state === 'connecting' || state === 'private' || state === 'not shown' || state === 'out of use';
}

/** When the hub calls the camera again; undefined where it need not. */
export function nextTry({ state, next_try }: Told, now: Date): string | undefined {
  if (!next_try || !state || watchable(state)) return undefined;
  const ms = Date.parse(next_try) - now.getTime();
  return ms < SOON_MS ? say('state.next_try_now') : say('state.next_try', { span: span(ms) });
}

function held(since: Date, now: Date): string {
  const age = now.getTime() - since.getTime();
  return age < HOUR_MS ? say('state.for', { span: span(age) }) : say('state.since', { time: when(since, now) });
}

/** How long a state holds and when it is tried to end it, in one line; empty for what is unknown. */
export function course(told: Told, now: Date): string {
  return [told.since && held(new Date(told.since), now), nextTry(told, now)].filter(Boolean).join(' · ');
}

/** Whether the main stream is whole and only the small one is missing. */
export function smallMissing({ status }: Camera): boolean {
  return status.state === 'degraded' && status.streams.some((s) => s.stream === 'main' && s.state === 'live');
}

/**
 * The hub's own sentence about a camera, where it tells more than the state's words. It may name the camera's address,
 * so it is for those who may know it.
 */
export function reason(camera: Camera): string | undefined {
  const { status, address } = camera;
  if (!address || status.state === 'live' || status.state === 'private' || status.state === 'connecting' || smallMissing(camera)) return undefined;
  return status.message || undefined;
}

/** What is not well beside the state; undefined where the reason says the same. */
export function warning(camera: Camera): string | undefined {
  const text = camera.status.warning || undefined;
  return text === reason(camera) ? undefined : text;
}
