import { describe, expect, it } from 'vitest';
import { noticeSentence } from './notices';

describe('a notice of a camera', () => {
  const notice = (state?: string) => ({ id: '1', at: '2026-03-01T12:00:00Z', kind: 'camera-offline', read: false, ...(state === undefined ? {} : { detail: { state } }) });

  it('says that a picture stands still, not that there is none', () => {
    expect(noticeSentence(notice('frozen'), 'Yard')).toBe('The picture of Yard stands still.');
  });

  it.each(['unreachable', 'no video', undefined])('says that there are no pictures: %s', (state) => {
    expect(noticeSentence(notice(state), 'Yard')).toBe('Yard brings no pictures.');
  });
});
