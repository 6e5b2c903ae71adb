import { describe, expect, it } from 'vitest';
import { Refusal } from '../api/refusal';
import { advice, sentence } from './explain';

describe('a refusal in words', () => {
  it.each(['invalid', 'taken'] as const)('is what the hub says of %s, if it says something', (kind) => {
    const refusal = new Refusal(kind, { detail: 'A camera of somebody else has this password.' });
    expect(sentence(refusal)).toBe('A camera of somebody else has this password.');
    expect(advice(refusal)).toBe('A camera of somebody else has this password.');
  });

  it('is ours where the hub says nothing, or speaks of itself', () => {
    expect(sentence(new Refusal('taken'))).toBe('This was done already. Load the page again to see how things stand.');
    expect(sentence(new Refusal('invalid'))).toBe('Check what you entered.');
    expect(sentence(new Refusal('busy', { detail: 'database is locked' }))).not.toMatch(/locked/);
  });
});
