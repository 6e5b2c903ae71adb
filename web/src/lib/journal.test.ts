import { describe, expect, it } from 'vitest';
import type { JournalEntry } from '../api/contract';
import { en } from '../words/en';
import { entrySentence, KINDS } from './journal';

const anna = 'a'.repeat(32);
const bob = 'b'.repeat(32);
const names = { me: anna, camera: (id: string) => (id === 'front' ? 'Front door' : undefined) };
const entry = (more: Partial<JournalEntry>): JournalEntry => ({
  seq: 1, at: '2026-05-10T12:00:00.000Z', kind: 'live-end', actor: { via: 'session' }, ...more,
});

describe('an entry of the journal', () => {
  it('says who did what with which camera', () => {
    const watched = entry({ actor: { id: bob, name: 'Bob', via: 'session' }, camera: 'front', span_ms: 180_000 });
    expect(entrySentence(watched, names)).toBe('Bob watched Front door live for 3 min.');
    expect(entrySentence({ ...watched, actor: { id: anna, name: 'Anna', via: 'session' } }, names)).toBe('You watched Front door live for 3 min.');
    const shared = entry({ kind: 'granted', actor: { id: bob, name: 'Bob', via: 'session' }, camera: 'gone', other: { id: anna, name: 'Anna' } });
    expect(entrySentence(shared, names)).toBe('Bob shared a removed camera with you.');
  });

  it('tells a person from what acts for them', () => {
    expect(entrySentence(entry({ kind: 'clip', actor: { id: anna, via: 'token' }, camera: 'front' }), names)).toBe('A token of yours opened a clip of Front door.');
    expect(entrySentence(entry({ kind: 'guest', actor: { via: 'guest' }, camera: 'front' }), names)).toBe('Someone with a guest link opened a clip of Front door.');
  });

  it('of a kind unknown here is named as it is', () => {
    expect(entrySentence(entry({ kind: 'moon-landing', actor: { via: 'hub' } }), names)).toBe('The hub: moon-landing.');
  });

  it('can be filtered by every kind that is offered', () => {
    for (const kind of Object.values(KINDS).flat()) expect(en).toHaveProperty([`journal.kind.${kind}`]);
  });
});
