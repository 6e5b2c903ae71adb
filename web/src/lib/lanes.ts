import type { Gap, Lane, Mark, Stretch, Timeline } from '../api/timeline';
import type { GapCause, HubEvent } from '../api/types';
import { gapAt } from './gaps';

/** How an open timeline grows by what the hub tells. Pure: each returns a new timeline, or the same where nothing changes. */

/** A file that is recorded between events, as the hub tells of it. */
export interface ToldRecording {
  camera: string;
  start: string;
  duration_ms: number;
  state: string;
}

export interface ToldGap {
  camera: string;
  from: string;
  to?: string;
  cause: GapCause;
  count?: number;
}

/** Until a camera that is back is recorded again may pass so much, which is no gap. */
const COMES_BACK_MS = 20_000;

/** Why nothing of a time is shown: it could not be recorded, or what was is damaged or gone. */
export type Why = GapCause | 'damaged';

/** Why nothing of a span is shown: what lasted longest, if for all of it, but for a little; undefined where mostly nothing happened. */
export function reason(lanes: readonly Lane[], from: number, to: number): Why | undefined {
  const least = to - from - Math.max(COMES_BACK_MS, (to - from) / 10);
  const within = (a: number, b: number): number => Math.max(0, Math.min(b, to) - Math.max(a, from));
  const all = lanes.flatMap((l): { why: Why; long: number }[] => [
    ...l.gaps.map((g) => ({ why: g.cause, long: within(g.from, g.to) })),
    { why: 'damaged', long: l.damaged.reduce((sum, s) => sum + within(...s), 0) },
  ]);
  return all.filter(({ long }) => long > 0 && long >= least).sort((a, b) => b.long - a.long)[0]?.why;
}

/** Why nothing of a time is shown. */
export function reasonAt(lane: Lane | undefined, at: number): Why | undefined {
  return gapAt(lane, at)?.cause ?? (lane?.damaged.some(([from, to]) => from <= at && at < to) ? 'damaged' : undefined);
}

/** An event began, changed or ended. */
export function withEvent(t: Timeline, e: HubEvent, now: number): Timeline {
  const start = Date.parse(e.start);
  return changed(t, e.camera, (lane) => {
    if (start >= t.to || (e.end ? Date.parse(e.end) : now) <= t.from) return lane;
    const mark: Mark = { id: e.id, kind: e.kind, start, end: e.end ? Date.parse(e.end) : undefined };
    const known = lane.marks.find((m) => m.id === e.id);
    // An event that was only heard becomes what it is seen to be. Where marks are too many to name, an event that ended is known.
    const counts = known || (lane.tooMany && e.end) ? recounted(t, lane.counts, known, mark) : counted(t, lane.counts, mark, 1);
    const marks = lane.tooMany ? lane.marks : [...lane.marks.filter((m) => m.id !== e.id), mark].sort((a, b) => a.start - b.start);
    const spans = (damaged: boolean): Stretch[] => e.clips.filter((c) => (c.damaged ?? false) === damaged).map((c) => spanOf(c, now));
    const put = (all: Stretch[], more: Stretch[]): Stretch[] => more.reduce((sum, span) => added(sum, span, t), all);
    const recorded = put(spans(true).reduce(without, lane.recorded), spans(false));
    return { ...lane, marks, counts, recorded, damaged: put(lane.damaged, spans(true)) };
  });
}

/** A file between events began or ended. */
export function withRecording(t: Timeline, r: ToldRecording, now: number): Timeline {
  const span = spanOf({ start: r.start, duration_ms: r.duration_ms, recording: r.state === 'open' }, now);
  return changed(t, r.camera, (lane) =>
    r.state === 'damaged'
      ? { ...lane, continuous: without(lane.continuous, span), damaged: added(lane.damaged, span, t) }
      : { ...lane, continuous: added(lane.continuous, span, t) },
  );
}

/** A gap began, goes on or ended. */
export function withGap(t: Timeline, g: ToldGap, now: number): Timeline {
  const gap: Gap = { from: Date.parse(g.from), to: g.to ? Date.parse(g.to) : now, cause: g.cause, open: !g.to, count: g.count };
  return changed(t, g.camera, (lane) => {
    if (gap.from >= t.to || gap.to <= t.from) return lane;
    // Of one that began before what is shown is known that it did.
    const same = (x: Gap): boolean => x.from === gap.from || (x.early === true && gap.from < x.from);
    return { ...lane, gaps: [...lane.gaps.filter((x) => !same(x)), gap].sort((a, b) => a.from - b.from) };
  });
}

/** Time goes on: what has no end yet is as long as it is by now. */
export function grown(t: Timeline, now: number): Timeline {
  if (now <= t.now) return t;
  const until = (spans: Stretch[]): Stretch[] => spans.map(([from, to]) => [from, to >= t.now && to < now ? Math.min(now, t.to) : to]);
  return {
    ...t,
    now,
    lanes: t.lanes.map((lane) => ({
      ...lane,
      continuous: until(lane.continuous),
      recorded: until(lane.recorded),
      gaps: lane.gaps.map((g) => (g.open ? { ...g, to: now } : g)),
    })),
  };
}

function changed(t: Timeline, camera: string, change: (lane: Lane) => Lane): Timeline {
  return { ...t, lanes: t.lanes.map((lane) => (lane.camera === camera ? change(lane) : lane)) };
}

function spanOf(c: { start: string; duration_ms: number; recording: boolean }, now: number): Stretch {
  const from = Date.parse(c.start);
  return [from, c.recording ? Math.max(now, from) : from + c.duration_ms];
}

function counted(t: Timeline, counts: Lane['counts'], mark: Mark, by: number): Lane['counts'] {
  const n = Math.floor((mark.start - t.from) / t.step);
  const buckets = Math.round((t.to - t.from) / t.step);
  if (n < 0 || n >= buckets) return counts;
  const of = [...(counts[mark.kind] ?? new Array<number>(buckets).fill(0))];
  of[n] = Math.max(0, (of[n] ?? 0) + by);
  return { ...counts, [mark.kind]: of };
}

function recounted(t: Timeline, counts: Lane['counts'], was: Mark | undefined, is: Mark): Lane['counts'] {
  if (!was || was.kind === is.kind) return counts;
  return counted(t, counted(t, counts, was, -1), is, 1);
}

/** A span more, joined with those that it touches or that are less than a bucket away, as the hub does. */
function added(spans: Stretch[], span: Stretch, t: Timeline): Stretch[] {
  const from = Math.max(span[0], t.from);
  const to = Math.min(span[1], t.to);
  if (from >= to) return spans;
  const near = (s: Stretch): boolean => s[0] - to < t.step && from - s[1] < t.step;
  const joined = spans.filter(near).reduce<Stretch>((a, b) => [Math.min(a[0], b[0]), Math.max(a[1], b[1])], [from, to]);
  return [...spans.filter((s) => !near(s)), joined].sort((a, b) => a[0] - b[0]);
}

/** What is left of spans behind one that turned out to be damaged. */
function without(spans: Stretch[], [from, to]: Stretch): Stretch[] {
  const rest = spans.flatMap(([a, b]): Stretch[] => [[a, Math.min(b, from)], [Math.max(a, to), b]]);
  return rest.filter(([a, b]) => a < b);
}
