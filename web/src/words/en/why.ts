/** Why an event was recorded. */
export const why = {
  'why.title': 'Why was this recorded?',
  'why.help': 'Where and when it moved, and what counted.',
  'why.none': 'The hub kept no reason: the event is older than that, or it still goes on.',
  'why.unknown': 'Not known now. {reason}',
  'why.map': 'The picture of the event, red where enough moved to count, amber where something stirred',
  'why.curve': 'How much moved in each second, and the line from which on it counted',
  'why.zone': 'It moved in the zone {zone}, at sensitivity {n}.',
  'why.everywhere': 'It moved somewhere in the whole picture, at sensitivity {n}.',
  'why.size': 'The largest part was {area} of the picture, {times} times as much as counts.',
  'why.between': 'It was seen only between two full pictures: it came and went, or moved steadily on.',
  'why.lasted': 'Something moved for {time}.',
  'why.lasted_least': 'Something moved for {time}, and from {least} on it counts.',
};
