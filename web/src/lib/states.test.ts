import { describe, expect, it } from 'vitest';
import type { Camera, CameraState } from '../api/types';
import { en } from '../words/en';
import { calm, course, nextTry, reason, smallMissing, warning, watchable } from './states';

const now = new Date('2026-03-01T12:00:00Z');
const at = (s: number): string => new Date(now.getTime() + s * 1000).toISOString();

const states: Record<CameraState, [pictures: boolean, calm: boolean]> = {
  connecting: [false, true],
  live: [true, true],
  degraded: [true, true],
  'no video': [false, false],
  frozen: [false, false],
  'wrong password': [false, false],
  unreachable: [false, false],
  incompatible: [false, false],
  'another device': [false, false],
  private: [false, true],
  'not shown': [false, true],
  'out of use': [false, true],
};

it.each(Object.entries(states))('%s has words, and is known to be calm or not', (key, [pictures, rests]) => {
  const state = key as CameraState;
  expect(watchable(state)).toBe(pictures);
  expect(calm(state)).toBe(rests);
  expect(en[`state.${state}`]).not.toBe('');
  expect(en[`help.${state}`]).toMatch(/\.$/);
});

describe('the course of a state', () => {
  it('says how long and when it is tried again', () => {
    expect(course({ state: 'unreachable', since: at(-120), next_try: at(40.5) }, now)).toBe('For 2\u00a0min · Next try in 40\u00a0s');
    expect(course({ state: 'live', since: at(-3 * 24 * 3600) }, now)).toMatch(/^Since Thu, /);
  });

  it('does not count down the last seconds, nor a try that is under way', () => {
    expect(nextTry({ state: 'frozen', next_try: at(4.9) }, now)).toBe('Trying again now');
    expect(nextTry({ state: 'frozen', next_try: at(-3) }, now)).toBe('Trying again now');
    expect(nextTry({ state: 'wrong password', next_try: at(5) }, now)).toBe('Next try in 5\u00a0s');
  });

  it('says nothing of a try while pictures come, or of what is unknown', () => {
    expect(course({ state: 'live', next_try: at(9) }, now)).toBe('');
    expect(course({ state: 'degraded', next_try: at(9) }, now)).toBe('');
    expect(course({}, now)).toBe('');
  });
});

describe('the reason', () => {
  const told = (state: CameraState, address?: string): Camera =>
    ({ status: { state, message: 'Nothing listens at 10.0.0.9:554.', streams: [] }, ...(address ? { address } : {}) }) as unknown as Camera;

  it('is for those who know the address', () => {
    expect(reason(told('unreachable', 'rtsp://10.0.0.9:554/1'))).toBe('Nothing listens at 10.0.0.9:554.');
    expect(reason(told('unreachable'))).toBeUndefined();
  });

  it('is for what is wrong', () => {
    expect(reason(told('live', 'rtsp://10.0.0.9:554/1'))).toBeUndefined();
    expect(reason(told('degraded', 'rtsp://10.0.0.9:554/1'))).toBeDefined();
  });

  it('is left to the small stream where that alone is missing', () => {
    const camera = told('degraded', 'rtsp://10.0.0.9:554/1');
    camera.status.streams = [{ stream: 'main', state: 'live', codec: 'H.264', width: 1, height: 1, fps: 1, bitrate: 1, connected: true, reconnects: 0 }];
    expect(smallMissing(camera)).toBe(true);
    expect(reason(camera)).toBeUndefined();
    expect(smallMissing(told('degraded'))).toBe(false);
  });

  it('is not said again as a warning', () => {
    const camera = told('unreachable', 'rtsp://10.0.0.9:554/1');
    expect(warning(camera)).toBeUndefined();
    camera.status.warning = 'Nothing listens at 10.0.0.9:554.';
    expect(warning(camera)).toBeUndefined();
    camera.status.warning = 'The sound cannot be recorded.';
    expect(warning(camera)).toBe('The sound cannot be recorded.');
    expect(warning({ ...told('unreachable'), status: camera.status })).toBe('The sound cannot be recorded.');
  });
});
