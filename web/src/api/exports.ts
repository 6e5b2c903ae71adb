import type { Scope } from './scope';
import type { Answer, ExportFigures, ExportWish } from './types';

const exportOf = (camera: string): string => `cameras/${camera}/export`;

/** About how long and how large an export will be. */
export function estimate(scope: Scope, camera: string, wish: ExportWish): Promise<ExportFigures> {
  const { speed, ...rest } = wish;
  const search = new URLSearchParams(rest);
  if (speed) search.set('speed', String(speed));
  return scope.get<Answer<'/s/{scope}/api/cameras/{camera}/export', 'get', 200>>(`${exportOf(camera)}?${search}`);
}

/** An address that downloads an export, which holds no scope. */
export async function exported(scope: Scope, camera: string, wish: ExportWish): Promise<string> {
  return (await scope.post<Answer<'/s/{scope}/api/cameras/{camera}/export', 'post', 200>>(exportOf(camera), wish)).url;
}
