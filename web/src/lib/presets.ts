import type { MotionPreset } from '../api/types';
import { say } from '../words/say';
import { type Area, type Draft, wholeArea } from './motion';

const limited = ({ min_area, min_duration_ms }: MotionPreset): boolean => min_area > 0 || min_duration_ms > 0;

/** The preset that a draft is of; undefined where somebody chose otherwise. */
export function presetOf(presets: readonly MotionPreset[], { sensitivity, areas }: Draft): MotionPreset | undefined {
  const zones = areas.filter((a) => !a.mask);
  return presets.find(
    (p) =>
      sensitivity === p.sensitivity &&
      (!limited(p) || zones.length > 0) &&
      zones.every((z) => !z.sensitivity && z.size === p.min_area && z.lasting === p.min_duration_ms),
  );
}

/** A draft with a preset's limits in every zone. Only zones have limits: where none is drawn, one is the whole picture. */
export function withPreset({ areas }: Draft, preset: MotionPreset): Draft {
  const limit = (a: Area): Area => (a.mask ? a : { ...a, sensitivity: 0, size: preset.min_area, lasting: preset.min_duration_ms });
  const needed = limited(preset) && areas.every((a) => a.mask);
  return { sensitivity: preset.sensitivity, areas: (needed ? [...areas, wholeArea(areas)] : areas).map(limit) };
}

/** What there is to choose; `own` is what is no preset. */
export function presetChoices(presets: readonly MotionPreset[], now: MotionPreset | undefined): { value: string; label: string }[] {
  const choices = presets.map(({ name }) => ({ value: name as string, label: say(`motion.preset.${name}`) }));
  return now ? choices : [{ value: 'own', label: say('motion.preset.own') }, ...choices];
}

/** What a preset is for. */
export function presetWords(now: MotionPreset | undefined): string {
  return say(now ? `motion.preset.${now.name}_text` : 'motion.preset.own_text');
}
