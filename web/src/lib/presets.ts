import { say } from '../words/say';
import { type Area, type Draft, USUAL, wholeArea } from './motion';

/** Limits that suit a place: how sensitive the camera is, how large something has to be there, and for how long it has to move. */
interface Limits {
  sensitivity: number;
  size: number;
  lasting: number;
}

/**
 * Tried on footage with `lares detect`: a garden's lose no event that the usual ones find in the clips with people, and
 * not fall for a tree; a street's and those of the night leave out what is small or far away.
 */
const PRESETS = {
  usual: { sensitivity: USUAL, size: 0, lasting: 0 },
  indoor: { sensitivity: 60, size: 0, lasting: 0 },
  garden: { sensitivity: 50, size: 0.002, lasting: 1000 },
  street: { sensitivity: 50, size: 0.006, lasting: 500 },
  night: { sensitivity: 40, size: 0.003, lasting: 1000 },
} satisfies Record<string, Limits>;

export type Preset = keyof typeof PRESETS;
const NAMES = Object.keys(PRESETS) as Preset[];

/** The preset that a draft is of; undefined where somebody chose otherwise. */
export function presetOf({ sensitivity, areas }: Draft): Preset | undefined {
  const zones = areas.filter((a) => !a.mask);
  return NAMES.find((name) => {
    const limits = PRESETS[name];
    const bare = limits.size === 0 && limits.lasting === 0;
    return sensitivity === limits.sensitivity && (bare || zones.length > 0) && zones.every((z) => !z.sensitivity && z.size === limits.size && z.lasting === limits.lasting);
  });
}

/** A draft with a preset's limits in every zone. Only zones have limits: where none is drawn, one is the whole picture. */
export function withPreset({ areas }: Draft, name: Preset): Draft {
  const { sensitivity, size, lasting } = PRESETS[name];
  const limited = (a: Area): Area => (a.mask ? a : { ...a, sensitivity: 0, size, lasting });
  const needed = (size > 0 || lasting > 0) && areas.every((a) => a.mask);
  return { sensitivity, areas: (needed ? [...areas, wholeArea(areas)] : areas).map(limited) };
}

/** What there is to choose; `own` is what is no preset. */
export function presetChoices(now: Preset | undefined): { value: string; label: string }[] {
  const presets = NAMES.map((value) => ({ value, label: say(`motion.preset.${value}`) }));
  return now ? presets : [{ value: 'own', label: say('motion.preset.own') }, ...presets];
}

/** What a preset is for. */
export function presetWords(now: Preset | undefined): string {
  return say(now ? `motion.preset.${now}_text` : 'motion.preset.own_text');
}
