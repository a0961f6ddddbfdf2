/**
 * Flags of open(2). The kernel half uses the numbers of asm-generic/fcntl.h; five bits have other
 * places on some architectures and are translated when a call is decoded.
 */

export const O_ACCMODE = 0o3;
export const O_RDONLY = 0;
export const O_WRONLY = 1;
export const O_RDWR = 2;
export const O_CREAT = 0o100;
export const O_EXCL = 0o200;
export const O_NOCTTY = 0o400;
export const O_TRUNC = 0o1000;
export const O_APPEND = 0o2000;
export const O_NONBLOCK = 0o4000;
export const O_DSYNC = 0o10000;
export const O_ASYNC = 0o20000;
export const O_DIRECT = 0o40000;
export const O_LARGEFILE = 0o100000;
export const O_DIRECTORY = 0o200000;
export const O_NOFOLLOW = 0o400000;
export const O_NOATIME = 0o1000000;
export const O_CLOEXEC = 0o2000000;
export const O_SYNC = 0o4010000;
export const O_PATH = 0o10000000;
export const O_TMPFILE = 0o20200000;

/** The bits an architecture may move. */
export interface OpenFlagBits {
  readonly direct: number;
  readonly largeFile: number;
  readonly directory: number;
  readonly noFollow: number;
}

/** asm-generic/fcntl.h: x86, s390x, RISC-V, LoongArch. */
export const genericOpenFlags: OpenFlagBits = {
  direct: O_DIRECT,
  largeFile: O_LARGEFILE,
  directory: O_DIRECTORY,
  noFollow: O_NOFOLLOW,
};

/** arch/arm{,64}/include/uapi/asm/fcntl.h. */
export const armOpenFlags: OpenFlagBits = {
  direct: 0o200000,
  largeFile: 0o400000,
  directory: 0o40000,
  noFollow: 0o100000,
};

const movable = O_DIRECT | O_LARGEFILE | O_DIRECTORY | O_NOFOLLOW;

/** A guest's flags in the kernel's numbers. */
export function decodeOpenFlags(flags: number, bits: OpenFlagBits): number {
  const moved = bits.direct | bits.largeFile | bits.directory | bits.noFollow;
  return (
    (flags & ~moved) |
    (flags & bits.direct ? O_DIRECT : 0) |
    (flags & bits.largeFile ? O_LARGEFILE : 0) |
    (flags & bits.directory ? O_DIRECTORY : 0) |
    (flags & bits.noFollow ? O_NOFOLLOW : 0)
  );
}

/** The kernel's numbers as a guest reads them (F_GETFL). */
export function encodeOpenFlags(flags: number, bits: OpenFlagBits): number {
  return (
    (flags & ~movable) |
    (flags & O_DIRECT ? bits.direct : 0) |
    (flags & O_LARGEFILE ? bits.largeFile : 0) |
    (flags & O_DIRECTORY ? bits.directory : 0) |
    (flags & O_NOFOLLOW ? bits.noFollow : 0)
  );
}
