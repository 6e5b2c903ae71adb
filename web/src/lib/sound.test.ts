import { expect, it } from 'vitest';
import type { Sound } from '../api/types';
import { cooldownChoices, draftOf, lastingChoices, levelChoices, settingsOf, soundLines } from './sound';

const said: Sound = { on: true, settings: { over_db: 20, min_duration_ms: 1500, cooldown_ms: 5000 } };

it('means what it was made of, and leaves out what is usual', () => {
  expect(settingsOf(draftOf(said))).toEqual(said.settings);
  expect(draftOf({ on: false, settings: {} })).toEqual({ over: '15', lasting: '150', cooldown: '3000' });
  expect(draftOf({ on: false, settings: { over_db: 0, min_duration_ms: 0, cooldown_ms: 0 } })).toEqual(draftOf({ on: false, settings: {} }));
  expect(settingsOf(draftOf({ on: false, settings: {} }))).toEqual({});
});

it('offers what is usual by name, and what somebody else chose', () => {
  expect(levelChoices('15')).toHaveLength(4);
  expect(levelChoices('15').find((c) => c.value === '15')?.label).toBe('As usual (15 dB)');
  expect(levelChoices('20').map((c) => c.value)).toEqual(['8', '15', '20', '25', '35']);
  expect(levelChoices('20')[2]?.label).toBe('20 dB');
  expect(lastingChoices('150')[0]).toEqual({ value: '150', label: 'As usual (0.15 seconds)' });
  expect(lastingChoices('1500').map((c) => c.value)).toContain('1500');
  expect(cooldownChoices('3000').find((c) => c.value === '60000')?.label).toBe('60 seconds');
});

it('offers nothing that the hub refuses', () => {
  const between = (values: { value: string }[], from: number, to: number) => values.every(({ value }) => Number(value) >= from && Number(value) <= to);
  expect(between(levelChoices('15'), 3, 60)).toBe(true);
  expect(between(lastingChoices('150'), 0, 10_000)).toBe(true);
  expect(between(cooldownChoices('3000'), 500, 60_000)).toBe(true);
});

it('says whether the hub listens, and for what', () => {
  expect(soundLines({ on: false, settings: said.settings })).toEqual(['The hub does not listen. Sounds that the camera itself notices count all the same.']);
  expect(soundLines(said)).toEqual(['The hub listens. Each loud sound becomes an event.', 'It counts from 20 dB over what is usual there.']);
  expect(soundLines({ on: true, settings: {} })[1]).toBe('It counts from 15 dB over what is usual there.');
});
