import { hubTime } from '../api/hubtime';
import type { CameraState, StreamName } from '../api/types';
import { watchable } from '../lib/states';
import { Feed, mediaSource } from './feed';
import { Freshness } from './freshness';
import type { LiveLink, Reason, Sink, Told } from './link';
import type { Piece, Track } from './protocol';

/** Wait before a watch that ended, or whose picture the browser refused, starts again. */
const AGAIN_MS = 2500;

export interface Wish {
  camera: string;
  stream: StreamName;
  /** Whether sound is fetched at all. A grid is silent and fetches none. */
  sound: boolean;
}

/** One camera's live picture in one video element, and the truth about it. */
export class LiveView {
  /** What the hub says of the camera. */
  state = $state.raw<CameraState>();
  /** Why there will be no picture: this browser cannot, or this person may not (any more). */
  never = $state.raw<'browser' | 'codec' | 'gone'>();
  /** Whether the socket to the hub is down. */
  offline = $state(false);
  /** Whether a picture has been shown. */
  playing = $state(false);
  /** Whether the stream has sound that this browser can play. */
  sound = $state(false);

  readonly #link: LiveLink;
  readonly #video: HTMLVideoElement;
  readonly #wish: Wish;
  readonly #fresh = new Freshness();
  #silent = false;
  #told: Told | undefined;
  #feed: Feed | undefined;
  #stop: (() => void) | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(link: LiveLink, video: HTMLVideoElement, wish: Wish) {
    this.#link = link;
    this.#video = video;
    this.#wish = wish;
    document.addEventListener('visibilitychange', this.#seen);
    if (mediaSource()) {
      this.#watchShown();
      this.#start();
    } else {
      this.never = 'browser';
    }
  }

  /** Age in ms of the last picture if it is too old to be called live; undefined for a live one. */
  staleFor(): number | undefined {
    const t = performance.now();
    if (this.#fresh.stale(t)) return this.#fresh.age(t);
    const last = this.#told?.last_picture;
    if (this.playing || (this.#told && watchable(this.#told.state)) || !last) return undefined;
    return Math.max(0, hubTime.now() - Date.parse(last));
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#again);
    document.removeEventListener('visibilitychange', this.#seen);
    this.#stop?.();
    this.#feed?.close();
  }

  readonly #seen = (): void => {
    if (!document.hidden) this.#fresh.seenAgain(performance.now());
  };

  #start(): void {
    this.#stop?.();
    this.#stop = this.#link.watch(this.#wish.camera, this.#wish.stream, this.#sink);
  }

  #startAgain(): void {
    clearTimeout(this.#again);
    if (!this.#closed) this.#again = setTimeout(() => this.#start(), AGAIN_MS);
  }

  readonly #sink: Sink = {
    state: (told) => {
      this.#told = told;
      this.state = told.state;
      this.offline = false;
    },
    tracks: (tracks) => this.#build(tracks),
    piece: (piece) => this.#take(piece),
    ended: (reason) => this.#ended(reason),
    broken: () => {
      this.offline = true;
    },
  };

  #build(tracks: Track[]): void {
    this.offline = false;
    const Source = mediaSource();
    const video = tracks.find((t) => t.mime.startsWith('video/'));
    if (!Source || !video) return;
    if (!Source.isTypeSupported(video.mime)) {
      this.never = 'codec';
      this.#stop?.();
      return;
    }
    const audio = this.#silent ? undefined : tracks.find((t) => t.mime.startsWith('audio/') && Source.isTypeSupported(t.mime));
    this.sound = audio !== undefined;
    const carried = audio && this.#wish.sound ? [video, audio] : [video];
    this.#feed?.close();
    this.#feed = new Feed(this.#video, Source, carried, (why) => {
      this.#silent ||= why === 'no sound';
      this.#startAgain();
    });
  }

  #take(piece: Piece): void {
    const t = performance.now();
    if (piece.kind === 'fragment') this.#fresh.arrived(t);
    this.#feed?.push(piece, t / 1000);
  }

  #ended(reason: Reason): void {
    if (reason === 'not found') this.never = 'gone';
    else this.#startAgain();
  }

  #watchShown(): void {
    const shown = (): void => {
      if (this.#closed) return;
      this.#fresh.shown(performance.now());
      this.playing = true;
    };
    const video = this.#video;
    if ('requestVideoFrameCallback' in video) {
      const next = (): void => {
        shown();
        if (!this.#closed) video.requestVideoFrameCallback(next);
      };
      video.requestVideoFrameCallback(next);
    } else {
      (video as HTMLVideoElement).ontimeupdate = shown;
    }
  }
}
