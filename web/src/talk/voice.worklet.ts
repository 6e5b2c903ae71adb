import { Pieces, Resampler } from './resample';

// The scope of an AudioWorklet, which the DOM's types leave out.
declare const sampleRate: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

/** 40 ms. */
const PIECE = 320;

/** Gives what a microphone records to the page, as messages for the hub. */
class Voice extends AudioWorkletProcessor {
  readonly #resampler = new Resampler(sampleRate);
  readonly #pieces = new Pieces(PIECE);

  process(inputs: Float32Array[][]): boolean {
    const sound = inputs[0]?.[0];
    if (sound) {
      for (const piece of this.#pieces.add(this.#resampler.take(sound))) this.port.postMessage(piece, [piece]);
    }
    return true;
  }
}

registerProcessor('voice', Voice);
