/**
 * File trees as immutable values. A node is never changed after it was made; an edited tree shares
 * all untouched nodes with the old one, so equality of subtrees is `===` and a diff costs as much
 * as
 * the change.
 */

/** Bytes of a regular file, perhaps not yet in memory. */
export interface Content {
  /** Length in bytes. */
  readonly size: number;
  /** Where the bytes come from, if that names them for good: equal origins mean equal bytes. */
  readonly origin?: string | undefined;
  /**
   * The bytes where they are in memory, else undefined until `load` has finished. Never written to.
   */
  readonly bytes: Uint8Array | undefined;
  /** Brings the bytes into memory. Rejects with LAYER_CORRUPT or DIGEST_MISMATCH. */
  load(): Promise<Uint8Array>;
}

/** What every kind of node carries. */
export interface Metadata {
  /** Permission bits with setuid, setgid and sticky: 0…0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Modification time in nanoseconds since the epoch. */
  readonly mtime: bigint;
  /** Extended attributes: full name (`security.capability`) → value. Sorted by name. */
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
}

/** A regular file. Two directory entries with the *same object* are hard links to one inode. */
export interface FileNode extends Metadata {
  readonly kind: 'file';
  readonly content: Content;
}

export interface SymlinkNode extends Metadata {
  readonly kind: 'symlink';
  readonly target: string;
}

/** A character or block device; identity makes hard links as for files. */
export interface DeviceNode extends Metadata {
  readonly kind: 'character' | 'block';
  readonly major: number;
  readonly minor: number;
}

export interface FifoNode extends Metadata {
  readonly kind: 'fifo' | 'socket';
}

export interface DirectoryNode extends Metadata {
  readonly kind: 'directory';
  /**
   * Entries by name, in byte order of the names. Names are strings made by `decodeName`: UTF-8,
   * bytes that are not valid UTF-8 as lone surrogates U+DC80…U+DCFF, so that every name survives.
   */
  readonly entries: ReadonlyMap<string, Node>;
}

export type Node = FileNode | SymlinkNode | DeviceNode | FifoNode | DirectoryNode;
