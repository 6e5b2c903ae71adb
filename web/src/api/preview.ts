const VERSION = 1;
const HEAD_BYTES = 1 + 1; // version, number of pictures
const ENTRY_BYTES = 8 + 4; // media time, length
const TICKS = 90_000;

/** One picture of a preview: when in the clip, in seconds, and the file. */
export interface Picture {
  at: number;
  file: Blob;
}

/** Reads a preview; one that is not whole has no pictures. */
export function readPreview(bytes: Uint8Array<ArrayBuffer>): Picture[] {
  if (bytes.length < HEAD_BYTES || bytes[0] !== VERSION) return [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint8(1);
  const pictures: Picture[] = [];
  let start = HEAD_BYTES + count * ENTRY_BYTES;
  if (start > bytes.length) return [];
  for (let i = 0; i < count; i++) {
    const entry = HEAD_BYTES + i * ENTRY_BYTES;
    const end = start + view.getUint32(entry + 8);
    if (end > bytes.length) return [];
    const at = Number(view.getBigUint64(entry)) / TICKS;
    pictures.push({ at, file: new Blob([bytes.subarray(start, end)], { type: 'image/jpeg' }) });
    start = end;
  }
  return start === bytes.length ? pictures : [];
}
