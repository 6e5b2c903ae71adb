import { hex, ID_BYTES } from './bytes';
import type { Scope } from './scope';

/** How many pictures the hub gives at once. */
export const PAGE_CLIPS = 50;

const FORM = 'LARPAGE1';
const HEAD_BYTES = ID_BYTES + 1 + 4; // clip, status, length
const WITH_PICTURE = 1;

/** The pictures of clips, by clip, small ones if they will do; those without one, not there or not one's own are missing. */
export async function thumbnails(scope: Scope, clips: readonly string[], small: boolean): Promise<Map<string, Blob>> {
  return read(await scope.page('thumbnails', FORM, small ? { clips, small } : { clips }));
}

/** Reads a page after its head. One that breaks off holds good up to its last whole picture. */
export function read(page: Uint8Array<ArrayBuffer>): Map<string, Blob> {
  const pictures = new Map<string, Blob>();
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  for (let at = 0; at + HEAD_BYTES <= page.length; ) {
    const clip = hex(page.subarray(at, at + ID_BYTES));
    const status = view.getUint8(at + ID_BYTES);
    const start = at + HEAD_BYTES;
    const end = start + view.getUint32(at + ID_BYTES + 1);
    if (end > page.length) break;
    if (status === WITH_PICTURE) pictures.set(clip, new Blob([page.subarray(start, end)], { type: 'image/jpeg' }));
    at = end;
  }
  return pictures;
}
