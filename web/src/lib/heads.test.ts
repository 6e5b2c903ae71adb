import { describe, expect, it } from 'vitest';
import { remember, remembered } from './heads';

function storage(): Pick<Storage, 'getItem' | 'setItem'> & { map: Map<string, string> } {
  const map = new Map<string, string>();
  return { map, getItem: (k) => map.get(k) ?? null, setItem: (k, v) => void map.set(k, v) };
}
const head = (n: number) => `${n}:${'0a'.repeat(32)}`;

describe('the head of the journal', () => {
  it('is remembered, and the newer one after it', () => {
    const kept = storage();
    expect(remembered(kept, 'anna')).toBeUndefined();
    expect(remember(kept, 'anna', { head: head(5), remembered: 'first' })).toBe('first');
    expect(remembered(kept, 'anna')).toBe(head(5));
    remember(kept, 'anna', { head: head(5), remembered: 'same' });
    remember(kept, 'anna', { head: head(3), remembered: 'ahead' });
    expect(remembered(kept, 'anna')).toBe(head(3));
  });

  it('that is gone stays remembered, and so does a later one', () => {
    const kept = storage();
    remember(kept, 'anna', { head: head(9), remembered: 'first' });
    expect(remember(kept, 'anna', { head: head(3), remembered: 'gone' })).toBe('gone');
    remember(kept, 'anna', { head: head(4), remembered: 'same' });
    expect(remembered(kept, 'anna')).toBe(head(9));
  });

  it('is remembered for each account, and rubbish is not asked for', () => {
    const kept = storage();
    remember(kept, 'anna', { head: head(9), remembered: 'first' });
    expect(remembered(kept, 'bob')).toBeUndefined();
    for (const rubbish of ['everything', '9', `x${head(9)}`, `${head(9)}00`]) {
      kept.map.set('lares.journal.bob', rubbish);
      expect(remembered(kept, 'bob')).toBeUndefined();
    }
  });
});
