/** Limits of files, terminals and sockets; an error caused by one names it. Bytes unless said. */

/** Default RLIMIT_NOFILE: descriptors of one process. */
export const openFilesMax = 1024;
/** PATH_MAX, the terminating zero included. */
export const pathBytesMax = 4096;
/** NAME_MAX. */
export const nameBytesMax = 255;
/** Symbolic links followed in one resolution (MAXSYMLINKS). */
export const symlinksMax = 40;
/** Largest file offset (as on ext4 with 4 KiB blocks); beyond it EFBIG. */
export const fileBytesMax: number = 16 * 2 ** 40;
/** Bytes held in memory by the changed parts of one file system; beyond it ENOSPC. */
export const fileSystemBytesMax: number = 4 * 2 ** 30;
/** Largest changed file that can become part of a snapshot (one Uint8Array). */
export const snapshotFileBytesMax: number = 2 ** 31;
/** Unit of allocation and of copy-on-write inside files. */
export const filePageBytes: number = 64 * 1024;
/** Bytes one read(2) or write(2) transfers at most (MAX_RW_COUNT). */
export const transferBytesMax = 0x7ffff000;
/** Bytes moved between two files in one step of sendfile, splice and their like. */
export const copyChunkBytes: number = 64 * 1024;
/** iovec entries of one call (UIO_MAXIOV). */
export const iovecMax = 1024;
/** Default capacity of a pipe. */
export const pipeBytes: number = 64 * 1024;
/** /proc/sys/fs/pipe-max-size. */
export const pipeBytesMax: number = 1024 * 1024;
/** Writes of at most this many bytes to a pipe are atomic. */
export const PIPE_BUF = 4096;
/** Extended attribute name and value (XATTR_NAME_MAX, XATTR_SIZE_MAX). */
export const xattrNameBytesMax = 255;
export const xattrValueBytesMax = 65536;
/** Bytes a terminal's input queue holds (N_TTY_BUF_SIZE). */
export const ttyInputBytesMax = 4096;
/** Bytes of terminal output waiting for the pty's master. */
export const ttyOutputBytesMax = 65536;
/** Pseudo terminals of one machine. */
export const ptysMax = 4096;
/** Inodes of one file system. */
export const inodesMax = 4_000_000;
/** inotify events queued in one instance (max_queued_events). */
export const inotifyEventsMax = 16384;
/** epoll instances watching each other (EP_MAX_NESTS). */
export const epollDepthMax = 5;
/** Default and largest socket buffers (rmem_default, rmem_max). */
export const socketBufferBytes = 212992;
export const socketBufferBytesMax = 4194304;
/** Largest datagram of UDP (65535 - 8 - 20). */
export const datagramBytesMax = 65507;
/** Pending connections of a listening socket (somaxconn). */
export const backlogMax = 4096;
/** Descriptors in one SCM_RIGHTS message (SCM_MAX_FD). */
export const passedFilesMax = 253;
