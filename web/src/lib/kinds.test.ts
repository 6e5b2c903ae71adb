import { expect, it } from 'vitest';
import type { HubEvent } from '../api/types';
import { placeWords, sourceWords } from './kinds';

const event: HubEvent = { id: 'e', camera: 'c', clips: [], kind: 'motion', start: '2026-05-03T10:00:00Z', thumbnail: false, recording: false };

it('says at which camera, and in which zone', () => {
  expect(placeWords(event, 'Garden')).toBe('Garden');
  expect(placeWords({ ...event, zone: 'Gate' }, 'Garden')).toBe('Garden · Gate');
  expect(placeWords({ ...event, zone: 'Gate' }, undefined)).toBe('a camera you no longer see · Gate');
});

it('says who noticed it, where somebody did', () => {
  expect(sourceWords({ ...event, sources: ['camera'] })).toBe('The camera noticed it.');
  expect(sourceWords({ ...event, sources: ['motion'] })).toBe('The hub saw it in the pictures.');
  expect(sourceWords({ ...event, sources: ['motion', 'camera'] })).toBe('The camera noticed it, and the hub saw it in the pictures.');
  expect(sourceWords({ ...event, sources: ['sound'] })).toBe('The hub heard it.');
  expect(sourceWords({ ...event, sources: ['sound', 'camera'] })).toBe('The camera noticed it, and the hub heard it.');
  expect(sourceWords({ ...event, sources: ['sound', 'motion'] })).toBe('The hub saw it in the pictures, and heard it.');
  expect(sourceWords({ ...event, sources: ['sound', 'camera', 'motion'] })).toBe('The camera noticed it, and the hub saw it in the pictures and heard it.');
  expect(sourceWords({ ...event, sources: [] })).toBeUndefined();
  expect(sourceWords(event)).toBeUndefined();
});
