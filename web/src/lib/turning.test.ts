import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Turn } from '../api/control';
import { LEASE_MS, Turning } from './turning';

describe('turning a camera', () => {
  let sent: Turn[];
  let answers: { done: () => void; fail: (thrown: unknown) => void }[];
  let failures: unknown[];
  let turning: Turning;
  const answer = async (): Promise<void> => {
    answers.shift()!.done();
    await vi.advanceTimersByTimeAsync(0);
  };

  beforeEach(() => {
    vi.useFakeTimers();
    [sent, answers, failures] = [[], [], []];
    turning = new Turning(
      (order) => new Promise((done, fail) => (sent.push(order), answers.push({ done, fail }))),
      (thrown) => failures.push(thrown),
    );
  });
  afterEach(() => vi.useRealTimers());

  it('moves while it is held, and stops', async () => {
    turning.press('left');
    await answer();
    await vi.advanceTimersByTimeAsync(LEASE_MS - 1);
    expect(sent.length).toBeGreaterThanOrEqual(2); // anew before the move ends by itself
    await answer();
    turning.release('left');
    expect(sent.at(-1)).toEqual({ stop: true });
    await answer();
    const count = sent.length;
    await vi.advanceTimersByTimeAsync(10 * LEASE_MS);
    expect(sent.length).toBe(count);
    expect(sent.slice(0, -1)).toEqual(Array(count - 1).fill({ pan: -0.5, ms: LEASE_MS }));
  });

  it('never has a stop overtake its move, however short the press', async () => {
    turning.press('up');
    turning.release('up');
    expect(sent).toEqual([{ tilt: 0.5, ms: LEASE_MS }]);
    await answer();
    expect(sent.at(-1)).toEqual({ stop: true });
  });

  it('takes what is held together as one move, and opposites as none', async () => {
    turning.press('right');
    await answer();
    turning.press('near');
    expect(sent.at(-1)).toEqual({ pan: 0.5, zoom: 0.5, ms: LEASE_MS });
    await answer();
    turning.release('near');
    await answer();
    turning.press('left');
    expect(sent.at(-1)).toEqual({ stop: true });
    await answer();
    turning.stop();
    expect(sent.at(-1)).toEqual({ stop: true });
  });

  it('lets go when the camera fails, says so once, and can begin again', async () => {
    turning.press('wide');
    answers.shift()!.fail('no answer');
    await vi.advanceTimersByTimeAsync(10 * LEASE_MS);
    expect(failures).toEqual(['no answer']);
    expect(sent.length).toBe(1);
    turning.release('wide');
    expect(sent.length).toBe(1);
    turning.place({ home: true });
    expect(sent.at(-1)).toEqual({ home: true });
  });

  it('goes to a place instead of what was held', async () => {
    turning.press('down');
    await answer();
    turning.place({ preset: 'abc' });
    await answer();
    await vi.advanceTimersByTimeAsync(10 * LEASE_MS);
    expect(sent).toEqual([{ tilt: -0.5, ms: LEASE_MS }, { preset: 'abc' }]);
  });
});
