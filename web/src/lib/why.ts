import type { Why } from '../api/types';
import { language, say } from '../words/say';
import { boundOf } from './heat';

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

/** Why an event was recorded, as sentences. */
export function whyLines(why: Why): string[] {
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumSignificantDigits: 2 });
  const seconds = (ms: number): string => new Intl.NumberFormat(language, { style: 'unit', unit: 'second', unitDisplay: 'long', maximumFractionDigits: 1 }).format(ms / 1000);
  const times = new Intl.NumberFormat(language, { maximumSignificantDigits: 2 }).format(why.size / 100);
  return [
    why.zone ? say('why.zone', { zone: why.zone, n: why.sensitivity }) : say('why.everywhere', { n: why.sensitivity }),
    why.size ? say('why.size', { area: percent.format(why.area ?? 0), times }) : say('why.between'),
    why.min_duration_ms ? say('why.lasted_least', { time: seconds(why.lasted_ms), least: seconds(why.min_duration_ms) }) : say('why.lasted', { time: seconds(why.lasted_ms) }),
  ];
}
