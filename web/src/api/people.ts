import type { Grant, GrantWish, Invitation, NewInvitation, Person, TransferMade, TransferReceived } from './contract';
import type { Scope } from './scope';

type Scoped<T> = T & { account: string };

export async function people(scope: Scope): Promise<Person[]> {
  return (await scope.get<Scoped<{ accounts: Person[] }>>('accounts')).accounts;
}

/** With their cameras, and what these recorded. */
export function removePerson(scope: Scope, id: string): Promise<void> {
  return scope.tell('DELETE', `accounts/${id}`, { cameras: 'erase' });
}

export function setOperator(scope: Scope, id: string, operator: boolean): Promise<void> {
  return scope.tell('PUT', `accounts/${id}/operator`, { operator });
}

export async function invitations(scope: Scope): Promise<Invitation[]> {
  return (await scope.get<Scoped<{ invitations: Invitation[] }>>('invitations')).invitations;
}

/** The code is told this once. */
export function invite(scope: Scope, name: string): Promise<NewInvitation> {
  return scope.secret<NewInvitation>('invitations/new', name ? { name } : {});
}

export function withdrawInvitation(scope: Scope, id: string): Promise<void> {
  return scope.tell('DELETE', `invitations/${id}`);
}

/** Who may see one's own camera. */
export async function grants(scope: Scope, camera: string): Promise<Grant[]> {
  return (await scope.get<Scoped<{ grants: Grant[] }>>(`cameras/${camera}/grants`)).grants;
}

export function share(scope: Scope, camera: string, account: string, wish: GrantWish): Promise<void> {
  return scope.tell('PUT', `cameras/${camera}/grants/${account}`, wish);
}

export function revoke(scope: Scope, camera: string, account: string): Promise<void> {
  return scope.tell('DELETE', `cameras/${camera}/grants/${account}`);
}

/** Says that the person's new keys are really theirs. */
export function confirmKeys(scope: Scope, camera: string, account: string): Promise<void> {
  return scope.tell('POST', `cameras/${camera}/grants/${account}/confirm`, {});
}

export interface Transfers {
  made: TransferMade[];
  received: TransferReceived[];
}

export function transfers(scope: Scope): Promise<Transfers> {
  return scope.get<Scoped<Transfers>>('transfers');
}

export async function offer(scope: Scope, camera: string, to: string, erase: boolean): Promise<void> {
  await scope.post(`cameras/${camera}/transfer`, { to, erase });
}

/** Takes a camera that was offered; returns its new id. */
export async function accept(scope: Scope, transfer: string): Promise<string> {
  return (await scope.post<Scoped<{ camera: string }>>(`transfers/${transfer}/accept`)).camera;
}

/** Withdraws what one offered, or declines what one was offered. */
export function endTransfer(scope: Scope, transfer: string): Promise<void> {
  return scope.tell('DELETE', `transfers/${transfer}`);
}
