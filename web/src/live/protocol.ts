import type { HubEvent, LiveAnswer } from '../api/types';

/** One binary message: watch u32 big-endian, track id u8, kind u8, then fragmented MP4 of that track. */
export interface Piece {
  watch: number;
  track: number;
  kind: 'init' | 'fragment';
  data: Uint8Array<ArrayBuffer>;
}

export interface Track {
  id: number;
  mime: string;
}

const HEAD_BYTES = 6;
const INIT = 1;
const FRAGMENT = 2;

/** Reads a binary message; undefined for anything that is not one. The bytes are a view into `message`. */
export function parsePiece(message: ArrayBuffer): Piece | undefined {
  if (message.byteLength <= HEAD_BYTES) return undefined;
  const head = new DataView(message);
  const kind = head.getUint8(5);
  if (kind !== INIT && kind !== FRAGMENT) return undefined;
  return {
    watch: head.getUint32(0),
    track: head.getUint8(4),
    kind: kind === INIT ? 'init' : 'fragment',
    data: new Uint8Array(message, HEAD_BYTES),
  };
}

/** Reads a text message; undefined for anything this page does not know. */
export function parseAnswer(message: string): LiveAnswer | undefined {
  let value: unknown;
  try {
    value = JSON.parse(message);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('type' in value)) return undefined;
  if (value.type === 'pong' || value.type === 'events' || value.type === 'events-stop' || value.type === 'events-missed') return { type: value.type };
  if (value.type === 'event') return 'event' in value && isEvent(value.event) ? { type: 'event', event: value.event } : undefined;
  if (value.type === 'recording') return 'recording' in value && texts(value.recording, 'camera', 'start', 'state') ? (value as LiveAnswer) : undefined;
  if (value.type === 'gap') return 'gap' in value && texts(value.gap, 'camera', 'from', 'cause') ? (value as LiveAnswer) : undefined;
  if (!('watch' in value) || typeof value.watch !== 'number') return undefined;
  const known =
    (value.type === 'tracks' && 'tracks' in value && Array.isArray(value.tracks) && value.tracks.every(isTrack)) ||
    (value.type === 'state' && 'state' in value && typeof value.state === 'string') ||
    (value.type === 'ended' && 'reason' in value && typeof value.reason === 'string');
  return known ? (value as LiveAnswer) : undefined;
}

function isEvent(value: unknown): value is HubEvent {
  return texts(value, 'id', 'camera', 'kind', 'start') && 'clips' in value && Array.isArray(value.clips);
}

function texts(value: unknown, ...names: string[]): value is object {
  return typeof value === 'object' && value !== null && names.every((name) => typeof (value as Record<string, unknown>)[name] === 'string');
}

function isTrack(value: unknown): value is Track {
  return (
    typeof value === 'object' &&
    value !== null &&
    'id' in value &&
    typeof value.id === 'number' &&
    'mime' in value &&
    typeof value.mime === 'string'
  );
}
