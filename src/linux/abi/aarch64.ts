/** Linux on arm64: arch/arm64/include/uapi/asm, the generic system-call table. */

import { aarch64 } from '../../cpu/isa/aarch64/aarch64.ts';
import { registers } from '../../cpu/isa/aarch64/registers.ts';
import { stateOffset } from '../../cpu/state.ts';
import { aarch64Frame } from './aarch64_frame.ts';
import type { Abi } from './abi.ts';
import { layouts64 } from './generic.ts';
import { armOpenFlags } from './open_flags.ts';
import { genericSyscalls } from './syscalls_generic.ts';

export const abiAarch64: Abi = {
  name: 'aarch64',
  architecture: 'arm64',
  isa: aarch64,
  machine: 'aarch64',
  platform: 'aarch64',
  elfMachine: 183,
  wordBytes: 8,
  littleEndian: true,
  syscalls: genericSyscalls,
  registers: {
    stackPointer: registers.sp,
    syscallNumber: registers.x[8]!,
    arguments: registers.x.slice(0, 6),
    result: registers.x[0]!,
    threadPointer: [registers.tpidr],
  },
  layouts: layouts64,
  openFlags: armOpenFlags,
  hwcap: aarch64.hwcap,
  hwcap2: 0n,
  signalFrame: aarch64Frame,
  syscallInstructionBytes: 4,
  numberInInstruction: false,
  cloneArguments: ['flags', 'stack', 'parentTid', 'tls', 'childTid'],
  mmapByPointer: false,
  illegalCode: 1,
  trapAdvance: () => 0,
  resetRegisters(view) {
    for (let at = stateOffset.slots; at < aarch64.slotsEnd; at += 4) view.setInt32(at, 0, true);
  },
};
