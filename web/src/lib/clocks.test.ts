import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { byDay } from './days';
import { dayEnd, dayOf, dayStart } from './filters';
import { daysBetween } from './time';
import { DAY, ticks } from './timewindow';

const HOUR = 3_600_000;
const zone = process.env['TZ'];

/** The clock on the wall of a place. */
function live(in_: string): void {
  process.env['TZ'] = in_;
}

afterAll(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

/** What the clock shows at each mark. */
const shown = (from: number, to: number, most: number): string[] =>
  ticks({ from, to }, most).map(({ at, day }) => `${new Date(at).toTimeString().slice(0, 5)}${day ? ' a day' : ''}`);

describe('where summer time begins and ends', () => {
  beforeEach(() => {
    live('Europe/Berlin');
  });
  const spring = Date.parse('2026-03-29T01:00:00Z'); // 02:00 is 03:00
  const autumn = Date.parse('2026-10-25T01:00:00Z'); // 03:00 is 02:00

  it('is this place', () => {
    expect(new Date(spring).getHours() - new Date(spring - HOUR).getHours()).toBe(2);
    expect(new Date(autumn).getHours()).toBe(new Date(autumn - HOUR).getHours());
  });

  it.each([
    ['2026-03-29', 23],
    ['2026-10-25', 25],
    ['2026-10-26', 24],
  ])('%s has %d hours', (day, hours) => {
    const [start, end] = [Date.parse(dayStart(day) ?? ''), Date.parse(dayEnd(day) ?? '')];
    expect((end - start) / HOUR).toBe(hours);
    expect([dayOf(new Date(start)), dayOf(new Date(end - 1))]).toEqual([day, day]);
    const marks = ticks({ from: start, to: end }, 8);
    expect(marks.filter((t) => t.day).map((t) => t.at)).toEqual([start]);
    expect(marks.every((t) => new Date(t.at).getHours() % 3 === 0)).toBe(true);
  });

  it('has a mark for each half hour that comes, and none twice', () => {
    expect(shown(spring - HOUR, spring + HOUR, 5)).toEqual(['01:00', '01:30', '03:00', '03:30']);
    expect(shown(autumn - HOUR, autumn + 2 * HOUR, 6)).toEqual(['02:00', '02:30', '02:00', '02:30', '03:00', '03:30']);
    expect(shown(autumn, autumn + HOUR, 4)).toEqual(['02:00', '02:15', '02:30', '02:45']); // the second time
    expect(shown(spring - 2 * HOUR, spring + 3 * HOUR, 3)).toEqual(['00:00 a day', '04:00']);
  });

  it('puts what is of the day under that day', () => {
    const now = new Date('2026-10-25T23:30:00Z');
    const list = ['2026-10-25T22:59:00Z', '2026-10-25T01:30:00Z', '2026-10-25T00:30:00Z', '2026-10-24T22:00:00Z', '2026-10-24T21:59:00Z'];
    expect(byDay(list, (t) => t, now).map(({ items }) => items.length)).toEqual([4, 1]);
    expect(daysBetween(new Date(list[4] ?? ''), now)).toBe(2);
  });
});

describe('where clocks are put on at midnight', () => {
  beforeEach(() => {
    live('America/Santiago');
  });
  const day = Date.parse('2026-09-06T04:00:00Z'); // a Sunday that begins at 01:00

  it('a day begins an hour late, and ends when all do', () => {
    expect([dayStart('2026-09-06'), dayEnd('2026-09-06'), dayEnd('2026-09-05')]).toEqual(
      ['2026-09-06T04:00:00.000Z', '2026-09-07T03:00:00.000Z', '2026-09-06T04:00:00.000Z'],
    );
    expect(shown(day - 2 * HOUR, day + 3 * HOUR, 6)).toEqual(['22:00', '23:00', '01:00 a day', '02:00', '03:00']);
  });

  it.each([1, 2, 7])('the days behind it begin at midnight, each %d days', (days) => {
    const marks = ticks({ from: day - 3 * DAY, to: day + 40 * DAY }, Math.ceil(43 / days));
    expect(marks.length).toBeGreaterThan(43 / days - 2);
    for (const { at } of marks) expect(new Date(at).getHours()).toBe(at === day ? 1 : 0);
  });
});
