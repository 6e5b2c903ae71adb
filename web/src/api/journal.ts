import type { HubNotice, Incident, JournalEntry, JournalHead } from './contract';
import type { Scope } from './scope';

type Scoped<T> = T & { account: string };

export interface JournalQuery {
  camera?: string | undefined;
  kind?: string | undefined;
  before?: string | undefined;
  limit: number;
}

/** What concerns the caller, newest first. */
export async function journal(scope: Scope, query: JournalQuery): Promise<{ entries: JournalEntry[]; next: string | undefined }> {
  const search = new URLSearchParams({ limit: String(query.limit) });
  for (const key of ['camera', 'kind', 'before'] as const) {
    const value = query[key];
    if (value) search.set(key, value);
  }
  const page = await scope.get<Scoped<{ entries: JournalEntry[]; next?: string | number }>>(`journal?${search}`);
  return { entries: page.entries, next: page.next === undefined ? undefined : String(page.next) };
}

/** The head of the journal, and what became of the one that was told before. */
export function journalHead(scope: Scope, remembered: string | undefined): Promise<JournalHead> {
  return scope.get<Scoped<JournalHead>>(remembered ? `journal/head?${new URLSearchParams({ remembered })}` : 'journal/head');
}

export async function notices(scope: Scope): Promise<HubNotice[]> {
  return (await scope.get<Scoped<{ notices: HubNotice[] }>>('notices')).notices;
}

export function readNotices(scope: Scope): Promise<void> {
  return scope.tell('POST', 'notices/read', {});
}

/** Asks whether anyone received pictures they had no right to, since then. */
export function incident(scope: Scope, since: string): Promise<Incident> {
  return scope.get<Scoped<Incident>>(`incident?${new URLSearchParams({ since })}`);
}

/** Runs the check and tells every account on its page whether it is concerned; for those who run the hub. */
export function tellEveryone(scope: Scope, since: string): Promise<void> {
  return scope.tell('POST', 'incident', { since });
}
