import type { Camera, CameraHealth } from '../api/types';
import { say } from '../words/say';
import { bytes, rate } from './size';
import { longSpan, moment, when } from './time';

/** What is on the disk is of a moment ago: it is brought there once a second, and the page asks now and then. */
const NOW_MS = 20_000;

/** Up to when a camera is on the disk, or since when nothing is recorded and why. */
export function healthLine(camera: Camera, health: CameraHealth, now: Date): string {
  if (health.gap) {
    return say(`health.gap.${health.gap.cause}`, { time: moment(new Date(health.gap.from), now) });
  }
  if (!health.durable) return say('health.none');
  const durable = new Date(health.durable);
  if (camera.recording && now.getTime() - durable.getTime() < NOW_MS) return say('health.durable_now');
  return say('health.durable', { time: when(durable, now) });
}

/** By how much what is recorded is dated ahead of the clock; undefined where it is not. */
export function aheadLine(health: CameraHealth): string | undefined {
  return health.ahead_ms === undefined ? undefined : say('health.ahead', { span: longSpan(health.ahead_ms) });
}

/** Whether somebody has to look: privacy is meant to be. */
export function lacking(health: CameraHealth): boolean {
  return health.gap !== undefined && health.gap.cause !== 'privacy';
}

const ms = (n: number): string => say('health.ms', { n: rate(n) });

/** What there is to say of the disk, by name; figures that are not known are left out. */
export function healthFacts(health: CameraHealth): [name: string, value: string][] {
  const { writes, waiting, dropped } = health;
  return [
    ...(writes
      ? ([
          [say('health.median'), ms(writes.median_ms)],
          [say('health.p99'), ms(writes.p99_ms)],
          [say('health.most'), ms(writes.most_ms)],
        ] satisfies [string, string][])
      : []),
    [say('health.waiting'), say('health.waiting_value', { n: waiting.units, size: bytes(waiting.bytes) })],
    [say('health.rows'), say('health.rows_value', { n: waiting.rows })],
    [say('health.dropped'), say('health.dropped_value', { n: dropped })],
  ];
}
