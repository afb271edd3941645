import type { ExchangeRecord } from '../bindings/ExchangeRecord';

/** `142 ms`, `3.20 s`, `840 µs`: a duration given in microseconds. */
export function elapsed(microseconds: number): string {
  if (microseconds < 1000) return `${Math.round(microseconds)} µs`;
  if (microseconds < 10_000) return `${(microseconds / 1000).toFixed(1)} ms`;
  if (microseconds < 1_000_000) return `${Math.round(microseconds / 1000)} ms`;
  return `${(microseconds / 1_000_000).toFixed(2)} s`;
}

/** `812 B`, `3.1 KB`, `1.4 MB`, in steps of 1000. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['KB', 'MB', 'GB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** `1 line`, `3 lines`. */
export const count = (number: number, one: string, many = `${one}s`): string => `${number.toLocaleString('en')} ${number === 1 ? one : many}`;

/** `a, b, c`, `a, b and 4 more`: names on one line, however many there are. */
export const few = (names: string[]): string => (names.length <= 3 ? names.join(', ') : `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`);

/** `401 Unauthorized · 12 ms · 84 B`: an exchange in one line. */
export function lineOf({ response, timing_us }: ExchangeRecord): string {
  if (!response) return 'no response';
  const parts = [`${response.status} ${response.reason}`.trim()];
  if (timing_us.total !== null) parts.push(elapsed(timing_us.total));
  return [...parts, size(response.body_bytes)].join(' · ');
}
