import type { TalkAnswer } from '../api/types';
import worklet from './voice.worklet?worker&url';

/** Why nobody speaks: the hub's reason, or the browser's. */
export type Trouble = Exclude<Extract<TalkAnswer, { type: 'ended' }>['reason'], 'stopped'> | 'insecure' | 'refused' | 'no microphone' | 'connection';

/** A message of the hub; undefined if it is none. */
export function parseTalk(text: string): TalkAnswer | undefined {
  try {
    const answer = JSON.parse(text) as TalkAnswer;
    if (answer.type === 'ready' || (answer.type === 'ended' && typeof answer.reason === 'string')) return answer;
  } catch {
    // not of this hub
  }
  return undefined;
}

/** What the browser's refusal of a microphone means. */
export function troubleOf(thrown: unknown): Trouble {
  const name = thrown instanceof Error || thrown instanceof DOMException ? thrown.name : '';
  return name === 'NotAllowedError' || name === 'SecurityError' ? 'refused' : 'no microphone';
}

/** What of the past a slow connection may still carry, in bytes of 8 kHz: 200 ms. */
const MOST_WAITING = 3200;

/** One voice from this browser's microphone to a camera. It speaks once. */
export class Talk {
  /** `speaking` once the camera listens. */
  state = $state<'starting' | 'speaking' | 'over'>('starting');
  readonly #ended: (trouble?: Trouble) => void;
  #socket: WebSocket | undefined;
  #microphone: MediaStream | undefined;
  #audio: AudioContext | undefined;

  /** `ended` is told once, with what went wrong if something did. */
  constructor(url: string, ended: (trouble?: Trouble) => void) {
    this.#ended = ended;
    void this.#start(url);
  }

  /** Ends the voice. Twice is fine. */
  stop(): void {
    this.#over();
  }

  async #start(url: string): Promise<void> {
    if (!isSecureContext || !navigator.mediaDevices) return this.#over('insecure');
    try {
      this.#microphone = await navigator.mediaDevices.getUserMedia({
        audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
      });
      if (this.#gone()) return;
      const audio = new AudioContext();
      this.#audio = audio;
      await audio.audioWorklet.addModule(worklet);
      if (this.#gone()) return;
      const voice = new AudioWorkletNode(audio, 'voice', { numberOfInputs: 1, numberOfOutputs: 1, channelCount: 1, channelCountMode: 'explicit' });
      voice.port.onmessage = (message: MessageEvent<ArrayBuffer>) => this.#say(message.data);
      // What it gives out is silence; without a listener browsers may not run it.
      audio.createMediaStreamSource(this.#microphone).connect(voice).connect(audio.destination);
      await audio.resume();
    } catch (thrown) {
      return this.#over(troubleOf(thrown));
    }
    if (!this.#gone()) this.#connect(url);
  }

  #connect(url: string): void {
    const socket = new WebSocket(url);
    socket.binaryType = 'arraybuffer';
    socket.onmessage = (message) => this.#take(parseTalk(String(message.data)));
    socket.onclose = () => this.#over('connection');
    this.#socket = socket;
  }

  #take(answer: TalkAnswer | undefined): void {
    if (answer?.type === 'ready' && this.state === 'starting') this.state = 'speaking';
    if (answer?.type === 'ended') this.#over(answer.reason === 'stopped' ? undefined : answer.reason);
  }

  #say(piece: ArrayBuffer): void {
    // Late sound is left out.
    if (this.state === 'speaking' && this.#socket && this.#socket.bufferedAmount < MOST_WAITING) this.#socket.send(piece);
  }

  /** Whether it was ended meanwhile; then what was got since is given back. */
  #gone(): boolean {
    if (this.state !== 'over') return false;
    this.#release();
    return true;
  }

  #over(trouble?: Trouble): void {
    if (this.state === 'over') return;
    this.state = 'over';
    this.#release();
    this.#ended(trouble);
  }

  #release(): void {
    if (this.#socket) this.#socket.onclose = null;
    this.#socket?.close();
    for (const track of this.#microphone?.getTracks() ?? []) track.stop();
    if (this.#audio?.state !== 'closed') void this.#audio?.close();
  }
}
