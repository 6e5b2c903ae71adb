import { describe, expect, it } from 'vitest';
import type { Place } from '../api/types';
import { Tape } from './tape';

const zero = Date.parse('2026-06-01T10:00:00Z');
/** A clip of so many seconds, decodable from every second one on. */
function place(id: string, from: number, seconds: number, state = 'complete'): Place {
  const moments = Array.from({ length: seconds }, (_, n) => [n * 1000, 1000, n % 2 === 0 ? 1 : 0]);
  return { clip: { id, start: new Date(zero + from * 1000).toISOString(), state, tracks: [{ kind: 'video', codec: 'H264', mime: 'avc1' }, { kind: 'audio', codec: 'AAC', mime: 'mp4a' }] }, kind: 'continuous', fragment: 0, offset_ms: 0, moments } as unknown as Place;
}
const at = (s: number): number => zero + s * 1000;
const names = (list: { clip: string; n: number }[]): string[] => list.map((f) => `${f.clip}${f.n}`);

describe('a tape', () => {
  it('knows from where a time is decoded, and what is needed to play on', () => {
    const tape = new Tape();
    expect(tape.key(at(3))).toBeUndefined();
    tape.put(at(3.5), place('a', 0, 10), false);
    expect(tape.key(at(3.5))?.n).toBe(2);
    expect(tape.nextKey(at(3.5))?.n).toBe(4);
    expect(names(tape.needed(at(3.5), 2000))).toEqual(['a2', 'a3', 'a4', 'a5']);
    expect(tape.at(at(3.5))?.mime).toBe('video/mp4; codecs="avc1,mp4a"');
    expect(tape.last(at(3.5))?.to).toBe(at(10));
  });

  it('goes on in the clip that follows, from where that decodes', () => {
    const tape = new Tape();
    tape.put(at(1), place('a', 0, 10), false);
    tape.put(at(10), place('b', 7, 10), false); // an event has what came before it
    expect(names(tape.needed(at(6), 6000))).toEqual(['a6', 'a7', 'a8', 'a9', 'b2', 'b3', 'b4']);
    expect(tape.at(at(8))?.clip).toBe('b');
    expect(tape.last(at(1))?.to).toBe(at(17));
    expect(tape.gap(at(9))).toBeUndefined();
    tape.put(at(7), place('c', 7, 1), false); // between events was one picture, which the event has, too
    expect([tape.at(at(7.5))?.clip, tape.last(at(1))?.to]).toEqual(['b', at(17)]);
  });

  it('knows where nothing is', () => {
    const tape = new Tape();
    tape.put(at(10), place('a', 60, 10), false);
    expect(tape.gap(at(30))).toEqual({ from: at(10), to: at(60) });
    expect(tape.gap(at(5))).toBeUndefined();
    tape.put(at(70), undefined, false);
    expect([tape.over(at(71)), tape.over(at(69)), tape.over(at(30))]).toEqual(['end', undefined, undefined]);
    tape.put(at(-100), place('z', -200, 10), true);
    expect(tape.gap(at(-150))).toEqual({ from: at(-190), to: at(-100) });
    tape.put(at(-205), undefined, true);
    expect([tape.over(at(-206)), tape.over(at(-205)), tape.over(at(-204))]).toEqual(['begin', 'begin', undefined]);
  });

  it('does not end with a whole clip that ends where it was asked', () => {
    const tape = new Tape();
    tape.put(at(10), place('a', 0, 10), false);
    expect([tape.over(at(10)), tape.ends('a', at(10)), tape.ends('a', at(9)), tape.ends('b', at(9))]).toEqual([undefined, true, false, false]);
  });

  it('takes a clip that has grown', () => {
    const tape = new Tape();
    tape.put(at(1), place('a', 0, 4, 'open'), false);
    tape.put(at(4), undefined, false);
    expect(tape.at(at(1))?.growing).toBe(true);
    tape.put(at(4), place('a', 0, 9), false);
    expect([tape.over(at(4)), tape.key(at(8.5))?.n, tape.at(at(1))?.growing]).toEqual([undefined, 8, false]);
    tape.put(at(21), place('b', 10, 10, 'open'), false); // no farther yet
    expect([tape.over(at(21)), tape.over(at(20)), tape.over(at(19))]).toEqual(['end', 'end', undefined]);
    tape.put(at(21), place('b', 10, 13, 'open'), false);
    expect(tape.over(at(21))).toBeUndefined();
  });

  it('forgets what is far', () => {
    const tape = new Tape();
    for (let n = 0; n < 40; n++) tape.put(at(n * 10), place(`c${n}`, n * 10, 10), false);
    expect(tape.at(at(5))).toBeUndefined();
    expect(tape.at(at(395))?.clip).toBe('c39');
  });
});
