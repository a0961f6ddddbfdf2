/**
 * The contract between system calls and file systems: inodes and open files. A file system is a
 * folder that implements these.
 */

import type { SyscallRun, WaitQueue } from '../kernel/wait.ts';

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
 * return `-EAGAIN` and the system call waits on `readable`/`writable` unless O_NONBLOCK is set.
 * All results are byte counts or negative errno values.
 */
export interface OpenFile {
  /** For /proc/self/fd and error messages: a path, `pipe:[7]`, `socket:[9]`. */
  readonly name: string;
  /** O_* flags that F_GETFL returns. */
  flags: number;
  /** References from descriptor tables; the last `release` closes. */
  references: number;
  readonly attributes: InodeAttributes;
  /** Current offset in bytes, for seekable files. */
  offset: number;
  readonly seekable: boolean;
  read(into: Uint8Array, offset: number): number;
  write(from: Uint8Array, offset: number): number;
  /** poll(2) bits that hold now. */
  poll(): number;
  /** Woken when `poll()` may have changed. */
  readonly changed: WaitQueue;
  /** ioctl(2); `argument` is a guest address (u32) or a value. */
  ioctl?(request: number, argument: number, memory: GuestMemory): number | SyscallRun;
  /** Last reference gone. */
  close(): void;
}

/** Guest memory as system calls see it. Reads and writes return false (EFAULT) outside mappings. */
export interface GuestMemory {
  /** A view of guest bytes [address, address+length), or undefined when any byte is unmapped. */
  slice(address: number, length: number): Uint8Array | undefined;
  /** A DataView over the whole wasm memory and the guest's byte order. */
  readonly view: DataView;
  readonly littleEndian: boolean;
}
