import { describe, expect, it } from 'vitest';
import type { Camera, HubEvent, Why } from '../api/types';
import { type Ease, curveOf, easeWords, hasReason, mapOf, unreasoned, whyLines } from './why';

const why: Why = { zone: 'Gate', sensitivity: 100, size: 250, area: 0.0123, lasted_ms: 4500, columns: 3, rows: 1, map: btoa(String.fromCharCode(0, 40, 42)), curve: btoa(String.fromCharCode(50, 255)) };

describe('why an event was recorded', () => {
  it('is shown by the sensitivity that was in force', () => {
    expect(mapOf(why).map((c) => c.counts)).toEqual([false, false, true]);
    expect(mapOf({ ...why, sensitivity: 50 }).some((c) => c.counts)).toBe(false);
    expect(curveOf(why)).toEqual([0.5, 2.55]);
    expect(mapOf({ sensitivity: 50, size: 0, lasted_ms: 1 })).toEqual([]);
  });

  it('is said in words', () => {
    const [where, size, time] = whyLines(why);
    expect(where).toContain('Gate');
    expect(size).toMatch(/1\.2% .*2\.5 times/);
    expect(time).toContain('4.5 seconds');
    expect(whyLines({ sensitivity: 50, size: 0, lasted_ms: 800, min_duration_ms: 500 }).join(' ')).toMatch(/whole picture.*between.*0\.5 seconds/);
  });

  it('is told without limits to who may not manage the camera', () => {
    const bare: Why = { zone: 'Gate', area: 0.0123, lasted_ms: 4500, columns: 3, rows: 1, map: btoa(String.fromCharCode(0, 40, 255)) };
    expect(whyLines(bare)).toEqual(['It moved in the zone Gate.', 'The largest part was 1.2% of the picture.', 'Something moved for 4.5 seconds.']);
    expect(whyLines({ lasted_ms: 800 }).join(' ')).toMatch(/whole picture\..*between/);
    expect(mapOf(bare).map((c) => c.counts)).toEqual([false, false, true]);
  });

  it('says what a change does, in each zone that it changes', () => {
    const gate = { name: 'Gate', polygon: [], min_duration_ms: 5500, min_area: 0.012 };
    const path = { name: 'Path', polygon: [], min_duration_ms: 1500, min_area: 0.05 };
    const change = (by: Ease['by'], zones?: string[]): Ease => ({ by, zones, motion: { off: false, settings: { sensitivity: 44, zones: [gate, path] } } });
    expect(easeWords(change('min_duration', ['Gate']))).toMatch(/5\.5 seconds in the zone Gate\.$/);
    expect(easeWords(change('min_duration', ['Gate', 'Path']))).toMatch(/5\.5 seconds in the zone Gate and 1\.5 seconds in the zone Path/);
    expect(easeWords(change('min_area', ['Gate', 'Path']))).toMatch(/1\.2% .*Gate and 5% .*Path/);
    expect(easeWords(change('sensitivity'))).toContain('44');
    expect(easeWords({ by: 'sensitivity', zones: ['Gate'], motion: { off: false, settings: { zones: [{ ...gate, sensitivity: 12 }] } } })).toContain('12');
    expect(easeWords(change('mask'))).toContain('mask');
    expect(whyLines({ ...why, lasted_ms: 172_300 }).join(' ')).toContain('2:52');
  });

  it('is said as far as it is known where the hub kept no reason', () => {
    const event = (kind: string, ...sources: string[]): HubEvent => ({ kind, sources }) as HubEvent;
    const camera = (codec: string): Camera => ({ status: { streams: [{ codec }] } }) as unknown as Camera;
    for (const [of, sends, says] of [
      [event('motion', 'motion'), 'H.264 High', 'too old'],
      [event('motion', 'motion'), 'H.265 Main', 'much larger than usual'],
      [event('motion', 'motion', 'camera'), 'H.265 Main', 'much larger than usual'],
      [event('tamper', 'motion'), 'H.264 High', 'did not show its place'],
      [event('motion', 'camera'), 'H.264 High', 'The camera itself told'],
      [event('sound', 'sound'), 'H.264 High', 'louder'],
    ] as const) {
      expect(unreasoned(of, camera(sends))).toContain(says);
    }
    expect(unreasoned(event('motion', 'motion'), undefined)).toContain('too old');
    expect([hasReason(event('motion', 'camera')), hasReason(event('motion', 'motion'))]).toEqual([false, true]);
  });
});
