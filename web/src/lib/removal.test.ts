import { expect, it } from 'vitest';
import type { Grant, GuestLink, Token } from '../api/contract';
import { goesWith, type Standing } from './removal';

const now = new Date('2026-11-30T12:00:00Z');
const grant = (name: string): Grant => ({ account_id: name, name, actions: ['live'], history: 'now', history_from: '2026-01-01T00:00:00Z', since: '2026-01-01T00:00:00Z', unconfirmed: false });
const token = (name: string, ...cameras: string[]): Token => ({ id: name, name, created: '2026-01-01T00:00:00Z', away: false, cameras: cameras.map((camera) => ({ camera, actions: ['live'], history_from: '2026-01-01T00:00:00Z' })) });
const link = (camera: string, more: Partial<GuestLink> = {}): GuestLink => ({
  id: 'l', camera, clip: 'c', label: '', maker: { id: 'm', name: 'Ada' }, views: 3, views_left: 1, created: '2026-11-29T12:00:00Z', expires: '2026-12-01T12:00:00Z', revoked: false, ...more,
});
const nothing: Standing = { starred: 0, more: false, grants: [], tokens: [], links: [] };

it('says nothing where nothing else goes with a camera', () => {
  expect(goesWith('a', nothing, now)).toEqual([]);
  const elsewhere = { ...nothing, tokens: [token('porch', 'b')], links: [link('b'), link('a', { revoked: true }), link('a', { views_left: 0 }), link('a', { expires: '2026-11-30T11:00:00Z' })] };
  expect(goesWith('a', elsewhere, now)).toEqual([]);
});

it('names what does', () => {
  expect(goesWith('a', { starred: 1, more: false, grants: [grant('Ada')], tokens: [token('porch', 'b', 'a')], links: [link('a')] }, now)).toEqual([
    'One starred event goes with it.',
    'It is shared with Ada, who sees it no more.',
    'One guest link to a clip of it ends.',
    'The token porch loses it.',
  ]);
  expect(goesWith('a', { starred: 200, more: true, grants: [grant('Ada'), grant('Bo')], tokens: [token('porch', 'a'), token('gate', 'a')], links: [link('a'), link('a'), link('b')] }, now)).toEqual([
    'At least 200 starred events go with it.',
    'It is shared with Ada and Bo, who see it no more.',
    '2 guest links to clips of it end.',
    'The tokens porch and gate lose it.',
  ]);
  expect(goesWith('a', { ...nothing, more: true }, now)).toEqual([]);
  expect(goesWith('a', { ...nothing, starred: 3 }, now)).toEqual(['3 starred events go with it.']);
});
