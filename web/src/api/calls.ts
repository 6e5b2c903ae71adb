import type { Scope } from './scope';
import type {
  Answer,
  Camera,
  CameraAccess,
  Clip,
  Detecting,
  DetectorFault,
  Heat,
  HubEvent,
  Motion,
  MotionPreset,
  NewCamera,
  NewCameraAccess,
  NewDetector,
  NewRecordingPlan,
  Sound,
  WeekTime,
  When,
  Why,
} from './types';

type Cameras = Answer<'/s/{scope}/api/cameras', 'get', 200>;
type Added = Answer<'/s/{scope}/api/cameras', 'post', 201>;
type Reached = Answer<'/s/{scope}/api/cameras/{camera}/access', 'get', 200>;
type Moves = Answer<'/s/{scope}/api/cameras/{camera}/motion', 'get', 200>;
type Hears = Answer<'/s/{scope}/api/cameras/{camera}/sound', 'get', 200>;
type Detects = Answer<'/s/{scope}/api/cameras/{camera}/detector', 'get', 200>;
type Tried = Answer<'/s/{scope}/api/cameras/{camera}/detector/try', 'post', 200>;
type Warm = Answer<'/s/{scope}/api/cameras/{camera}/motion/heat', 'get', 200>;
type Events = Answer<'/s/{scope}/api/events', 'get', 200>;
type EventAnswer = Answer<'/s/{scope}/api/events/{event}', 'get', 200>;
type Ignoring = Answer<'/s/{scope}/api/events/{event}/ignoring', 'get', 200>;
type ClipAnswer = Answer<'/s/{scope}/api/clips/{clip}', 'get', 200>;
type Evidence = Answer<'/s/{scope}/api/events/{event}/evidence', 'post', 200>;
type Download = Answer<'/s/{scope}/api/clips/{clip}/download', 'post', 200>;
type Takes = Answer<'/s/{scope}/api/cameras/{camera}/talk', 'get', 200>;
type Triggered = Answer<'/s/{scope}/api/cameras/{camera}/trigger', 'post', 202>;

export async function cameras(scope: Scope): Promise<Camera[]> {
  return (await scope.get<Cameras>('cameras')).cameras;
}

export async function addCamera(scope: Scope, camera: NewCamera): Promise<Camera> {
  return (await scope.post<Added>('cameras', camera)).camera;
}

export function removeCamera(scope: Scope, id: string): Promise<void> {
  return scope.tell('DELETE', `cameras/${id}`);
}

/** How a camera of one's own is reached; its password is not told. */
export async function access(scope: Scope, id: string): Promise<CameraAccess> {
  return (await scope.get<Reached>(`cameras/${id}/access`)).access;
}

/** Changes how a camera is reached; the hub calls it anew at once. */
export function setAccess(scope: Scope, id: string, to: NewCameraAccess): Promise<void> {
  return scope.tell('PUT', `cameras/${id}/access`, to);
}

export function rename(scope: Scope, id: string, name: string): Promise<void> {
  return scope.tell('PUT', `cameras/${id}/name`, { name });
}

/** Takes a camera off the air, or puts it back on. */
export function setPrivacy(scope: Scope, id: string, off: boolean): Promise<void> {
  return scope.tell('PUT', `cameras/${id}/privacy`, { off });
}

/** Says at which times of the week a camera is off the air. */
export function setPrivacyTimes(scope: Scope, id: string, times: WeekTime[]): Promise<void> {
  return scope.tell('PUT', `cameras/${id}/privacy/times`, { times });
}

/** Says when motion and sound are recorded at a camera. */
export function setEventRule(scope: Scope, id: string, when: When, times: WeekTime[]): Promise<void> {
  return scope.tell('PUT', `cameras/${id}/event-rule`, { when, times });
}

/** Says what is recorded of a camera. */
export function setRecordingPlan(scope: Scope, id: string, plan: NewRecordingPlan): Promise<void> {
  return scope.tell('PUT', `cameras/${id}/recording-plan`, plan);
}

/** What counts as motion at a camera, and the settings that there are for kinds of places. */
export async function motion(scope: Scope, id: string): Promise<{ now: Motion; presets: MotionPreset[] }> {
  const { motion: now, presets } = await scope.get<Moves>(`cameras/${id}/motion`);
  return { now, presets };
}

export function setMotion(scope: Scope, id: string, to: Motion): Promise<void> {
  return scope.tell('PUT', `cameras/${id}/motion`, to);
}

/** What the hub listens for at a camera. */
export async function sound(scope: Scope, id: string): Promise<Sound> {
  return (await scope.get<Hears>(`cameras/${id}/sound`)).sound;
}

export function setSound(scope: Scope, id: string, to: Sound): Promise<void> {
  return scope.tell('PUT', `cameras/${id}/sound`, to);
}

/** Where pictures of one's own camera go to be recognised, and how that answers. */
export function detecting(scope: Scope, id: string): Promise<Detecting> {
  return scope.get<Detects>(`cameras/${id}/detector`);
}

/** Has pictures of a camera go to a detector from now on. */
export function setDetector(scope: Scope, id: string, to: NewDetector): Promise<void> {
  return scope.tell('PUT', `cameras/${id}/detector`, to);
}

export function removeDetector(scope: Scope, id: string): Promise<void> {
  return scope.tell('DELETE', `cameras/${id}/detector`);
}

/** Asks a detector about a picture of nothing: how long the answer took, or why there was none. */
export function tryDetector(scope: Scope, id: string, address: string): Promise<{ took_ms: number; fault?: DetectorFault }> {
  return scope.post<Tried>(`cameras/${id}/detector/try`, { address });
}

/** Where it moves before a camera now; undefined where that is not known. */
export async function motionHeat(scope: Scope, id: string): Promise<Heat | undefined> {
  return (await scope.get<Warm>(`cameras/${id}/motion/heat`)).heat;
}

/** Says whether the device at an address is a camera that does not answer where it was. */
export function answerPlace(scope: Scope, id: string, address: string, mine: boolean): Promise<void> {
  return scope.tell('PUT', `cameras/${id}/elsewhere`, { address, mine });
}

/** Says that another device is the camera. */
export function acceptDevice(scope: Scope, id: string, device: string): Promise<void> {
  return scope.tell('PUT', `cameras/${id}/device`, { device });
}

/** Whether a camera takes a voice. */
export async function takesTalk(scope: Scope, camera: string): Promise<Takes['takes']> {
  return (await scope.get<Takes>(`cameras/${camera}/talk`)).takes;
}

/** Starts a clip by hand; returns the id of the event. */
export async function trigger(scope: Scope, camera: string): Promise<string> {
  return (await scope.post<Triggered>(`cameras/${camera}/trigger`)).event;
}

export interface EventFilter {
  camera?: string | undefined;
  kind?: string | undefined;
  class?: string | undefined;
  zone?: string | undefined;
  /** Words to be found in what the camera recognised. */
  text?: string | undefined;
  star?: boolean | undefined;
  since?: string | undefined;
  until?: string | undefined;
}

export interface EventQuery extends EventFilter {
  before?: string | undefined;
  limit: number;
}

/** One page of events, newest first; `next` is the cursor of the page after. */
export async function events(scope: Scope, query: EventQuery): Promise<{ events: HubEvent[]; next: string | undefined }> {
  const asked = Object.entries(query).filter(([, value]) => value !== undefined && value !== '' && value !== false);
  const search = new URLSearchParams(asked.map(([key, value]) => [key, String(value)]));
  const page = await scope.get<Events>(`events?${search}`);
  return { events: page.events, next: page.next };
}

/** Why an event was recorded; undefined where the hub saw nothing in the pictures, or it goes on. */
export async function whyOf(scope: Scope, event: string): Promise<Why | undefined> {
  return (await scope.get<EventAnswer>(`events/${event}`)).why;
}

/** The smallest change of what counts by which an event would not have been one, if one is known. Nothing is changed. */
export function ignoring(scope: Scope, event: string): Promise<Ignoring> {
  return scope.get<Ignoring>(`events/${event}/ignoring`);
}

/** Keeps an event, or lets it go the way of all others. */
export function star(scope: Scope, event: string, keep: boolean): Promise<void> {
  return scope.tell(keep ? 'PUT' : 'DELETE', `events/${event}/star`);
}

/** Deletes an event and its clips. */
export function removeEvent(scope: Scope, event: string): Promise<void> {
  return scope.tell('DELETE', `events/${event}`);
}

/** What is known about a clip. */
export async function clip(scope: Scope, id: string): Promise<Clip> {
  return (await scope.get<ClipAnswer>(`clips/${id}`)).clip;
}

/** An address that downloads the event's evidence bundle once. */
export function evidence(scope: Scope, event: string): Promise<Evidence> {
  return scope.post<Evidence>(`events/${event}/evidence`);
}

/**
 * An address that downloads the clip once and holds no scope, so none enters the browser's history of downloads, and
 * what sound the file has. `recorded` asks for the sound as the camera sent it.
 */
export function download(scope: Scope, clip: string, recorded: boolean): Promise<Download> {
  return scope.post<Download>(`clips/${clip}/download`, recorded ? { sound: 'recorded' } : undefined);
}

export function changePassword(scope: Scope, old: string, next: string, totp = ''): Promise<void> {
  return scope.tell('POST', 'password', { old, new: next, ...(totp && { totp }) });
}

export function signOut(scope: Scope): Promise<void> {
  return scope.tell('POST', 'sign-out');
}
