/** A fingerprint in groups of four characters, as the eye compares them; separators of any kind are dropped. */
export function groups(fingerprint: string): string[] {
  return fingerprint.replace(/[^0-9a-z]/gi, '').match(/.{1,4}/g) ?? [];
}
