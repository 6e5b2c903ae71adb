import { describe, expect, it } from 'vitest';
import type { RecordingPlan } from '../api/types';
import { BEFORE, draftOf, hasEvents, hasStreams, MODES, modeLine, planLine, planOf, rollChoices, rollsLine } from './plan';
import { deadline } from './time';

const now = new Date(2026, 2, 18, 14, 30, 0);
const evening = new Date(2026, 2, 18, 22, 0, 0);

function plan(more: Partial<RecordingPlan> = {}): RecordingPlan {
  return { mode: 'events', times: [], streams: 'main', sound: false, pre_roll_ms: 5000, post_roll_ms: 10_000, kinds: [], unreadable: false, now: 'events', clock: '14:30', ...more };
}

describe('what is recorded', () => {
  it('is said, with its end', () => {
    expect(planLine(plan(), now)).toBe('Events are recorded.');
    expect(planLine(plan({ now: 'off', until: evening.toISOString() }), now)).toBe(`Nothing is recorded, until ${deadline(evening, now)}.`);
    expect(planLine(plan({ now: 'both' }), now)).toBe('Everything is recorded, all the time, and each event as a clip of its own.');
    expect(planLine(plan({ unreadable: true }), now)).toMatch(/can no longer be read, so events are recorded, without sound\./);
    for (const mode of MODES) expect(planLine(plan({ now: mode, until: evening.toISOString() }), now)).toContain(deadline(evening, now));
  });

  it('is said of a time of the week, and around events', () => {
    expect(modeLine({ days: ['monday'], from: '03:00', to: '03:00', mode: 'off' })).toMatch(/, the whole day: nothing$/);
    expect(rollsLine(plan())).toBe('The recording of an event starts 5 seconds before it and ends 10 seconds after it.');
    expect(rollsLine(plan({ pre_roll_ms: 1000, kinds: [{ kind: 'doorbell', pre_roll_ms: 8000, post_roll_ms: 0 }] }))).toBe(
      'The recording of an event starts 1 second before it and ends 10 seconds after it; some kinds of events have their own settings.',
    );
  });

  it('has events or none', () => {
    expect(hasEvents(undefined)).toBe(true);
    expect(MODES.filter((mode) => hasEvents(plan({ now: mode })))).toEqual(['events', 'both']);
  });

  it('is of one stream where there is one', () => {
    const of = (...names: ('main' | 'sub')[]) => ({ status: { streams: names.map((stream) => ({ stream })) } }) as Parameters<typeof hasStreams>[0];
    expect([hasStreams(of('main'), plan()), hasStreams(of('main', 'sub'), plan()), hasStreams(of('main'), plan({ streams: 'both' }))]).toEqual([false, true, true]);
  });

  it('is saved as it was, where nothing is changed', () => {
    const was = plan({ mode: 'both', streams: 'both', sound: true, times: [{ days: ['monday'], from: '22:00', to: '06:00', mode: 'off' }], kinds: [{ kind: 'doorbell', pre_roll_ms: 8000, post_roll_ms: 0 }] });
    const { mode, times, streams, sound, pre_roll_ms, post_roll_ms, kinds } = was;
    expect(planOf(draftOf(was))).toEqual({ mode, times, streams, sound, pre_roll_ms, post_roll_ms, kinds });
  });

  it('offers what is set, whatever it is', () => {
    expect(rollChoices(BEFORE, 5000).map((c) => c.value)).toEqual(['0', '2000', '5000', '8000']);
    expect(rollChoices(BEFORE, 3500)[2]).toEqual({ value: '3500', label: '3.5 seconds' });
  });
});
