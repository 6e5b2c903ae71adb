import type { components } from './schema';
import type { Action } from './types';

type Schemas = components['schemas'];

export type Grant = Schemas['Grant'];
export type Token = Schemas['Token'];
export type GuestLink = Schemas['GuestLink'];

/** What the signed-in person may know of their own account. */
export interface Me {
  account: string;
  name: string;
  operator: boolean;
  totp: boolean;
  /** Whether a recovery code was made and confirmed. */
  recovery: boolean;
  created: string;
  lockdown: { hub: boolean; mine: boolean; since?: string; lifter: boolean };
  /** How many notices nobody has read. */
  notices: number;
  rolled_back: boolean;
}

export interface LoginSession {
  id: string;
  device: string;
  place: string;
  created: string;
  seen: string;
  current: boolean;
}

/** What a rotation has ended. */
export interface Rotated {
  scope: string;
  recovery: string;
  ended_sessions: number;
  ended_tokens: number;
}

export interface Person {
  id: string;
  name: string;
  operator: boolean;
  me: boolean;
  /** The rest is for operators. */
  created?: string;
  cameras?: number;
  seen?: string;
}

export interface Invitation {
  id: string;
  name: string;
  created: string;
  expires: string;
  used: boolean;
}

export interface NewInvitation {
  id: string;
  code: string;
  expires: string;
}

/** What an invitation says before it is used. */
export interface Invited {
  nonce: string;
  name: string;
  expires: string;
}

export type History = 'now' | 'all';

export interface GrantWish {
  actions: Action[];
  history: History;
  expires?: string;
}

export interface Transfer {
  id: string;
  camera?: string;
  name: string;
  to?: string;
  to_name?: string;
  from_name?: string;
  erase: boolean;
  expires: string;
}

export interface Transfers {
  made: Transfer[];
  received: Transfer[];
}

export interface TokenWish {
  name: string;
  cameras: { camera: string; actions: Action[]; history: History }[];
  expires?: string;
}

export interface LinkWish {
  views: number;
  hours: number;
  label?: string;
}

export interface JournalEntry {
  seq: number;
  at: string;
  kind: string;
  actor: { id?: string; name?: string; via: string };
  camera?: string;
  object?: string;
  other?: { id: string; name: string };
  count: number;
  bytes: number;
  span_ms: number;
  place: string;
  detail: string;
}

export interface JournalHead {
  seq: number;
  hash: string;
  signature: string;
}

export interface HubNotice {
  id: string;
  at: string;
  kind: string;
  camera?: string;
  detail: string;
  read: boolean;
}

/** What the hub's records say about whether anyone received what was not theirs. */
export interface Incident {
  /** Whether the journal's chain is whole. */
  verified: boolean;
  broken?: unknown;
  /** How many deliveries were looked at. */
  deliveries: number;
  without_grant: { at: string; account?: string; name?: string; camera?: string }[];
  refused: Record<string, number>;
}


/** What a guest link opens. */
export interface GuestClip {
  nonce: string;
  scope: string;
  expires: string;
  clip: Schemas['GuestClip'];
}

/** Who looks through a camera at this moment; only told to its owner. */
export interface Watching {
  watching?: { account_id: string; name: string; kind: string; since: string }[];
}
