import type { HubEvent, LiveAnswer, LiveRequest, StreamName } from '../api/types';
import type { ToldGap, ToldRecording } from '../lib/lanes';
import { parseAnswer, parsePiece, type Piece, type Track } from './protocol';

export type Told = Extract<LiveAnswer, { type: 'state' }>;
export type Reason = Extract<LiveAnswer, { type: 'ended' }>['reason'];

/** Who takes what one watch delivers. After `ended` nothing more comes; after `broken` it starts anew by itself. */
export interface Sink {
  state(told: Told): void;
  tracks(tracks: Track[]): void;
  piece(piece: Piece): void;
  ended(reason: Reason): void;
  broken(): void;
}

/** Who is told of new and changed events. */
export interface Ear {
  event(event: HubEvent): void;
  /** From now on everything is told; what happened before may have been missed and has to be asked for. */
  anew(): void;
  /** What was recorded while no event went on, and what is missing. */
  recording?(recording: ToldRecording): void;
  gap?(gap: ToldGap): void;
}

interface Watch {
  camera: string;
  stream: StreamName;
  sink: Sink;
}

/** The hub closes a connection silent for 30 s. */
const PING_MS = 20_000;
/** A page nobody sees gives its streams back after this long. */
const HIDDEN_MS = 20_000;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 10_000;

/** Wait before attempt `n` (from 0): doubling, and spread so that many pages do not return at one moment. */
export function retryDelay(n: number, random: number): number {
  return Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** n) * (0.5 + random / 2);
}

/** The one live socket of a page. It is open while something is watched or heard and the page can be seen. */
export class LiveLink {
  readonly #url: string;
  readonly #failed: () => void;
  readonly #watches = new Map<number, Watch>();
  readonly #ears = new Set<Ear>();
  #socket: WebSocket | undefined;
  #number = 0;
  #tries = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #ping: ReturnType<typeof setInterval> | undefined;
  #hide: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  /** `failed` is told when a connection broke, to find out whether the session still holds. */
  constructor(url: string, failed: () => void) {
    this.#url = url;
    this.#failed = failed;
    document.addEventListener('visibilitychange', this.#seen);
  }

  /** Starts a watch; returns what stops it. */
  watch(camera: string, stream: StreamName, sink: Sink): () => void {
    const number = ++this.#number;
    const watch = { camera, stream, sink };
    this.#watches.set(number, watch);
    if (this.#socket?.readyState === WebSocket.OPEN) this.#ask(number, watch);
    else this.#connect();
    return () => {
      if (this.#watches.delete(number)) this.#send({ op: 'stop', watch: number });
    };
  }

  /** Begins to tell of events; returns what ends it. */
  hear(ear: Ear): () => void {
    this.#ears.add(ear);
    if (this.#socket?.readyState === WebSocket.OPEN) this.#send({ op: 'events' });
    else this.#connect();
    return () => {
      if (this.#ears.delete(ear) && this.#ears.size === 0) this.#send({ op: 'events-stop' });
    };
  }

  /** Ends everything. Twice is fine. */
  close(): void {
    this.#closed = true;
    this.#watches.clear();
    this.#ears.clear();
    clearTimeout(this.#hide);
    document.removeEventListener('visibilitychange', this.#seen);
    this.#disconnect();
  }

  #connect(): void {
    if (this.#socket || this.#closed) return;
    clearTimeout(this.#retry);
    const socket = new WebSocket(this.#url);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      this.#ping = setInterval(() => this.#send({ op: 'ping' }), PING_MS);
      for (const [number, watch] of this.#watches) this.#ask(number, watch);
      if (this.#ears.size > 0) this.#send({ op: 'events' });
    };
    socket.onmessage = (message) => this.#take(message.data);
    socket.onclose = () => this.#lost(socket);
    this.#socket = socket;
  }

  #disconnect(): void {
    clearTimeout(this.#retry);
    clearInterval(this.#ping);
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }

  #lost(socket: WebSocket): void {
    if (socket !== this.#socket) return;
    this.#disconnect();
    for (const { sink } of this.#watches.values()) sink.broken();
    if (this.#closed || this.#idle || document.hidden) return;
    this.#failed();
    this.#retry = setTimeout(() => this.#connect(), retryDelay(this.#tries++, Math.random()));
  }

  readonly #seen = (): void => {
    clearTimeout(this.#hide);
    if (!document.hidden && !this.#idle) this.#connect();
    if (document.hidden) {
      this.#hide = setTimeout(() => {
        this.#disconnect();
        for (const { sink } of this.#watches.values()) sink.broken();
      }, HIDDEN_MS);
    }
  };

  get #idle(): boolean {
    return this.#watches.size + this.#ears.size === 0;
  }

  #ask(number: number, watch: Watch): void {
    this.#send({ op: 'watch', watch: number, camera: watch.camera, stream: watch.stream });
  }

  #send(request: LiveRequest): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(request));
  }

  #take(data: unknown): void {
    this.#tries = 0;
    if (data instanceof ArrayBuffer) {
      const piece = parsePiece(data);
      if (piece) this.#watches.get(piece.watch)?.sink.piece(piece);
      return;
    }
    const answer = parseAnswer(String(data));
    if (!answer) return;
    if (answer.type === 'event') for (const ear of this.#ears) ear.event(answer.event);
    if (answer.type === 'recording') for (const ear of this.#ears) ear.recording?.(answer.recording);
    if (answer.type === 'gap') for (const ear of this.#ears) ear.gap?.(answer.gap);
    if (answer.type === 'events' || answer.type === 'events-missed') for (const ear of this.#ears) ear.anew();
    if (!('watch' in answer)) return;
    const watch = this.#watches.get(answer.watch);
    if (!watch) return;
    if (answer.type === 'state') watch.sink.state(answer);
    if (answer.type === 'tracks') watch.sink.tracks(answer.tracks);
    if (answer.type === 'ended') {
      this.#watches.delete(answer.watch);
      watch.sink.ended(answer.reason);
    }
  }
}
