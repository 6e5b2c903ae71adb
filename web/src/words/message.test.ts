import { describe, expect, it } from 'vitest';
import { en } from './en';
import { fill } from './message';

describe('fill', () => {
  it('puts values into holes', () => {
    expect(fill('{a} and {b}', { a: 'x', b: 2 }, 'en')).toBe('x and 2');
  });

  it('chooses plurals, exact numbers before classes', () => {
    const m = '{n, plural, =0 {no clips} one {# clip} other {# clips}} of {who}';
    expect(fill(m, { n: 0, who: 'Garden' }, 'en')).toBe('no clips of Garden');
    expect(fill(m, { n: 1, who: 'Garden' }, 'en')).toBe('1 clip of Garden');
    expect(fill(m, { n: 1412, who: 'Garden' }, 'en')).toBe('1,412 clips of Garden');
  });

  it('follows the language in its classes', () => {
    const m = '{n, plural, one {# kamera} few {# kamery} many {# kamer} other {# kamery}}';
    expect([1, 3, 5].map((n) => fill(m, { n }, 'pl'))).toEqual(['1 kamera', '3 kamery', '5 kamer']);
  });

  it('takes holes inside a case, and a select', () => {
    expect(fill('{n, plural, one {one of {who}} other {# of {who}}}', { n: 3, who: 'A' }, 'en')).toBe('3 of A');
    expect(fill('{k, select, motion {Motion} other {Something}}', { k: 'sound' }, 'en')).toBe('Something');
  });

  it('never shows a broken sentence', () => {
    expect(() => fill('{missing}', {}, 'en')).toThrow('nothing given for {missing}');
    expect(() => fill('{a', { a: 1 }, 'en')).toThrow('not closed');
    expect(() => fill('a}', {}, 'en')).toThrow('a brace too many');
    expect(() => fill('{n, plural, one {x}}', { n: 2 }, 'en')).toThrow('no "other"');
  });
});

describe('the catalogue', () => {
  // Every name a hole of the catalogue uses, with a value of its type.
  const values = {
    ...Object.fromEntries(
      ['address', 'page', 'span', 'day', 'time', 'camera', 'state', 'owner', 'kind', 'length', 'size', 'reason', 'codec', 'bitrate', 'name', 'version', 'fps', 'stream', 'message', 'sound', 'recorded', 'what', 'who', 'other', 'place', 'device', 'seen', 'created', 'host', 'label', 'id', 'first', 'last', 'days', 'from', 'to', 'network', 'tried', 'zones', 'zone', 'area', 'times', 'least', 'quota', 'may', 'free', 'floor', 'before', 'after', 'when', 'until', 'line', 'long'].map((k) => [k, 'x']),
    ),
    ...Object.fromEntries(['n', 'clips', 'parts', 'seconds', 'step', 'width', 'height', 'top', 'cameras', 'views', 'left', 'hours', 'sessions', 'tokens', 'links', 'deliveries', 'seq', 'of'].map((k) => [k, 2])),
  };

  it('has each key once, and every area', () => {
    const areas = import.meta.glob<Record<string, Record<string, string>>>('./en/*.ts', { eager: true });
    const keys = Object.values(areas).flatMap((area) => Object.values(area).flatMap((words) => Object.keys(words)));
    expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([]);
    expect(keys.sort()).toEqual(Object.keys(en).sort());
  });

  it.each(Object.entries(en))('%s can be said', (_, message) => {
    const said = fill(message, values, 'en');
    expect(said).not.toMatch(/[{}]/);
    expect(said.trim()).toBe(said);
  });
});
