import type { Motion, Why } from '../api/types';
import { language, say } from '../words/say';
import { boundOf } from './heat';
import { USUAL } from './motion';
import { length } from './time';

const bytes = (base64: string | undefined): number[] => Array.from(atob(base64 ?? ''), (c) => c.charCodeAt(0));

/** The cells of an event's map: how warm each was at most, and whether that counted where it lies. */
export function mapOf(why: Why): { warm: number; counts: boolean }[] {
  const bound = boundOf(why.sensitivity);
  return bytes(why.map).map((v) => ({ warm: Math.min(1, v / bound), counts: v >= bound }));
}

/** How much moved in each second, in parts of what counted. */
export function curveOf(why: Why): number[] {
  return bytes(why.curve).map((v) => v / 100);
}

const percent = new Intl.NumberFormat(language, { style: 'percent', maximumSignificantDigits: 2 });
const seconds = new Intl.NumberFormat(language, { style: 'unit', unit: 'second', unitDisplay: 'long', maximumFractionDigits: 1 });
const lasting = (ms: number): string => (ms < 60_000 ? seconds.format(ms / 1000) : length(ms));

/** Why an event was recorded, as sentences. */
export function whyLines(why: Why): string[] {
  const times = new Intl.NumberFormat(language, { maximumSignificantDigits: 2 }).format(why.size / 100);
  return [
    why.zone ? say('why.zone', { zone: why.zone, n: why.sensitivity }) : say('why.everywhere', { n: why.sensitivity }),
    why.size ? say('why.size', { area: percent.format(why.area ?? 0), times }) : say('why.between'),
    why.min_duration_ms ? say('why.lasted_least', { time: lasting(why.lasted_ms), least: lasting(why.min_duration_ms) }) : say('why.lasted', { time: lasting(why.lasted_ms) }),
  ];
}

/** What a change of settings does by which an event would not have been one, as a sentence. */
export function easeWords(by: 'min_duration' | 'min_area' | 'sensitivity' | 'mask', { settings }: Motion, why: Why): string {
  const zone = settings.zones?.find((z) => z.name === why.zone);
  switch (by) {
    case 'min_duration':
      return say('why.by_duration', { zone: zone?.name ?? '', time: lasting(zone?.min_duration_ms ?? 0) });
    case 'min_area':
      return say('why.by_area', { zone: zone?.name ?? '', area: percent.format(zone?.min_area ?? 0) });
    case 'sensitivity':
      return say('why.by_sensitivity', { n: zone?.sensitivity || settings.sensitivity || USUAL });
    case 'mask':
      return say('why.by_mask');
  }
}
