import type { JournalHead } from '../api/contract';

/** What came of comparing the journal's head with the one this browser saw last. */
export type HeadState = 'first' | 'same' | 'ahead' | 'behind' | 'other';

const PREFIX = 'lares.head.';
const HEAD = /^(\d{1,15}) ([0-9a-f]{16,128})$/i;

type Kept = Pick<Storage, 'getItem' | 'setItem'>;

/**
 * Compares the newest head of the journal with what this browser remembers for the account, and remembers the newer
 * one. A journal only grows: a smaller number, or another hash under the same number, means that rows were taken away
 * or rewritten, and then what is remembered stays.
 */
export function compareHead(kept: Kept, account: string, { seq, hash }: Pick<JournalHead, 'seq' | 'hash'>): HeadState {
  const [, oldSeq, oldHash] = HEAD.exec(kept.getItem(PREFIX + account) ?? '') ?? [];
  const state =
    oldSeq === undefined ? 'first' : seq < Number(oldSeq) ? 'behind' : seq > Number(oldSeq) ? 'ahead' : oldHash === hash ? 'same' : 'other';
  if (state === 'first' || state === 'ahead') kept.setItem(PREFIX + account, `${seq} ${hash}`);
  return state;
}

/** Signing out makes the browser forget everything of this hub; what was remembered here has to outlive it. */
export async function outliving(kept: Storage | undefined, signOut: () => Promise<void>): Promise<void> {
  const keys = Array.from({ length: kept?.length ?? 0 }, (_, i) => kept?.key(i) ?? '').filter((key) => key.startsWith(PREFIX));
  const heads = keys.map((key) => [key, kept?.getItem(key) ?? ''] as const);
  await signOut();
  for (const [key, head] of heads) kept?.setItem(key, head);
}
