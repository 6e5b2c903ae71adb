import type { components } from './schema';
import type { Action, Answer } from './types';

type Schemas = components['schemas'];

export type Me = Answer<'/s/{scope}/api/me', 'get', 200>;
export type LoginSession = Schemas['Session'];
export type Person = Schemas['Resident'];
export type Invitation = Schemas['Invitation'];
export type NewInvitation = Answer<'/s/{scope}/api/invitations', 'post', 201>;
export type Invited = Answer<'/api/invitation/{nonce}', 'post', 200>;
export type TransferMade = Schemas['TransferMade'];
export type TransferReceived = Schemas['TransferReceived'];
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

export interface JournalHead {
  seq: number;
  hash: string;
  signature: string;
}


/** What a guest link opens. */
export interface GuestClip {
  nonce: string;
  scope: string;
  expires: string;
  clip: Schemas['GuestClip'];
}

export interface Actor {
  id?: string;
  name?: string;
  via: 'session' | 'token' | 'guest' | 'console' | 'hub';
}

export interface JournalEntry {
  seq: number;
  at: string;
  kind: string;
  actor: Actor;
  camera?: string;
  object?: string;
  other?: { id: string; name?: string };
  count?: number;
  bytes?: number;
  span_ms?: number;
  place?: string;
  detail?: Record<string, unknown>;
}

export interface HubNotice {
  id: string;
  at: string;
  kind: string;
  camera?: string;
  detail?: Record<string, unknown>;
  read: boolean;
}

/** A delivery to somebody who had no grant for the camera then. */
export interface Finding {
  seq: number;
  from: string;
  until: string;
  kind: string;
  actor: Actor;
  camera: string;
  object?: string;
  bytes: number;
  count?: number;
}

export interface Incident {
  since: string;
  until: string;
  verified: boolean;
  broken?: string[];
  deliveries: number;
  bytes: number;
  without_grant: Finding[];
  refused: Record<string, number>;
  denied: number;
}

/** Who looks through a camera at this moment; only told to its owner. */
export interface Watching {
  watching?: { camera: string; account_id?: string; name?: string; kind: 'live' | 'clip' | 'export' | 'guest'; since: string }[];
}
