import { describe, expect, it } from 'vitest';
import type { JournalEntry } from '../api/contract';
import { en } from '../words/en';
import { entrySentence, KINDS, ownLook } from './journal';

const anna = 'a'.repeat(32);
const bob = 'b'.repeat(32);
const names = { me: anna, camera: (id: string) => (id === 'front' ? 'Front door' : undefined) };
const entry = (more: Partial<JournalEntry>): JournalEntry => ({
  seq: 1, at: '2026-05-10T12:00:00.000Z', kind: 'live-end', actor: { via: 'session' }, ...more,
});

describe('an entry of the journal', () => {
  it('says who did what with which camera', () => {
    const watched = entry({ actor: { id: bob, name: 'Bob', via: 'session' }, camera: 'front', span_ms: 180_000 });
    expect(entrySentence(watched, names)).toBe('Bob watched Front door live for 3\u00a0min.');
    expect(entrySentence({ ...watched, actor: { id: anna, name: 'Anna', via: 'session' } }, names)).toBe('You watched Front door live for 3\u00a0min.');
    const shared = entry({ kind: 'granted', actor: { id: bob, name: 'Bob', via: 'session' }, camera: 'gone', other: { id: anna, name: 'Anna' } });
    expect(entrySentence(shared, names)).toBe('Bob shared a camera you no longer see with you.');
  });

  it('names no camera that is removed, least of all as one that was removed before', () => {
    const removed = entry({ kind: 'camera-removed', actor: { id: anna, via: 'session' }, camera: 'gone' });
    expect(entrySentence(removed, names)).toBe('You deleted a camera.');
    expect(entrySentence({ ...removed, camera: 'front' }, names)).toBe('You deleted Front door.');
  });

  it('tells a person from what acts for them', () => {
    expect(entrySentence(entry({ kind: 'clip', actor: { id: anna, via: 'token' }, camera: 'front' }), names)).toBe('A token of yours opened a clip of Front door.');
    expect(entrySentence(entry({ kind: 'guest', actor: { via: 'guest' }, camera: 'front' }), names)).toBe('Someone with a guest link opened a clip of Front door.');
  });

  it('tells what somebody looked at themselves from what others and programs of theirs did', () => {
    const looked = entry({ kind: 'thumbnails', actor: { id: anna, via: 'session' }, camera: 'front' });
    expect(ownLook(looked, anna)).toBe(true);
    expect(ownLook(looked, bob)).toBe(false);
    expect(ownLook({ ...looked, actor: { id: anna, via: 'token' } }, anna)).toBe(false);
    expect(ownLook({ ...looked, kind: 'deleted' }, anna)).toBe(false);
  });

  it('says why a camera went off the air when nobody took it off', () => {
    const privacy = (cause: string, off: boolean) =>
      entrySentence(entry({ kind: 'privacy', actor: { via: 'hub' }, camera: 'front', detail: { off, cause } }), names);
    expect(privacy('times', true)).toBe('Front door went off the air, as a set time began.');
    expect(privacy('clock', true)).toBe('Front door went off the air: it has set times, and the hub’s clock cannot be right.');
    expect(privacy('times', false)).toBe('Front door came back on the air by itself.');
    expect(privacy('asked', true)).toBe('The hub changed when Front door is off the air.');
  });

  it('says of when something was saved that is no clip', () => {
    const saved = entry({ kind: 'export-end', actor: { id: bob, name: 'Bob', via: 'session' }, camera: 'front', bytes: 31_000_000 });
    const detail = { start: '2026-05-10T10:00:00.000Z', until: '2026-05-10T11:00:00.000Z' };
    expect(entrySentence({ ...saved, detail }, names)).toMatch(/^Bob exported 31\u00a0MB of Front door, from .*2026.* to .*2026/);
    expect(entrySentence({ ...saved, detail: { start: detail.start } }, names)).toBe('Bob downloaded 31\u00a0MB of a clip of Front door.');
  });

  it('says why the hub stopped listening when nobody turned it off', () => {
    const sound = (detail: Record<string, unknown>) => entrySentence(entry({ kind: 'camera-sound', actor: { via: 'hub' }, camera: 'front', other: { id: bob, name: 'Bob' }, detail }), names);
    expect(sound({ on: false, cause: 'right' })).toBe('The hub does not listen at Front door any more: Bob had turned that on, and may not now.');
    expect(sound({ on: false })).toBe('The hub changed what the hub listens for at Front door.');
  });

  it('tells a mix-up inside the hub from what people and devices do', () => {
    const refused = (site: string) => entrySentence(entry({ kind: 'refused', actor: { via: 'hub' }, camera: 'front', detail: { site } }), names);
    expect(refused('clip row')).toMatch(/mix-up inside the hub/);
    expect(refused('camera identity')).toBe('A device was refused: it is a camera of another account of this hub.');
    expect(refused('camera password')).toMatch(/^A camera was refused: it has the user name and password/);
    expect(refused('connection')).toBe('A second sign-in over one connection was refused.');
  });

  it('tells a camera that the hub followed from one that a person found', () => {
    const moved = entry({ kind: 'camera-moved', actor: { via: 'hub' }, camera: 'front' });
    expect(entrySentence(moved, names)).toBe('Front door has another address; the hub followed it.');
    expect(entrySentence({ ...moved, actor: { id: anna, via: 'session' } }, names)).toBe('You said at which address Front door is now.');
    expect(entrySentence({ ...moved, kind: 'camera-not-there', actor: { id: anna, via: 'session' } }, names)).toBe('You said that a device is not Front door.');
  });

  it('tells whom a lockdown of the hub shut out what it ended, and for how long', () => {
    const out = entry({ kind: 'locked-out', actor: { id: bob, name: 'Bob', via: 'session' }, other: { id: anna, name: 'Anna' }, count: 2 });
    expect(entrySentence(out, names)).toContain('Bob locked the whole hub down. 2 sessions of yours ended, and');
    expect(entrySentence({ ...out, count: 0 }, names)).toContain('You were not signed in, and');
    expect(entrySentence(entry({ kind: 'let-in', actor: { via: 'console' }, span_ms: 7_200_000 }), names)).toBe(
      'Someone at the hub’s console lifted the lockdown of the whole hub, which had shut you out for 2\u00a0h.',
    );
  });

  it('tells who left from who came home', () => {
    const said = entry({ kind: 'away', actor: { id: anna, via: 'session' }, detail: { away: true } });
    expect(entrySentence(said, names)).toBe('You said: away.');
    expect(entrySentence({ ...said, actor: { id: anna, via: 'token' }, detail: { away: false } }, names)).toBe('A token of yours said: at home.');
  });

  it('names the device of which somebody saw pictures by its address', () => {
    const looked = entry({ kind: 'glimpse', actor: { id: anna, via: 'session' }, count: 2, detail: { address: '192.168.1.20' } });
    expect(entrySentence(looked, names)).toBe('You saw 2 pictures of the device at 192.168.1.20, to add it.');
    expect(entrySentence({ ...looked, detail: {} }, names)).toBe('You saw 2 pictures of the device at some address, to add it.');
    expect(ownLook(looked, anna)).toBe(true);
  });

  it('of a kind unknown here is named as it is', () => {
    expect(entrySentence(entry({ kind: 'moon-landing', actor: { via: 'hub' } }), names)).toBe('The hub: moon-landing.');
  });

  it('can be filtered by every kind that is offered', () => {
    for (const kind of Object.values(KINDS).flat()) expect(en).toHaveProperty([`journal.kind.${kind}`]);
  });
});
