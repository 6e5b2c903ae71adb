import type { Range } from './ranges';

/** Kept around what is shown; more would only fill memory. */
const KEEP_S = 30;
const TRIM_AT_S = 60;
/** Behind all that is ever shown. */
const LENGTH_S = 1e9;

/** Where a clip is shown, in seconds of the element. */
export interface Shown {
  clip: string;
  mime: string;
  offset: number;
  until: number;
  /** What is wanted now. */
  about: number;
}

/** Recorded media on its way into a video element: one media source, one SourceBuffer, any clips at their own times. */
export class MediaBuffer {
  readonly #video: HTMLVideoElement;
  readonly #source: MediaSource;
  readonly #url: string;
  readonly #opened: Promise<void>;
  #buffer: SourceBuffer | undefined;
  #mime = '';
  /** The clip whose init segment was appended last. */
  #clip = '';
  #turn: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(video: HTMLVideoElement, Source: typeof MediaSource) {
    this.#video = video;
    this.#source = new Source();
    this.#opened = new Promise((go) => this.#source.addEventListener('sourceopen', () => go(), { once: true }));
    this.#url = URL.createObjectURL(this.#source);
    video.disableRemotePlayback = true; // a managed source opens only so
    video.src = this.#url;
  }

  /** Whether this browser goes on from what was appended to media of this type. */
  takes(mime: string): boolean {
    return this.#mime === '' || this.#mime === mime || typeof this.#buffer?.changeType === 'function';
  }

  /** Appends a fragment of a clip, in order of the calls. What is far from `about` is let go of. */
  append({ clip, mime, offset, until, about }: Shown, init: Uint8Array<ArrayBuffer>, data: Uint8Array<ArrayBuffer>): Promise<void> {
    return this.#queue(async () => {
      await this.#opened;
      if (this.#closed) return;
      if (!this.#buffer) {
        this.#source.duration = LENGTH_S; // without an end one cannot go where nothing is yet
        this.#buffer = this.#source.addSourceBuffer(mime);
      } else if (mime !== this.#mime) {
        this.#buffer.changeType(mime);
      }
      this.#mime = mime;
      if (clip !== this.#clip) {
        this.#buffer.timestampOffset = offset;
        this.#buffer.appendWindowEnd = Number.POSITIVE_INFINITY;
        await this.#run((b) => b.appendBuffer(init));
        this.#clip = clip;
      }
      // Else the end of this one would take the begin of the next one away, where that is there already.
      this.#buffer.appendWindowEnd = until;
      await this.#run((b) => b.appendBuffer(data));
      await this.#trim(about);
    });
  }

  /** What is held, where pictures and their sound are both there. */
  get ranges(): Range[] {
    const { buffered } = this.#video;
    return Array.from({ length: buffered.length }, (_, i) => [buffered.start(i), buffered.end(i)] as const);
  }

  /** Detaches from the element and gives the blob address back. Twice is fine. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#video.src === this.#url) {
      this.#video.removeAttribute('src');
      this.#video.load();
    }
    URL.revokeObjectURL(this.#url);
  }

  async #trim(about: number): Promise<void> {
    const { ranges } = this;
    const [start] = ranges[0] ?? [about];
    const [, end] = ranges.at(-1) ?? [about, about];
    if (about - start > TRIM_AT_S) await this.#run((b) => b.remove(0, about - KEEP_S));
    if (end - about > TRIM_AT_S) await this.#run((b) => b.remove(about + KEEP_S, Number.POSITIVE_INFINITY));
  }

  #queue(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  #run(what: (b: SourceBuffer) => void): Promise<void> {
    const buffer = this.#buffer;
    if (!buffer || this.#closed) return Promise.resolve();
    return new Promise((go, fail) => {
      const done = (e: Event): void => {
        buffer.removeEventListener('updateend', done);
        buffer.removeEventListener('error', done);
        if (e.type === 'error') fail(new Error('refused'));
        else go();
      };
      buffer.addEventListener('updateend', done);
      buffer.addEventListener('error', done);
      what(buffer);
    });
  }
}
