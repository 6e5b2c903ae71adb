import { describe, expect, it } from 'vitest';
import type { Camera, CameraHealth } from '../api/types';
import { aheadLine, healthFacts, healthLine, lacking } from './health';
import { moment, when } from './time';

const at = (seconds: number): string => new Date(Date.UTC(2026, 2, 1, 12, 0, seconds)).toISOString();
const now = new Date(at(0));
const camera = { recording: true } as Camera;
const well: CameraHealth = { durable: at(-2), writes: { median_ms: 3.2, p99_ms: 41, most_ms: 120 }, waiting: { units: 0, bytes: 0, rows: 0 }, dropped: 0 };

describe('how the recording of a camera does', () => {
  it('is said as a sentence', () => {
    expect(healthLine(camera, well, now)).toBe('Recorded, and on the disk up to a moment ago.');
    expect(healthLine({ ...camera, recording: false }, { ...well, durable: at(-240) }, now)).toBe(`On the disk up to ${when(new Date(at(-240)), now)}.`);
    expect(healthLine(camera, { ...well, durable: at(-90) }, now)).toBe(`On the disk up to ${when(new Date(at(-90)), now)}.`);
    const { durable: _, ...never } = well;
    expect(healthLine(camera, never, now)).toBe('Nothing of this camera is on the disk yet.');
  });

  it.each([
    ['camera', 'the camera sends no pictures', true],
    ['disk', 'the disk is full, too slow or fails', true],
    ['overload', 'the hub is too slow for what the camera brings', true],
    ['privacy', 'the camera is off the air', false],
    ['hub', 'the hub did not run', true],
    ['other', 'the hub’s log says why', true],
  ] as const)('says why nothing is: %s', (cause, words, matters) => {
    const health = { ...well, gap: { from: at(-70), cause } };
    expect(healthLine(camera, health, now)).toBe(`Nothing could be recorded since ${moment(new Date(at(-70)), now)}: ${words}.`);
    expect(lacking(health)).toBe(matters);
  });

  it('says how far its dates are ahead of the clock', () => {
    expect(aheadLine(well)).toBeUndefined();
    expect(aheadLine({ ...well, ahead_ms: 85 * 60_000 + 2000 })).toContain('dated 1\u00a0h 25\u00a0min ahead');
  });

  it('has its figures, as far as they are known', () => {
    expect(healthFacts({ ...well, waiting: { units: 31, bytes: 4_200_000, rows: 1 }, dropped: 7 }).map(([, value]) => value)).toEqual([
      '3.2 ms', '41 ms', '120 ms', '31 units, 4.2\u00a0MB', '1 entry', '7 pictures',
    ]);
    const { writes: _, ...unwritten } = well;
    expect(healthFacts(unwritten).map(([, value]) => value)).toEqual(['nothing', 'nothing', 'nothing']);
    expect(lacking(well)).toBe(false);
  });
});
