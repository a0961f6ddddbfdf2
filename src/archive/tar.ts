/** What tar archives hold, however they spell it. Reading: tar_read.ts; writing: tar_write.ts. */

export type TarType =
  | 'file'
  | 'hardlink'
  | 'symlink'
  | 'character'
  | 'block'
  | 'directory'
  | 'fifo';

/** What the headers of one entry say. */
export interface TarHeader {
  /** Name as in the archive, bytes as `decodeName` has them. */
  readonly path: string;
  readonly type: TarType;
  /** 0…0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Nanoseconds since the epoch. */
  readonly mtime: bigint;
  /** Of a symbolic or hard link. */
  readonly target?: string;
  /** Of a device. */
  readonly major?: number;
  readonly minor?: number;
  readonly userName?: string;
  readonly groupName?: string;
  /** Values byte for byte, sorted by name. */
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
}

/** A stretch of a file's bytes in the archive. */
export interface TarPiece {
  /** Where in the file. */
  readonly offset: number;
  /** Where in the archive. */
  readonly start: number;
  readonly length: number;
}

/** An entry of an archive that was read. */
export interface TarEntry extends TarHeader {
  /** Length of the file, holes included; 0 for all but files. */
  readonly size: number;
  /** Where its bytes are, in order; what no piece covers is zero. */
  readonly pieces: readonly TarPiece[];
}

/** An archive that cannot be read; what kind of thing it was is known to the caller. */
export class TarError extends Error {
  override readonly name: string = 'TarError';
}

/** Size of a header and unit of padding, in bytes. */
export const blockBytes = 512;

/** Where a field of a header is: [offset, length], in bytes. */
export type FieldPlace = readonly [number, number];

type FieldName =
  | 'name'
  | 'mode'
  | 'uid'
  | 'gid'
  | 'size'
  | 'mtime'
  | 'checksum'
  | 'type'
  | 'linkName'
  | 'magic'
  | 'userName'
  | 'groupName'
  | 'major'
  | 'minor'
  | 'prefix';

/** Fields of the ustar header (POSIX.1-2017 pax, "ustar Interchange Format"). */
export const field: Readonly<Record<FieldName, FieldPlace>> = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  linkName: [157, 100],
  magic: [257, 8],
  userName: [265, 32],
  groupName: [297, 32],
  major: [329, 8],
  minor: [337, 8],
  prefix: [345, 155],
};

/** Fields GNU tar has in the place of the prefix. */
export const gnuField: Readonly<Record<'sparse' | 'isExtended' | 'realSize', FieldPlace>> = {
  sparse: [386, 96],
  isExtended: [482, 1],
  realSize: [483, 12],
};

/** Sum of a header's bytes, its checksum counted as spaces. */
export function headerSum(block: Uint8Array): number {
  const [start, length] = field.checksum;
  let sum = 32 * length;
  for (let i = 0; i < blockBytes; i++) {
    if (i < start || i >= start + length) sum += block[i] ?? 0;
  }
  return sum;
}

/** The bytes of a file of an archive: a view where it is in one piece, else a copy. */
export function entryBytes(archive: Uint8Array, entry: TarEntry): Uint8Array {
  const [first, second] = entry.pieces;
  if (first && !second && first.offset === 0 && first.length === entry.size) {
    return archive.subarray(first.start, first.start + first.length);
  }
  const bytes = new Uint8Array(entry.size);
  for (const { offset, start, length } of entry.pieces) {
    bytes.set(archive.subarray(start, start + length), offset);
  }
  return bytes;
}
