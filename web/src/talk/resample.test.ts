import { describe, expect, it } from 'vitest';
import { Pieces, RATE, Resampler } from './resample';

const sine = (hz: number, rate: number, seconds: number): Float32Array =>
  Float32Array.from({ length: rate * seconds }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hz * i) / rate));

/** In blocks of 128 samples, as browsers record. */
function resample(rate: number, sound: Float32Array): number[] {
  const resampler = new Resampler(rate);
  const out: number[] = [];
  for (let at = 0; at < sound.length; at += 128) out.push(...resampler.take(sound.subarray(at, at + 128)));
  return out;
}

/** Level and pitch, without the ends. */
function heard(samples: number[]): { level: number; hz: number } {
  const middle = samples.slice(RATE / 10, -RATE / 10);
  const waves = middle.filter((s, i) => i > 0 && s >= 0 && (middle[i - 1] ?? 0) < 0).length;
  const power = middle.reduce((sum, s) => sum + s * s, 0) / middle.length;
  return { level: Math.sqrt(2 * power), hz: (waves * RATE) / middle.length };
}

describe('sound at 8 kHz', () => {
  it.each([8000, 16000, 44100, 48000, 96000])('keeps a voice recorded at %d Hz', (rate) => {
    const out = resample(rate, sine(1000, rate, 2));
    expect(Math.abs(out.length - 2 * RATE)).toBeLessThan(32);
    const { level, hz } = heard(out);
    expect(level).toBeCloseTo(0.5, 2);
    expect(Math.abs(hz - 1000)).toBeLessThan(3);
  });

  it('leaves out what 8 kHz cannot carry, instead of folding it down', () => {
    expect(heard(resample(48000, sine(5500, 48000, 1))).level).toBeLessThan(0.005);
    expect(heard(resample(48000, sine(7000, 48000, 1))).level).toBeLessThan(0.005);
  });

  it('does not depend on how it comes in pieces', () => {
    const sound = sine(440, 44100, 1);
    const whole = new Resampler(44100).take(sound);
    const parts = resample(44100, sound);
    expect(parts.length).toBe(whole.length);
    parts.forEach((s, i) => expect(s).toBeCloseTo(whole[i] ?? NaN, 6));
  });
});

describe('messages', () => {
  it('are of one length, 16 bits, little-endian, and never overflow', () => {
    const pieces = new Pieces(3);
    expect(pieces.add([0, 1])).toEqual([]);
    const [first, ...more] = pieces.add([-2, 2, 0.5]);
    expect(more).toEqual([]);
    expect([...new Uint8Array(first ?? new ArrayBuffer(0))]).toEqual([0, 0, 0xff, 0x7f, 0x01, 0x80]);
    expect(pieces.add([0])).toHaveLength(1);
  });
});
