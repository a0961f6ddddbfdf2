/** Numbers, strings and extended records as tar headers spell them. */

import { tarHeaderBytesMax } from './limits.ts';
import { TarError } from './tar.ts';

const latin1 = (bytes: Uint8Array): string => {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
};

/** Bytes up to the first NUL. */
export function untilNul(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

/** A field of ASCII text. */
export function asciiField(bytes: Uint8Array): string {
  return latin1(untilNul(bytes));
}

/** Octal digits, or GNU's base-256 (first bit set, two's complement, big endian). */
export function numberField(bytes: Uint8Array, what: string): number {
  const first = bytes[0] ?? 0;
  if (first & 0x80) {
    let value = BigInt(first & 0x3f) - BigInt(first & 0x40);
    for (const byte of bytes.subarray(1)) value = (value << 8n) | BigInt(byte);
    if (value > BigInt(Number.MAX_SAFE_INTEGER) || value < BigInt(Number.MIN_SAFE_INTEGER)) {
      throw new TarError(`the ${what} does not fit in 53 bits`);
    }
    return Number(value);
  }
  const digits = asciiField(bytes).trim();
  if (digits === '') return 0;
  if (!/^[0-7]+$/.test(digits)) throw new TarError(`the ${what} is not a number`);
  return Number.parseInt(digits, 8);
}

/** Extended records by key; values are bytes because extended attributes are. */
export type PaxRecords = Map<string, Uint8Array>;

/** One record: `LENGTH KEY=VALUE\n`, the length counting all of itself. */
function recordAt(data: Uint8Array, at: number): { key: string; value: Uint8Array; end: number } {
  let length = 0;
  let i = at;
  for (; i < data.length && i - at < 8; i++) {
    const digit = (data[i] ?? 0) - 48;
    if (digit < 0 || digit > 9) break;
    length = length * 10 + digit;
  }
  const end = at + length;
  if (data[i] !== 32 || length === 0 || end > data.length || data[end - 1] !== 10) {
    throw new TarError('an extended header record is malformed');
  }
  const equals = data.indexOf(61, i);
  if (equals < 0 || equals >= end) throw new TarError('an extended header record has no "="');
  const key = new TextDecoder().decode(data.subarray(i + 1, equals));
  return { key, value: data.subarray(equals + 1, end - 1), end };
}

/**
 * Reads the records of an extended header into a map. Pairs of the old sparse formats repeat their
 * keys; those are collected into one list under `GNU.sparse.map`.
 */
export function readPaxRecords(data: Uint8Array, into: PaxRecords): void {
  const pairs: string[] = [];
  for (let at = 0; at < data.length; ) {
    const { key, value, end } = recordAt(data, at);
    if (key === 'GNU.sparse.offset' || key === 'GNU.sparse.numbytes') pairs.push(latin1(value));
    else into.set(key, value);
    at = end;
  }
  if (pairs.length > 0) into.set('GNU.sparse.map', new TextEncoder().encode(pairs.join(',')));
}

/** A decimal integer record, or undefined where it is missing or empty. */
export function paxNumber(records: PaxRecords, key: string): number | undefined {
  const value = records.get(key);
  if (!value || value.length === 0) return undefined;
  const text = latin1(value);
  const number = Number(text);
  if (!/^-?[0-9]+$/.test(text) || !Number.isSafeInteger(number)) {
    throw new TarError(`the extended header ${key} is not a number`);
  }
  return number;
}

/** A decimal time with a fraction, in nanoseconds rounded towards the past. */
export function paxTime(records: PaxRecords, key: string): bigint | undefined {
  const value = records.get(key);
  if (!value || value.length === 0) return undefined;
  const match = /^(-?)([0-9]{1,15})(?:\.([0-9]*))?$/.exec(latin1(value));
  if (!match) throw new TarError(`the extended header ${key} is not a time`);
  const nanoseconds = BigInt(`${match[3] ?? ''}000000000`.slice(0, 9));
  const time = BigInt(match[2] ?? '0') * 1_000_000_000n + nanoseconds;
  return match[1] === '-' ? -time : time;
}

/** Checks the size of an extended header before it is read. */
export function assertHeaderSize(size: number): void {
  if (size > tarHeaderBytesMax) {
    throw new TarError(`an extended header has ${size} bytes, tarHeaderBytesMax is exceeded`);
  }
}
