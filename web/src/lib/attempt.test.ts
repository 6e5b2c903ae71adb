import { describe, expect, it } from 'vitest';
import { Refusal } from '../api/refusal';
import { Attempt, refuse } from './attempt.svelte';

describe('an attempt', () => {
  it('says what is wrong with a field before the hub is asked', async () => {
    const attempt = new Attempt();
    expect(await attempt.run(async () => refuse('Type a number.', 'room'))).toBe(false);
    expect([attempt.of('room'), attempt.besides('room'), attempt.besides('name'), attempt.busy]).toEqual(['Type a number.', undefined, 'Type a number.', false]);
    expect(await attempt.run(async () => refuse('Choose a day.'))).toBe(false);
    expect([attempt.of('room'), attempt.besides('room')]).toEqual([undefined, 'Choose a day.']);
    expect(await attempt.run(async () => undefined)).toBe(true);
    expect(attempt.fault).toBeUndefined();
  });

  it('has what went wrong told elsewhere, but not what a person broke off', async () => {
    const attempt = new Attempt();
    const told: string[] = [];
    const press = (thrown?: Refusal): Promise<boolean> =>
      attempt.press(
        async () => {
          if (thrown) throw thrown;
        },
        (reason) => told.push(reason),
      );
    expect(await press(new Refusal('taken', { detail: 'Somebody was faster.' }))).toBe(false);
    expect(await press(new Refusal('dropped'))).toBe(false);
    expect(await press()).toBe(true);
    expect(told).toEqual(['Somebody was faster.']);
  });
});
