/** Linux on x86-64: System V psABI, arch/x86/entry/entry_64.S. */

import { featureNames, type ModelName, modelDefault, models } from '../../cpu/isa/x86/cpuid.ts';
import {
  exceptionSlots,
  generalProtection,
  registers,
  resetRegisters,
  x87Exception,
} from '../../cpu/isa/x86/registers.ts';
import { createX86_64, x86_64 } from '../../cpu/isa/x86/x86_64.ts';
import { isFetch, type Trap } from '../../cpu/trap.ts';
import type { Abi } from './abi.ts';
import { layouts64 } from './generic.ts';
import { struct } from './layout.ts';
import { genericOpenFlags } from './open_flags.ts';
import {
  FPE_FLTDIV,
  FPE_FLTINV,
  FPE_FLTOVF,
  FPE_FLTRES,
  FPE_FLTUND,
  SI_KERNEL,
  SIGFPE,
  SIGSEGV,
  SIGTRAP,
  TRAP_BRKPT,
} from './signals.ts';
import { x86Syscalls } from './syscalls_x86_64.ts';
import { x86Frame } from './x86_64_frame.ts';

const [rax, , rdx, , rsp, , rsi, rdi, r8, r9, r10] = registers.gpr as Required<
  typeof registers.gpr
>;

/** AT_HWCAP2 bit 1: the FSGSBASE instructions may be used. */
const HWCAP2_FSGSBASE = 2n;

/** si_code by exception flag (fpu__exception_code); denormal operands count as underflow. */
const floatingPointCodes = new Map([
  [1, FPE_FLTINV],
  [4, FPE_FLTDIV],
  [8, FPE_FLTOVF],
  [18, FPE_FLTUND],
  [32, FPE_FLTRES],
]);

/** Numbers of exceptions (SDM vol. 3, table 6-1). */
const exception = {
  divide: 0,
  debug: 1,
  overflow: 4,
  undefined: 6,
  protection: 13,
  page: 14,
  x87: 16,
  simd: 19,
} as const;

function faultSignal({ kind, detail, pc }: Trap): ReturnType<NonNullable<Abi['faultSignal']>> {
  if (kind === 'illegal' && detail & generalProtection) {
    return { signal: SIGSEGV, code: SI_KERNEL, address: 0 };
  }
  // INT1 is told by its address, which is that of the next instruction; INT 4 is not told at all.
  if (kind === 'breakpoint' && detail === exception.debug) {
    return { signal: SIGTRAP, code: TRAP_BRKPT, address: pc + 1 };
  }
  if (kind === 'breakpoint' && detail === exception.overflow) {
    return { signal: SIGSEGV, code: SI_KERNEL, address: 0 };
  }
  if (kind !== 'arithmetic') return undefined;
  return { signal: SIGFPE, code: floatingPointCodes.get(detail & ~x87Exception) ?? FPE_FLTINV };
}

/** First byte of INT n, whose exceptions are past it as those of INT1 and INT3 are. */
const twoByteInterrupt = 0xcd;

/** Error code of #PF (SDM vol. 3, 4.7); user mode is always set. */
const pageFault = { present: 1, write: 2, user: 4, fetch: 16 } as const;

function exceptionNumber({ kind, detail }: Trap): number {
  if (kind === 'memory') return exception.page;
  if (kind === 'divide') return exception.divide;
  if (kind === 'arithmetic') return detail & x87Exception ? exception.x87 : exception.simd;
  if (kind === 'breakpoint') return detail;
  return detail & generalProtection ? exception.protection : exception.undefined;
}

function pageErrorCode(trap: Trap, mapped: boolean): number {
  const { write } = trap;
  const fetches = isFetch(trap, x86_64.instructionBytesMax);
  return (
    pageFault.user |
    (mapped ? pageFault.present : 0) |
    (write ? pageFault.write : 0) |
    (fetches ? pageFault.fetch : 0)
  );
}

function noteFault(trap: Trap, view: DataView, mapped: boolean): void {
  const isPage = trap.kind === 'memory';
  view.setInt32(exceptionSlots.trapNumber.offset, exceptionNumber(trap), true);
  const code = isPage ? pageErrorCode(trap, mapped) : trap.detail >> 16;
  view.setInt32(
    exceptionSlots.errorCode.offset,
    trap.kind === 'illegal' || isPage ? code : 0,
    true,
  );
  if (isPage) view.setBigUint64(exceptionSlots.address.offset, BigInt(trap.address), true);
}

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
  hwcap: BigInt(models[modelDefault].features1Edx),
  hwcap2: HWCAP2_FSGSBASE,
  cpuFeatures: featureNames(models[modelDefault]),
  signalFrame: x86Frame,
  syscallInstructionBytes: 2,
  numberInInstruction: false,
  cloneArguments: ['flags', 'stack', 'parentTid', 'childTid', 'tls'],
  mmapByPointer: false,
  illegalCode: 2,
  faultSignal,
  noteFault,
  trapAdvance: (kind, first) => (kind !== 'breakpoint' ? 0 : first === twoByteInterrupt ? 2 : 1),
  resetRegisters,
};

const byModel = new Map<ModelName, Abi>([[modelDefault, abiX86]]);

/** The same on a processor of another model. */
export function abiX86Of(model: ModelName): Abi {
  let abi = byModel.get(model);
  if (!abi) {
    const { features1Edx } = models[model];
    const isa = createX86_64({ model });
    const cpuFeatures = featureNames(models[model]);
    abi = { ...abiX86, isa, hwcap: BigInt(features1Edx), cpuFeatures };
    byModel.set(model, abi);
  }
  return abi;
}
