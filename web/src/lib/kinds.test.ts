import { expect, it } from 'vitest';
import type { HubEvent } from '../api/types';
import { placeWords } from './kinds';

it('says at which camera, and in which zone', () => {
  const event = { id: 'e', camera: 'c', clips: [], kind: 'motion', start: '2026-05-03T10:00:00Z', thumbnail: false, recording: false } satisfies HubEvent;
  expect(placeWords(event, 'Garden')).toBe('Garden');
  expect(placeWords({ ...event, zone: 'Gate' }, 'Garden')).toBe('Garden · Gate');
  expect(placeWords({ ...event, zone: 'Gate' }, undefined)).toBe('a camera you no longer see · Gate');
});
