import { describe, expect, it } from 'vitest';
import { refusals, refusedBy } from './crossings';

describe('what the hub refused', () => {
  it('is a mix-up unless people or devices do it', () => {
    expect(['camera identity', 'camera password', 'connection', 'clip row', 'toString', undefined, 7].map(refusedBy)).toEqual([
      'identity', 'password', 'connection', undefined, undefined, undefined, undefined,
    ]);
    expect(refusals({ 'camera identity': 700, 'camera password': 2, connection: 5, 'clip row': 1, 'event list': 3 })).toEqual({
      inside: 4, identity: 700, password: 2, connection: 5,
    });
    expect(refusals({})).toEqual({ inside: 0, identity: 0, password: 0, connection: 0 });
  });
});
