import type { CameraStream } from '../api/types';
import { say } from '../words/say';
import { bitrate, rate } from './size';
import { watchable } from './states';

/** One fact about each stream of a camera, in the streams' order; undefined where it is not known now. */
export interface Row {
  name: string;
  values: (string | undefined)[];
}

type Fact = [name: string, value: (s: CameraStream) => string | undefined];

/** Whether the figures of a stream are of this moment. */
function flows(s: CameraStream): boolean {
  return s.state ? watchable(s.state) : s.connected;
}

function now(value: (s: CameraStream) => string | undefined): (s: CameraStream) => string | undefined {
  return (s) => (flows(s) ? value(s) : undefined);
}

const count = (n: number | undefined): string | undefined => (n === undefined ? undefined : rate(n));

/** Loss in percent: "0.3 %", and anything that is not nothing does not round to nothing. */
export function percent(loss: number): string {
  if (loss > 0 && loss < 0.1) return say('stream.percent_least');
  return say('stream.percent', { n: rate(loss) });
}

const facts: Fact[] = [
  [say('stream.codec'), (s) => s.codec || undefined],
  [say('stream.size'), (s) => (s.width && s.height ? say('stream.size_value', { width: s.width, height: s.height }) : undefined)],
  [say('stream.fps'), now((s) => (s.fps ? rate(s.fps) : undefined))],
  [say('stream.bitrate'), now((s) => (s.bitrate ? bitrate(s.bitrate) : undefined))],
  [say('stream.gop'), now((s) => (s.gop_ms ? say('stream.gop_value', { n: rate(s.gop_ms / 1000) }) : undefined))],
  [say('stream.loss'), now((s) => (s.loss === undefined ? undefined : percent(s.loss)))],
  [say('stream.latency'), now((s) => (s.latency_ms === undefined ? undefined : say('stream.ms', { n: rate(s.latency_ms) })))],
  [say('stream.jitter'), now((s) => (s.jitter_ms === undefined ? undefined : say('stream.ms', { n: rate(s.jitter_ms) })))],
  [say('stream.packets_lost'), (s) => count(s.packets_lost)],
  [say('stream.pictures_lost'), (s) => count(s.pictures_lost)],
  [say('stream.reconnects'), (s) => count(s.reconnects)],
];

/** What there is to say of a camera's streams; a fact that no stream has is left out. */
export function rows(streams: CameraStream[]): Row[] {
  return facts.map(([name, value]) => ({ name, values: streams.map(value) })).filter(({ values }) => values.some((v) => v !== undefined));
}
