/** Times of the week. */
export const week = {
  'week.time': 'Time {n}',
  'week.days': 'Begins on',
  'week.from': 'From',
  'week.to': 'To',
  'week.add': 'Add a time',
  'week.remove': 'Remove time {n}',
  'week.no_day': 'Choose at least one day for each time.',
  'week.every_day': 'Every day',
  'week.span': '{first} to {last}',
  'week.line': '{days}, {from} to {to}',
  'week.all_day': '{days}, the whole day',
} as const;
