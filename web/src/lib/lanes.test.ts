import { describe, expect, it } from 'vitest';
import type { Lane, Timeline } from '../api/timeline';
import type { HubEvent } from '../api/types';
import { grown, reason, reasonAt, withEvent, withGap, withRecording } from './lanes';

const zero = Date.parse('2026-06-01T10:00:00Z');
const minute = 60_000;
const at = (m: number): string => new Date(zero + m * minute).toISOString();
const lane: Lane = { camera: 'a', continuous: [], recorded: [], damaged: [], counts: {}, busy: [], gaps: [], marks: [], tooMany: false };
const empty: Timeline = { from: zero, to: zero + 60 * minute, step: minute, now: zero + 30 * minute, lanes: [lane, { ...lane, camera: 'b' }] };
const event = (more: Partial<HubEvent>): HubEvent =>
  ({ id: '1', camera: 'a', kind: 'motion', start: at(29.5), clips: [], recording: true, thumbnail: false, ...more }) as HubEvent;
const first = (t: Timeline): Lane => t.lanes[0] as Lane;

describe('why nothing was recorded', () => {
  const gap = (from: number, to: number) => ({ from: zero + from * minute, to: zero + to * minute, cause: 'hub' as const, open: false });
  const why = (from: number, to: number) => reason([lane, { ...lane, gaps: [gap(10, 12), gap(20, 30)] }], zero + from * minute, zero + to * minute);
  it('is told of what lasted for all of it', () => {
    expect([why(20, 30), why(22, 24), why(19.9, 30.1), why(20, 30.5), why(10, 12.3)]).toEqual(['hub', 'hub', 'hub', 'hub', 'hub']);
  });
  it('is not told of what lasted for a part of a quiet time', () => {
    expect([why(9, 13), why(0, 60), why(13, 19), why(15, 30)]).toEqual([undefined, undefined, undefined, undefined]);
  });
});

describe('what is damaged', () => {
  const damaged: Lane = { ...lane, gaps: [{ from: zero, to: zero + minute, cause: 'hub', open: false }], damaged: [[zero + 10 * minute, zero + 14 * minute], [zero + 15 * minute, zero + 20 * minute]] };
  const why = (from: number, to: number) => reason([lane, damaged], zero + from * minute, zero + to * minute);
  it('is why a span is not shown that it is most of, where nothing else is', () => {
    expect([why(10, 14), why(10, 20), why(9.9, 14.2), why(0, 1)]).toEqual(['damaged', 'damaged', 'damaged', 'hub']);
    const short = { ...damaged, damaged: [[zero + minute, zero + minute + 4000] as [number, number]] };
    expect([2000, 8000].map((ms) => reason([short], zero + minute - ms, zero + minute + 4000))).toEqual(['damaged', 'hub']); // what lasted longer
    expect([why(0, 20), why(20, 30), why(14.2, 14.8)]).toEqual([undefined, undefined, undefined]);
  });
  it('is why nothing is shown of a time in it', () => {
    const at = (m: number) => reasonAt(damaged, zero + m * minute);
    expect([at(0.5), at(1), at(10), at(14), at(19.9), at(20), reasonAt(undefined, zero)]).toEqual(['hub', undefined, 'damaged', undefined, 'damaged', undefined, undefined]);
  });
  it('is not drawn as recorded when the hub tells of it', () => {
    const t = withRecording(empty, { camera: 'a', start: at(10), duration_ms: 5 * minute, state: 'damaged' }, 0);
    expect([first(t).continuous, first(t).damaged]).toEqual([[], [[zero + 10 * minute, zero + 15 * minute]]]);
    const clips = [{ id: 'c', start: at(29), duration_ms: minute, recording: false }, { id: 'd', start: at(40), duration_ms: minute, recording: false, damaged: true }];
    const e = first(withEvent(empty, event({ clips }), zero + 50 * minute));
    expect([e.recorded, e.damaged]).toEqual([[[zero + 29 * minute, zero + 30 * minute]], [[zero + 40 * minute, zero + 41 * minute]]]);
  });
  it('is not drawn as recorded any more when it turns out to be', () => {
    const span = (a: number, b: number) => [zero + a * minute, zero + b * minute];
    const state = (t: typeof empty, s: string) => withRecording(t, { camera: 'a', start: at(10), duration_ms: 5 * minute, state: s }, 0);
    const before = withRecording(empty, { camera: 'a', start: at(5), duration_ms: 15 * minute, state: 'complete' }, 0);
    expect(first(state(before, 'damaged')).continuous).toEqual([span(5, 10), span(15, 20)]);
    expect(first(state(state(empty, 'complete'), 'damaged')).continuous).toEqual([]);
    const clip = (damaged: boolean) => event({ clips: [{ id: 'c', start: at(29), duration_ms: minute, recording: false, damaged }] });
    const e = first(withEvent(withEvent(empty, clip(false), zero + 50 * minute), clip(true), zero + 50 * minute));
    expect([e.recorded, e.damaged]).toEqual([[], [span(29, 30)]]);
  });
});

describe('an open timeline', () => {
  it('gets an event once, however often it is told, with its clips up to now', () => {
    const clips = [{ id: 'c', start: at(29), duration_ms: 0, recording: true }];
    let t = withEvent(empty, event({ kind: 'sound', clips }), zero + 30 * minute);
    expect(first(t).counts.sound?.[29]).toBe(1);
    expect(first(t).recorded).toEqual([[zero + 29 * minute, zero + 30 * minute]]);
    t = withEvent(t, event({ end: at(31), clips: [{ id: 'c', start: at(29), duration_ms: 3 * minute, recording: false }] }), zero + 33 * minute);
    expect(first(t).marks).toEqual([{ id: '1', kind: 'motion', start: zero + 29.5 * minute, end: zero + 31 * minute }]);
    expect([first(t).counts.motion?.[29], first(t).counts.sound?.[29]]).toEqual([1, 0]);
    expect(first(t).recorded).toEqual([[zero + 29 * minute, zero + 32 * minute]]);
    expect(t.lanes[1]).toEqual(empty.lanes[1]);
  });

  it('counts where it does not name', () => {
    const many: Timeline = { ...empty, lanes: [{ ...lane, tooMany: true }] };
    let t = withEvent(many, event({}), zero + 30 * minute);
    t = withEvent(t, event({ end: at(30) }), zero + 31 * minute);
    expect(first(t).counts.motion?.[29]).toBe(1);
    expect(first(t).marks).toEqual([]);
  });

  it('leaves out what is elsewhere', () => {
    expect(withEvent(empty, event({ camera: 'c' }), zero).lanes).toEqual(empty.lanes);
    expect(first(withEvent(empty, event({ start: at(-10), end: at(-9) }), zero)).marks).toEqual([]);
    expect(first(withGap(empty, { camera: 'a', from: at(70), cause: 'disk' }, zero + 80 * minute)).gaps).toEqual([]);
  });

  it('joins files that follow each other', () => {
    let t = withRecording(empty, { camera: 'a', start: at(10), duration_ms: 5 * minute, state: 'complete' }, 0);
    t = withRecording(t, { camera: 'a', start: at(15.2), duration_ms: 0, state: 'open' }, zero + 17 * minute);
    expect(first(t).continuous).toEqual([[zero + 10 * minute, zero + 17 * minute]]);
    t = withRecording(t, { camera: 'a', start: at(20), duration_ms: minute, state: 'complete' }, 0);
    expect(first(t).continuous).toHaveLength(2);
  });

  it('knows a gap that began before it by the end that is told of it', () => {
    const early = { from: zero, to: zero + 30 * minute, cause: 'privacy' as const, open: true, early: true };
    const t = withGap({ ...empty, lanes: [{ ...lane, gaps: [early] }] }, { camera: 'a', from: at(-90), to: at(31), cause: 'privacy' }, zero + 31 * minute);
    expect(first(t).gaps).toEqual([{ from: zero - 90 * minute, to: zero + 31 * minute, cause: 'privacy', open: false }]);
  });

  it('grows while nothing is told', () => {
    let t = withRecording(empty, { camera: 'a', start: at(25), duration_ms: 0, state: 'open' }, empty.now);
    t = withGap(t, { camera: 'b', from: at(28), cause: 'camera' }, empty.now);
    t = grown(t, zero + 31 * minute);
    expect(first(t).continuous).toEqual([[zero + 25 * minute, zero + 31 * minute]]);
    expect(t.lanes[1]?.gaps).toEqual([{ from: zero + 28 * minute, to: zero + 31 * minute, cause: 'camera', open: true }]);
    t = withGap(t, { camera: 'b', from: at(28), to: at(30.5), cause: 'camera' }, t.now);
    expect(grown(t, zero + 40 * minute).lanes[1]?.gaps).toEqual([{ from: zero + 28 * minute, to: zero + 30.5 * minute, cause: 'camera', open: false }]);
  });
});
