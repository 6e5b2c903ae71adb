import type { Scope } from '../api/scope';
import { seek } from '../api/timeline';
import { codecName } from '../lib/playable';
import { MediaBuffer } from './buffer';
import { before, near, waits } from './ranges';
import { type Fragment, type Piece, Tape } from './tape';

/** What there is of a camera at a time; asking has it fetched. */
export type Cover = 'media' | 'loading' | 'failed' | 'over' | { until: number };

/** Where in its element a reel begins: one can go back from there for eleven days, and on for as long as one likes. */
const ZERO_S = 1_000_000;
/** What is fetched ahead, in seconds of watching, and how many fragments at once. */
const AHEAD_S = 6;
const AT_ONCE = 3;
/** What may be written meanwhile is asked for again after so long. */
const AGAIN_MS = 2000;
/** Farther from where it is to be than this, a picture jumps; nearer, it runs faster or slower. */
const JUMP_S = 0.4;
/** So far ahead of the others it waits for them: an element that is starved falls behind by more than others can slow down. */
const WAIT_S = 0.1;
/** A fragment that is lacking though it was given so often is passed over. */
const MOST_GIVEN = 2;
/** After so many failures in a row it is said, and nothing is tried until somebody wants it. */
const MOST_FAILURES = 3;
/** A picture that does not move for so long, where what is held ends, is the last one. */
const STALL_MS = 300;
/** After so long so much may be left: an element shows a picture when it has a few more, or their sound. */
const STUCK_MS = 1000;
const LEFT_S = 1;
/** So often no picture is shown where what is held ends, and none is waited for there. */
const MOST_NONE = 6;
/** After so long on its way to another place, an element does not get there. */
const LOST_MS = 4000;

/** The recordings of one camera in one video element, at any time one likes. */
export class Reel {
  readonly camera: string;
  /** The name of a codec that this browser does not play. */
  refused: string | undefined;
  readonly #scope: Scope;
  readonly #video: HTMLVideoElement;
  readonly #Source: typeof MediaSource;
  readonly #tape = new Tape();
  readonly #inits = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();
  #buffer: MediaBuffer | undefined;
  /** The time at ZERO_S. */
  #zero = 0;
  /** How often each fragment was given to the buffer. */
  readonly #given = new Map<string, number>();
  #last = '';
  #wanted = 0;
  #busy = false;
  #failures = 0;
  #restAt = 0;
  /** The time that is shown while nothing moves, and its place. */
  #still: { to: number; place: number } | undefined;
  #moved = { at: 0, since: 0 };
  /** The next picture is looked for. */
  #stepping = false;
  /** Nothing more of where the element is will be shown. */
  #left = false;
  #closed = false;

  constructor(scope: Scope, camera: string, video: HTMLVideoElement, Source: typeof MediaSource) {
    this.#scope = scope;
    this.camera = camera;
    this.#video = video;
    this.#Source = Source;
  }

  /** What there is at a time, to play on from there at a rate; a rate below zero is back. */
  cover(at: number, rate: number): Cover {
    if (this.refused !== undefined || this.failed) return 'failed';
    const piece = this.#tape.at(at);
    const gap = this.#tape.gap(at);
    const over = this.#over(at, rate);
    this.#wanted = at;
    this.#fetch(at, rate);
    const f = keysOnly(rate) ? this.#tape.key(at) : this.#tape.fragment(at);
    if (f && this.#void(f)) return { until: rate < 0 ? f.from - 1 : f.to };
    if (piece) return this.#shows(at, piece, rate) ? 'media' : 'loading';
    if (gap) return { until: rate < 0 ? gap.from - 1 : gap.to };
    return over ? 'over' : 'loading';
  }

  /** Whether the hub gave nothing, so often that it is not asked any more. */
  get failed(): boolean {
    return this.#failures > MOST_FAILURES;
  }

  /** Tries again what failed. */
  retry(): void {
    this.#failures = 0;
    this.#restAt = 0;
  }

  /** Whether nothing is to come, on the way that time goes. */
  #over(at: number, rate: number): boolean {
    return this.#tape.over(at) === (rate < 0 ? 'begin' : 'end');
  }

  /** Which time the element shows. */
  get time(): number {
    return this.#zero + (this.#video.currentTime - ZERO_S) * 1000;
  }

  /**
   * Plays at a rate, near a time; tells the time it shows once it is there. The one that says what time it is, which should
   * have gone on by `ahead` ms since, keeps to the rate; the others run faster or slower until they are there, too, or wait.
   */
  play(at: number, rate: number, ahead?: number): number | undefined {
    const video = this.#video;
    if (!this.#buffer) return undefined;
    const to = this.#place(at + (ahead ?? 0));
    const drift = video.currentTime - to;
    const far = Math.abs(drift) > JUMP_S * Math.max(1, rate);
    const still = this.#stands();
    this.#still = undefined;
    if (video.seeking && still >= LOST_MS) return this.#lost();
    if (video.seeking && !this.#left) return still < STUCK_MS ? undefined : this.#pastHoles(at, still);
    if (far || video.seeking || this.#left) {
      this.#go(to);
      return undefined;
    }
    if (ahead === undefined && drift > WAIT_S * Math.max(1, rate)) {
      this.pause();
      return this.time;
    }
    const pace = ahead === undefined ? rate * (1 - brake(drift, rate)) : rate;
    if (video.playbackRate !== pace) video.playbackRate = pace;
    if (video.paused) void video.play().catch(() => undefined);
    return this.#pastHoles(at, still);
  }

  /** Shows the picture at a time, or, for `keys`, the last one at or before it that stands alone; tells whether it is shown. */
  freeze(at: number, keys: boolean): boolean {
    const video = this.#video;
    if (!video.paused) video.pause();
    const still = this.#stands();
    if (!this.#buffer || this.#stepping || (video.seeking && still < STUCK_MS)) return false;
    const key = keys ? this.#tape.key(at) : undefined;
    if (keys && (!key || this.#lacks(key))) return false; // it comes
    const to = key ? this.#keyTime(key) : at;
    const { ranges } = this.#buffer;
    if (this.#still?.to !== to) this.#still = { to, place: this.#place(to) };
    else if (video.seeking && waits(ranges, this.#still.place, LEFT_S)) this.#still.place = before(ranges, this.#still.place - LEFT_S / 4) ?? this.#still.place;
    else if (video.seeking || Math.abs(video.currentTime - this.#still.place) < 0.06) {
      if (video.seeking && still >= LOST_MS) this.#lost();
      return !video.seeking;
    }
    this.#go(this.#still.place);
    return false;
  }

  /** When a fragment shows its first picture; its sound may begin later, and pictures are shown with it. */
  #keyTime(f: Fragment): number {
    return this.#near(f.from + 1) === undefined ? (f.from + f.to) / 2 : f.from + 1;
  }

  /** Goes on from a time by one picture, or back; tells the time it shows then, or that of which the picture is to be fetched. */
  async step(at: number, by: 1 | -1): Promise<number> {
    if (this.#stepping) return this.time;
    this.#stepping = true;
    this.#video.pause();
    const to = await this.#toAnother(at, by);
    this.#still = { to, place: this.#video.currentTime };
    this.#stepping = false;
    return to;
  }

  /** How long a picture is shown is nowhere said: the element is moved until it shows another one. */
  async #toAnother(at: number, by: 1 | -1): Promise<number> {
    const video = this.#video;
    // near the end of what is held one before it may be shown
    const from = by > 0 ? Math.max(video.currentTime, this.#media(at)) : video.currentTime;
    let [first, none]: [number | undefined, number] = [undefined, 0];
    for (let n = 1; n <= 60 && !this.#closed; n++) {
      const place = from + (by * n) / 60;
      const ranges = this.#buffer?.ranges ?? [];
      const over = none >= MOST_NONE && waits(ranges, place, LEFT_S) !== undefined;
      if (over || near(ranges, place) !== place) return this.#beyond(place, by);
      const next = this.#shown();
      video.currentTime = place;
      const is = await next;
      none = is === undefined ? none + 1 : 0;
      if (is === undefined) continue;
      first ??= is;
      if (n > 1 ? Math.abs(is - first) > 0.001 : by * (is - from) > 0.02) break;
    }
    return this.time;
  }

  /** The time of a place that is not held: behind the last picture, the end of all that follows. */
  #beyond(place: number, by: 1 | -1): number {
    const at = this.#zero + (place - ZERO_S) * 1000;
    return by > 0 ? (this.#end(this.time) ?? at) : at;
  }

  /** Where the next picture that is shown belongs, unless none is. */
  #shown(): Promise<number | undefined> {
    return new Promise((go) => {
      const timer = setTimeout(() => go(undefined), 250);
      this.#video.requestVideoFrameCallback((_, { mediaTime }) => {
        clearTimeout(timer);
        go(mediaTime);
      });
    });
  }

  /** Stops moving; what is shown stays. */
  pause(): void {
    if (!this.#video.paused) this.#video.pause();
  }

  close(): void {
    this.#closed = true;
    this.#buffer?.close();
  }

  /** What the element does not get to is given once more. */
  #lost(): undefined {
    this.#given.clear();
    this.#last = '';
    this.#still = undefined;
    this.#moved = { at: this.#video.currentTime, since: performance.now() };
  }

  #go(place: number): void {
    this.#left = false;
    this.#moved = { at: place, since: performance.now() };
    this.#video.currentTime = place;
  }

  /** For how many ms the element has been where it is, or on its way there. */
  #stands(): number {
    const at = this.#video.currentTime;
    const now = performance.now();
    if (Math.abs(at - this.#moved.at) > 0.001) this.#moved = { at, since: now };
    return now - this.#moved.since;
  }

  #media(at: number): number {
    return ZERO_S + (at - this.#zero) / 1000;
  }

  #shows(at: number, piece: Piece, rate: number): boolean {
    const key = this.#tape.key(at);
    if (!key || this.#lacks(key)) return false;
    if (keysOnly(rate) || this.#near(Math.min(at, piece.to - 40)) !== undefined) return true;
    // the sound of a file may end before its pictures, and all of it before it is said to
    const last = this.#tape.fragment(at);
    return last !== undefined && this.#there(last);
  }

  /** The time shown, or where it goes on: an element waits where its media ends, also where more follows a moment later. */
  #pastHoles(at: number, still: number): number {
    const t = this.time;
    const { currentTime } = this.#video;
    const hole = still < STALL_MS ? undefined : waits(this.#buffer?.ranges ?? [], currentTime, still < STUCK_MS ? undefined : LEFT_S);
    if (!hole) return t;
    if (!this.#tape.at(t)) {
      this.#left = at > t; // it was shown longer than its file is said to be
      return Math.max(t, at);
    }
    const next = hole.next === undefined ? Number.POSITIVE_INFINITY : t + (hole.next - currentTime) * 1000;
    const end = this.#end(t, next);
    if (end === undefined) return t; // it comes
    if (hole.next !== undefined && next <= end + JUMP_S * 1000) {
      this.#go(hole.next);
      return next;
    }
    this.#left = true;
    return end;
  }

  /** When what follows a time without a gap ends, over all files, once all of it that is shown before another time was given. */
  #end(t: number, before = Number.POSITIVE_INFINITY): number | undefined {
    const end = this.#tape.last(t)?.to ?? t;
    const needed = this.#tape.needed(t, Math.min(end, before) - t);
    return needed.every((f) => f.to <= t || this.#given.has(name(f))) ? end : undefined;
  }

  /** Does what is needed next, one thing at a time. */
  #fetch(at: number, rate: number): void {
    if (this.#busy || this.#closed || performance.now() < this.#restAt) return;
    const work = this.#next(at, rate);
    if (!work) return;
    this.#busy = true;
    void work()
      .then(
        () => (this.#failures = 0),
        () => {
          this.#failures++;
          this.#restAt = performance.now() + 500 * 2 ** this.#failures;
        },
      )
      .finally(() => (this.#busy = false));
  }

  #next(at: number, rate: number): (() => Promise<void>) | undefined {
    const back = rate < 0;
    const tape = this.#tape;
    if (!tape.at(at)) {
      if (tape.gap(at) || this.#over(at, rate)) return this.#later(at);
      return () => this.#seek(at, back);
    }
    const wanted = keysOnly(rate) ? this.#keys(at, back).filter((f) => this.#lacks(f)) : this.#following(tape.needed(at, AHEAD_S * 1000 * Math.max(1, rate)));
    if (wanted.length > 0) return () => this.#give(wanted);
    if (back) {
      const piece = tape.at(at);
      const before = piece && tape.at(piece.from - 1);
      return piece && !before && !tape.gap(piece.from - 1) && !tape.over(piece.from - 1) ? () => this.#seek(piece.from, true) : undefined;
    }
    const last = tape.last(at);
    if (!last || last.to > at + AHEAD_S * 1000 * Math.max(1, rate)) return undefined;
    if (tape.gap(last.to) || tape.over(last.to)) return this.#later(last.to);
    return () => this.#seek(last.to, false, last.growing ? undefined : last.clip);
  }

  /** The pictures that stand alone around a time, the nearest ones first. */
  #keys(at: number, back: boolean): Fragment[] {
    const key = this.#tape.key(at);
    const then = key && (back ? this.#tape.key(key.from - 1) : this.#tape.nextKey(at));
    return [key, then].filter((f): f is Fragment => f !== undefined);
  }

  /** The next ones that are missing, in a row: what does not follow what was given last is taken from where it decodes on. */
  #following(needed: Fragment[]): Fragment[] {
    const first = needed.findIndex((f) => this.#lacks(f));
    const [missing, before] = [needed[first], needed[first - 1]];
    if (!missing) return [];
    const goesOn = missing.sync || (before !== undefined && this.#last === name(before));
    const begin = goesOn ? first : needed.slice(0, first).findLastIndex((f) => f.sync);
    return needed.slice(Math.max(0, begin), first + AT_ONCE);
  }

  /** Behind the end of everything there may be more by now. */
  #later(at: number): (() => Promise<void>) | undefined {
    if (this.#tape.over(at) !== 'end' || performance.now() < this.#moreAt) return undefined;
    this.#moreAt = performance.now() + AGAIN_MS;
    return async () => {
      const place = await seek(this.#scope, this.camera, at);
      if (place) this.#tape.ask();
      this.#tape.put(at, place, false);
    };
  }
  #moreAt = 0;

  async #seek(at: number, back: boolean, not?: string): Promise<void> {
    const place = await seek(this.#scope, this.camera, at, back, not);
    if (this.#closed) return;
    const codecs = place?.clip.tracks?.map((t) => t.mime).join() ?? '';
    if (place && !this.#Source.isTypeSupported(`video/mp4; codecs="${codecs}"`)) this.refused = codecName(place.clip.tracks?.[0]?.mime ?? '');
    this.#tape.put(at, place, back);
    // in whole ms a file may end just before the time that is in it
    if (place && !back && !not && this.#tape.ends(place.clip.id, at)) await this.#seek(at, back, place.clip.id);
  }

  async #give(fragments: Fragment[]): Promise<void> {
    const first = fragments[0];
    if (!first) return;
    const pieces = fragments.map((f) => this.#tape.pieceOf(f.clip));
    const got = fragments.map((f) => Promise.all([this.#init(f.clip), this.#scope.bytes(`clips/${f.clip}/fragments/${f.n}`)]));
    for (const one of got) one.catch(() => undefined); // one that fails ends this; the others are not waited for then
    for (const [i, one] of got.entries()) {
      const [init, data] = await one;
      const f = fragments[i];
      const piece = pieces[i];
      if (this.#closed || !f || !piece) return;
      const buffer = this.#open(piece.from, piece.mime);
      const until = this.#tape.until(piece);
      // what is behind its own end is as long as it is
      const shown = { clip: f.clip, mime: piece.mime, offset: this.#media(piece.from), until: until < piece.to ? this.#media(until) + 0.001 : Number.POSITIVE_INFINITY, about: this.#media(this.#wanted) };
      await buffer.append(shown, init, data);
      this.#given.set(name(f), (this.#given.get(name(f)) ?? 0) + 1);
      this.#last = name(f);
    }
  }

  #lacks(f: Fragment): boolean {
    return !this.#there(f) && !this.#void(f);
  }

  #there(f: Fragment): boolean {
    return this.#given.has(name(f)) && this.#near((f.from + f.to) / 2) !== undefined;
  }

  /** Whether nothing of a fragment is shown, however often it is given: a file of two pictures may have no sound yet. */
  #void(f: Fragment): boolean {
    return (this.#given.get(name(f)) ?? 0) > MOST_GIVEN && !this.#there(f);
  }

  /** Where in the element a time is, or what is shown of it. */
  #place(at: number): number {
    return this.#near(at) ?? before(this.#buffer?.ranges ?? [], this.#media(at)) ?? this.#media(at);
  }

  #near(at: number): number | undefined {
    return near(this.#buffer?.ranges ?? [], this.#media(at));
  }

  #init(clip: string): Promise<Uint8Array<ArrayBuffer>> {
    let init = this.#inits.get(clip);
    if (!init) {
      init = this.#scope.bytes(`clips/${clip}/init`);
      init.catch(() => this.#inits.delete(clip));
      this.#inits.set(clip, init);
      const oldest = this.#inits.size > 32 ? this.#inits.keys().next().value : undefined;
      if (oldest !== undefined) this.#inits.delete(oldest);
    }
    return init;
  }

  /** The buffer, made anew where the old one does not reach or cannot go on. */
  #open(at: number, mime: string): MediaBuffer {
    if (this.#buffer && this.#media(at) > 1000 && this.#buffer.takes(mime)) return this.#buffer;
    this.#buffer?.close();
    this.#given.clear();
    this.#zero = at;
    this.#buffer = new MediaBuffer(this.#video, this.#Source);
    return this.#buffer;
  }
}

/** By which part a picture that is so many seconds too far on runs slower: in steps, for an element takes a moment for each. */
function brake(drift: number, rate: number): number {
  const steps = Math.round((40 * drift) / Math.max(1, rate));
  return Math.max(-4, Math.min(4, steps)) / 20;
}

/** Whether only pictures that stand alone are shown: back, or faster than all can be. */
export function keysOnly(rate: number): boolean {
  return rate < 0 || rate > 4;
}

function name(f: Fragment): string {
  return `${f.clip}/${f.n}`;
}
