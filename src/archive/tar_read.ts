/**
 * Reads tar archives: ustar, PAX (local and global), GNU (long names, base-256 numbers, sparse),
 * old
 * v7. Extended attributes stay bytes: the libraries decode them as text and destroy capabilities.
 */

import { compareNames, decodeName } from '../rootfs/name.ts';
import { tarEntriesMax, tarNameBytesMax } from './limits.ts';
import {
  blockBytes,
  type FieldPlace,
  field,
  headerSum,
  type TarEntry,
  TarError,
  type TarType,
} from './tar.ts';
import {
  asciiField,
  assertHeaderSize,
  numberField,
  type PaxRecords,
  paxNumber,
  paxTime,
  readPaxRecords,
  untilNul,
} from './tar_fields.ts';
import { readSparse, type SparseLayout } from './tar_sparse.ts';

const types: Readonly<Record<string, TarType>> = {
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'character',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
  D: 'directory',
};

/** Headers that describe the entry after them, collected while reading. */
interface Pending {
  longName: Uint8Array | undefined;
  longTarget: Uint8Array | undefined;
  local: PaxRecords;
}

const noPending = (): Pending => ({
  longName: undefined,
  longTarget: undefined,
  local: new Map(),
});

const slice = (block: Uint8Array, [start, length]: FieldPlace): Uint8Array =>
  block.subarray(start, start + length);

/**
 * The entries of an archive that is in memory, in order. File contents are not copied: see
 * `entryBytes`.
 *
 * @param areHeadersOnly whether `archive` is what `TarScanner.headers` gave: places of contents are
 *   those in the whole archive
 * @throws TarError where the archive is damaged or a limit is exceeded
 */
export function* readTar(
  archive: Uint8Array,
  areHeadersOnly = false,
): Generator<TarEntry, void, undefined> {
  const global: PaxRecords = new Map();
  let pending = noPending();
  let entries = 0;
  /** Bytes of contents that were left out so far; undefined where all are there. */
  let missing = areHeadersOnly ? 0 : undefined;
  for (let at = 0; at < archive.length; ) {
    if (at + blockBytes > archive.length) throw new TarError(`it ends inside a header at ${at}`);
    const block = archive.subarray(at, at + blockBytes);
    if (isZero(block)) break;
    if (numberField(slice(block, field.checksum), 'checksum') !== headerSum(block)) {
      throw new TarError(`the header at ${at} has a wrong checksum`);
    }
    if (++entries > tarEntriesMax) {
      throw new TarError(`it has more than tarEntriesMax (${tarEntriesMax}) entries`);
    }
    const type = String.fromCharCode(block[field.type[0]] ?? 0);
    const start = at + blockBytes;
    if ('xgLK'.includes(type)) {
      const size = numberField(slice(block, field.size), 'size');
      assertHeaderSize(size);
      const data = dataAt(archive, start, size);
      if (type === 'x') readPaxRecords(data, pending.local);
      else if (type === 'g') readPaxRecords(data, global);
      else if (type === 'L') pending.longName = untilNul(data);
      else pending.longTarget = untilNul(data);
      at = start + padded(size);
      continue;
    }
    const records: PaxRecords = new Map([...global, ...pending.local]);
    const { entry, end } = readEntry(archive, block, start, records, pending, missing);
    pending = noPending();
    at = missing === undefined ? end : start;
    if (missing !== undefined) missing += end - start;
    // A volume label is not a file.
    if (type !== 'V') yield entry;
  }
}

const isZero = (block: Uint8Array): boolean => block.every((byte) => byte === 0);
const padded = (size: number): number => Math.ceil(size / blockBytes) * blockBytes;

function dataAt(archive: Uint8Array, start: number, size: number): Uint8Array {
  if (size < 0 || start + size > archive.length) {
    throw new TarError(`it ends inside the entry at ${start - blockBytes}`);
  }
  return archive.subarray(start, start + size);
}

function nameOf(bytes: Uint8Array): string {
  if (bytes.length > tarNameBytesMax) {
    throw new TarError(`a name is longer than tarNameBytesMax (${tarNameBytesMax})`);
  }
  return decodeName(bytes);
}

/** A name with the ustar prefix in front of it; GNU archives use that place for other things. */
function ustarName(block: Uint8Array): Uint8Array {
  const name = untilNul(slice(block, field.name));
  if (asciiField(slice(block, field.magic)) !== 'ustar') return name;
  const prefix = untilNul(slice(block, field.prefix));
  // "ustar\0" "00" is POSIX; "ustar  \0" (seen as longer text) is GNU and has no prefix.
  if (prefix.length === 0) return name;
  const whole = new Uint8Array(prefix.length + 1 + name.length);
  whole.set(prefix);
  whole[prefix.length] = 47;
  whole.set(name, prefix.length + 1);
  return whole;
}

const present = (bytes: Uint8Array | undefined): Uint8Array | undefined =>
  bytes && bytes.length > 0 ? bytes : undefined;

/** A user or group id; ids are unsigned 32-bit numbers. */
function idOf(value: number, what: string): number {
  if (value < 0 || value > 0xffff_ffff) throw new TarError(`the ${what} ${value} is no id`);
  return value;
}

function xattrsOf(records: PaxRecords): Map<string, Uint8Array> | undefined {
  const found: [string, Uint8Array][] = [];
  for (const [key, value] of records) {
    if (key.startsWith('SCHILY.xattr.')) found.push([key.slice(13), value.slice()]);
    else if (key.startsWith('LIBARCHIVE.xattr.') && !records.has(`SCHILY.xattr.${key.slice(17)}`)) {
      found.push([decodeURIComponent(key.slice(17)), fromBase64(value)]);
    }
  }
  if (found.length === 0) return undefined;
  return new Map(found.sort(([a], [b]) => compareNames(a, b)));
}

function fromBase64(value: Uint8Array): Uint8Array {
  try {
    return Uint8Array.from(atob(asciiField(value)), (char) => char.charCodeAt(0));
  } catch (cause) {
    throw new TarError('an extended attribute is not base64', { cause });
  }
}

/** Type of an entry; anything unknown is a file, as POSIX asks, and v7 marks directories by "/". */
function typeOf(block: Uint8Array, path: string): TarType {
  const flag = String.fromCharCode(block[field.type[0]] ?? 0);
  const type = types[flag] ?? 'file';
  return type === 'file' && path.endsWith('/') && (flag === '\0' || flag === '0')
    ? 'directory'
    : type;
}

function readEntry(
  archive: Uint8Array,
  block: Uint8Array,
  start: number,
  records: PaxRecords,
  pending: Pending,
  missing: number | undefined,
): { entry: TarEntry; end: number } {
  const number = (where: FieldPlace, what: string): number =>
    numberField(slice(block, where), what);
  const sparseName = present(records.get('GNU.sparse.name'));
  const path = nameOf(
    sparseName ?? present(records.get('path')) ?? pending.longName ?? ustarName(block),
  );
  const type = typeOf(block, path);
  const stored = type === 'file' ? (paxNumber(records, 'size') ?? number(field.size, 'size')) : 0;
  if (missing === undefined) dataAt(archive, start, stored);
  else if (stored < 0) throw new TarError('an entry has a negative size');
  let layout: SparseLayout = { size: stored, pieces: [], end: start + padded(stored) };
  if (type === 'file') {
    const sparse =
      missing === undefined ? readSparse(archive, block, start, stored, records) : undefined;
    const piece = { offset: 0, start: start + (missing ?? 0), length: stored };
    layout = sparse ?? { ...layout, pieces: stored === 0 ? [] : [piece] };
  }
  const target =
    present(records.get('linkpath')) ??
    pending.longTarget ??
    untilNul(slice(block, field.linkName));
  const xattrs = xattrsOf(records);
  const seconds = number(field.mtime, 'time');
  const device = type === 'character' || type === 'block';
  const entry: TarEntry = {
    path,
    type,
    mode: number(field.mode, 'mode') & 0o7777,
    uid: idOf(paxNumber(records, 'uid') ?? number(field.uid, 'user id'), 'user id'),
    gid: idOf(paxNumber(records, 'gid') ?? number(field.gid, 'group id'), 'group id'),
    mtime: paxTime(records, 'mtime') ?? BigInt(seconds) * 1_000_000_000n,
    userName: nameOf(present(records.get('uname')) ?? untilNul(slice(block, field.userName))),
    groupName: nameOf(present(records.get('gname')) ?? untilNul(slice(block, field.groupName))),
    size: layout.size,
    pieces: layout.pieces,
    ...(type === 'hardlink' || type === 'symlink' ? { target: nameOf(target) } : {}),
    ...(device
      ? {
          major: paxNumber(records, 'SCHILY.devmajor') ?? number(field.major, 'device'),
          minor: paxNumber(records, 'SCHILY.devminor') ?? number(field.minor, 'device'),
        }
      : {}),
    ...(xattrs ? { xattrs } : {}),
  };
  return { entry, end: layout.end };
}
