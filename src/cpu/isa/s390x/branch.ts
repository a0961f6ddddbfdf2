/** Branches, compare-and-branch, compare-and-trap, supervisor call. */

import type { I32, I64 } from '../../ir/builder.ts';
import { type Compare, comparison, relate } from './condition.ts';
import { compareAndTrapCode, dataException, type Lowering, type Semantics } from './lowering.ts';
import * as o from './operands.ts';
import { registers } from './registers.ts';
import { type Row, row } from './row.ts';

const linkRegister = 14;

/** Jumps to a computed address; through r14 it is a return. */
function indirect(z: Lowering, target: I32, through: number): void {
  z.b.jumpIndirect(target, through === linkRegister ? 'return' : 'jump');
}

/**
 * A conditional branch to a computed address is two blocks: the condition leads to the odd address
 * inside this instruction, where `lower` makes the jump alone (`taken`). A processor never has an
 * odd instruction address otherwise.
 */
function conditionalIndirect(z: Lowering, mask: number, jump: () => void): void {
  if (mask === 0) return;
  if (mask === 15 || z.taken) jump();
  else if (z.executed) {
    // No address of its own to come back to.
    const condition = z.condition().test(z.b, mask);
    const target = z.format === 'RRm' ? z.r32(z.r2) : z.address2();
    indirect(z, z.b.i32_select(target, z.b.const32(z.next), condition), -1);
  } else z.b.branch(z.condition().test(z.b, mask), z.pc + 1, z.next);
}

const branchRegister: Semantics = (z) => {
  if (z.r2 !== 0) conditionalIndirect(z, z.m1, () => indirect(z, z.r32(z.r2), z.r2));
};
const branchStorage: Semantics = (z) =>
  conditionalIndirect(z, z.m1, () => indirect(z, z.address2(), -1));
const branchRelative: Semantics = (z) => {
  if (z.m1 === 15) z.b.jump(z.ri2);
  else if (z.m1 !== 0) z.b.branch(z.condition().test(z.b, z.m1), z.ri2, z.next);
};
const branchIndirectStorage: Semantics = (z) => {
  const target = z.b.i32_wrap_i64(o.s2g(z));
  if (z.m1 === 15) return indirect(z, target, -1);
  if (z.m1 === 0) return;
  const condition = z.condition().test(z.b, z.m1);
  indirect(z, z.b.i32_select(target, z.b.const32(z.next), condition), -1);
};

/** BRAS, BRASL: a call where the link goes to r14, else a jump that leaves an address. */
const linkRelative: Semantics = (z) => {
  z.put64(z.r1, z.b.const64(z.next));
  if (z.r1 === linkRegister) z.b.call(z.ri2, z.next);
  else z.b.jump(z.ri2);
};
/** BASR, BALR; without a branch where R2 is 0. */
const linkRegisterForm: Semantics = (z) => {
  const target = z.r2 === 0 ? null : z.r32(z.r2);
  z.put64(z.r1, z.b.const64(z.next));
  if (target === null) z.known[z.r1] = z.next;
  else z.b.jumpIndirect(target, z.r1 === linkRegister ? 'call' : 'jump', z.next);
};
const linkStorage: Semantics = (z) => {
  const target = z.address2();
  z.put64(z.r1, z.b.const64(z.next));
  z.b.jumpIndirect(target, z.r1 === linkRegister ? 'call' : 'jump', z.next);
};
/** BASSM and BSM: the addressing mode is always 64-bit here, told by bit 63 of an address. */
const linkSetMode: Semantics = (z) => {
  const target = z.r2 === 0 ? null : z.b.i32_and(z.r32(z.r2), z.b.const32(-2));
  z.put64(z.r1, z.b.const64(z.next + 1));
  if (target !== null) {
    z.b.jumpIndirect(target, z.r1 === linkRegister ? 'call' : 'jump', z.next);
  }
};
const setMode: Semantics = (z) => {
  const target = z.r2 === 0 ? null : z.b.i32_and(z.r32(z.r2), z.b.const32(-2));
  if (z.r1 !== 0) z.put64(z.r1, z.b.i64_or(z.r64(z.r1), z.b.const64(1)));
  if (target !== null) indirect(z, target, z.r2);
};

type Target = 'ri2' | 'storage' | 'register';

/** Branches to a relative target or a computed one where `condition` is not 0. */
function branchIf(z: Lowering, condition: I32, target: number | I32, relative: boolean): void {
  if (relative) z.b.branch(condition, target as number, z.next);
  else {
    const next = z.b.const32(z.next);
    indirect(z, z.b.i32_select(target as I32, next, condition), -1);
  }
}

/** BRANCH ON COUNT: the target is computed before the register changes. */
const onCount =
  (width: 32 | 64 | 'high', target: Target): Semantics =>
  (z) => {
    const { b } = z;
    const to = target === 'ri2' ? z.ri2 : target === 'storage' ? z.address2() : z.r32(z.r2);
    let rest: I32;
    if (width === 64) {
      const count = b.i64_sub(z.r64(z.r1), b.const64(1));
      z.put64(z.r1, count);
      rest = b.i64_ne(count, b.const64(0));
    } else {
      const old = width === 'high' ? z.high32(z.r1) : z.r32(z.r1);
      rest = b.i32_sub(old, b.const32(1));
      if (width === 'high') z.putHigh(z.r1, rest);
      else z.put32(z.r1, rest);
    }
    if (target === 'register' && z.r2 === 0) return;
    branchIf(z, rest, to, target === 'ri2');
  };

/** BRANCH ON INDEX: R1 += R3; compared with the odd register of R3. */
const onIndex =
  (width: 32 | 64, relation: 'gt' | 'le', target: Target): Semantics =>
  (z) => {
    const { b } = z;
    const limit = z.r3 | 1;
    const to = target === 'ri2' ? z.ri2 : z.address2();
    let condition: I32;
    if (width === 64) {
      const bound = z.r64(limit);
      const sum = b.i64_add(z.r64(z.r1), z.r64(z.r3));
      condition = relate(b, 'i64_s', relation, sum, bound);
      z.put64(z.r1, sum);
    } else {
      const bound = z.r32(limit);
      const sum = b.i32_add(z.r32(z.r1), z.r32(z.r3));
      condition = relate(b, 'i32_s', relation, sum, bound);
      z.put32(z.r1, sum);
    }
    branchIf(z, condition, to, target === 'ri2');
  };

type Pair = (z: Lowering) => { how: Compare; x: I32 | I64; y: I32 | I64 };
const pair32 =
  (how: 'i32_s' | 'i32_u', y: o.Source32): Pair =>
  (z) => ({ how, x: z.r32(z.r1), y: y(z) });
const pair64 =
  (how: 'i64_s' | 'i64_u', y: o.Source64): Pair =>
  (z) => ({ how, x: z.r64(z.r1), y: y(z) });

/** The comparison as a condition; null for never. */
function compared(z: Lowering, pair: Pair): I32 | null {
  const mask = z.m3 & 14;
  if (mask === 0) return null;
  const { how, x, y } = pair(z);
  return comparison(how, x, y).test(z.b, mask);
}
const compareAndJump =
  (pair: Pair): Semantics =>
  (z) => {
    const condition = compared(z, pair);
    if (condition === null) return;
    if ((z.m3 & 14) === 14) z.b.jump(z.ri4);
    else z.b.branch(condition, z.ri4, z.next);
  };
const compareAndBranch =
  (pair: Pair): Semantics =>
  (z) => {
    const condition = compared(z, pair);
    if (condition !== null) branchIf(z, condition, z.address4(), false);
  };
const compareAndTrap =
  (pair: Pair): Semantics =>
  (z) => {
    const condition = compared(z, pair);
    if (condition !== null) dataException(z, condition, compareAndTrapCode);
  };

/** SVC: with 0 the number is in r1, which is the kernel's business. */
const supervisorCall: Semantics = (z) => z.b.syscall(z.i1);

/** IPM: condition code and program mask into bits 32–39 of R1. */
const insertProgramMask: Semantics = (z) => {
  const { b } = z;
  const code = b.i32_shl(z.condition().value(b), b.const32(28));
  const mask = b.i32_shl(b.get(registers.programMask), b.const32(24));
  const kept = b.i32_and(z.r32(z.r1), b.const32(0xffffff));
  z.put32(z.r1, b.i32_or(b.i32_or(code, mask), kept));
};

const branch = { by: 'branch' } as const;

// biome-ignore format: a table
export const branchRows: readonly Row[] = [
  row('BCR', 0x07, 'RRm', branchRegister, branch), row('BC', 0x47, 'RXm', branchStorage, branch), row('BRC', 0xa74, 'RIm', branchRelative, branch), row('BRCL', 0xc04, 'RILm', branchRelative, branch), row('BIC', 0xe347, 'RXYm', branchIndirectStorage, branch),
  row('BRAS', 0xa75, 'RIb', linkRelative, branch), row('BRASL', 0xc05, 'RILb', linkRelative, branch), row('BASR', 0x0d, 'RR', linkRegisterForm, branch), row('BALR', 0x05, 'RR', linkRegisterForm, branch),
  row('BAS', 0x4d, 'RX', linkStorage, branch), row('BAL', 0x45, 'RX', linkStorage, branch), row('BASSM', 0x0c, 'RR', linkSetMode, branch), row('BSM', 0x0b, 'RR', setMode, branch),
  row('BCT', 0x46, 'RX', onCount(32, 'storage'), branch), row('BCTR', 0x06, 'RR', onCount(32, 'register'), branch), row('BCTG', 0xe346, 'RXY', onCount(64, 'storage'), branch), row('BCTGR', 0xb946, 'RRE', onCount(64, 'register'), branch),
  row('BRCT', 0xa76, 'RIb', onCount(32, 'ri2'), branch), row('BRCTG', 0xa77, 'RIb', onCount(64, 'ri2'), branch), row('BRCTH', 0xcc6, 'RILb', onCount('high', 'ri2'), branch),
  row('BXH', 0x86, 'RS', onIndex(32, 'gt', 'storage'), branch), row('BXLE', 0x87, 'RS', onIndex(32, 'le', 'storage'), branch), row('BXHG', 0xeb44, 'RSY', onIndex(64, 'gt', 'storage'), branch), row('BXLEG', 0xeb45, 'RSY', onIndex(64, 'le', 'storage'), branch),
  row('BRXH', 0x84, 'RSI', onIndex(32, 'gt', 'ri2'), branch), row('BRXLE', 0x85, 'RSI', onIndex(32, 'le', 'ri2'), branch), row('BRXHG', 0xec44, 'RIEe', onIndex(64, 'gt', 'ri2'), branch), row('BRXLG', 0xec45, 'RIEe', onIndex(64, 'le', 'ri2'), branch),
  row('CRJ', 0xec76, 'RIEb', compareAndJump(pair32('i32_s', o.r2w)), branch), row('CGRJ', 0xec64, 'RIEb', compareAndJump(pair64('i64_s', o.r2g)), branch), row('CIJ', 0xec7e, 'RIEc', compareAndJump(pair32('i32_s', o.iw)), branch), row('CGIJ', 0xec7c, 'RIEc', compareAndJump(pair64('i64_s', o.ig)), branch),
  row('CLRJ', 0xec77, 'RIEb', compareAndJump(pair32('i32_u', o.r2w)), branch), row('CLGRJ', 0xec65, 'RIEb', compareAndJump(pair64('i64_u', o.r2g)), branch), row('CLIJ', 0xec7f, 'RIEc', compareAndJump(pair32('i32_u', o.iu8)), branch), row('CLGIJ', 0xec7d, 'RIEc', compareAndJump(pair64('i64_u', o.igu8)), branch),
  row('CRB', 0xecf6, 'RRS', compareAndBranch(pair32('i32_s', o.r2w)), branch), row('CGRB', 0xece4, 'RRS', compareAndBranch(pair64('i64_s', o.r2g)), branch), row('CIB', 0xecfe, 'RIS', compareAndBranch(pair32('i32_s', o.iw)), branch), row('CGIB', 0xecfc, 'RIS', compareAndBranch(pair64('i64_s', o.ig)), branch),
  row('CLRB', 0xecf7, 'RRS', compareAndBranch(pair32('i32_u', o.r2w)), branch), row('CLGRB', 0xece5, 'RRS', compareAndBranch(pair64('i64_u', o.r2g)), branch), row('CLIB', 0xecff, 'RIS', compareAndBranch(pair32('i32_u', o.iu8)), branch), row('CLGIB', 0xecfd, 'RIS', compareAndBranch(pair64('i64_u', o.igu8)), branch),
  row('CRT', 0xb972, 'RRFc', compareAndTrap(pair32('i32_s', o.r2w)), branch), row('CGRT', 0xb960, 'RRFc', compareAndTrap(pair64('i64_s', o.r2g)), branch), row('CLRT', 0xb973, 'RRFc', compareAndTrap(pair32('i32_u', o.r2w)), branch), row('CLGRT', 0xb961, 'RRFc', compareAndTrap(pair64('i64_u', o.r2g)), branch),
  row('CIT', 0xec72, 'RIEa', compareAndTrap(pair32('i32_s', o.iw)), branch), row('CGIT', 0xec70, 'RIEa', compareAndTrap(pair64('i64_s', o.ig)), branch), row('CLFIT', 0xec73, 'RIEa', compareAndTrap(pair32('i32_u', o.iu16)), branch), row('CLGIT', 0xec71, 'RIEa', compareAndTrap(pair64('i64_u', o.igu16)), branch),
  row('CLT', 0xeb23, 'RSYm', compareAndTrap(pair32('i32_u', o.s2w)), branch), row('CLGT', 0xeb2b, 'RSYm', compareAndTrap(pair64('i64_u', o.s2g)), branch),
  row('SVC', 0x0a, 'I', supervisorCall, { by: 'system' }),
  row('IPM', 0xb222, 'RRE1', insertProgramMask),
];
