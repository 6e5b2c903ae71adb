import type { Scope } from './scope';
import type { Answer, GapCause, HubEvent, Place } from './types';

type Told = Answer<'/s/{scope}/api/timeline', 'get', 200>;
type Sought = Answer<'/s/{scope}/api/cameras/{camera}/seek', 'get', 200>;

/** From a time until another, in ms since 1970. */
export type Stretch = [from: number, to: number];

/** Where nothing could be recorded although all was to be, or every event. */
export interface Gap {
  from: number;
  to: number;
  cause: GapCause;
  /** It goes on. */
  open: boolean;
  /** How many gaps it stands for, that are too close to each other for one each; the cause is that of the longest. */
  count?: number | undefined;
  /** It began before what was asked for, and its `from` is that of the question. */
  early?: boolean;
  /** The same of its end. */
  late?: boolean;
}

export type Kind = HubEvent['kind'];

export interface Mark {
  id: string;
  kind: Kind;
  start: number;
  /** Undefined while it goes on. */
  end: number | undefined;
}

/** What happened and was recorded of one camera. */
export interface Lane {
  camera: string;
  continuous: Stretch[];
  recorded: Stretch[];
  /** Of what is damaged or gone, and in none of these. */
  damaged: Stretch[];
  counts: Partial<Record<Kind, number[]>>;
  busy: number[];
  gaps: Gap[];
  marks: Mark[];
  /** There are too many to name each. */
  tooMany: boolean;
}

/** What happened and was recorded over a time, in buckets; all times are ms since 1970. */
export interface Timeline {
  from: number;
  to: number;
  step: number;
  /** Until when what goes on is told. */
  now: number;
  lanes: Lane[];
}

export async function timeline(scope: Scope, cameras: readonly string[], from: number, to: number, buckets: number): Promise<Timeline> {
  const search = new URLSearchParams({ cameras: cameras.join(), from: iso(from), to: iso(to), buckets: String(buckets) });
  const told = await scope.get<Told>(`timeline?${search}`);
  const zero = Date.parse(told.from);
  const whole = Date.parse(told.to) - zero;
  const spans = (list: number[][]): Stretch[] => list.map(([a = 0, b = 0]) => [zero + a, zero + b]);
  return {
    from: zero,
    to: Date.parse(told.to),
    step: told.step_ms,
    now: Date.parse(told.now),
    lanes: told.cameras.map((c) => ({
      camera: c.camera,
      continuous: [...spans(c.continuous), ...spans(c.beside)], // whichever stream it is of
      recorded: spans(c.recorded),
      damaged: spans(c.damaged),
      counts: c.counts,
      busy: c.busy,
      gaps: c.gaps.map(({ from, to, cause, count, open = false }) => ({
        from: zero + from,
        to: zero + to,
        cause,
        open,
        count,
        early: from <= 0,
        late: to >= whole && !open,
      })),
      marks: c.events.map((e) => ({ id: e.id, kind: e.kind, start: zero + e.start, end: e.end === undefined ? undefined : zero + e.end })),
      tooMany: c.too_many,
    })),
  };
}

/** Where a time is in what was recorded; undefined where nothing is, nor on the wanted side. */
export async function seek(scope: Scope, camera: string, at: number, back = false, not?: string): Promise<Place | undefined> {
  const search = new URLSearchParams({ at: iso(at), ...(back ? { back: 'true' } : {}), ...(not ? { not } : {}) });
  return (await scope.get<Sought>(`cameras/${camera}/seek?${search}`)).place;
}

function iso(at: number): string {
  return new Date(Math.max(0, Math.round(at))).toISOString();
}
