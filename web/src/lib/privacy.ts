import type { Privacy } from '../api/types';
import { say } from '../words/say';
import { deadline } from './time';

/** Whether a camera is on the air, and until when. */
export function privacyLine({ off, until }: Privacy, now: Date): string {
  const time = until ? deadline(new Date(until), now) : '';
  if (off) return time ? say('privacy.off_until', { time }) : say('privacy.off');
  return time ? say('privacy.on_until', { time }) : say('privacy.on');
}
