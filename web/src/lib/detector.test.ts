import { expect, it } from 'vitest';
import type { Detector } from '../api/types';
import { en } from '../words/en';
import { CLASSES, classChoices, detectorLines, detectorOf, draftOf, exitWords, statusWords, sureChoices } from './detector';

const set: Detector = { address: 'http://192.168.1.20:32168', min_confidence: 60, classes: ['person', 'animal'] };

it('means what it was made of, and names no class where all count', () => {
  expect(detectorOf(draftOf(set))).toEqual(set);
  expect(draftOf(undefined)).toEqual({ address: '', sure: '50', classes: [...CLASSES] });
  expect(detectorOf({ ...draftOf(undefined), address: ' http://box ' })).toEqual({ address: 'http://box', min_confidence: 50 });
  expect(detectorOf({ ...draftOf(set), classes: ['animal', 'person'] }).classes).toEqual(['person', 'animal']);
  const draft = draftOf(set);
  draft.classes.push('vehicle');
  expect(set.classes).toEqual(['person', 'animal']);
});

it('offers what somebody else chose', () => {
  expect(sureChoices('50').map((c) => c.label)).toEqual(['30 %', '50 %', '70 %', '85 %']);
  expect(sureChoices('60').map((c) => c.value)).toEqual(['30', '50', '60', '70', '85']);
  expect(classChoices().map((c) => c.label)).toEqual(['Person', 'Vehicle', 'Animal', 'Package']);
});

it('says that pictures leave the hub, and to where', () => {
  expect(detectorLines(undefined)).toEqual(['This camera has no detector. None of its pictures leaves the hub.']);
  expect(detectorLines(set)).toEqual(['A few pictures of each event leave the hub to http://192.168.1.20:32168.', 'What counts, from 60 % sure: Person, Animal']);
  expect(exitWords('https://box')).not.toMatch(/listens on your network/);
  for (const open of ['http://box', 'HTTP://box', '', 'box']) expect(exitWords(open)).toMatch(/leave the hub unsealed.*listens on your network/);
  expect(exitWords(' HTTPS://box')).not.toMatch(/listens/);
});

it('says how it answers', () => {
  const now = new Date('2026-05-03T10:00:00Z');
  const of = (status: object | undefined) => statusWords({ allowed: true, detector: set, ...(status && { status }) }, now);
  expect(of(undefined)).toBe('It was not asked about a picture yet.');
  expect(of({})).toBe('It was not asked about a picture yet.');
  expect(of({ asked: '2026-05-03T09:56:00Z', took_ms: 80 })).toBe('It answered about the last picture (4\u00a0min ago).');
  expect(of({ asked: '2026-05-03T09:56:00Z', fault: 'silent', since: '2026-05-03T09:50:00Z', next: '2026-05-03T10:01:00Z' })).toMatch(/^Nobody answers at this address, or not in time\. It has been so since 10\u00a0min ago/);
  for (const fault of ['nowhere', 'outside', 'silent', 'certificate', 'elsewhere', 'status', 'answer', 'refused']) expect(en).toHaveProperty([`detector.fault.${fault}`]);
});
