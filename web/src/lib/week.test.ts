import { expect, it } from 'vitest';
import { DAYS, timeLine } from './week';
import { timeOfDay } from './time';

it('says a time in one line', () => {
  expect(timeLine({ days: [...DAYS], from: '22:00', to: '06:00' })).toBe(`Every day, ${timeOfDay('22:00')} to ${timeOfDay('06:00')}`);
  expect(timeLine({ days: ['monday', 'tuesday', 'wednesday', 'saturday'], from: '08:00', to: '17:30' })).toBe(`Monday to Wednesday, Saturday, ${timeOfDay('08:00')} to ${timeOfDay('17:30')}`);
  expect(timeLine({ days: ['sunday'], from: '00:00', to: '00:00' })).toBe('Sunday, the whole day');
});
