import type { components } from './schema';
import type { Action, Answer } from './types';

type Schemas = components['schemas'];

export type Me = Answer<'/s/{scope}/api/me', 'get', 200>;
export type LoginSession = Schemas['Session'];
export type Person = Schemas['Resident'];
export type Invitation = Schemas['Invitation'];
export type NewInvitation = Answer<'/s/{scope}/api/invitations/new/{nonce}', 'post', 201>;
export type Invited = Answer<'/api/invitation/{nonce}', 'post', 200>;
export type TransferMade = Schemas['TransferMade'];
export type TransferReceived = Schemas['TransferReceived'];
export type Rotated = Answer<'/s/{scope}/api/rotate/{nonce}', 'post', 200>;
export type Actor = Schemas['Actor'];
export type JournalEntry = Schemas['JournalEntry'];
export type JournalHead = Answer<'/s/{scope}/api/journal/head', 'get', 200>;
export type HubNotice = Schemas['Notice'];
export type Incident = Schemas['Incident'];
export type Grant = Schemas['Grant'];
export type Token = Schemas['Token'];
export type GuestLink = Schemas['GuestLink'];

export type History = 'now' | 'all';

export interface GrantWish {
  actions: Action[];
  history: History;
  expires?: string;
}

export interface TokenWish {
  name: string;
  cameras: { camera: string; actions: Action[]; history: History }[];
  /** It may say whether its maker is away; then it needs no camera. */
  away: boolean;
  expires?: string;
}

export interface LinkWish {
  views: number;
  hours: number;
  label?: string;
}

/** What a guest link opens. */
export interface GuestClip {
  nonce: string;
  scope: string;
  expires: string;
  clip: Schemas['GuestClip'];
}

