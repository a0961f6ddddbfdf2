/**
 * What a program's architecture changes about Linux: one value of `Abi` per architecture, data only
 * (numbers, layouts, registers). Adding an architecture is adding one file beside this one.
 */

import type { Isa } from '../../cpu/isa/isa.ts';
import type { Slot } from '../../cpu/state.ts';
import type { StructLayout } from './layout.ts';
import type { OpenFlagBits } from './open_flags.ts';
import type { SignalFrameFormat } from './signal_frame.ts';

/** Structures whose layout differs between architectures; the rest are `generic.ts`'s. */
export interface AbiLayouts {
  readonly stat: StructLayout<StatField>;
  readonly statfs: StructLayout<StatfsField>;
  readonly epollEvent: StructLayout<'events' | 'data'>;
  readonly sigaction: StructLayout<'handler' | 'flags' | 'restorer' | 'mask'>;
  readonly timespec: StructLayout<'sec' | 'nsec'>;
  readonly timeval: StructLayout<'sec' | 'usec'>;
  readonly iovec: StructLayout<'base' | 'length'>;
  readonly msghdr: StructLayout<MsghdrField>;
  readonly cmsghdr: StructLayout<'length' | 'level' | 'type'>;
  readonly flock: StructLayout<'type' | 'whence' | 'start' | 'length' | 'pid'>;
}

export type StatField =
  | 'dev'
  | 'ino'
  | 'mode'
  | 'nlink'
  | 'uid'
  | 'gid'
  | 'rdev'
  | 'size'
  | 'blksize'
  | 'blocks'
  | 'atime'
  | 'atimeNsec'
  | 'mtime'
  | 'mtimeNsec'
  | 'ctime'
  | 'ctimeNsec';

export type StatfsField =
  | 'type'
  | 'bsize'
  | 'blocks'
  | 'bfree'
  | 'bavail'
  | 'files'
  | 'ffree'
  | 'fsid'
  | 'namelen'
  | 'frsize'
  | 'flags';

export type MsghdrField =
  | 'name'
  | 'nameLength'
  | 'iov'
  | 'iovLength'
  | 'control'
  | 'controlLength'
  | 'flags';

/** Registers of the system-call convention. */
export interface AbiRegisters {
  readonly stackPointer: Slot;
  readonly syscallNumber: Slot;
  /** Six registers. */
  readonly arguments: readonly Slot[];
  readonly result: Slot;
  /** What the kernel clears or sets at exec, by name: nothing where absent. */
  readonly threadPointer: Slot | readonly [Slot, Slot];
}

export interface Abi {
  /** The instruction set's name: `x86_64`. */
  readonly name: string;
  /** OCI architecture: `amd64`. */
  readonly architecture: string;
  readonly isa: Isa;
  /** `uname -m` and AT_PLATFORM. */
  readonly machine: string;
  readonly platform: string;
  /** `e_machine`, EI_CLASS in bits. */
  readonly elfMachine: number;
  readonly wordBytes: 4 | 8;
  readonly littleEndian: boolean;
  /** Names by number. */
  readonly syscalls: ReadonlyMap<number, string>;
  readonly registers: AbiRegisters;
  readonly layouts: AbiLayouts;
  readonly openFlags: OpenFlagBits;
  /** AT_HWCAP, AT_HWCAP2: only what the instruction set's tables implement. */
  readonly hwcap: bigint;
  readonly hwcap2: bigint;
  readonly signalFrame: SignalFrameFormat;
  /** Bytes of the system-call instruction that was just executed, to restart it. */
  readonly syscallInstructionBytes: number;
  /** Order of clone(2)'s arguments. */
  readonly cloneArguments: readonly CloneArgument[];
  /** mmap(2) takes a pointer to its six arguments (s390x, i386's old_mmap). */
  readonly mmapByPointer: boolean;
  /** Set when a number register of 0 in the instruction means "see the register" (s390x SVC). */
  readonly syscallNumberInInstruction: boolean;
}

export type CloneArgument = 'flags' | 'stack' | 'parentTid' | 'childTid' | 'tls';
