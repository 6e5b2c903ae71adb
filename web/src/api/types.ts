import type { components, paths } from './schema';

type Schemas = components['schemas'];

export type Account = { id: string; name: string; operator: boolean };
export type Camera = Schemas['Camera'];
export type CameraState = Schemas['State'];
export type CameraHealth = Schemas['CameraHealth'];
export type CameraStream = Schemas['StreamStatus'];
export type Action = Schemas['Action'];
export type Imaging = Schemas['Imaging'];
export type Level = Schemas['Level'];
export type Output = Schemas['Output'];
export type Motion = Schemas['Motion'];
export type MotionPreset = Schemas['MotionPreset'];
export type Sound = Schemas['Sound'];
export type Detector = Schemas['Detector'];
export type NewDetector = Schemas['NewDetector'];
export type DetectorClass = Schemas['DetectorClass'];
export type DetectorFault = Schemas['DetectorFault'];
export type Detecting = Omit<Answer<'/s/{scope}/api/cameras/{camera}/detector', 'get', 200>, 'account'>;
export type Exit = Schemas['Exit'];
export type Heat = Schemas['Heat'];
export type Why = Schemas['Why'];
export type Privacy = Schemas['Privacy'];
export type EventRule = Schemas['EventRule'];
export type RecordingPlan = Schemas['RecordingPlan'];
export type Mode = Schemas['Mode'];
export type ModeTime = Schemas['ModeTime'];
export type Streams = Schemas['Streams'];
export type NewRecordingPlan = paths['/s/{scope}/api/cameras/{camera}/recording-plan']['put']['requestBody']['content']['application/json'];
export type When = Schemas['When'];
export type Retention = Schemas['Retention'];
export type ExportFigures = Schemas['Export'];
export type ExportWish = { from: string; to: string; kind: Schemas['ExportKind']; speed?: number };
export type KindRetention = Schemas['KindRetention'];
export type Storage = Schemas['Storage'];
export type CameraStorage = Schemas['CameraStorage'];
export type PoolStorage = Schemas['PoolStorage'];
export type StorageHealth = Schemas['StorageHealth'];
export type CameraPool = Schemas['CameraPool'];
export type AccountStorage = Schemas['AccountStorage'];
export type WeekTime = Schemas['WeekTime'];
export type NewCamera = Schemas['NewCamera'];
export type CameraAccess = Schemas['CameraAccess'];
export type NewCameraAccess = Schemas['NewCameraAccess'];
export type Candidate = Schemas['Candidate'];
export type Probe = Schemas['Probe'];
export type Clip = Schemas['Clip'];
export type ClipTrack = Schemas['ClipTrack'];
export type Transport = Schemas['Transport'];
export type HubEvent = Schemas['Event'];
export type GapCause = Schemas['GapCause'];
export type Place = Schemas['Place'];
export type Hub = Schemas['Hub'];
export type Problem = Schemas['Problem'];
export type LiveRequest = Schemas['LiveRequest'];
export type LiveAnswer = Schemas['LiveAnswer'];
export type TalkAnswer = Schemas['TalkAnswer'];
export type StreamName = CameraStream['stream'];
export type SignedIn = components['responses']['SignedIn']['content']['application/json'];

/** The JSON body that a route answers with one status. */
export type Answer<P extends keyof paths, M extends keyof paths[P], S extends number> = paths[P][M] extends {
  responses: Record<S, { content: { 'application/json': infer Body } }>;
}
  ? Body
  : never;
