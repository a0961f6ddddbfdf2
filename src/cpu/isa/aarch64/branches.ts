/** Branches (Arm ARM C4.1: branches, exception generation). */

import type { Builder, I32 } from '../../ir/builder.ts';
import { type Fields, type PatternRow, row } from '../pattern.ts';
import { condition } from './flags.ts';
import { int, read, readX, writeX } from './operands.ts';

/** Guest address `words` instructions from here (u32). */
function target(b: Builder, words: number): number {
  return (b.instructionAddress + words * 4) >>> 0;
}

function link(b: Builder): void {
  writeX(b, 30, b.const64(b.nextAddress));
}

/** CBZ; CBNZ is the same with the targets exchanged. */
function compareBranch(b: Builder, f: Fields<'sf' | 'imm19' | 'Rt'>, nonzero: boolean): void {
  const zero = int(b, f.sf, 'eqz', read(b, f.sf, f.Rt)) as I32;
  branchIf(b, zero, target(b, f.imm19), nonzero);
}

/** TBZ, TBNZ: bit b5:b40 of Rt. */
function testBranch(b: Builder, f: Fields<'b5' | 'b40' | 'imm14' | 'Rt'>, set: boolean): void {
  const x = readX(b, f.Rt);
  const mask = f.b5 ? b.const64Halves(0, 1 << f.b40) : b.const64Halves(1 << f.b40, 0);
  branchIf(b, b.i64_eqz(b.i64_and(x, mask)), target(b, f.imm14), set);
}

function branchIf(b: Builder, when: I32, to: number, inverted: boolean): void {
  if (inverted) b.branch(when, b.nextAddress, to);
  else b.branch(when, to);
}

// biome-ignore format: a table
export const branchRows: readonly PatternRow[] = [
  row('B', '000101 imm26:s26', '{label26}', (b, f) => b.jump(target(b, f.imm26))),
  row('BL', '100101 imm26:s26', '{label26}', (b, f) => {
    link(b);
    b.call(target(b, f.imm26));
  }),
  row('B.{cond}', '01010100 imm19:s19 0 cond:4', '{label19}', (b, f) => {
    if (f.cond >= 14) b.jump(target(b, f.imm19));
    else b.branch(condition(b, f.cond), target(b, f.imm19));
  }),
  row('CBZ', 'sf 011010 0 imm19:s19 Rt:5', '{Rt}, {label19}', (b, f) => compareBranch(b, f, false)),
  row('CBNZ', 'sf 011010 1 imm19:s19 Rt:5', '{Rt}, {label19}', (b, f) => compareBranch(b, f, true)),
  row('TBZ', 'b5 011011 0 b40:5 imm14:s14 Rt:5', '{Rtb}, {bit}, {label14}', (b, f) => testBranch(b, f, false)),
  row('TBNZ', 'b5 011011 1 b40:5 imm14:s14 Rt:5', '{Rtb}, {bit}, {label14}', (b, f) => testBranch(b, f, true)),
  row('BR', '1101011 0000 11111 000000 Rn:5 00000', '{Xn}', (b, f) => b.jumpIndirect(b.i32_wrap_i64(readX(b, f.Rn)), 'jump')),
  row('BLR', '1101011 0001 11111 000000 Rn:5 00000', '{Xn}', (b, f) => {
    const to = b.i32_wrap_i64(readX(b, f.Rn));
    link(b);
    b.jumpIndirect(to, 'call');
  }),
  row('RET', '1101011 0010 11111 000000 Rn:5 00000', '{Xn}', (b, f) => b.jumpIndirect(b.i32_wrap_i64(readX(b, f.Rn)), 'return')),
  row('SVC', '11010100 000 imm16:16 00001', '{imm16x}', (b, f) => b.syscall(f.imm16)),
  row('BRK', '11010100 001 imm16:16 00000', '{imm16x}', (b, f) => b.trap('breakpoint', f.imm16)),
  row('HLT', '11010100 010 imm16:16 00000', '{imm16x}', (b) => b.trap('illegal')),
  row('UDF', '00000000 00000000 imm16:16', '{imm16}', (b) => b.trap('illegal')),
];
