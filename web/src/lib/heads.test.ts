import { describe, expect, it } from 'vitest';
import { compareHead } from './heads';

function storage(): Pick<Storage, 'getItem' | 'setItem'> & { map: Map<string, string> } {
  const map = new Map<string, string>();
  return { map, getItem: (k) => map.get(k) ?? null, setItem: (k, v) => void map.set(k, v) };
}
const head = (seq: number, hash: string) => ({ seq, hash: hash.repeat(32), signature: '' });

describe('the head of the journal', () => {
  it('may only grow', () => {
    const kept = storage();
    expect(compareHead(kept, 'anna', head(5, 'aa'))).toBe('first');
    expect(compareHead(kept, 'anna', head(5, 'aa'))).toBe('same');
    expect(compareHead(kept, 'anna', head(9, 'bb'))).toBe('ahead');
    expect(compareHead(kept, 'anna', head(8, 'bb'))).toBe('behind');
    expect(compareHead(kept, 'anna', head(9, 'cc'))).toBe('other');
  });

  it('that went back does not replace what is remembered', () => {
    const kept = storage();
    compareHead(kept, 'anna', head(9, 'aa'));
    compareHead(kept, 'anna', head(3, 'bb'));
    expect(compareHead(kept, 'anna', head(4, 'cc'))).toBe('behind');
  });

  it('is remembered for each account, and rubbish is not believed', () => {
    const kept = storage();
    compareHead(kept, 'anna', head(9, 'aa'));
    expect(compareHead(kept, 'bob', head(3, 'bb'))).toBe('first');
    kept.map.set('lares.head.bob', 'everything');
    expect(compareHead(kept, 'bob', head(1, 'bb'))).toBe('first');
  });
});
