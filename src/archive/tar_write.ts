/**
 * Writes tar archives, the same bytes for the same entries: ustar, with PAX records where needed.
 */

import { compareNames, concatBytes, decodeName, encodeName } from '../rootfs/name.ts';
import {
  blockBytes,
  type FieldPlace,
  field,
  headerSum,
  type TarHeader,
  type TarType,
} from './tar.ts';

const flags: Readonly<Record<TarType, string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  character: '3',
  block: '4',
  directory: '5',
  fifo: '6',
};

const encoder = new TextEncoder();
/** Largest number of a 7-digit and an 11-digit octal field. */
const idMax = 0o7777777;
const sizeMax = 0o77777777777;

/** The two blocks of zeros that end an archive. */
export const tarEnd: Uint8Array = new Uint8Array(2 * blockBytes);

/** What follows the contents of an entry, up to whole blocks. */
export const tarPadding = (size: number): Uint8Array =>
  new Uint8Array((blockBytes - (size % blockBytes)) % blockBytes);

/** What comes before the contents of an entry, for archives that are written in pieces. */
export function tarHead(header: TarHeader, size: number): Uint8Array[] {
  const block = headerBlock(header, size, flags[header.type]);
  const records = recordsFor(header, size);
  if (records.size === 0) return [block];
  const body = encodeRecords(records);
  const path = `PaxHeaders.0/${(header.path.split('/').at(-1) || 'entry').slice(0, 80)}`;
  const extended = { path: ascii(path), type: 'file', mode: 0o644, uid: 0, gid: 0 } as const;
  const before = headerBlock({ ...extended, mtime: 0n }, body.length, 'x');
  return [before, body, tarPadding(body.length), block];
}

/** Builds one archive. Entries appear in the order in which they are added. */
export class TarWriter {
  readonly #parts: Uint8Array[] = [];

  /** Adds an entry; only files have data. */
  add(header: TarHeader, data: Uint8Array = new Uint8Array(0)): void {
    if (header.type !== 'file' && data.length > 0) throw new Error('only files have contents');
    this.#parts.push(...tarHead(header, data.length), data, tarPadding(data.length));
  }

  /** The whole archive, ended by two blocks of zeros. */
  finish(): Uint8Array<ArrayBuffer> {
    return concatBytes([...this.#parts, tarEnd]);
  }
}

const isAscii = (bytes: Uint8Array): boolean => bytes.every((byte) => byte < 0x80);

/** A stand-in for names that are in an extended record, for readers that do not know those. */
function ascii(text: string): string {
  let out = '';
  for (const char of text) out += char < '\x80' ? char : '_';
  return out;
}

/** Splits a name for the prefix field at a slash; undefined where it does not fit. */
function splitName(name: Uint8Array): [Uint8Array, Uint8Array] | undefined {
  const [, nameLength] = field.name;
  const [, prefixLength] = field.prefix;
  if (name.length <= nameLength) return [new Uint8Array(0), name];
  for (let i = Math.min(prefixLength, name.length - 2); i > 0; i--) {
    if (name[i] !== 47) continue;
    if (name.length - i - 1 > nameLength) return undefined;
    return [name.subarray(0, i), name.subarray(i + 1)];
  }
  return undefined;
}

/** Whole seconds, rounded towards the past. */
function secondsOf(mtime: bigint): bigint {
  const seconds = mtime / 1_000_000_000n;
  return mtime < 0n && seconds * 1_000_000_000n !== mtime ? seconds - 1n : seconds;
}

function formatTime(mtime: bigint): string {
  const absolute = mtime < 0n ? -mtime : mtime;
  const fraction = String(absolute % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '');
  const whole = `${mtime < 0n ? '-' : ''}${absolute / 1_000_000_000n}`;
  return fraction === '' ? whole : `${whole}.${fraction}`;
}

/** The records an entry needs beyond the ustar header, by key. */
function recordsFor(header: TarHeader, size: number): Map<string, Uint8Array> {
  const records = new Map<string, Uint8Array>();
  const name = encodeName(header.path);
  const target = encodeName(header.target ?? '');
  const text = (key: string, value: string): unknown => records.set(key, encoder.encode(value));
  if (!isAscii(name) || !splitName(name)) records.set('path', name);
  if (!isAscii(target) || target.length > field.linkName[1]) records.set('linkpath', target);
  if (header.uid > idMax) text('uid', String(header.uid));
  if (header.gid > idMax) text('gid', String(header.gid));
  if (size > sizeMax) text('size', String(size));
  const seconds = secondsOf(header.mtime);
  const isWhole = seconds * 1_000_000_000n === header.mtime;
  if (!isWhole || seconds < 0n || seconds > BigInt(sizeMax)) {
    text('mtime', formatTime(header.mtime));
  }
  for (const [key, value] of [
    ['uname', header.userName ?? ''],
    ['gname', header.groupName ?? ''],
  ] as const) {
    const bytes = encodeName(value);
    if (!isAscii(bytes) || bytes.length > field.userName[1] - 1) records.set(key, bytes);
  }
  for (const [key, value] of header.xattrs ?? []) {
    // A key ends at "=", so names with one go the way of libarchive, which escapes them.
    if (!key.includes('=')) records.set(`SCHILY.xattr.${key}`, value);
    else text(`LIBARCHIVE.xattr.${encodeURIComponent(key)}`, btoa(String.fromCharCode(...value)));
  }
  return records;
}

/** Records in byte order of their keys; a length counts its own digits. */
function encodeRecords(records: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [key, value] of [...records].sort(([a], [b]) => compareNames(a, b))) {
    const keyBytes = encodeName(key);
    const fixed = keyBytes.length + value.length + 3;
    let length = fixed + String(fixed).length;
    length = fixed + String(length).length;
    parts.push(encoder.encode(`${length} `), keyBytes, Uint8Array.of(61), value, Uint8Array.of(10));
  }
  return concatBytes(parts);
}

function headerBlock(header: TarHeader, size: number, flag: string): Uint8Array {
  const block = new Uint8Array(blockBytes);
  const put = ([start, length]: FieldPlace, bytes: Uint8Array): void =>
    block.set(bytes.subarray(0, length), start);
  const octal = (where: FieldPlace, value: number, max: number): void => {
    const stored = value < 0 || value > max ? 0 : value;
    put(where, encoder.encode(stored.toString(8).padStart(where[1] - 1, '0')));
  };
  const name = encodeName(header.path);
  const split = isAscii(name) ? splitName(name) : undefined;
  const [prefix, rest] = split ?? [new Uint8Array(0), encoder.encode(ascii(decodeName(name)))];
  put(field.name, rest);
  put(field.prefix, prefix);
  octal(field.mode, header.mode & 0o7777, idMax);
  octal(field.uid, header.uid, idMax);
  octal(field.gid, header.gid, idMax);
  octal(field.size, size, sizeMax);
  octal(field.mtime, Number(secondsOf(header.mtime)), sizeMax);
  put(field.type, encoder.encode(flag));
  put(field.linkName, encoder.encode(ascii(header.target ?? '')));
  put(field.magic, encoder.encode('ustar\u000000'));
  put([field.userName[0], 31], encoder.encode(ascii(header.userName ?? '')));
  put([field.groupName[0], 31], encoder.encode(ascii(header.groupName ?? '')));
  octal(field.major, header.major ?? 0, idMax);
  octal(field.minor, header.minor ?? 0, idMax);
  put(field.checksum, encoder.encode(`${headerSum(block).toString(8).padStart(6, '0')}\0 `));
  return block;
}
