import { Cadence, cushionFor, nextStep, type Span } from './edge';
import type { Piece, Track } from './protocol';

/** Media kept behind the picture; more would only fill memory. */
const KEEP_S = 4;
const TRIM_AT_S = 12;
/** A picture this far ahead of its sound waits for it, and after so long goes on without. */
const AHEAD_S = 1;
const STARVED_MS = 3000;
/** Bytes waiting for one SourceBuffer; a browser that falls this far behind starts anew at a keyframe. */
const MOST_WAITING = 16 << 20;

/** Why a feed can go no further: the browser refused something, or the sound of the stream does not come. */
export type End = 'refused' | 'no sound';

interface Lane {
  buffer: SourceBuffer | undefined;
  mime: string;
  waiting: Uint8Array<ArrayBuffer>[];
  bytes: number;
}

/** One configuration of one stream on its way into a video element: a media source with one SourceBuffer per track. */
export class Feed {
  readonly #video: HTMLVideoElement;
  readonly #failed: (why: End) => void;
  readonly #source: MediaSource;
  readonly #url: string;
  readonly #lanes = new Map<number, Lane>();
  readonly #cadence = new Cadence();
  #starvedSince: number | undefined;
  #closed = false;

  /** `failed` is called once when this feed can go no further and must be replaced. */
  constructor(video: HTMLVideoElement, Source: typeof MediaSource, tracks: Track[], failed: (why: End) => void) {
    this.#video = video;
    this.#failed = failed;
    for (const { id, mime } of tracks) this.#lanes.set(id, { buffer: undefined, mime, waiting: [], bytes: 0 });
    this.#source = new Source();
    this.#source.addEventListener('sourceopen', () => this.#open(), { once: true });
    this.#url = URL.createObjectURL(this.#source);
    video.disableRemotePlayback = true; // a managed source opens only so
    video.src = this.#url;
  }

  /** Takes a piece; pieces of tracks this feed does not carry are ignored. */
  push(piece: Piece, at: number): void {
    const lane = this.#lanes.get(piece.track);
    if (!lane || this.#closed) return;
    if (lane.mime.startsWith('video/') && piece.kind === 'fragment') this.#cadence.arrived(at);
    lane.waiting.push(piece.data);
    lane.bytes += piece.data.byteLength;
    if (lane.bytes > MOST_WAITING) this.#fail('refused');
    else this.#pump(lane);
  }

  /** Detaches from the element and gives the blob address back. Twice is fine. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#lanes.clear();
    if (this.#video.src === this.#url) {
      this.#video.removeAttribute('src');
      this.#video.load();
    }
    URL.revokeObjectURL(this.#url);
  }

  #open(): void {
    if (this.#closed) return;
    try {
      this.#source.duration = Number.POSITIVE_INFINITY;
      for (const lane of this.#lanes.values()) {
        const buffer = this.#source.addSourceBuffer(lane.mime);
        buffer.addEventListener('updateend', () => this.#settled(lane));
        buffer.addEventListener('error', () => this.#fail('refused'));
        lane.buffer = buffer;
        this.#pump(lane);
      }
    } catch {
      this.#fail('refused');
    }
  }

  #settled(lane: Lane): void {
    if (this.#closed) return;
    if (this.#starved(lane)) {
      this.#fail('no sound');
      return;
    }
    this.#stayNear();
    this.#trim(lane);
    this.#pump(lane);
  }

  #pump(lane: Lane): void {
    const { buffer } = lane;
    const next = lane.waiting[0];
    if (!buffer || buffer.updating || !next || this.#closed) return;
    try {
      buffer.appendBuffer(next);
      lane.waiting.shift();
      lane.bytes -= next.byteLength;
    } catch {
      this.#fail('refused');
    }
  }

  /** The element plays only where all tracks have media; a burst of pictures at the start may run ahead for a moment. */
  #starved(lane: Lane): boolean {
    if (this.#lanes.size < 2 || !lane.mime.startsWith('video/')) return false;
    if (end(lane.buffer?.buffered) - end(this.#video.buffered) < AHEAD_S) this.#starvedSince = undefined;
    else this.#starvedSince ??= performance.now();
    return this.#starvedSince !== undefined && performance.now() - this.#starvedSince > STARVED_MS;
  }

  #stayNear(): void {
    const video = this.#video;
    const step = nextStep(video.currentTime, spans(video.buffered), cushionFor(this.#cadence.longest()));
    if ('jump' in step) video.currentTime = step.jump;
    else if (video.playbackRate !== step.rate) video.playbackRate = step.rate;
    if (video.paused && !document.hidden) void video.play().catch(() => undefined);
  }

  #trim(lane: Lane): void {
    const { buffer } = lane;
    if (!buffer || buffer.updating || buffer.buffered.length === 0) return;
    const keepFrom = this.#video.currentTime - KEEP_S;
    if (this.#video.currentTime - buffer.buffered.start(0) > TRIM_AT_S) buffer.remove(0, keepFrom);
  }

  #fail(why: End): void {
    if (this.#closed) return;
    this.close();
    this.#failed(why);
  }
}

function end(ranges: TimeRanges | undefined): number {
  return ranges && ranges.length > 0 ? ranges.end(ranges.length - 1) : 0;
}

function spans(ranges: TimeRanges): Span[] {
  return Array.from({ length: ranges.length }, (_, i) => ({ start: ranges.start(i), end: ranges.end(i) }));
}
