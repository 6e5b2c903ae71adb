import { describe, expect, it } from 'vitest';
import { href, parse, type Route } from './router';

const a = 'a1'.repeat(16);
const b = 'b2'.repeat(16);

describe('routes', () => {
  const routes: Route[] = [
    { page: 'live' },
    { page: 'focus', camera: a },
    { page: 'events' },
    { page: 'events', camera: a },
    { page: 'events', event: b },
    { page: 'events', event: b, camera: a },
    { page: 'events', event: b, camera: a, narrowing: { kind: 'motion', class: 'person', zone: 'path', text: 'a?b#c=d&e', star: true } },
    { page: 'events', narrowing: { since: '2026-03-01T00:00:00.000Z', until: '2026-03-02T00:00:00.000Z' } },
    { page: 'timeline' },
    { page: 'timeline', cameras: [a, b], at: 1780000000000 },
    { page: 'cameras' },
    { page: 'camera-add' },
    { page: 'camera', camera: a },
    { page: 'people' },
    { page: 'access' },
    { page: 'journal' },
    { page: 'check' },
    { page: 'hub' },
    { page: 'account' },
    { page: 'more' },
  ];
  it.each(routes)('%o survives its address', (route) => {
    expect(parse(href(route))).toEqual(route);
  });

  it.each(['', '#', '#/', '#/nowhere', `#/live/${a}/more`, '#/cameras/../x', `#/cameras/${a.toUpperCase()}`, '#/s/secret', `#/people/${a}`, '#invite=abc'])(
    '%s leads to the first page',
    (hash) => {
      expect(parse(hash)).toEqual({ page: 'live' });
    },
  );

  it('leaves out what is no id', () => {
    expect(parse('#/events?camera=<script>')).toEqual({ page: 'events' });
    expect(parse('#/events/1?camera=2')).toEqual({ page: 'events' });
    expect(parse('#/events?kind=none&star=2&since=x')).toEqual({ page: 'events' });
  });
});
