/** An id in binary answers. */
export const ID_BYTES = 16;

/** Bytes as lower-case hexadecimal digits, the form of ids everywhere else. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}
