/**
 * The contract between system calls and file systems: inodes and open files. A file system is a
 * folder that implements these.
 */

import { EINVAL, EOPNOTSUPP, EPERM } from '../abi/errno.ts';
import type { Task } from '../kernel/task.ts';
import type { SyscallRun, WaitQueue } from '../kernel/wait.ts';
import type { Path } from './path.ts';

/** File types as in `st_mode`. */
export type InodeKind =
  | 'file'
  | 'directory'
  | 'symlink'
  | 'character'
  | 'block'
  | 'fifo'
  | 'socket';

/** Attributes of an inode; times in nanoseconds since the epoch. */
export interface InodeAttributes {
  readonly ino: number;
  readonly kind: InodeKind;
  mode: number;
  uid: number;
  gid: number;
  nlink: number;
  /** Bytes. */
  size: number;
  /** Device number of a device node. */
  rdevMajor: number;
  rdevMinor: number;
  atime: bigint;
  mtime: bigint;
  ctime: bigint;
}

/** poll(2) bits. */
export const POLLIN = 0x001;
export const POLLPRI = 0x002;
export const POLLOUT = 0x004;
export const POLLERR = 0x008;
export const POLLHUP = 0x010;
export const POLLNVAL = 0x020;
export const POLLRDHUP = 0x2000;

/**
 * An open file description (what `dup` shares). `read`, `write` and their like never block: they
 * return `-EAGAIN` and the system call waits on `changed` unless O_NONBLOCK is set.
 * All results are byte counts or negative errno values.
 */
export interface OpenFile {
  /** Where it was opened; pipes, sockets and their like live in mounts that cannot be reached. */
  readonly path: Path;
  /** For /proc/self/fd and error messages: a path, `pipe:[7]`, `socket:[9]`. */
  readonly name: string;
  /** O_* flags that F_GETFL returns. */
  flags: number;
  /** References from descriptor tables, mappings and messages; the last one closes. */
  references: number;
  readonly inode: Inode;
  readonly attributes: InodeAttributes;
  /** Current offset in bytes, for seekable files. */
  offset: number;
  readonly seekable: boolean;
  /** `task` is the caller, absent for reads of the kernel itself (loader, sendfile). */
  read(into: Uint8Array, offset: number, task?: Task): number;
  write(from: Uint8Array, offset: number, task?: Task): number;
  /** poll(2) bits that hold now. */
  poll(): number;
  /** Woken when `poll()` may have changed. */
  readonly changed: WaitQueue;
  /** Blocking reads and writes give up after so many nanoseconds (SO_RCVTIMEO, SO_SNDTIMEO). */
  readTimeout?: bigint | undefined;
  writeTimeout?: bigint | undefined;
  /**
   * When a blocked `read` that began at `start` ends by itself (VTIME of terminals), both in
   * nanoseconds of CLOCK_MONOTONIC; then `readExpired` gives what there is.
   */
  readDeadline?(start: bigint): bigint | undefined;
  readExpired?(into: Uint8Array): number;
  /** ioctl(2); `argument` is a guest address (u32) or a value. */
  ioctl?(request: number, argument: number, task: Task): number | SyscallRun;
  /** Names of a directory with their cookies, in the order of getdents. */
  directory?: DirectoryStream;
  /** Extra lines of /proc/PID/fdinfo. */
  describe?(): string;
  /** Last reference gone. */
  close(): void;
}

/** One entry of getdents64(2). */
export interface DirectoryEntry {
  readonly name: string;
  readonly ino: number;
  readonly kind: InodeKind;
}

/** Position and contents of an open directory; contents are fixed at the first read (or rewind). */
export interface DirectoryStream {
  /** Entries from `position` on, `.` and `..` first. */
  entries(position: number): readonly DirectoryEntry[];
  /** Forgets the names read so far (lseek to 0). */
  rewind(): void;
}

/** What statfs(2) tells, in blocks of 4096 bytes. */
export interface FileSystemStatistics {
  readonly type: number;
  readonly blocks: number;
  readonly blocksFree: number;
  readonly files: number;
  readonly filesFree: number;
}

/** What all inodes of a mounted tree share. */
export interface FileSystem {
  /** Third column of /proc/mounts: `overlay`, `tmpfs`, `proc`. */
  readonly type: string;
  /** `st_dev`. */
  readonly deviceMajor: number;
  readonly deviceMinor: number;
  statistics(): FileSystemStatistics;
  /** Names may appear and vanish by themselves (proc): entries are looked up anew every time. */
  readonly volatileNames: boolean;
}

/** How a new name is to be made. */
export interface CreateRequest {
  readonly kind: InodeKind;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Target of a symbolic link. */
  readonly target?: string;
  readonly rdevMajor?: number;
  readonly rdevMinor?: number;
}

/** An address space that maps a file. */
export interface FileMapper {
  /** The file has become smaller. */
  fileShrunk(inode: Inode): void;
  /** Bytes of the file are about to be read: what was written to mappings counts. */
  fileRead(inode: Inode, offset: number, length: number): void;
  /** Bytes of the file were written otherwise than through a mapping. */
  fileWritten(inode: Inode, offset: number, length: number): void;
}

/**
 * A file of any kind. The defaults are those of a file system that cannot do the thing. Permission
 * checks and name validity are the vfs's business; results are 0 or a negative errno unless said.
 */
export abstract class Inode {
  abstract readonly fs: FileSystem;
  abstract readonly attributes: InodeAttributes;
  /** Who has mapped the file (i_mmap). */
  mappers: Set<FileMapper> | undefined;

  /** Opens a file that is neither fifo, socket nor device node. `flags` are O_* bits. */
  abstract open(path: Path, flags: number, task: Task | undefined): OpenFile | number;

  /** The inode of a name in this directory, or undefined. */
  lookup(_name: string, _task: Task | undefined): Inode | undefined {
    return undefined;
  }

  /** Names of this directory without `.` and `..`, in the file system's order. */
  list(_task: Task | undefined): readonly DirectoryEntry[] {
    return [];
  }

  /** Makes a name; the vfs has checked that it is absent. */
  create(_name: string, _request: CreateRequest): Inode | number {
    return -EPERM;
  }

  /** A new file without a name (O_TMPFILE). */
  createUnnamed(_request: CreateRequest): Inode | number {
    return -EPERM;
  }

  link(_name: string, _inode: Inode): number {
    return -EPERM;
  }

  /** Removes a name of something that is not a directory. */
  unlink(_name: string): number {
    return -EPERM;
  }

  /** Removes an empty directory: -ENOTEMPTY otherwise. */
  rmdir(_name: string): number {
    return -EPERM;
  }

  /** Moves a name to another directory of the same file system; `exchange` swaps two names. */
  rename(_name: string, _to: Inode, _newName: string, _exchange: boolean): number {
    return -EPERM;
  }

  /** Target text of a symbolic link. */
  readlink(_task: Task | undefined): string | number {
    return -EINVAL;
  }

  /** Where a magic link (/proc/self/fd/3) leads, or undefined for ordinary ones. */
  magicLink(_task: Task | undefined): Path | number | undefined {
    return undefined;
  }

  /** Must be called after `attributes` were changed by chmod and its like. */
  attributesChanged(): void {}

  /** Sets the size in bytes. */
  truncate(_size: number): number {
    return -EINVAL;
  }

  /** Work to be awaited before the bytes can be read, or undefined. */
  load(): Promise<unknown> | undefined {
    return undefined;
  }

  getXattr(_name: string): Uint8Array | undefined {
    return undefined;
  }

  /** Undefined as value removes. */
  setXattr(_name: string, _value: Uint8Array | undefined): number {
    return -EOPNOTSUPP;
  }

  listXattrs(): readonly string[] {
    return [];
  }
}

/** Whether a result is an errno. */
export function isErrno<Value>(value: Value | number): value is number {
  return typeof value === 'number';
}

/** Guest memory as system calls see it. Reads and writes return false (EFAULT) outside mappings. */
export interface GuestMemory {
  /** A view of guest bytes [address, address+length), or undefined when any byte is unmapped. */
  slice(address: number, length: number): Uint8Array | undefined;
  /** A DataView over the whole wasm memory and the guest's byte order. */
  readonly view: DataView;
  readonly littleEndian: boolean;
}
