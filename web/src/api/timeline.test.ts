import { describe, expect, it } from 'vitest';
import type { Scope } from './scope';
import { timeline } from './timeline';

const zero = Date.parse('2026-06-01T10:00:00Z');
const HOUR = 3_600_000;

describe('gaps as the hub tells them', () => {
  it('are known to reach out of what was asked for where they touch its ends, but for the present', async () => {
    const gap = (from: number, to: number, open?: boolean) => ({ from, to, cause: 'camera', count: 1, ...(open ? { open } : {}) });
    const camera = { camera: 'a', continuous: [], recorded: [], beside: [], damaged: [], counts: {}, busy: [], events: [], too_many: false };
    const told = { from: '2026-06-01T10:00:00Z', to: '2026-06-01T11:00:00Z', now: '2026-06-01T11:00:00Z', step_ms: 60_000 };
    const of = async (...gaps: object[]) => {
      const scope = { get: async () => ({ ...told, cameras: [{ ...camera, gaps }] }) } as unknown as Scope;
      const { lanes } = await timeline(scope, ['a'], zero, zero + HOUR, 60);
      return lanes[0]?.gaps.map(({ early, late, open }) => [early, late, open]);
    };
    expect(await of(gap(1, HOUR - 1))).toEqual([[false, false, false]]);
    expect(await of(gap(0, 5000), gap(6000, HOUR))).toEqual([
      [true, false, false],
      [false, true, false],
    ]);
    expect(await of(gap(0, HOUR, true))).toEqual([[true, false, true]]);
  });
});
