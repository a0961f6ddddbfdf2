/** Linux on s390x: s390x ELF ABI supplement, arch/s390/include/uapi/asm. */

import { registers } from '../../cpu/isa/s390x/registers.ts';
import { s390x } from '../../cpu/isa/s390x/s390x.ts';
import { stateOffset } from '../../cpu/state.ts';
import type { Abi } from './abi.ts';
import { layouts64 } from './generic.ts';
import { struct } from './layout.ts';
import { genericOpenFlags } from './open_flags.ts';
import { s390xFaultSignal } from './s390x_faults.ts';
import { s390xFrame } from './s390x_frame.ts';
import { s390xHwcap } from './s390x_hwcap.ts';
import { s390xSyscalls } from './syscalls_s390x.ts';

export const abiS390x: Abi = {
  name: 's390x',
  architecture: 's390x',
  isa: s390x,
  machine: 's390x',
  platform: 'z14',
  elfMachine: 22,
  wordBytes: 8,
  littleEndian: false,
  syscalls: s390xSyscalls,
  registers: {
    stackPointer: registers.r[15]!,
    syscallNumber: registers.r[1]!,
    arguments: registers.r.slice(2, 8),
    result: registers.r[2]!,
    threadPointer: [registers.a[0]!, registers.a[1]!],
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
      atime: 'i64',
      atimeNsec: 'u64',
      mtime: 'i64',
      mtimeNsec: 'u64',
      ctime: 'i64',
      ctimeNsec: 'u64',
      blksize: 'i64',
      blocks: 'i64',
      _unused1: 'i64',
      _unused2: 'i64',
      _unused3: 'i64',
    }),
    statfs: struct({
      type: 'u32',
      bsize: 'u32',
      blocks: 'u64',
      bfree: 'u64',
      bavail: 'u64',
      files: 'u64',
      ffree: 'u64',
      fsid: 'u64',
      namelen: 'u32',
      frsize: 'u32',
      flags: 'u32',
      _spare1: 'u32',
      _spare2: 'u32',
      _spare3: 'u32',
      _spare4: 'u32',
    }),
  },
  openFlags: genericOpenFlags,
  hwcap: s390xHwcap,
  hwcap2: 0n,
  signalFrame: s390xFrame,
  syscallInstructionBytes: 2,
  numberInInstruction: true,
  cloneArguments: ['stack', 'flags', 'parentTid', 'childTid', 'tls'],
  mmapByPointer: true,
  illegalCode: 1,
  faultSignal: s390xFaultSignal,
  trapAdvance: (kind, first) => (kind === 'memory' ? 0 : first < 0x40 ? 2 : first < 0xc0 ? 4 : 6),
  resetRegisters(view) {
    for (let at = stateOffset.slots; at < s390x.slotsEnd; at += 4) view.setInt32(at, 0, true);
  },
};
