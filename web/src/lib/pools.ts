import type { PoolStorage } from '../api/types';
import { say } from '../words/say';
import { moment } from './time';

/** Why nothing is recorded to a disk, or not all, as a sentence. */
export function troubleLine({ trouble, since }: PoolStorage, now: Date): string | undefined {
  if (!trouble) return undefined;
  return say(trouble === 'full' ? 'storage.disk_full' : `storage.${trouble}`, { time: since ? moment(new Date(since), now) : '' });
}
