import type { PoolStorage, StorageHealth } from '../api/types';
import { say } from '../words/say';
import { moment } from './time';

/** Why nothing is recorded to a disk, or not all, as a sentence. */
export function troubleLine({ trouble, since }: PoolStorage, now: Date): string | undefined {
  if (!trouble) return undefined;
  return say(trouble === 'full' ? 'storage.disk_full' : `storage.${trouble}`, { time: since ? moment(new Date(since), now) : '' });
}

/** What is wrong with the database and with recordings, as sentences, the worst first. */
export function faultLines(health: StorageHealth, now: Date): string[] {
  const { database, since, ...counts } = health;
  const lines = database ? [say(`storage.database_${database}`, { time: since ? moment(new Date(since), now) : '' })] : [];
  for (const what of ['damaged', 'unlisted', 'foreign'] as const) {
    if (counts[what] > 0) lines.push(say(`storage.${what}`, { n: counts[what] }));
  }
  return lines;
}

/** When a recording was last read again, and what that found. */
export function spotLine({ spot }: StorageHealth, now: Date): string {
  if (!spot) return say('storage.spot_none');
  return say(spot.fault ? 'storage.spot_fault' : 'storage.spot', { time: moment(new Date(spot.at), now) });
}
