/** Hints, barriers, cache maintenance and system registers visible at EL0 (Arm ARM C5). */

import type { Builder, I32, I64 } from '../../ir/builder.ts';
import { type Fields, type PatternRow, row } from '../pattern.ts';
import { condition, setNzcvWord } from './flags.ts';
import { readAddress, readX, writeX } from './operands.ts';
import { floatQuick, fpcrMask, fpsrMask, inexactBit, monitor, registers } from './registers.ts';
import { helperId } from './runtime.ts';

/** Bytes DC ZVA clears: DCZID_EL0.BS = 4. */
const zeroBlockBytes = 64;

/**
 * Registers that read as constants, by name op0:op1:CRn:CRm:op2; the identification registers as
 * Linux shows them to EL0, in agreement with `Aarch64.hwcap`.
 */
// biome-ignore format: a table
const constantRegisters: Readonly<Record<string, readonly [low: number, high: number]>> = {
  '3:3:0:0:1': [0x8444c004, 0], // CTR_EL0: 64-byte lines, instruction cache needs maintenance
  '3:3:0:0:7': [4, 0], // DCZID_EL0
  '3:3:14:0:0': [1_000_000_000, 0], // CNTFRQ_EL0
  '3:0:0:0:0': [0x000f0510, 0], // MIDR_EL1: no real part, architecture by feature registers
  '3:0:0:0:5': [0x80000000, 0], // MPIDR_EL1
  '3:0:0:0:6': [0, 0], // REVIDR_EL1
};

/** Identification registers 3:0:0:4…7:x not listed in `identification` read as zero. */
const identification: Readonly<Record<string, readonly [low: number, high: number]>> = {
  '3:0:0:4:0': [0x00110011, 0], // ID_AA64PFR0_EL1: EL0, EL1 AArch64; FP and AdvSIMD with FP16
  '3:0:0:5:0': [6, 0], // ID_AA64DFR0_EL1: what Linux says of debugging
  '3:0:0:6:0': [0x10211120, 0x00001000], // ID_AA64ISAR0_EL1: crypto, CRC32, LSE, RDM, DotProd
  '3:0:0:6:1': [0x00100001, 0x00000010], // ID_AA64ISAR1_EL1: LRCPC, DC CVAP, SB
};

type SystemRegister = Fields<'o0' | 'op1' | 'CRn' | 'CRm' | 'op2' | 'Rt'>;

function registerName(f: SystemRegister): string {
  return `${f.o0 + 2}:${f.op1}:${f.CRn}:${f.CRm}:${f.op2}`;
}

/** NZCV as an i64, bits 31…28. */
function nzcv(b: Builder): I64 {
  const bit = (cond: number, at: number): I64 =>
    b.i64_shl(b.i64_extend_i32_u(condition(b, cond)), b.const64(at));
  return b.i64_or(b.i64_or(bit(4, 31), bit(0, 30)), b.i64_or(bit(2, 29), bit(6, 28)));
}

function readRegister(b: Builder, f: SystemRegister): void {
  const name = registerName(f);
  const known = constantRegisters[name] ?? identification[name];
  if (known) {
    writeX(b, f.Rt, b.const64Halves(known[0], known[1]));
    return;
  }
  if (/^3:0:0:[4-7]:/.test(name)) {
    writeX(b, f.Rt, b.const64(0));
    return;
  }
  switch (name) {
    case '3:3:13:0:2': // TPIDR_EL0
      writeX(b, f.Rt, b.get(registers.tpidr));
      return;
    case '3:3:13:0:3': // TPIDRRO_EL0
      writeX(b, f.Rt, b.const64(0));
      return;
    case '3:3:4:2:0': // NZCV
      writeX(b, f.Rt, nzcv(b));
      return;
    case '3:3:4:4:0': // FPCR
      writeX(b, f.Rt, b.i64_extend_i32_u(b.peek(registers.fpcr)));
      return;
    case '3:3:4:4:1': // FPSR
      writeX(b, f.Rt, b.i64_extend_i32_u(b.peek(registers.fpsr)));
      return;
    case '3:3:14:0:1': // CNTPCT_EL0
    case '3:3:14:0:2': // CNTVCT_EL0
    case '3:3:14:0:5': // CNTPCTSS_EL0
    case '3:3:14:0:6': // CNTVCTSS_EL0
      writeX(b, f.Rt, b.helper(helperId.counter, b.const64(0), b.const64(0), b.const64(0)));
      return;
    default:
      b.trap('illegal');
      return;
  }
}

/** As `setFloatStatus`. */
function putFloatStatus(b: Builder, control: I32, status: I32): void {
  b.poke(registers.fpcr, control);
  b.poke(registers.fpsr, status);
  const inexact = b.i32_ne(b.i32_and(status, b.const32(inexactBit)), b.const32(0));
  b.poke(floatQuick, b.i32_and(b.i32_eqz(control), inexact));
}

function writeRegister(b: Builder, f: SystemRegister): void {
  const value = readX(b, f.Rt);
  const masked = (mask: number): I32 => b.i32_and(b.i32_wrap_i64(value), b.const32(mask));
  switch (registerName(f)) {
    case '3:3:13:0:2':
      b.put(registers.tpidr, value);
      return;
    case '3:3:4:2:0':
      setNzcvWord(b, value);
      return;
    case '3:3:4:4:0':
      putFloatStatus(b, masked(fpcrMask), b.peek(registers.fpsr));
      return;
    case '3:3:4:4:1':
      putFloatStatus(b, b.peek(registers.fpcr), masked(fpsrMask));
      return;
    default:
      b.trap('illegal');
      return;
  }
}

function zeroBlock(b: Builder, f: Fields<'Rt'>): void {
  const address = b.i32_and(readAddress(b, f.Rt), b.const32(-zeroBlockBytes));
  const zero = b.constV128(0, 0, 0, 0);
  for (let at = 0; at < zeroBlockBytes; at += 16) b.v128_store(address, zero, at);
}

/** Cache maintenance by address touches the line, so an unmapped address faults. */
function touch(b: Builder, f: Fields<'Rt'>): void {
  b.i32_load8_u(b.i32_wrap_i64(readX(b, f.Rt)));
}

/** The instruction fetched next may have changed: the helper drops translations of its line. */
function invalidateInstructions(b: Builder, f: Fields<'Rt'>): void {
  b.helper(helperId.invalidate, readX(b, f.Rt), b.const64(zeroBlockBytes), b.const64(0));
  // A return leaves every translated region on the way: one of them may be of the old code.
  b.jumpIndirect(b.const32(b.nextAddress), 'return');
}

function nothing(): void {}

// biome-ignore format: a table
export const systemRows: readonly PatternRow[] = [
  // The whole hint space: NOP, YIELD, WFE, WFI, SEV, SEVL, PACIASP and its kin, BTI, ESB, CSDB.
  row('HINT', '1101 0101 0000 0011 0010 CRm:4 op2:3 11111', '{hint}', nothing),
  row('CLREX', '1101 0101 0000 0011 0011 CRm:4 010 11111', '', (b) => b.put(monitor.address, b.const64(-1))),
  row('DSB', '1101 0101 0000 0011 0011 CRm:4 100 11111', '{barrier}', nothing),
  row('DMB', '1101 0101 0000 0011 0011 CRm:4 101 11111', '{barrier}', nothing),
  row('ISB', '1101 0101 0000 0011 0011 CRm:4 110 11111', '', nothing),
  row('SB', '1101 0101 0000 0011 0011 0000 111 11111', '', nothing),
  row('MRS', '1101 0101 0011 o0 op1:3 CRn:4 CRm:4 op2:3 Rt:5', '{Xt}, {sysreg}', readRegister),
  row('MSR', '1101 0101 0001 o0 op1:3 CRn:4 CRm:4 op2:3 Rt:5', '{sysreg}, {Xt}', writeRegister),
  row('DC ZVA,', '1101 0101 0000 1 011 0111 0100 001 Rt:5', '{Xt}', zeroBlock),
  row('DC CVAC,', '1101 0101 0000 1 011 0111 1010 001 Rt:5', '{Xt}', touch),
  row('DC CVAU,', '1101 0101 0000 1 011 0111 1011 001 Rt:5', '{Xt}', touch),
  row('DC CVAP,', '1101 0101 0000 1 011 0111 1100 001 Rt:5', '{Xt}', touch),
  row('DC CIVAC,', '1101 0101 0000 1 011 0111 1110 001 Rt:5', '{Xt}', touch),
  row('IC IVAU,', '1101 0101 0000 1 011 0111 0101 001 Rt:5', '{Xt}', invalidateInstructions),
];
