import { describe, expect, it } from 'vitest';
import { choose, type ClipTrack, codecName, hindrance, Ladder, type Plays } from './playable';

const plays =
  (...known: string[]): Plays =>
  (type) =>
    known.some((k) => type.includes(k));

const h264 = { id: 1, mime: 'video/mp4; codecs="avc1.64001f"' };
const h265 = { id: 1, mime: 'video/mp4; codecs="hvc1.1.6.L93.B0"' };
const aac = { id: 2, mime: 'audio/mp4; codecs="mp4a.40.2"' };
const opus = { id: 2, mime: 'audio/mp4; codecs="opus"' };

it.each([
  ['video/mp4; codecs="avc1.42c01f"', 'H.264'],
  ['video/mp4; codecs="avc3.42c01f"', 'H.264'],
  ['video/mp4;codecs=hev1.1.6.L120.90', 'H.265'],
  ['hvc1.1.6.L93.B0', 'H.265'],
  ['mp4v.6C', 'MJPEG'],
  ['mp4v.20.9', 'mp4v.20.9'],
  ['mp4a.40.2', 'AAC'],
  ['audio/mp4; codecs="opus"', 'Opus'],
  ['fLaC', 'FLAC'],
  ['alaw', 'G.711'],
  ['av01.0.04M.08', 'av01.0.04M.08'],
  ['', ''],
])('%s is called %s', (type, name) => {
  expect(codecName(type)).toBe(name);
});

describe('a live stream', () => {
  it('plays with its sound', () => {
    expect(choose([h264, aac], plays('avc1', 'mp4a'))).toEqual({ video: h264, audio: aac });
    expect(choose([h264], plays('avc1', 'mp4a'))).toEqual({ video: h264 });
  });

  it('plays without a sound that the browser does not know, and names it', () => {
    expect(choose([h264, opus], plays('avc1', 'mp4a'))).toEqual({ video: h264, deaf: 'Opus' });
  });

  it('names a video that the browser does not know, and plays nothing', () => {
    expect(choose([h265, aac], plays('avc1', 'mp4a'))).toEqual({ blind: 'H.265' });
  });

  it('waits where there is no video', () => {
    expect(choose([aac], plays('mp4a'))).toEqual({});
  });
});

describe('the ladder of streams', () => {
  it('falls back once, and then there is nothing', () => {
    const ladder = new Ladder<'main' | 'sub'>('main', 'sub');
    expect(ladder.stream).toBe('main');
    ladder.refuse('H.265');
    expect([ladder.stream, ladder.refused]).toEqual(['sub', ['H.265']]);
    ladder.refuse('MJPEG');
    expect([ladder.stream, ladder.refused]).toEqual([undefined, ['H.265', 'MJPEG']]);
  });

  it('names each codec once: a camera without a small stream sends the same for both', () => {
    const ladder = new Ladder('sub', 'main');
    ladder.refuse('H.265');
    ladder.refuse('H.265');
    expect([ladder.stream, ladder.refused]).toEqual([undefined, ['H.265']]);
  });

  it('goes back to a refused stream when another codec is announced for it', () => {
    const ladder = new Ladder<'main' | 'sub'>('main', 'sub');
    expect(ladder.announced({ main: 'H.264', sub: 'H.264' })).toBe(false);
    ladder.refuse('H.265');
    expect(ladder.announced({ main: 'HEVC', sub: 'H.264' })).toBe(false); // whatever it is called, this is what was refused
    expect(ladder.announced({ main: '', sub: 'MJPEG' })).toBe(false); // not known now; and the other was not refused
    expect(ladder.announced({ main: 'HEVC' })).toBe(false);
    expect(ladder.announced({ main: 'H.264' })).toBe(true);
    expect([ladder.stream, ladder.refused]).toEqual(['main', []]);
    expect(ladder.announced({ main: 'HEVC' })).toBe(false);
  });

  it('goes back as far as a codec changed when all were refused', () => {
    const ladder = new Ladder<'main' | 'sub'>('main', 'sub');
    ladder.refuse('H.265');
    ladder.refuse('MJPEG');
    ladder.announced({ main: 'H.265', sub: 'MJPEG' });
    expect(ladder.announced({ main: 'H.265', sub: 'H.264' })).toBe(true);
    expect([ladder.stream, ladder.refused]).toEqual(['sub', ['H.265']]);
    expect(ladder.announced({ main: 'H.264', sub: 'H.264' })).toBe(true);
    expect(ladder.stream).toBe('main');
  });
});

describe('a clip', () => {
  const video: ClipTrack = { kind: 'video', codec: 'H.265', mime: 'hvc1.1.6.L93.B0' };
  const sound: ClipTrack = { kind: 'audio', codec: 'FLAC', mime: 'flac' };

  it('plays where both tracks do', () => {
    expect(hindrance([video, sound], plays('hvc1', 'flac'))).toEqual({});
    expect(hindrance([video], plays('hvc1'))).toEqual({});
    expect(hindrance([], plays())).toEqual({});
  });

  it('says what stands in the way', () => {
    expect(hindrance([video, sound], plays('avc1', 'flac'))).toEqual({ blind: 'H.265' });
    expect(hindrance([video, sound], plays('hvc1'))).toEqual({ deaf: 'FLAC' });
  });

  it('asks the browser with the whole type', () => {
    const asked: string[] = [];
    hindrance([video, sound], (type) => asked.push(type) > 0);
    expect(asked).toEqual(['video/mp4; codecs="hvc1.1.6.L93.B0"', 'audio/mp4; codecs="flac"']);
  });
});
