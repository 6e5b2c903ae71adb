/**
 * A fingerprint in lines of eight pairs, as the hub prints it at its console and devices show it in their certificate
 * viewers: the eye compares what looks alike. Separators of any kind may stand in it.
 */
export function lines(fingerprint: string): string[] {
  const pairs = fingerprint.replace(/[^0-9a-z]/gi, '').toUpperCase().match(/.{1,2}/g) ?? [];
  return Array.from({ length: Math.ceil(pairs.length / 8) }, (_, n) => pairs.slice(8 * n, 8 * n + 8).join(':'));
}
