import type { JournalHead } from '../api/contract';

/** What became of the head of the journal that this browser remembers. */
export type HeadState = JournalHead['remembered'];

const PREFIX = 'lares.journal.';
const HEAD = /^\d{1,15}:[0-9a-f]{64}$/;

type Kept = Pick<Storage, 'getItem' | 'setItem'>;

/** The head that this browser remembers for the account. */
export function remembered(kept: Kept, account: string): string | undefined {
  const head = kept.getItem(PREFIX + account) ?? '';
  return HEAD.test(head) ? head : undefined;
}

/** Remembers the newer head. Where the rows up to the older one are gone, that one stays remembered, and is missed again. */
export function remember(kept: Kept, account: string, told: Pick<JournalHead, 'head' | 'remembered'>): HeadState {
  if (told.remembered === 'first' || told.remembered === 'ahead') kept.setItem(PREFIX + account, told.head);
  return told.remembered;
}

/** Signing out makes the browser forget everything of this hub; what was remembered here has to outlive it. */
export async function outliving(kept: Storage | undefined, signOut: () => Promise<void>): Promise<void> {
  const keys = Array.from({ length: kept?.length ?? 0 }, (_, i) => kept?.key(i) ?? '').filter((key) => key.startsWith(PREFIX));
  const heads = keys.map((key) => [key, kept?.getItem(key) ?? ''] as const);
  await signOut();
  for (const [key, head] of heads) kept?.setItem(key, head);
}
