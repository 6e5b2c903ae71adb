import type { components } from './schema';
import type { Action, Answer } from './types';

type Schemas = components['schemas'];

export type Me = Answer<'/s/{scope}/api/me', 'get', 200>;
export type LoginSession = Schemas['Session'];
export type Person = Schemas['Resident'];
export type Invitation = Schemas['Invitation'];
export type NewInvitation = Answer<'/s/{scope}/api/invitations', 'post', 201>;
export type Invited = Answer<'/api/invitation/{nonce}', 'post', 200>;
export type Grant = Schemas['Grant'];
export type Token = Schemas['Token'];
export type GuestLink = Schemas['GuestLink'];

/** What a rotation has ended. */
export interface Rotated {
  scope: string;
  recovery: string;
  ended_sessions: number;
  ended_tokens: number;
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
