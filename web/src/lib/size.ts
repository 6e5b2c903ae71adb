import { language } from '../words/say';

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

function number(value: number, digits: number): string {
  return value.toLocaleString(language, { maximumFractionDigits: digits });
}

/** Bytes in decimal units, as disks are sold: "31 GB", "4.2 MB". */
export function bytes(n: number): string {
  let value = n;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${number(value, value < 10 && unit > 0 ? 1 : 0)}\u00a0${UNITS[unit]}`;
}

/** Bits per second: "3.1 Mbit/s", "400 kbit/s". */
export function bitrate(n: number): string {
  return n >= 1e6 ? `${number(n / 1e6, 1)}\u00a0Mbit/s` : `${number(n / 1e3, 0)}\u00a0kbit/s`;
}

/** Pictures per second, to one digit. */
export function rate(n: number): string {
  return number(n, 1);
}
