import { expect, it } from 'vitest';
import type { HubEvent } from '../api/types';
import { alsoWords, placeWords, sourceWords } from './kinds';

const event: HubEvent = { id: 'e', camera: 'c', clips: [], kind: 'motion', start: '2026-05-03T10:00:00Z', thumbnail: false, recording: false };

it('says at which camera, and in which zone', () => {
  expect(placeWords(event, 'Garden')).toBe('Garden');
  expect(placeWords({ ...event, zone: 'Gate' }, 'Garden')).toBe('Garden · Gate');
  expect(placeWords({ ...event, zone: 'Gate' }, undefined)).toBe('a camera you no longer see · Gate');
});

it('says who noticed it, where somebody did', () => {
  expect(sourceWords({ ...event, sources: ['camera'] })).toEqual(['The camera noticed it.']);
  expect(sourceWords({ ...event, sources: ['motion'] })).toEqual(['The hub saw it in the pictures.']);
  expect(sourceWords({ ...event, sources: ['motion', 'camera'] })).toEqual(['The camera noticed it, and the hub saw it in the pictures.']);
  expect(sourceWords({ ...event, sources: ['sound'] })).toEqual(['The hub heard it.']);
  expect(sourceWords({ ...event, sources: ['sound', 'camera'] })).toEqual(['The camera noticed it, and the hub heard it.']);
  expect(sourceWords({ ...event, sources: ['sound', 'motion'] })).toEqual(['The hub saw it in the pictures, and heard it.']);
  expect(sourceWords({ ...event, sources: ['sound', 'camera', 'motion'] })).toEqual(['The camera noticed it, and the hub saw it in the pictures and heard it.']);
  expect(sourceWords({ ...event, sources: [] })).toEqual([]);
  expect(sourceWords(event)).toEqual([]);
  expect(sourceWords({ ...event, sources: ['detector'] })).toEqual(['The camera’s detector recognised it.']);
  expect(sourceWords({ ...event, sources: ['motion', 'detector'] })).toEqual(['The hub saw it in the pictures.', 'The camera’s detector recognised it.']);
});

it('says what else is known, in words where there are some', () => {
  expect(alsoWords(event)).toBeUndefined();
  expect(alsoWords({ ...event, labels: ['vehicle', 'pickup', 'Path'] })).toBe('Also: Vehicle, pickup, Path');
  expect(alsoWords({ ...event, class: 'person' })).toBeUndefined();
  expect(alsoWords({ ...event, class: 'parcel box', labels: ['vehicle'] })).toBe('Also: parcel box, Vehicle');
});
