/** What stands around every page, and what many of them say. */
export const frame = {
  'app.name': 'Lares',
  'app.starting': 'Opening your hub …',
  'app.skip': 'Skip to content',
  'app.title': '{page} · Lares',

  'nav.label': 'Pages',
  'nav.live': 'Live',
  'nav.events': 'Events',
  'nav.timeline': 'Timeline',
  'nav.cameras': 'Cameras',
  'nav.account': 'Account',
  'nav.people': 'People',
  'nav.journal': 'Journal',
  'nav.hub': 'Hub',
  'nav.more': 'More',

  'more.people': 'Accounts, who sees your cameras, links and tokens',
  'more.journal': 'What was done, and who watched what',
  'more.hub': 'Storage, lockdown, version',
  'more.account': 'Password, devices, recovery code, sign out',

  'time.now': 'just now',
  'time.seconds': '{n, plural, =0 {less than 1\u00a0s} other {#\u00a0s}}',
  'time.minutes': '{n}\u00a0min',
  'time.hours': '{n}\u00a0h',
  'time.hours_minutes': '{hours}\u00a0h {n}\u00a0min',
  'time.ago': '{span} ago',
  'time.today': 'Today',
  'time.yesterday': 'Yesterday',
  'time.day_and_clock': '{day}, {time}',

  'day.monday': 'Monday',
  'day.tuesday': 'Tuesday',
  'day.wednesday': 'Wednesday',
  'day.thursday': 'Thursday',
  'day.friday': 'Friday',
  'day.saturday': 'Saturday',
  'day.sunday': 'Sunday',

  'done': 'Done',
  'save': 'Save',
  'cancel': 'Cancel',
  'not_changed': 'Not changed. {reason}',

  'once.copy': 'Copy',
  'once.copied': 'Copied',
  'once.send': 'Send …',

  'ends.label': 'Ends',
  'ends.on': 'Last day',
  'ends.day': 'In a day',
  'ends.never': 'Never',
  'ends.date': 'On a day of my choice',
  'ends.month': 'In 30 days',
  'ends.week': 'In a week',

  'status.stale': 'The hub does not answer. What you see is from {time}.',

  'busy.loading': 'Loading …',

  'try_again': 'Try again',
  'go_live': 'Go to Live',
} as const;
