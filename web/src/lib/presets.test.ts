import { describe, expect, it } from 'vitest';
import type { MotionPreset } from '../api/types';
import { draftOf, newArea, settingsOf } from './motion';
import { presetChoices, presetOf, presetWords, withPreset } from './presets';

/** As the hub tells them. */
const presets: MotionPreset[] = [
  { name: 'usual', sensitivity: 50, min_area: 0, min_duration_ms: 0 },
  { name: 'indoor', sensitivity: 60, min_area: 0, min_duration_ms: 0 },
  { name: 'garden', sensitivity: 50, min_area: 0.002, min_duration_ms: 1000 },
  { name: 'night', sensitivity: 40, min_area: 0.003, min_duration_ms: 1000 },
];
const [usual, indoor, garden, night] = presets as [MotionPreset, MotionPreset, MotionPreset, MotionPreset];
const nothing = draftOf({ off: false, settings: {} });

describe('a preset', () => {
  it('is known by what it set, and not once that is changed', () => {
    expect(presetOf(presets, nothing)).toBe(usual);
    for (const preset of presets) {
      const made = withPreset(nothing, preset);
      expect(presetOf(presets, made)).toBe(preset);
      expect(presetOf(presets, draftOf({ off: false, settings: settingsOf(made) }))).toBe(preset);
      expect(presetOf(presets, { ...made, sensitivity: 41 })).toBeUndefined();
    }
    const made = withPreset(nothing, garden);
    expect(presetOf(presets, { ...made, areas: made.areas.map((a) => ({ ...a, size: 0.1 })) })).toBeUndefined();
    expect(presetOf(presets, { ...made, areas: made.areas.map((a) => ({ ...a, sensitivity: 9 })) })).toBeUndefined();
  });

  it('makes the whole picture a zone only where it has limits and no zone is drawn', () => {
    expect(withPreset(nothing, indoor).areas).toEqual([]);
    const [whole, ...more] = withPreset(nothing, night).areas;
    expect(more).toEqual([]);
    expect(whole).toMatchObject({ mask: false, name: 'Whole picture', size: 0.003, lasting: 1000, corners: [[0, 0], [1, 0], [1, 1], [0, 1]] });
  });

  it('keeps zones where they are, and masks as they are', () => {
    const zone = { ...newArea([], false), name: 'Gate', sensitivity: 80 };
    const mask = newArea([zone], true);
    expect(withPreset({ sensitivity: 3, areas: [mask, zone] }, garden)).toEqual({ sensitivity: 50, areas: [mask, { ...zone, sensitivity: 0, size: 0.002, lasting: 1000 }] });
    expect(withPreset({ sensitivity: 3, areas: [mask] }, garden).areas).toHaveLength(2);
  });

  it('can be chosen and is said in words, own settings too', () => {
    expect(presetChoices(presets, usual).map((c) => c.value)).toEqual(['usual', 'indoor', 'garden', 'night']);
    expect(presetChoices(presets, undefined)[0]).toEqual({ value: 'own', label: 'Own settings' });
    expect(presetWords(garden)).not.toBe(presetWords(undefined));
  });
});
