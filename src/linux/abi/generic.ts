/** Layouts that 64-bit architectures share (asm-generic), and those that all share. */

import type { AbiLayouts } from './abi.ts';
import { struct } from './layout.ts';

/** asm-generic/stat.h: arm64, riscv64, loong64. */
const stat = struct({
  dev: 'u64',
  ino: 'u64',
  mode: 'u32',
  nlink: 'u32',
  uid: 'u32',
  gid: 'u32',
  rdev: 'u64',
  _pad1: 'u64',
  size: 'i64',
  blksize: 'i32',
  _pad2: 'i32',
  blocks: 'i64',
  atime: 'i64',
  atimeNsec: 'u64',
  mtime: 'i64',
  mtimeNsec: 'u64',
  ctime: 'i64',
  ctimeNsec: 'u64',
  _unused: 'u64',
});

/** asm-generic/statfs.h with 64-bit words. */
const statfs = struct({
  type: 'i64',
  bsize: 'i64',
  blocks: 'u64',
  bfree: 'u64',
  bavail: 'u64',
  files: 'u64',
  ffree: 'u64',
  fsid: 'u64',
  namelen: 'i64',
  frsize: 'i64',
  flags: 'i64',
  _spare1: 'i64',
  _spare2: 'i64',
  _spare3: 'i64',
  _spare4: 'i64',
});

/** Layouts of a 64-bit architecture; x86-64 and s390x replace some. */
export const layouts64: AbiLayouts = {
  stat,
  statfs,
  epollEvent: struct({ events: 'u32', _pad: 'u32', data: 'u64' }),
  sigaction: struct({ handler: 'u64', flags: 'u64', restorer: 'u64', mask: 'u64' }),
  timespec: struct({ sec: 'i64', nsec: 'i64' }),
  timeval: struct({ sec: 'i64', usec: 'i64' }),
  iovec: struct({ base: 'u64', length: 'u64' }),
  msghdr: struct({
    name: 'u64',
    nameLength: 'u32',
    _pad: 'u32',
    iov: 'u64',
    iovLength: 'u64',
    control: 'u64',
    controlLength: 'u64',
    flags: 'u32',
    _pad2: 'u32',
  }),
  cmsghdr: struct({ length: 'u64', level: 'i32', type: 'i32' }),
  flock: struct({ type: 'i16', whence: 'i16', start: 'i64', length: 'i64', pid: 'i32' }),
};
