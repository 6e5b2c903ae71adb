import { describe, expect, it } from 'vitest';
import type { Camera, CameraState, EventRule, RecordingPlan } from '../api/types';
import { presence, restNote, ruleLine, timesHeading } from './eventrule';
import { deadline } from './time';

const now = new Date(2026, 2, 18, 14, 30, 0);
const evening = new Date(2026, 2, 18, 22, 0, 0);
const at = deadline(evening, now);
const night = [{ days: ['monday' as const], from: '22:00', to: '06:00' }];

function rule(more: Partial<EventRule>, until?: Date): EventRule {
  return { when: 'always', times: [], unreadable: false, away: false, armed: true, clock: '14:30', ...more, ...(until ? { until: until.toISOString() } : {}) };
}

function camera(event_rule?: EventRule, more: Partial<Camera> = {}, state: CameraState = 'live'): Camera {
  const id = 'a'.repeat(32);
  return {
    id, name: 'Garden', owner: { id, name: 'Anna' }, mine: true, actions: ['live'], status: { state, message: '', streams: [] },
    recording: false, clips: 0, bytes: 0, retired: false, ...(event_rule ? { event_rule } : {}), ...more,
  };
}

function plan(now: RecordingPlan['now']): RecordingPlan {
  return { mode: now, times: [], streams: 'main', sound: false, pre_roll_ms: 5000, post_roll_ms: 10_000, kinds: [], unreadable: false, now, clock: '14:30' };
}

const line = (r: EventRule, mine = true) => ruleLine(camera(r, { mine }), r, now);

describe('when events are recorded', () => {
  it('is said with its reason', () => {
    expect(line(rule({}))).toBe('Motion and sound are recorded at any time.');
    expect(line(rule({ when: 'away', away: true }))).toBe('Motion and sound are recorded now, because you are away.');
    expect(line({ when: 'away', times: [], unreadable: false, armed: true, clock: '14:30' }, false)).toBe('Motion and sound are recorded now.');
    expect(line(rule({ when: 'away', armed: false }))).toBe('Motion and sound are not recorded now, because you are at home.');
    expect(line(rule({ when: 'away', armed: false }), false)).toBe('Motion and sound are not recorded now, because Anna is at home.');
  });

  it('is said with its end', () => {
    expect(line(rule({ when: 'away', times: night, armed: false }, evening))).toBe(`Motion and sound are not recorded now, because you are at home. From ${at} on they are.`);
    expect(line(rule({ when: 'away', times: night }, evening))).toBe(`Motion and sound are recorded now, until ${at}.`);
    expect(line(rule({ when: 'weekly', times: night, armed: false }, evening))).toBe(`Motion and sound are not recorded now, until ${at}.`);
    expect(line(rule({ when: 'weekly', times: night }, evening))).toBe(`Motion and sound are recorded now, until ${at}.`);
    expect(line(rule({ when: 'weekly', times: night, away: true }, evening))).toBe(`Motion and sound are recorded now, until ${at}.`);
    expect(line(rule({ when: 'weekly', times: night }))).toBe('Motion and sound are recorded now.');
  });

  it('counts for nothing where no events are recorded', () => {
    expect(ruleLine(camera(undefined, { recording_plan: plan('continuous') }), rule({}), now)).toBe('No events are recorded now: see “What is recorded”.');
    expect(ruleLine(camera(undefined, { recording_plan: plan('both') }), rule({}), now)).toBe('Motion and sound are recorded at any time.');
  });

  it('cannot be read any more', () => {
    expect(line(rule({ unreadable: true }))).toMatch(/^What was chosen here can no longer be read, so motion and sound are recorded at any time\./);
  });

  it('has times besides where its owner being away counts', () => {
    expect(timesHeading(camera(), rule({ when: 'weekly', times: night }))).toBeUndefined();
    expect(timesHeading(camera(), rule({ when: 'away', times: night }))).toBe('While you are away, and at these times:');
  });
});

it('a picture says that its motion is not recorded, unless something else says more', () => {
  const rests = rule({ when: 'away', armed: false });
  expect(restNote(camera(rests), now)).toBe('Not recording motion');
  expect(restNote(camera(rule({ when: 'weekly', times: night, armed: false }, evening)), now)).toBe(`Not recording motion until ${at}`);
  expect(restNote(camera(rule({})), now)).toBeUndefined();
  expect(restNote(camera(), now)).toBeUndefined();
  expect(restNote(camera(rests, { recording: true }), now)).toBeUndefined();
  expect(restNote(camera(rests, { retired: true }), now)).toBeUndefined();
  expect(restNote(camera(rests, {}, 'private'), now)).toBeUndefined();
  expect(restNote(camera(rule({}), { recording_plan: plan('off') }), now)).toBe('Nothing is recorded');
  expect(restNote(camera(rule({}), { recording_plan: { ...plan('off'), until: evening.toISOString() } }), now)).toBe(`Nothing is recorded until ${at}`);
  expect(restNote(camera(rests, { recording_plan: plan('continuous') }), now)).toBeUndefined();
  expect(restNote(camera(rests, { recording_plan: plan('both') }), now)).toBe('Not recording motion');
});

it('being away is asked for where something hangs on it', () => {
  const waits = camera(rule({ when: 'away', armed: false }));
  expect(presence([])).toBeUndefined();
  expect(presence([camera(rule({})), camera(rule({ when: 'weekly', times: night, armed: false }))])).toBeUndefined();
  expect(presence([waits, camera(rule({}))])).toEqual({ away: false, resting: 1 });
  expect(presence([waits, camera(rule({ when: 'away', armed: false }), {}, 'private')])).toEqual({ away: false, resting: 1 });
  expect(presence([camera(rule({ when: 'away', away: true }))])).toEqual({ away: true, resting: 0 });
  expect(presence([camera(rule({ away: true }))])).toEqual({ away: true, resting: 0 }); // so that it can be ended
});
