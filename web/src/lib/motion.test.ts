import { describe, expect, it } from 'vitest';
import type { Camera, CameraStream, Motion } from '../api/types';
import { type Area, areaName, draftOf, LONGEST_NAME, levelChoices, motionLines, nameFault, newArea, readable, sensitivityWords, settingsOf, sizeChoices, timeChoices, USUAL } from './motion';
import { contains } from './polygon';

const whole: Motion = {
  off: false,
  settings: {
    sensitivity: 40,
    zones: [{ name: 'gate', polygon: [[0, 0.5], [0.4, 0.5], [0.4, 1]], sensitivity: 70, min_area: 0.01, min_duration_ms: 1500 }],
    masks: [[[0.8, 0], [1, 0], [1, 0.3]]],
  },
};

function drawn(...names: string[]): Area[] {
  const areas: Area[] = [];
  for (const name of names) areas.push({ ...newArea(areas, false), name });
  return areas;
}

describe('a draft', () => {
  it('means what it was made of, and leaves out what is usual', () => {
    expect(settingsOf(draftOf(whole))).toEqual(whole.settings);
    expect(settingsOf(draftOf({ off: true, settings: {} }))).toEqual({});
    expect(draftOf({ off: false, settings: {} }).sensitivity).toBe(USUAL);
    expect(settingsOf({ sensitivity: USUAL, areas: drawn(' yard ') }).zones?.[0]).toEqual({ name: 'yard', polygon: expect.any(Array) });
  });

  it('tells areas apart that are alike', () => {
    const keys = draftOf({ off: false, settings: { masks: [[], [], []] } }).areas.map((a) => a.key);
    expect(new Set(keys).size).toBe(3);
  });
});

describe('a new area', () => {
  it('lies where none is yet, and in the picture', () => {
    const areas: Area[] = [];
    for (let i = 0; i < 9; i++) {
      const one = newArea(areas, i % 2 === 1);
      const [[left = 0, top = 0] = [], , [right = 0, bottom = 0] = []] = one.corners;
      expect(areas.some((a) => contains(a.corners, [(left + right) / 2, (top + bottom) / 2]))).toBe(false);
      expect(one.corners.flat().every((v) => v >= 0 && v <= 1)).toBe(true);
      areas.push(one);
    }
    expect(newArea(areas, false).corners).toHaveLength(4);
  });

  it('has a name that no other zone has', () => {
    expect(newArea([], false).name).toBe('Zone 1');
    expect(newArea(drawn('Zone 1', 'Zone 3'), false).name).toBe('Zone 2');
    expect(newArea([], true).name).toBe('');
  });
});

describe('a name', () => {
  it('is wanted, of each zone, and its own', () => {
    const [gate, other, blank, long] = drawn('gate', ' gate ', '  ', 'ä'.repeat(LONGEST_NAME + 1));
    const areas = [gate!, other!, blank!, long!];
    expect(nameFault([gate!], gate!)).toBeUndefined();
    expect(nameFault(areas, gate!)).toBe('Another zone has this name.');
    expect(nameFault(areas, blank!)).toBe('Give the zone a name.');
    expect(nameFault(areas, long!)).toBe('A name has at most 60 characters.');
    expect(nameFault(areas, newArea(areas, true))).toBeUndefined();
  });

  it('of a mask is its place among the masks', () => {
    const areas = [newArea([], true), ...drawn('gate', ''), newArea([], true)];
    expect(areas.map((a) => areaName(areas, a))).toEqual(['Mask 1', 'gate', 'Zone without a name', 'Mask 2']);
  });
});

it('says a sensitivity in words', () => {
  expect([1, 30, 50, 70, 100].map(sensitivityWords)).toEqual([
    'Only what is large and clear.',
    'Less than usual: small or faint movements do not count.',
    'As usual: a person counts, leaves and noise do not.',
    'More than usual: what is small or far away counts, too.',
    'The slightest movement, and more false alarms with it.',
  ]);
});

it('offers what is set now, whoever set it', () => {
  expect(sizeChoices(0).map((c) => c.label).slice(0, 3)).toEqual(['Any', '0.5% of the picture', '1% of the picture']);
  expect(sizeChoices(0.034).map((c) => c.value)).toEqual(['0', '0.005', '0.01', '0.02', '0.034', '0.05', '0.1', '0.2']);
  expect(timeChoices(1500).slice(0, 4)).toEqual([
    { value: '0', label: 'Any' }, { value: '1000', label: '1 second' }, { value: '1500', label: '1.5 seconds' }, { value: '2000', label: '2 seconds' },
  ]);
  expect(levelChoices(70).map((c) => c.label)).toEqual(['As for the whole camera', 'Only what is large and clear', 'Less', 'As usual', '70 of 100', 'More', 'The slightest movement']);
});

it('finds motion where one stream is H.264, and says nothing before any is known', () => {
  const sends = (...codecs: string[]) => ({ status: { streams: codecs.map((codec) => ({ codec }) as CameraStream) } }) as Camera;
  expect(readable(sends('H.265 + AAC', 'H.264 + AAC'))).toBe(true);
  expect(readable(sends('H.265 + AAC', ''))).toBe(false);
  expect(readable(sends('', ''))).toBe(true);
});

it('says what counts', () => {
  expect(motionLines({ off: false, settings: {} })).toEqual(['The whole picture counts.', sensitivityWords(USUAL)]);
  expect(motionLines(whole)).toEqual(['One zone counts: gate.', 'One part of the picture is left out.', sensitivityWords(40)]);
  const zones = ['gate', 'path', 'door'].map((name) => ({ name, polygon: [[0, 0], [1, 0], [1, 1]] }));
  expect(motionLines({ off: false, settings: { zones } })[0]).toBe('3 zones count: gate, path, and door.');
  expect(motionLines({ ...whole, off: true })).toEqual(['The hub does not look. What the camera itself notices counts all the same.']);
});
