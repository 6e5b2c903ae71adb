import type { Sound } from '../api/types';
import { language, say } from '../words/say';

/** What a camera begins with: dB over what is usual there, and milliseconds. */
export const USUAL = { over: 15, lasting: 150, cooldown: 3000 };

/** What a person changes before it is saved, as choices are: numbers in words. */
export interface SoundDraft {
  over: string;
  lasting: string;
  cooldown: string;
}

/** What is to be changed of a camera's settings. */
export function draftOf({ settings }: Sound): SoundDraft {
  return {
    over: String(settings.over_db || USUAL.over),
    lasting: String(settings.min_duration_ms || USUAL.lasting),
    cooldown: String(settings.cooldown_ms || USUAL.cooldown),
  };
}

/** The settings that a draft means; what is usual is left out. */
export function settingsOf(draft: SoundDraft): Sound['settings'] {
  const [over, lasting, cooldown] = [Number(draft.over), Number(draft.lasting), Number(draft.cooldown)];
  return {
    ...(over !== USUAL.over && { over_db: over }),
    ...(lasting !== USUAL.lasting && { min_duration_ms: lasting }),
    ...(cooldown !== USUAL.cooldown && { cooldown_ms: cooldown }),
  };
}

const LEVELS = [['faint', 8], ['usual', USUAL.over], ['loud', 25], ['loudest', 35]] as const;
const LASTING = [USUAL.lasting, 500, 1000, 3000, 10_000];
const COOLDOWN = [1000, USUAL.cooldown, 10_000, 30_000, 60_000];

interface Choice {
  value: string;
  label: string;
}

/** Choices of a number, and the number that is chosen now, whoever chose it. */
function choices(numbers: readonly number[], now: string, words: (value: number) => string): Choice[] {
  const all = [...new Set([...numbers, Number(now)])].sort((a, b) => a - b);
  return all.map((value) => ({ value: String(value), label: words(value) }));
}

function level(n: number): string {
  const name = LEVELS.find(([, value]) => value === n)?.[0];
  return name ? say(`sound.level.${name}`, { n }) : say('sound.level.other', { n });
}

/** How loud it may have to be. */
export function levelChoices(now: string): Choice[] {
  return choices(LEVELS.map(([, value]) => value), now, level);
}

function times(numbers: readonly number[], usual: number, now: string): Choice[] {
  const seconds = new Intl.NumberFormat(language, { style: 'unit', unit: 'second', unitDisplay: 'long', maximumFractionDigits: 3 });
  return choices(numbers, now, (ms) => {
    const time = seconds.format(ms / 1000);
    return ms === usual ? say('sound.usual_time', { time }) : time;
  });
}

/** For how long it may have to be loud. */
export function lastingChoices(now: string): Choice[] {
  return times(LASTING, USUAL.lasting, now);
}

/** After how long it may be over. */
export function cooldownChoices(now: string): Choice[] {
  return times(COOLDOWN, USUAL.cooldown, now);
}

/** What counts, as sentences. */
export function soundLines({ on, settings }: Sound): string[] {
  return on ? [say('sound.on'), say('sound.over', { n: settings.over_db || USUAL.over })] : [say('sound.off')];
}
