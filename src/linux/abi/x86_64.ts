/** Linux on x86-64: System V psABI, arch/x86/entry/entry_64.S. */

import { modelV2 } from '../../cpu/isa/x86/cpuid.ts';
import { registers, resetRegisters } from '../../cpu/isa/x86/registers.ts';
import { x86_64 } from '../../cpu/isa/x86/x86_64.ts';
import type { Abi } from './abi.ts';
import { layouts64 } from './generic.ts';
import { struct } from './layout.ts';
import { genericOpenFlags } from './open_flags.ts';
import { x86Syscalls } from './syscalls_x86_64.ts';
import { x86Frame } from './x86_64_frame.ts';

const [rax, , rdx, , rsp, , rsi, rdi, r8, r9, r10] = registers.gpr as Required<
  typeof registers.gpr
>;

/** AT_HWCAP2 bit 1: the FSGSBASE instructions may be used. */
const HWCAP2_FSGSBASE = 2n;

export const abiX86: Abi = {
  name: 'x86_64',
  architecture: 'amd64',
  isa: x86_64,
  machine: 'x86_64',
  platform: 'x86_64',
  elfMachine: 62,
  wordBytes: 8,
  littleEndian: true,
  syscalls: x86Syscalls,
  registers: {
    stackPointer: rsp!,
    syscallNumber: rax!,
    arguments: [rdi!, rsi!, rdx!, r10!, r8!, r9!],
    result: rax!,
    threadPointer: [registers.fsBase],
  },
  layouts: {
    ...layouts64,
    stat: struct({
      dev: 'u64',
      ino: 'u64',
      nlink: 'u64',
      mode: 'u32',
      uid: 'u32',
      gid: 'u32',
      _pad: 'u32',
      rdev: 'u64',
      size: 'i64',
      blksize: 'i64',
      blocks: 'i64',
      atime: 'i64',
      atimeNsec: 'u64',
      mtime: 'i64',
      mtimeNsec: 'u64',
      ctime: 'i64',
      ctimeNsec: 'u64',
      _unused1: 'i64',
      _unused2: 'i64',
      _unused3: 'i64',
    }),
    epollEvent: struct({ events: 'u32', data: 'u64' }, { packed: true }),
  },
  openFlags: genericOpenFlags,
  hwcap: BigInt(modelV2.features1Edx),
  hwcap2: HWCAP2_FSGSBASE,
  signalFrame: x86Frame,
  syscallInstructionBytes: 2,
  numberInInstruction: false,
  cloneArguments: ['flags', 'stack', 'parentTid', 'childTid', 'tls'],
  mmapByPointer: false,
  // HLT, CLI, STI, IN, OUT, INS, OUTS.
  isPrivileged: (first) =>
    first === 0xf4 || (first & 0xfe) === 0xfa || (first & 0xf4) === 0xe4 || (first & 0xfc) === 0x6c,
  illegalCode: 2,
  trapAdvance: (kind) => (kind === 'breakpoint' ? 1 : 0),
  resetRegisters,
};
