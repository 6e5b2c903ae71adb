import type { Scope } from './scope';
import type { Answer, Imaging, Output } from './types';
import type { paths } from './schema';

type Path = '/s/{scope}/api/cameras/{camera}';

/** How a camera can be turned. */
export type Turns = Answer<`${Path}/ptz`, 'get', 200>;
/** One order to turn: a move, a place, home or a stop. */
export type Turn = paths[`${Path}/ptz`]['post']['requestBody']['content']['application/json'];
/** What of a picture is to be another. */
export type PictureChange = paths[`${Path}/imaging`]['put']['requestBody']['content']['application/json'];

export function turns(scope: Scope, camera: string): Promise<Turns> {
  return scope.get<Turns>(`cameras/${camera}/ptz`);
}

export function turn(scope: Scope, camera: string, order: Turn): Promise<void> {
  return scope.tell('POST', `cameras/${camera}/ptz`, order);
}

export async function imaging(scope: Scope, camera: string): Promise<Imaging> {
  return (await scope.get<Answer<`${Path}/imaging`, 'get', 200>>(`cameras/${camera}/imaging`)).imaging;
}

/** Changes how a camera looks; returns what came of it. */
export async function setImaging(scope: Scope, camera: string, change: PictureChange): Promise<Imaging> {
  return (await scope.put<Answer<`${Path}/imaging`, 'put', 200>>(`cameras/${camera}/imaging`, change)).imaging;
}

export async function outputs(scope: Scope, camera: string): Promise<Output[]> {
  return (await scope.get<Answer<`${Path}/outputs`, 'get', 200>>(`cameras/${camera}/outputs`)).outputs;
}

export function switchOutput(scope: Scope, camera: string, output: string, on: boolean): Promise<void> {
  return scope.tell('POST', `cameras/${camera}/outputs/${output}`, { on });
}

export function restart(scope: Scope, camera: string): Promise<void> {
  return scope.tell('POST', `cameras/${camera}/reboot`, {});
}
