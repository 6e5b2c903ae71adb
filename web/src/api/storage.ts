import type { Scope } from './scope';
import type { Answer, Retention, Storage } from './types';

const retentionOf = (id: string): string => `cameras/${id}/retention`;

/** How long recordings of a camera are kept. */
export async function retention(scope: Scope, id: string): Promise<Retention> {
  return (await scope.get<Answer<'/s/{scope}/api/cameras/{camera}/retention', 'get', 200>>(retentionOf(id))).retention;
}

export function setRetention(scope: Scope, id: string, to: Retention): Promise<void> {
  return scope.tell('PUT', retentionOf(id), to);
}

/** How much that would delete now. */
export function previewRetention(scope: Scope, id: string, to: Retention): Promise<{ clips: number; bytes: number }> {
  return scope.post<Answer<'/s/{scope}/api/cameras/{camera}/retention/preview', 'post', 200>>(`${retentionOf(id)}/preview`, to);
}

/** Says which disk a camera is recorded to. */
export function setPool(scope: Scope, id: string, pool: string): Promise<void> {
  return scope.tell('PUT', `cameras/${id}/pool`, { pool });
}

/** What recordings take, as far as it concerns this account. */
export function storage(scope: Scope): Promise<Storage> {
  return scope.get<Storage>('storage');
}

/** How much the recordings of somebody may take; 0 is no limit. */
export function setQuota(scope: Scope, account: string, bytes: number): Promise<void> {
  return scope.tell('PUT', `accounts/${account}/quota`, { bytes });
}
