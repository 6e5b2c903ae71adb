import { hubTime } from '../api/hubtime';
import type { CameraState, StreamName } from '../api/types';
import { choose, codecName, Ladder } from '../lib/playable';
import { watchable } from '../lib/states';
import { type End, Feed } from './feed';
import { Freshness } from './freshness';
import type { LiveLink, Reason, Sink, Told } from './link';
import type { Piece, Track } from './protocol';
import { mediaSource } from './source';

/** Wait before a watch that ended, or whose picture the browser refused, starts again. */
const AGAIN_MS = 2500;
/** So often a browser may break off a stream it said it plays before its word is doubted. */
const BREAKS = 3;

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
  /** The name of the sound's codec, if this browser cannot play it. */
  deaf = $state.raw<string>();
  /** Names of the video codecs that this browser refused; while `never` is not set, the other stream is shown instead. */
  refused = $state.raw<string[]>([]);
  /** Which stream is shown. */
  stream = $state.raw<StreamName>('main');

  readonly #link: LiveLink;
  readonly #video: HTMLVideoElement;
  readonly #wish: Wish;
  readonly #fresh = new Freshness();
  readonly #ladder: Ladder<StreamName>;
  #codec = '';
  #breaks = 0;
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
    this.stream = wish.stream;
    this.#ladder = new Ladder<StreamName>(wish.stream, wish.stream === 'main' ? 'sub' : 'main');
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

  /** Takes which codec the hub says each stream has; a stream refused for another one is tried again. */
  announced(codecs: Partial<Record<StreamName, string>>): void {
    if (this.#closed || !this.#ladder.announced(codecs)) return;
    this.#breaks = 0;
    this.never = undefined;
    this.#show();
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
    this.#stop = this.#link.watch(this.#wish.camera, this.stream, this.#sink);
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
    if (!Source) return;
    const { video, audio, blind, deaf } = choose(tracks, (type) => Source.isTypeSupported(type));
    if (blind !== undefined) this.#refuse(blind);
    if (!video) return;
    this.#codec = codecName(video.mime);
    this.deaf = deaf;
    this.sound = audio !== undefined && !this.#silent;
    const carried = audio && this.sound && this.#wish.sound ? [video, audio] : [video];
    this.#feed?.close();
    this.#feed = new Feed(this.#video, Source, carried, (why) => this.#broke(why));
  }

  #broke(why: End): void {
    if (why === 'no sound') this.#silent = true;
    else if (!this.playing && ++this.#breaks >= BREAKS) {
      this.#refuse(this.#codec);
      return;
    }
    this.#startAgain();
  }

  /** Goes on to the camera's other stream, or gives up when both are refused. */
  #refuse(codec: string): void {
    this.#ladder.refuse(codec);
    this.#breaks = 0;
    this.#show();
  }

  #show(): void {
    this.refused = this.#ladder.refused;
    const next = this.#ladder.stream;
    if (next === undefined) {
      this.never = 'codec';
      this.#stop?.();
      return;
    }
    this.stream = next;
    this.#start();
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
