import { describe, expect, it } from 'vitest';
import { noticeSentence } from './notices';
import { exact, span } from './time';

describe('a notice of a lockdown', () => {
  const at = '2026-03-01T12:00:00Z';
  const notice = (detail: Record<string, unknown>) => noticeSentence({ id: '1', at, kind: 'locked-out', read: false, detail }, undefined);
  const times = `from ${exact(new Date('2026-03-01T10:00:00Z'))} to ${exact(new Date(at))}`;

  it('says who shut one out, from when to when', () => {
    expect(notice({ name: 'Olga', span_ms: 7_200_000, count: 1 })).toContain(`Olga locked the whole hub down, ${times}. You were shut out`);
  });

  it('says that it came more than once, and names nobody who is gone', () => {
    expect(notice({ span_ms: 7_200_000, count: 3 })).toContain(`someone locked the whole hub down, ${times}, the last of 3 times.`);
  });
});

describe('a notice of what was refused', () => {
  it.each([
    ['clip row', /mix-up inside the hub/],
    ['camera identity', /is the same device as Yard\. It was refused/],
    ['camera password', /has the user name and password of Yard/],
  ])('says of %s what it was', (site, words) => {
    expect(noticeSentence({ id: '1', at: '2026-03-01T12:00:00Z', kind: 'crossing', read: false, detail: { site } }, 'Yard')).toMatch(words);
  });
});

describe('a notice of a camera', () => {
  const notice = (state?: string) => ({ id: '1', at: '2026-03-01T12:00:00Z', kind: 'camera-offline', read: false, ...(state === undefined ? {} : { detail: { state } }) });

  it('says that a picture stands still, not that there is none', () => {
    expect(noticeSentence(notice('frozen'), 'Yard')).toBe('The picture of Yard stands still.');
  });

  it.each(['unreachable', 'no video', undefined])('says that there are no pictures: %s', (state) => {
    expect(noticeSentence(notice(state), 'Yard')).toBe('Yard sends no pictures.');
  });
});

describe('a notice of a damaged recording', () => {
  const notice = (camera?: string) => ({ id: '1', at: '2026-03-01T12:00:00Z', kind: 'recording-damaged', read: false, ...(camera ? { camera } : {}) });

  it('names the camera to its owner', () => {
    expect(noticeSentence(notice('c'), 'Yard')).toContain('A recording of Yard is not as the hub wrote it');
  });

  it('tells who runs the hub what to do, and no camera', () => {
    expect(noticeSentence(notice(), undefined)).toContain('run lares verify clips');
  });
});

describe('a notice of what is not recorded', () => {
  const notice = (kind: string, detail: Record<string, unknown>) => noticeSentence({ id: '1', at: '2026-03-01T12:00:00Z', kind, read: false, detail }, 'Yard');

  it.each([
    [{ cause: 'disk' }, /^Nothing of Yard is recorded: the disk is missing, full/],
    [{ cause: 'camera' }, /^Nothing of Yard is recorded: of what it sends/],
    [{ cause: 'camera', partly: true }, /^Not all of Yard is recorded: again and again it sends nothing/],
    [{ cause: 'overload', partly: true }, /^Not all of Yard is recorded: again and again the hub/],
    [{ cause: 'other' }, /Its page and the hub’s log say more/],
    [{ cause: 'of a later hub', partly: true }, /Its page and the hub’s log say more/],
  ])('names the cause: %o', (detail, words) => {
    expect(notice('recording-stopped', detail)).toMatch(words);
  });

  it('says that it is recorded again, and for how long it was not', () => {
    expect(notice('recording-back', { span_ms: 240_000 })).toBe(`Yard is recorded again, as it is to be. It was not for ${span(240_000)}.`);
  });

  it.each([
    [{ state: 'full' }, /is full/],
    [{ state: 'fails' }, /reports errors/],
    [{ state: 'slow' }, /is too slow/],
    [{ state: 'missing' }, /^The disk for recordings is not there/],
    [{ state: 'read-only', pool: 'nas' }, /^The disk “nas” can only be read/],
    [{ state: 'missing', pool: 'nas' }, /^The disk “nas” is not there/],
    [{ pool: 'nas' }, /^The disk “nas” is not well/],
    [{}, /is not well/],
  ])('tells who runs the hub of the disk, and of no camera: %o', (detail, words) => {
    expect(notice('disk-trouble', detail)).toMatch(words);
    expect(notice('disk-trouble', detail)).not.toContain('Yard');
  });
});

describe('a notice of the database', () => {
  const notice = (kind: string, detail: Record<string, unknown>) => noticeSentence({ id: '1', at: '2026-03-01T12:00:00Z', kind, read: false, detail }, undefined);

  it.each([
    ['full', /is full, or nearly\. Recordings go on/],
    ['read-only', /can only be read/],
    ['fails', /cannot be written/],
    ['odd', /takes nothing/],
  ])('says what is wrong with it: %s', (state, words) => {
    expect(notice('database-trouble', { state })).toMatch(words);
  });

  it('says for how long it was', () => {
    expect(notice('database-back', { span_ms: 120_000 })).toContain(`It did not for ${span(120_000)}`);
  });
});
