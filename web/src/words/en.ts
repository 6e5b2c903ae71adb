import { account } from './en/account';
import { adding } from './en/adding';
import { cameras } from './en/cameras';
import { check } from './en/check';
import { control } from './en/control';
import { detector } from './en/detector';
import { door } from './en/door';
import { eventRule } from './en/eventrule';
import { events } from './en/events';
import { exports } from './en/exports';
import { frame } from './en/frame';
import { health } from './en/health';
import { hub } from './en/hub';
import { journal } from './en/journal';
import { links } from './en/links';
import { live } from './en/live';
import { motion } from './en/motion';
import { sound } from './en/sound';
import { notices } from './en/notices';
import { people } from './en/people';
import { plan } from './en/plan';
import { refusals } from './en/refusals';
import { storage } from './en/storage';
import { talk } from './en/talk';
import { timeline } from './en/timeline';
import { week } from './en/week';
import { why } from './en/why';

/** All words of the interface, in English. Whole sentences; holes as words/message.ts reads them. */
export const en = {
  ...frame,
  ...refusals,
  ...door,
  ...account,
  ...cameras,
  ...adding,
  ...live,
  ...talk,
  ...control,
  ...motion,
  ...week,
  ...eventRule,
  ...plan,
  ...health,
  ...storage,
  ...sound,
  ...detector,
  ...events,
  ...timeline,
  ...why,
  ...exports,
  ...people,
  ...links,
  ...hub,
  ...journal,
  ...check,
  ...notices,
} as const;
