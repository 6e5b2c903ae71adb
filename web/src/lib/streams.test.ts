import { describe, expect, it } from 'vitest';
import type { CameraStream } from '../api/types';
import { percent, rows } from './streams';

const old: CameraStream = { stream: 'main', codec: 'H.265', width: 3840, height: 2160, fps: 12.5, bitrate: 4.2e6, connected: true, reconnects: 1 };
const main: CameraStream = { ...old, state: 'degraded', gop_ms: 2000, loss: 1.25, latency_ms: 3120, jitter_ms: 64, packets_lost: 1412, pictures_lost: 9 };
const sub: CameraStream = { ...main, stream: 'sub', state: 'unreachable', connected: false, codec: '', width: 0, height: 0 };

const told = (...streams: CameraStream[]): Record<string, (string | undefined)[]> =>
  Object.fromEntries(rows(streams).map(({ name, values }) => [name, values.map((v) => v?.replaceAll('\u00a0', ' '))]));

describe('the table of streams', () => {
  it('says what is known', () => {
    expect(told(main)).toEqual({
      'Codec': ['H.265'],
      'Size': ['3840 × 2160'],
      'Pictures a second': ['12.5'],
      'Data rate': ['4.2 Mbit/s'],
      'Key picture every': ['2 s'],
      'Loss, last 10 s': ['1.3 %'],
      'Late by': ['3,120 ms'],
      'Uneven by, last 10 s': ['64 ms'],
      'Packets lost': ['1,412'],
      'Pictures lost': ['9'],
      'Interruptions': ['1'],
    });
  });

  it('shows no figure of a stream that does not flow as one of now', () => {
    const table = told(main, sub);
    expect(table['Pictures a second']).toEqual(['12.5', undefined]);
    expect(table['Data rate']?.[1]).toBeUndefined();
    expect(table['Loss, last 10 s']?.[1]).toBeUndefined();
    expect(table['Size']).toEqual(['3840 × 2160', undefined]);
    expect(table['Interruptions']).toEqual(['1', '1']);
  });

  it('says nothing of how late pictures are where that is not known', () => {
    const { latency_ms: _, ...untold } = main;
    expect(Object.keys(told(untold))).toContain('Uneven by, last 10 s');
    expect(Object.keys(told(untold))).not.toContain('Late by');
  });

  it('leaves out what no stream tells', () => {
    expect(Object.keys(told(old))).toEqual(['Codec', 'Size', 'Pictures a second', 'Data rate', 'Interruptions']);
  });
});

it.each([
  [0, '0 %'],
  [0.01, 'under 0.1 %'],
  [0.34, '0.3 %'],
  [20, '20 %'],
])('a loss of %f percent is %s', (loss, words) => {
  expect(percent(loss).replaceAll('\u00a0', ' ')).toBe(words);
});
