/** NOPs and hints, processor identification, time, segment bases, and saving of the FPU state. */

import type { I64 } from '../../ir/builder.ts';
import { checkedPlace } from '../../protection.ts';
import { GuestTrap } from '../../trap.ts';
import { type Helper, InstructionSetChange } from '../isa.ts';
import { type CpuModel, cpuidLeaf, modelV2 } from './cpuid.ts';
import { decoding } from './exact_float.ts';
import { fxsaveBytes, loadFxsave, storeFxsave, unmasks } from './fxsave.ts';
import { wasmHelperId } from './helper_module.ts';
import type { Lowering } from './lowering.ts';
import { flagSlots, mxcsrMask, registers } from './registers.ts';
import { routine, routines } from './routines.ts';
import type { Lower, RowSource } from './row.ts';
import {
  componentsInUse,
  enabledComponents,
  loadXsave,
  restoreUnmasks,
  type SaveKind,
  storeXsave,
} from './xsave.ts';

const nop: Lower = () => {};

/** CPUID: routine results go to the registers one by one, since a routine returns 64 bits. */
const cpuidLowOf =
  (model: CpuModel): Helper =>
  (_, leaf, subleaf) => {
    const [eax, ebx] = cpuidLeaf(Number(leaf), Number(subleaf), model);
    return (BigInt(ebx >>> 0) << 32n) | BigInt(eax >>> 0);
  };
const cpuidHighOf =
  (model: CpuModel): Helper =>
  (_, leaf, subleaf) => {
    const [, , ecx, edx] = cpuidLeaf(Number(leaf), Number(subleaf), model);
    return (BigInt(edx >>> 0) << 32n) | BigInt(ecx >>> 0);
  };
const cpuidLow = routine(cpuidLowOf(modelV2));
const cpuidHigh = routine(cpuidHighOf(modelV2));

/** The routines with those of CPUID for a model; blocks are the same for all models. */
export function routinesOf(model: CpuModel): readonly Helper[] {
  return routines.map((helper, id) => {
    if (id === cpuidLow) return cpuidLowOf(model);
    return id === cpuidHigh ? cpuidHighOf(model) : helper;
  });
}

const low32 = (c: Lowering, value: I64): I64 => c.b.i64_extend_i32_u(c.b.i32_wrap_i64(value));
const high32 = (c: Lowering, value: I64): I64 => c.b.i64_shr_u(value, c.b.const64(32));

const cpuid: Lower = (c) => {
  const { b } = c;
  const [leaf, subleaf] = [low32(c, c.gpr(0)), low32(c, c.gpr(1))];
  const zero = b.const64(0);
  const first = b.helper(cpuidLow, leaf, subleaf, zero);
  const second = b.helper(cpuidHigh, leaf, subleaf, zero);
  c.putGpr(0, low32(c, first));
  c.putGpr(3, high32(c, first));
  c.putGpr(1, low32(c, second));
  c.putGpr(2, high32(c, second));
};

/** The time-stamp counter counts executed instructions: a run is a function of its inputs. */
const timeStamp = routine((context) => BigInt.asUintN(64, context.instructionCount()));

const rdtsc: Lower = (c) => {
  const zero = c.b.const64(0);
  const time = c.b.helper(timeStamp, zero, zero, zero);
  c.putGpr(0, low32(c, time));
  c.putGpr(2, high32(c, time));
};

/** RDTSCP also loads IA32_TSC_AUX, which Linux sets to node << 12 | cpu: 0. */
const rdtscp: Lower = (c) => {
  rdtsc(c);
  c.putGpr(1, c.b.const64(0));
};

const setDirection =
  (value: number): Lower =>
  (c) =>
    c.b.put(flagSlots.df, c.b.const32(value));

const readBase =
  (slot: typeof registers.fsBase): Lower =>
  (c) => {
    const base = c.b.get(slot);
    c.write(0, c.width(0) === 64 ? base : c.b.i32_wrap_i64(base));
  };

const writeBase =
  (slot: typeof registers.fsBase): Lower =>
  (c) =>
    c.b.put(slot, c.zeroExtended(c.width(0), c.read(0)));

/** LDMXCSR. Where an exception becomes unmasked, the helper changes to code that traps. */
const loadMxcsr: Lower = (c) => {
  const { b } = c;
  const value = b.i32_and(b.i32_load(c.address(), c.displacement), b.const32(mxcsrMask));
  const zero = b.const64(0);
  if (decoding.trapping) b.poke(registers.mxcsr, value);
  else b.helper(wasmHelperId.setMxcsr, b.i64_extend_i32_u(value), zero, zero);
};

const storeMxcsr: Lower = (c) =>
  c.b.i32_store(c.address(), c.b.peek(registers.mxcsr), c.displacement);

const fxsaveRoutine = routine((context, address) => {
  const view = context.view();
  checkedPlace(view, Number(address), fxsaveBytes, true);
  storeFxsave(view, Number(address));
  return 0n;
});
/** An image that unmasks an exception is loaded by code that traps. */
function checkMasks(view: DataView, address: number, traps: boolean): void {
  if (!traps && unmasks(view, address)) throw new InstructionSetChange();
}

const fxrstorRoutine = routine((context, address, traps) => {
  checkMasks(context.view(), Number(address), traps !== 0n);
  loadFxsave(context.view(), Number(address));
  return 0n;
});

/**
 * FXSAVE, FXRSTOR: both ends of the 512 bytes are touched first, so that a fault comes before any
 * change.
 */
const fxState =
  (save: boolean): Lower =>
  (c) => {
    const { b } = c;
    const address = c.flatAddress();
    c.touch(address, 512, save);
    const [zero, traps] = [b.const64(0), b.const64(decoding.trapping ? 1 : 0)];
    b.helper(save ? fxsaveRoutine : fxrstorRoutine, b.i64_extend_i32_u(address), traps, zero);
  };

const saveKinds: readonly SaveKind[] = ['xsave', 'xsaveopt', 'xsavec'];
const xsaveRoutine = routine((context, address, requested, kind) => {
  const view = context.view();
  // Legacy area and header; then the upper halves of ymm.
  checkedPlace(view, Number(address), (requested & 4n) !== 0n ? 832 : 576, true);
  storeXsave(view, Number(address), Number(requested & 7n), saveKinds[Number(kind)]!);
  return 0n;
});
const xrstorRoutine = routine((context, address, requested, traps) => {
  const [view, at, asked] = [context.view(), Number(address), Number(requested & 7n)];
  if (traps === 0n && restoreUnmasks(view, at, asked)) throw new InstructionSetChange();
  if (!loadXsave(view, at, asked)) throw new GuestTrap('memory', at);
  return 0n;
});

/** XSAVE …, XRSTOR of the components in edx:eax. */
const xState =
  (kind: SaveKind | 'xrstor'): Lower =>
  (c) => {
    const { b } = c;
    const address = c.flatAddress();
    const saves = kind !== 'xrstor';
    c.touch(address, 832, saves);
    const option = saves ? saveKinds.indexOf(kind) : decoding.trapping ? 1 : 0;
    const id = saves ? xsaveRoutine : xrstorRoutine;
    b.helper(id, b.i64_extend_i32_u(address), c.gpr(0), b.const64(option));
  };

const inUse = routine((context) => BigInt(componentsInUse(context.view())));

/** XGETBV: XCR0 says x87, SSE, AVX; number 1 which of them are in use. */
const xgetbv: Lower = (c) => {
  const { b } = c;
  const number = b.i32_wrap_i64(c.gpr(1));
  b.trapIf(b.i32_gt_u(number, b.const32(1)), 'memory');
  const zero = b.const64(0);
  const used = b.helper(inUse, zero, zero, zero);
  c.putGpr(0, b.i64_select(used, b.const64(enabledComponents), number));
  c.putGpr(2, zero);
};

/** RDPID: IA32_TSC_AUX. */
const zeroResult: Lower = (c) => c.write(0, c.b.const64(0), 64);

/** Linux's user segments by selector: access rights and limit, as LAR and LSL give them. */
const descriptors = new Map<number, readonly [rights: number, limit: number]>([
  [0x23, [0xcf_fb00, 0xffff_ffff]],
  [0x2b, [0xcf_f300, 0xffff_ffff]],
  [0x33, [0xaf_fb00, 0xffff_ffff]],
  // The limit of this one is the number of the processor.
  [0x7b, [0x40_f500, 0]],
]);
const writableSelector = 0x2b;

/** y: 0 access rights, 1 limit, 2 whether it is readable, 3 writable; bit 32: whether it exists. */
const describeSegment = routine((_, selector, y) => {
  const found = descriptors.get(Number(selector & 0xffffn));
  if (!found || (y === 3n && Number(selector & 0xffffn) !== writableSelector)) return 0n;
  return (1n << 32n) | BigInt(found[Number(y & 1n)]!);
});

/** LAR, LSL, VERR, VERW: ZF says whether it succeeds; otherwise nothing changes. */
const segmentRow =
  (number: number): Lower =>
  (c) => {
    const { b } = c;
    const source = number < 2 ? 1 : 0;
    const selector = b.i64_extend_i32_u(c.readI32(source));
    const answer = b.helper(describeSegment, selector, b.const64(number), b.const64(0));
    const exists = high32(c, answer);
    if (number < 2) {
      const w = c.width(0);
      const old = c.zeroExtended(w, c.read(0));
      const value = b.i64_select(low32(c, answer), old, b.i32_wrap_i64(exists));
      c.write(0, w === 64 ? value : b.i32_wrap_i64(value));
    }
    c.flags.setZero(b.i64_xor(exists, b.const64(1)));
  };

/** Hints, identification, state. */
// biome-ignore format: a table
export const systemRows: readonly RowSource[] = [
  ['F3 90',            'PAUSE',           nop],
  ['0F 1F /0',         'NOP r/m',         nop],
  ['F3 0F 1E FA',      'ENDBR64',         nop],
  ['0F 1E /r',         'NOP r/m, r',      nop],
  ['0F 18 /r',         'PREFETCHh mem',   nop],
  ['0F 19 /r',         'NOP r/m, r',      nop],
  ['0F 1A /r',         'NOP r/m, r',      nop],
  ['0F 1B /r',         'NOP r/m, r',      nop],
  ['0F 1C /r',         'NOP r/m, r',      nop],
  ['0F 1D /r',         'NOP r/m, r',      nop],
  ['0F 0D /r',         'PREFETCHW mem',   nop],
  ['NP 0F AE E8+i',   'LFENCE',          nop],
  ['NP 0F AE F0+i',   'MFENCE',          nop],
  ['NP 0F AE F8+i',   'SFENCE',          nop],
  ['NP 0F AE /7',      'CLFLUSH mem',     nop],
  ['FC',               'CLD',             setDirection(0)],
  ['FD',               'STD',             setDirection(1), 'direction'],
  ['0F A2',            'CPUID',           cpuid, 'skip'],
  ['0F 31',            'RDTSC',           rdtsc, 'skip'],
  ['0F 01 F9',         'RDTSCP',          rdtscp, 'skip'],
  ['0F 02 /r',         'LAR r, r/m16',    segmentRow(0), 'skip'],
  ['0F 03 /r',         'LSL r, r/m16',    segmentRow(1), 'skip'],
  ['0F 00 /4',         'VERR r/m16',      segmentRow(2), 'skip'],
  ['0F 00 /5',         'VERW r/m16',      segmentRow(3), 'skip'],
  ['F3 0F C7 /7',      'RDPID r64',       zeroResult, 'skip'],
  ['F3 0F AE /0',      'RDFSBASE ry',     readBase(registers.fsBase), 'skip'],
  ['F3 0F AE /1',      'RDGSBASE ry',     readBase(registers.gsBase), 'skip'],
  ['F3 0F AE /2',      'WRFSBASE ry',     writeBase(registers.fsBase), 'skip'],
  ['F3 0F AE /3',      'WRGSBASE ry',     writeBase(registers.gsBase), 'skip'],
  ['NP 0F AE /2',      'LDMXCSR m32',     loadMxcsr, 'skip'],
  ['NP 0F AE /3',      'STMXCSR m32',     storeMxcsr, 'skip'],
  ['VEX.LZ.0F AE /2',  'VLDMXCSR m32',    loadMxcsr, 'skip'],
  ['VEX.LZ.0F AE /3',  'VSTMXCSR m32',    storeMxcsr, 'skip'],
  ['NP 0F AE /0',      'FXSAVE mem',      fxState(true), 'skip'],
  ['NP 0F AE /1',      'FXRSTOR mem',     fxState(false), 'skip'],
  ['NP 0F AE /4',      'XSAVE mem',       xState('xsave'), 'skip'],
  ['NP 0F AE /5',      'XRSTOR mem',      xState('xrstor'), 'skip'],
  ['NP 0F AE /6',      'XSAVEOPT mem',    xState('xsaveopt'), 'skip'],
  ['NP 0F C7 /4',      'XSAVEC mem',      xState('xsavec'), 'skip'],
  ['NP 0F 01 D0',      'XGETBV',          xgetbv, 'skip'],
];
