import type { Camera, Motion } from '../api/types';
import { language, say } from '../words/say';
import { contains, type Point, type Polygon } from './polygon';

/** How many zones, and how many masks, a camera may have; and how long a name may be. */
export const MOST_AREAS = 16;
export const LONGEST_NAME = 60;

/** The sensitivity that a camera begins with. */
export const USUAL = 50;

/** An area while it is drawn: a zone, or a mask, which has nothing but its corners. */
export interface Area {
  /** Names it while the editor is open. */
  key: number;
  mask: boolean;
  corners: Polygon;
  name: string;
  /** 1 to 100; 0 is that of the camera. */
  sensitivity: number;
  /** How much of the picture has to move, from 0 to 1. */
  size: number;
  /** For how long, in milliseconds. */
  lasting: number;
}

/** What a person changes before it is saved. */
export interface Draft {
  sensitivity: number;
  areas: Area[];
}

let keys = 0;
const area = (mask: boolean, corners: Polygon, zone?: Partial<Area>): Area => ({ key: ++keys, mask, corners, name: '', sensitivity: 0, size: 0, lasting: 0, ...zone });
const points = (corners: readonly number[][]): Polygon => corners.map(([x = 0, y = 0]): Point => [x, y]);

/** What is to be changed of a camera's settings. */
export function draftOf({ settings }: Motion): Draft {
  const zones = (settings.zones ?? []).map((z) =>
    area(false, points(z.polygon), { name: z.name, sensitivity: z.sensitivity ?? 0, size: z.min_area ?? 0, lasting: z.min_duration_ms ?? 0 }),
  );
  return { sensitivity: settings.sensitivity || USUAL, areas: [...zones, ...(settings.masks ?? []).map((m) => area(true, points(m)))] };
}

/** The settings that a draft means; what is usual is left out. */
export function settingsOf({ sensitivity, areas }: Draft): Motion['settings'] {
  const zones = areas.filter((a) => !a.mask).map((a) => ({
    name: a.name.trim(),
    polygon: a.corners.map((c) => [...c]),
    ...(a.sensitivity && { sensitivity: a.sensitivity }),
    ...(a.size && { min_area: a.size }),
    ...(a.lasting && { min_duration_ms: a.lasting }),
  }));
  const masks = areas.filter((a) => a.mask).map((a) => a.corners.map((c) => [...c]));
  return { ...(sensitivity !== USUAL && { sensitivity }), ...(zones.length && { zones }), ...(masks.length && { masks }) };
}

/** A name that no zone has yet. */
function freeName(areas: readonly Area[]): string {
  for (let n = 1; ; n++) {
    const name = say('motion.zone_name', { n });
    if (!areas.some((a) => a.name.trim() === name)) return name;
  }
}

/** Half the width and the height of a new area, and where its middle may be, the best place first. */
const HALF: Point = [0.14, 0.18];
const PLACES: readonly Point[] = [[0.5, 0.5], [0.25, 0.5], [0.75, 0.5], [0.25, 0.25], [0.5, 0.25], [0.75, 0.25], [0.25, 0.75], [0.5, 0.75], [0.75, 0.75]];

/** A new area, where none is yet if there is such a place. */
export function newArea(areas: readonly Area[], mask: boolean): Area {
  const [x, y] = PLACES.find((place) => !areas.some((a) => contains(a.corners, place))) ?? PLACES[0]!;
  const [w, h] = HALF;
  return area(mask, [[x - w, y - h], [x + w, y - h], [x + w, y + h], [x - w, y + h]], { name: mask ? '' : freeName(areas) });
}

/** A zone that is the whole picture. */
export function wholeArea(areas: readonly Area[]): Area {
  const name = say('motion.whole');
  const taken = areas.some((a) => !a.mask && a.name.trim() === name);
  return area(false, [[0, 0], [1, 0], [1, 1], [0, 1]], { name: taken ? freeName(areas) : name });
}

/** What is wrong with the name of a zone, as a sentence. */
export function nameFault(areas: readonly Area[], { key, mask, name }: Area): string | undefined {
  const words = name.trim();
  if (mask) return undefined;
  if (words === '') return say('motion.no_name');
  if ([...words].length > LONGEST_NAME) return say('motion.long_name', { n: LONGEST_NAME });
  return areas.some((a) => !a.mask && a.key !== key && a.name.trim() === words) ? say('motion.same_name') : undefined;
}

/** What an area is called: a zone by its name, a mask by its place among them. */
export function areaName(areas: readonly Area[], a: Area): string {
  if (!a.mask) return a.name.trim() || say('motion.unnamed');
  return say('motion.mask_name', { n: areas.filter((b) => b.mask).findIndex((b) => b.key === a.key) + 1 });
}

/** A sensitivity in plain words. */
export function sensitivityWords(value: number): string {
  const [least, less, usual, more] = [15, 40, 60, 85];
  if (value <= least) return say('motion.sensitivity.least');
  if (value < less) return say('motion.sensitivity.less');
  if (value <= usual) return say('motion.sensitivity.usual');
  return say(value < more ? 'motion.sensitivity.more' : 'motion.sensitivity.most');
}

const LEVELS = [['least', 10], ['less', 30], ['usual', USUAL], ['more', 75], ['most', 95]] as const;
const SIZES = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2];
const TIMES = [1000, 2000, 3000, 5000, 10_000, 30_000, 60_000];

interface Choice {
  value: string;
  label: string;
}

/** Choices of a number, and the number that is chosen now, whoever chose it. */
function choices(none: string, numbers: readonly number[], now: number, words: (value: number) => string): Choice[] {
  const all = now === 0 || numbers.includes(now) ? [...numbers] : [...numbers, now].sort((a, b) => a - b);
  return [{ value: '0', label: none }, ...all.map((value) => ({ value: String(value), label: words(value) }))];
}

/** How sensitive a zone may be by itself. */
export function levelChoices(now: number): Choice[] {
  return choices(say('motion.as_camera'), LEVELS.map(([, value]) => value), now, (value) => {
    const name = LEVELS.find(([, v]) => v === value)?.[0];
    return name ? say(`motion.level.${name}`) : say('motion.level', { n: value });
  });
}

/** How much of the picture may have to move. */
export function sizeChoices(now: number): Choice[] {
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 2 });
  return choices(say('motion.size_any'), SIZES, now, (value) => say('motion.size_value', { size: percent.format(value) }));
}

/** For how long it may have to. */
export function timeChoices(now: number): Choice[] {
  const seconds = new Intl.NumberFormat(language, { style: 'unit', unit: 'second', unitDisplay: 'long', maximumFractionDigits: 1 });
  return choices(say('motion.lasting_any'), TIMES, now, (value) => seconds.format(value / 1000));
}

/** Whether the hub finds motion in what a camera sends: in H.264 alone. Before anything is known, it may. */
export function readable({ status }: Camera): boolean {
  const known = status.streams.filter((s) => s.codec !== '');
  return known.length === 0 || known.some((s) => s.codec.startsWith('H.264'));
}

/** What counts, as sentences. */
export function motionLines({ off, settings }: Motion): string[] {
  if (off) return [say('motion.off')];
  const zones = settings.zones ?? [];
  const masks = settings.masks?.length ?? 0;
  const names = new Intl.ListFormat(language, { type: 'conjunction' }).format(zones.map((z) => z.name));
  return [
    zones.length ? say('motion.zones', { n: zones.length, name: names }) : say('motion.everywhere'),
    ...(masks ? [say('motion.masks', { n: masks })] : []),
    sensitivityWords(settings.sensitivity || USUAL),
  ];
}
