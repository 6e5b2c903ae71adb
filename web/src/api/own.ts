import type { LoginSession, Me, Rotated } from './contract';
import type { Scope } from './scope';
import type { Exit } from './types';

type Scoped<T> = T & { account: string };

export function me(scope: Scope): Promise<Me> {
  return scope.get<Me>('me');
}

/** Says that this person is away, or at home. */
export function setAway(scope: Scope, away: boolean): Promise<void> {
  return scope.tell('PUT', 'away', { away });
}

/** Gives the password once more; what needs a fresh one is open for a few minutes. */
export function prove(scope: Scope, password: string, totp: string): Promise<void> {
  return scope.tell('POST', 'prove', totp ? { password, totp } : { password });
}

/** The addresses that the hub talks to beside cameras and browsers, as far as they concern this account. */
export async function exits(scope: Scope): Promise<Exit[]> {
  return (await scope.get<Scoped<{ exits: Exit[] }>>('exits')).exits;
}

export async function sessions(scope: Scope): Promise<LoginSession[]> {
  return (await scope.get<Scoped<{ sessions: LoginSession[] }>>('sessions')).sessions;
}

export function endSession(scope: Scope, id: string): Promise<void> {
  return scope.tell('DELETE', `sessions/${id}`);
}

/** Ends every session but this one. */
export function endOtherSessions(scope: Scope): Promise<void> {
  return scope.tell('DELETE', 'sessions');
}

/** A new recovery code. The old one works until this one is confirmed. */
export async function newRecovery(scope: Scope): Promise<string> {
  return (await scope.secret<{ code: string }>('recovery/new')).code;
}

export function confirmRecovery(scope: Scope, part: string): Promise<void> {
  return scope.tell('POST', 'recovery/confirm', { part });
}

/** A secret for an authenticator app; it counts once a first code is confirmed. */
export function newFactor(scope: Scope): Promise<{ secret: string; uri: string }> {
  return scope.secret<{ secret: string; uri: string }>('totp/new');
}

export function confirmFactor(scope: Scope, code: string): Promise<void> {
  return scope.tell('POST', 'totp/confirm', { code });
}

export function dropFactor(scope: Scope): Promise<void> {
  return scope.tell('DELETE', 'totp');
}

/** New keys for everything of this account. The session goes on under a new scope. */
export function rotate(scope: Scope, password: string, next: string): Promise<Rotated> {
  return scope.secret<Rotated>('rotate', { password, new: next });
}

export function deleteMe(scope: Scope, wish: { cameras?: 'erase' | 'give'; to?: string }): Promise<void> {
  return scope.tell('DELETE', 'me', wish);
}

export function lockDown(scope: Scope, what: 'mine' | 'hub'): Promise<void> {
  return scope.tell('POST', 'lockdown', { scope: what });
}

/** In a browser that did not start the lockdown, the password and more are asked for. */
export function liftLockdown(scope: Scope, what: 'mine' | 'hub', more: { password?: string; totp?: string; recovery?: string } = {}): Promise<void> {
  return scope.tell('DELETE', `lockdown?scope=${what}`, more);
}

/** Says that the restored, older state of the hub is the wanted one. */
export function confirmRollback(scope: Scope): Promise<void> {
  return scope.tell('POST', 'hub/confirm-rollback', {});
}
