import { hubTime } from '../api/hubtime';
import { asRefusal, type Refusal } from '../api/refusal';
import type { Scope } from '../api/scope';
import { type Lane, type Mark, timeline, type Timeline } from '../api/timeline';
import type { HubEvent } from '../api/types';
import { grown, type ToldGap, type ToldRecording, withEvent, withGap, withRecording } from './lanes';
import { clamped, closer, type Length, LENGTHS, loaded, MOST_MS, moved, type TimeWindow, zoomed } from './timewindow';

/** A bucket is about so wide. */
const BUCKET_PX = 4;
/** The hub answers with no more buckets, of all cameras together. */
const MOST_BUCKETS = 1100;
/** While one moves, nothing is asked until one rests for so long. */
const REST_MS = 150;

/** What a timeline page shows: a window of time, and what is known of it. It grows by what the hub tells. */
export class TimeView {
  window = $state.raw<TimeWindow>({ from: 0, to: 1 });
  data = $state.raw<Timeline>();
  refusal = $state.raw<Refusal>();
  /** The width of a lane in pixels. */
  width = $state(360);
  readonly cameras: readonly string[];
  readonly #scope: Scope;
  readonly #most: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked: { from: number; to: number; step: number } | undefined;
  #wish = 0;
  #told: ((t: Timeline) => Timeline)[] | undefined;

  constructor(scope: Scope, cameras: readonly string[], w: TimeWindow) {
    this.#scope = scope;
    this.cameras = cameras;
    this.#most = MOST_MS / Math.max(1, cameras.length);
    this.window = clamped(w, hubTime.now(), this.#most);
  }

  get length(): number {
    return this.window.to - this.window.from;
  }

  /** The name of the length, where it has one. */
  get named(): Length | undefined {
    return (Object.keys(LENGTHS) as Length[]).find((l) => Math.abs(LENGTHS[l] / this.length - 1) < 0.01);
  }

  show(w: TimeWindow): void {
    this.window = clamped(w, hubTime.now(), this.#most);
  }

  zoom(factor: number, about: number): void {
    this.window = zoomed(this.window, factor, about, hubTime.now(), this.#most);
  }

  /** Shows a span so close that what is in it can be told apart. */
  closer(from: number, to: number): void {
    this.window = closer(this.window, from, to, hubTime.now());
  }

  move(share: number): void {
    this.window = moved(this.window, share * this.length, hubTime.now());
  }

  /** Asks for what the window needs, once it rests. Called in an effect. */
  need(): () => void {
    const { window: w, width } = this;
    const step = ((w.to - w.from) * BUCKET_PX) / Math.max(200, width);
    const known = this.#asked;
    // finer or coarser by less than this is still seen
    const fits = known && known.from <= w.from && known.to >= w.to && step / known.step > 0.4 && step / known.step < 2.5;
    clearTimeout(this.#timer);
    if (!fits) this.#timer = setTimeout(() => void this.load(), this.data ? REST_MS : 0);
    return () => clearTimeout(this.#timer);
  }

  async load(): Promise<void> {
    const wish = ++this.#wish;
    const w = loaded(this.window, this.#most);
    const step = (this.length * BUCKET_PX) / Math.max(200, this.width);
    const buckets = Math.max(1, Math.min(Math.floor(MOST_BUCKETS / this.cameras.length), Math.ceil((w.to - w.from) / step)));
    this.#asked = { from: w.from, to: w.to, step };
    this.#told = [];
    try {
      const told = await timeline(this.#scope, this.cameras, w.from, w.to, buckets);
      if (wish !== this.#wish) return;
      // what was told meanwhile may be newer than the answer
      this.data = this.#told.reduce((t, change) => change(t), told);
      this.refusal = undefined;
    } catch (thrown) {
      const refusal = asRefusal(thrown);
      if (wish === this.#wish && refusal.kind !== 'dropped') {
        this.refusal = refusal;
        this.#asked = undefined;
      }
    }
    if (wish === this.#wish) this.#told = undefined;
  }

  event(e: HubEvent): void {
    this.#change((t) => withEvent(t, e, hubTime.now()));
  }

  recording(r: ToldRecording): void {
    this.#change((t) => withRecording(t, r, hubTime.now()));
  }

  gap(g: ToldGap): void {
    this.#change((t) => withGap(t, g, hubTime.now()));
  }

  /** The hub begins to tell; what it has not told before is asked for. */
  anew(): void {
    if (this.data) void this.load();
  }

  /** Time goes on. */
  grow(now: number): void {
    if (this.data) this.data = grown(this.data, now);
  }

  #change(change: (t: Timeline) => Timeline): void {
    this.#told?.push(change);
    if (this.data) this.data = change(this.data);
  }

  lane(camera: string): Lane | undefined {
    return this.data?.lanes.find((l) => l.camera === camera);
  }

  /** The nearest event after a time, or before it, of any camera. */
  mark(at: number, by: 1 | -1): Mark | undefined {
    const all = (this.data?.lanes ?? []).flatMap((l) => l.marks).sort((a, b) => a.start - b.start);
    return by > 0 ? all.find((m) => m.start > at + 500) : all.findLast((m) => m.start < at - 500);
  }
}
