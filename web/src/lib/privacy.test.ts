import { expect, it } from 'vitest';
import { privacyLine } from './privacy';
import { deadline } from './time';

const now = new Date(2026, 2, 18, 14, 30, 0);
const soon = new Date(now.getTime() + 2 * 3_600_000);

it('says until when a camera is on the air, or off it', () => {
  const privacy = (off: boolean, until?: Date) => ({ off, clock: '14:30', times: [], ...(until ? { until: until.toISOString() } : {}) });
  expect(privacyLine(privacy(true), now)).toBe('Off the air until you put it back on.');
  expect(privacyLine(privacy(false), now)).toBe('On the air.');
  expect(privacyLine(privacy(true, soon), now)).toBe(`Off the air until ${deadline(soon, now)}.`);
  expect(privacyLine(privacy(false, soon), now)).toBe(`On the air until ${deadline(soon, now)}.`);
});
