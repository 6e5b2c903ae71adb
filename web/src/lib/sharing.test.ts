import { describe, expect, it } from 'vitest';
import { ACTIONS, allowed, EVERYTHING, grantSentence, presetOf, PRESETS } from './sharing';

const now = new Date('2026-05-10T12:00:00Z');

describe('a grant in words', () => {
  it('is one sentence that names what, from when and until when', () => {
    expect(grantSentence('Anna', { actions: ['history', 'live'], history_from: '2026-05-03T10:00:00Z' }, now)).toMatch(
      /^Anna can watch live and look back from (3 May|May 3) on\.$/,
    );
    expect(grantSentence('Anna', { actions: ['live'], expires: '2027-01-02T12:00:00Z' }, now)).toMatch(
      /^Anna can watch live, until (2 Jan 2027|Jan 2, 2027)\.$/,
    );
  });

  it('says which recordings', () => {
    expect(allowed({ actions: ['history'], history_from: EVERYTHING }, now)).toBe('look back at everything');
    expect(allowed({ actions: ['history'] }, now)).toBe('look back from now on');
    expect(allowed({ actions: ['live', 'audio'], history_from: EVERYTHING }, now)).toBe('watch live and hear sound');
  });

  it('knows a preset by its actions, in any order', () => {
    expect(presetOf(['audio', 'live'])).toBe('watch');
    expect(presetOf([...ACTIONS].reverse())).toBe('co_owner');
    expect(presetOf(['live'])).toBeUndefined();
    expect(new Set(PRESETS.co_owner).size).toBe(10);
    expect(presetOf(['live', 'audio', 'history', 'notify'])).toBe('review');
  });

  it('does not promise what nothing brings', () => {
    expect(ACTIONS).not.toContain('notify');
    expect(allowed({ actions: ['live', 'notify'] }, now)).toBe('watch live');
    expect(grantSentence('Anna', { actions: ['notify'] }, now)).toBe('Anna can do nothing with it yet.');
  });
});
