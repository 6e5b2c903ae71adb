import { describe, expect, it } from 'vitest';
import { around, clamped, closer, DAY, following, LEAST_MS, loaded, MOST_MS, moved, ticks, zoomed } from './timewindow';

const now = new Date(2026, 5, 15, 12, 0).getTime();
const hour = 3_600_000;

describe('a window of time', () => {
  it('does not show what is to come, but for a margin', () => {
    const w = clamped({ from: now, to: now + DAY }, now);
    expect(w.to - w.from).toBe(DAY);
    expect(w.to).toBeGreaterThan(now);
    expect(w.to).toBeLessThan(now + DAY / 10);
    expect(moved(w, 10 * DAY, now)).toEqual(w);
  });

  it('keeps what one points at where it is', () => {
    const w = { from: now - 3 * DAY, to: now - 2 * DAY };
    const about = w.from + 0.25 * DAY;
    const near = zoomed(w, 0.5, about, now);
    expect(near.to - near.from).toBe(DAY / 2);
    expect((about - near.from) / (near.to - near.from)).toBeCloseTo(0.25);
    expect(zoomed(near, 2, about, now).from).toBeCloseTo(w.from);
  });

  it('has a least and a most', () => {
    const w = around(now - 400 * DAY, hour, now);
    expect(zoomed(w, 1e-9, w.from, now).to - zoomed(w, 1e-9, w.from, now).from).toBe(LEAST_MS);
    const most = zoomed(w, 1e9, w.from, now);
    expect(most.to - most.from).toBe(MOST_MS);
    expect(loaded(most).to - loaded(most).from).toBeLessThanOrEqual(MOST_MS);
    const four = clamped(most, now, MOST_MS / 4);
    expect(four.to - four.from).toBe(MOST_MS / 4);
    for (const wide of [zoomed(four, 2, four.from, now, MOST_MS / 4), loaded(four, MOST_MS / 4)]) expect(wide.to - wide.from).toBeLessThanOrEqual(MOST_MS / 4);
  });

  it('comes closer to a span, and always closer', () => {
    const day = { from: now - DAY, to: now };
    const from = now - 6 * hour;
    expect(closer(day, from, from + hour, now)).toEqual({ from: from - hour / 4, to: from + 1.25 * hour });
    const short = closer(day, from, from + 8000, now);
    expect(short).toEqual(around(from + 4000, LEAST_MS, now));
    // Of what is longer than that, its begin.
    for (let [w, n] = [day, 0]; n < 4; n++) {
      const next = closer(w, from, from + 5 * hour, now);
      expect(next.to - next.from).toBeLessThanOrEqual((w.to - w.from) / 4);
      expect(next.from).toBeLessThan(from);
      expect(next.to).toBeGreaterThan(from);
      w = next;
    }
  });

  it('follows what plays', () => {
    const w = { from: now - 2 * hour, to: now - hour };
    expect(following(w, w.from + hour / 2, now)).toBe(w);
    const next = following(w, w.to, now);
    expect(next.from).toBeLessThan(w.to);
    expect(next.to).toBeGreaterThan(w.to);
  });
});

describe('the marks of a ruler', () => {
  it('are round times, few enough, the same while one moves along', () => {
    for (const length of [LEAST_MS, 7 * 60_000, hour, 5 * hour, DAY, 3 * DAY, 30 * DAY, MOST_MS]) {
      const w = { from: now - length, to: now };
      const marks = ticks(w, 8);
      expect(marks.length).toBeGreaterThan(1);
      expect(marks.length).toBeLessThanOrEqual(10);
      const later = ticks({ from: w.from + length / 100, to: w.to + length / 100 }, 8).map((t) => t.at);
      for (const { at } of marks.slice(1)) expect(later).toContain(at);
    }
  });

  it('are more than two of an hour on a phone', () => {
    expect(ticks({ from: now - hour, to: now }, 5).map((t) => new Date(t.at).getMinutes())).toEqual([0, 15, 30, 45]);
  });

  it('name the days that begin', () => {
    const marks = ticks({ from: now - DAY, to: now }, 8);
    expect(marks.filter((t) => t.day).map((t) => new Date(t.at).getHours())).toEqual([0]);
    expect(ticks({ from: now - 60 * DAY, to: now }, 8).every((t) => t.day && new Date(t.at).getHours() === 0)).toBe(true);
  });
});
