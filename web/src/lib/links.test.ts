import { expect, it } from 'vitest';
import { linkState } from './links';

it('tells why a link no longer works', () => {
  const now = new Date('2026-05-10T12:00:00Z');
  const link = { id: '', camera: '', clip: '', label: '', maker: { id: '', name: '' }, views: 3, views_left: 1, created: '', expires: '2026-05-11T12:00:00Z', revoked: false };
  expect(linkState(link, now)).toBe('open');
  expect(linkState({ ...link, views_left: 0 }, now)).toBe('used');
  expect(linkState({ ...link, expires: '2026-05-10T12:00:00Z' }, now)).toBe('expired');
  expect(linkState({ ...link, revoked: true, views_left: 0 }, now)).toBe('revoked');
});
