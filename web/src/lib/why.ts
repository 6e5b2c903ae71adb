import type { Camera, HubEvent, Motion, Why } from '../api/types';
import { language, say } from '../words/say';
import { boundOf } from './heat';
import { readable, USUAL } from './motion';
import { length } from './time';

/** A change of settings that is offered. */
export interface Ease {
  by: 'min_duration' | 'min_area' | 'sensitivity' | 'mask';
  zones?: string[] | undefined;
  motion: Motion;
}

const bytes = (base64: string | undefined): number[] => Array.from(atob(base64 ?? ''), (c) => c.charCodeAt(0));

/** The cells of an event's map: how warm each was at most, and whether that counted where it lies; as usual, for who is not told the limits. */
export function mapOf(why: Why): { warm: number; counts: boolean }[] {
  const bound = boundOf(why.sensitivity ?? USUAL);
  return bytes(why.map).map((v) => ({ warm: Math.min(1, v / bound), counts: v >= bound }));
}

/** How much moved in each second, in parts of what counted. */
export function curveOf(why: Why): number[] {
  return bytes(why.curve).map((v) => v / 100);
}

const percent = new Intl.NumberFormat(language, { style: 'percent', maximumSignificantDigits: 2 });
const seconds = new Intl.NumberFormat(language, { style: 'unit', unit: 'second', unitDisplay: 'long', maximumFractionDigits: 1 });
const lasting = (ms: number): string => (ms < 60_000 ? seconds.format(ms / 1000) : length(ms));

function where({ zone, sensitivity: n }: Why): string {
  if (n === undefined) return zone ? say('why.zone_only', { zone }) : say('why.everywhere_only');
  return zone ? say('why.zone', { zone, n }) : say('why.everywhere', { n });
}

function howLarge({ area = 0, size }: Why): string {
  if (!area) return say('why.between');
  if (!size) return say('why.size_only', { area: percent.format(area) });
  return say('why.size', { area: percent.format(area), times: new Intl.NumberFormat(language, { maximumSignificantDigits: 2 }).format(size / 100) });
}

function howLong({ lasted_ms: time, min_duration_ms: least }: Why): string {
  return least ? say('why.lasted_least', { time: lasting(time), least: lasting(least) }) : say('why.lasted', { time: lasting(time) });
}

/** Whether the hub may have kept why it saw an event. */
export const hasReason = ({ sources = [] }: HubEvent): boolean => sources.includes('motion');

/** Why an event was recorded of which the hub kept no reason, as far as who noticed it says. */
export function unreasoned(event: HubEvent, camera: Camera | undefined): string {
  if (hasReason(event)) {
    if (event.kind === 'tamper') return say('why.tamper');
    return say(camera && !readable(camera) ? 'why.sizes' : 'why.none');
  }
  if (event.sources?.includes('sound')) return say('why.sound');
  return say(event.sources?.includes('camera') ? 'why.camera' : 'why.none');
}

/** Why an event was recorded, as sentences; without limits, which are for who may manage the camera, they say as much as is known. */
export const whyLines = (why: Why): string[] => [where(why), howLarge(why), howLong(why)];

const zonesOf = new Intl.ListFormat(language, { type: 'conjunction' });

/** What a change of settings does by which an event would not have been one, as a sentence: in all zones that it changes. */
export function easeWords({ by, zones: names = [], motion: { settings } }: Ease): string {
  const zones = names.flatMap((name) => settings.zones?.find((z) => z.name === name) ?? []);
  switch (by) {
    case 'min_duration':
      return say('why.by_duration', { what: zonesOf.format(zones.map((z) => say('why.time_in', { zone: z.name, time: lasting(z.min_duration_ms ?? 0) }))) });
    case 'min_area':
      return say('why.by_area', { what: zonesOf.format(zones.map((z) => say('why.area_in', { zone: z.name, area: percent.format(z.min_area ?? 0) }))) });
    case 'sensitivity':
      return say('why.by_sensitivity', { n: zones[0]?.sensitivity || settings.sensitivity || USUAL });
    case 'mask':
      return say('why.by_mask');
  }
}
