/**
 * What a program's architecture changes about Linux: one value of `Abi` per architecture, data only
 * (numbers, layouts, registers). Adding an architecture is adding one file beside this one.
 */

import type { Isa } from '../../cpu/isa/isa.ts';
import type { Slot } from '../../cpu/state.ts';
import type { Trap, TrapKind } from '../../cpu/trap.ts';
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

/** Registers of the system-call convention and of process creation. */
export interface AbiRegisters {
  readonly stackPointer: Slot;
  readonly syscallNumber: Slot;
  /** Six registers. */
  readonly arguments: readonly Slot[];
  readonly result: Slot;
  /** Thread pointer for CLONE_SETTLS: one slot, or two that hold its halves, high half first. */
  readonly threadPointer: readonly [Slot] | readonly [Slot, Slot];
}

export interface Abi {
  /** The instruction set's name: `x86_64`. */
  readonly name: string;
  /** OCI architecture: `amd64`. */
  readonly architecture: string;
  readonly isa: Isa;
  /** `uname -m`. */
  readonly machine: string;
  /** AT_PLATFORM. */
  readonly platform: string;
  /** `e_machine` of its ELF files. */
  readonly elfMachine: number;
  readonly wordBytes: 4 | 8;
  readonly littleEndian: boolean;
  /** Names by number. */
  readonly syscalls: ReadonlyMap<number, string>;
  readonly registers: AbiRegisters;
  readonly layouts: AbiLayouts;
  readonly openFlags: OpenFlagBits;
  /** AT_HWCAP and AT_HWCAP2: only what the instruction set's tables implement. */
  readonly hwcap: bigint;
  readonly hwcap2: bigint;
  /** Features as /proc/cpuinfo names them, where the processor's model decides. */
  readonly cpuFeatures?: readonly string[];
  readonly signalFrame: SignalFrameFormat;
  /** Length of the system-call instruction: a restarted call goes back by it. Bytes. */
  readonly syscallInstructionBytes: number;
  /** Whether the trap's immediate is the number unless it is 0 (s390x SVC). */
  readonly numberInInstruction: boolean;
  /** Order of clone(2)'s arguments. */
  readonly cloneArguments: readonly CloneArgument[];
  /** mmap(2) takes a pointer to its six arguments (s390x; i386's old_mmap). */
  readonly mmapByPointer: boolean;
  /** si_code of SIGILL for an undefined instruction. */
  readonly illegalCode: number;
  /**
   * Signal and si_code of a trap where the architecture has rules of its own, si_addr where that is
   * not the instruction's; `view` is of the whole wasm memory.
   */
  readonly faultSignal?: (
    trap: Trap,
    view: DataView,
  ) => { readonly signal: number; readonly code: number; readonly address?: number } | undefined;
  /**
   * Notes in the registers what the signal frame says of the exception besides siginfo. `mapped`:
   * whether the address is in a mapping that may be accessed somehow.
   */
  readonly noteFault?: (trap: Trap, view: DataView, mapped: boolean) => void;
  /**
   * Bytes by which the saved pc is past an instruction that trapped (s390x's suppressing program
   * interruptions, x86's INT3). `first` is the instruction's first byte.
   */
  trapAdvance(kind: TrapKind, first: number): number;
  /** Puts a new program's registers into the state area (view of the whole wasm memory). */
  resetRegisters(view: DataView): void;
}

export type CloneArgument = 'flags' | 'stack' | 'parentTid' | 'childTid' | 'tls';
