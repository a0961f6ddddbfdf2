/**
 * SSE … SSE4.1 floating point (SDM vol. 2). PS, PD, SS, SD forms of an operation come from one line
 * each.
 */

import type { Builder, F32, F64, I32, I64, V128 } from '../../ir/builder.ts';
import { bits32, bits64 } from './exact_float.ts';
import {
  arithmetic32,
  arithmetic64,
  arithmeticVector,
  comparable32,
  comparable64,
  compareVector as compareLanes,
  extreme32,
  extreme64,
  extremeVector,
  type FloatOperation,
  fromI32Lanes,
  fromInteger32,
  fromInteger64,
  narrow,
  narrowLanes,
  root32,
  root64,
  rootVector,
  round32,
  round64,
  roundVector,
  toI32Lanes,
  toInteger as toIntegerOf,
  widen,
  widenLanes,
} from './floats.ts';
import type { Lowering } from './lowering.ts';
import type { Lower, RowSource } from './row.ts';
import {
  type Binary,
  bytes16,
  horizontal,
  interleave,
  shuffleMask,
  splat32,
  zeros,
} from './vectors.ts';

// Scalar operands: the low lane of a register, or memory of that size.

/** The low double of operand n, from a register or memory of that size. */
export function readF64(c: Lowering, n: number): F64 {
  if (c.operand(n).place === 'rm' && c.i.inMemory) return c.b.f64_load(c.address(), c.displacement);
  return c.b.f64x2_extract_lane(0, c.readVector(n));
}

/** The low single of operand n. */
export function readF32(c: Lowering, n: number): F32 {
  if (c.operand(n).place === 'rm' && c.i.inMemory) return c.b.f32_load(c.address(), c.displacement);
  return c.b.f32x4_extract_lane(0, c.readVector(n));
}

/** Replaces the low double of the destination. */
export const writeF64 = (c: Lowering, value: F64): void =>
  c.writeVector(0, c.b.f64x2_replace_lane(0, c.readVector(0), value));
/** Replaces the low single of the destination. */
export const writeF32 = (c: Lowering, value: F32): void =>
  c.writeVector(0, c.b.f32x4_replace_lane(0, c.readVector(0), value));

const vector =
  (operation: Binary): Lower =>
  (c) =>
    c.writeVector(0, operation(c.b, c.readVector(0), c.readVector(1)));

/** The four rows of ADD, SUB, MUL, DIV. */
function arithmetic(opcode: string, name: string, operation: FloatOperation): RowSource[] {
  const packed = (double: boolean): Lower =>
    vector((b, x, y) => arithmeticVector(b, double, operation, x, y));
  return [
    [`NP 0F ${opcode} /r`, `${name}PS xmm1, xmm2/m128`, packed(false)],
    [`66 0F ${opcode} /r`, `${name}PD xmm1, xmm2/m128`, packed(true)],
    [
      `F3 0F ${opcode} /r`,
      `${name}SS xmm1, xmm2/m32`,
      (c) => writeF32(c, arithmetic32(c.b, operation, readF32(c, 0), readF32(c, 1))),
    ],
    [
      `F2 0F ${opcode} /r`,
      `${name}SD xmm1, xmm2/m64`,
      (c) => writeF64(c, arithmetic64(c.b, operation, readF64(c, 0), readF64(c, 1))),
    ],
  ];
}

function extreme(opcode: string, name: string, kind: 'min' | 'max'): RowSource[] {
  const packed = (double: boolean): Lower =>
    vector((b, x, y) => extremeVector(b, double, kind, x, y));
  return [
    [`NP 0F ${opcode} /r`, `${name}PS xmm1, xmm2/m128`, packed(false)],
    [`66 0F ${opcode} /r`, `${name}PD xmm1, xmm2/m128`, packed(true)],
    [
      `F3 0F ${opcode} /r`,
      `${name}SS xmm1, xmm2/m32`,
      (c) => writeF32(c, extreme32(c.b, kind, readF32(c, 0), readF32(c, 1))),
    ],
    [
      `F2 0F ${opcode} /r`,
      `${name}SD xmm1, xmm2/m64`,
      (c) => writeF64(c, extreme64(c.b, kind, readF64(c, 0), readF64(c, 1))),
    ],
  ];
}

// biome-ignore format: a table
const sqrtRows: readonly RowSource[] = [
  ['NP 0F 51 /r', 'SQRTPS xmm1, xmm2/m128', (c) => c.writeVector(0, rootVector(c.b, false, c.readVector(1)))],
  ['66 0F 51 /r', 'SQRTPD xmm1, xmm2/m128', (c) => c.writeVector(0, rootVector(c.b, true, c.readVector(1)))],
  ['F3 0F 51 /r', 'SQRTSS xmm1, xmm2/m32',  (c) => writeF32(c, root32(c.b, readF32(c, 1)))],
  ['F2 0F 51 /r', 'SQRTSD xmm1, xmm2/m64',  (c) => writeF64(c, root64(c.b, readF64(c, 1)))],
];

/**
 * RCP and RSQRT are approximations (relative error up to 1.5 × 2⁻¹²), other ones on each maker's
 * processors; here they are the quotients, rounded to nearest whatever MXCSR says. A denormal
 * operand counts as zero, a denormal result becomes zero.
 */
function approximate(opcode: string, name: string, root: boolean): RowSource[] {
  const lanes = (b: Builder, y: V128): V128 => {
    const exponent = splat32(b, 0x7f80_0000);
    const sign = splat32(b, 0x8000_0000);
    /** x, or a zero of its sign where its exponent is zero. */
    const flushed = (x: V128): V128 => {
      const small = b.i32x4_eq(b.v128_and(x, exponent), zeros(b));
      return b.v128_bitselect(b.v128_and(x, sign), x, small);
    };
    const x = flushed(y);
    const one = splat32(b, 0x3f80_0000);
    const result = flushed(b.f32x4_div(one, root ? b.f32x4_sqrt(x) : x));
    // A NaN comes out quiet, one that is made is the indefinite.
    const quiet = b.v128_or(y, splat32(b, 0x0040_0000));
    const nan = b.v128_bitselect(quiet, splat32(b, 0xffc0_0000), b.f32x4_ne(y, y));
    return b.v128_bitselect(nan, result, b.f32x4_ne(result, result));
  };
  return [
    [
      `NP 0F ${opcode} /r`,
      `${name}PS xmm1, xmm2/m128`,
      (c) => c.writeVector(0, lanes(c.b, c.readVector(1))),
      'approximate',
    ],
    [
      `F3 0F ${opcode} /r`,
      `${name}SS xmm1, xmm2/m32`,
      (c) => writeF32(c, c.b.f32x4_extract_lane(0, lanes(c.b, c.readVector(1)))),
      'approximate',
    ],
  ];
}

/** CMPccPS …: predicates EQ, LT, LE, UNORD and their opposites, in the first `lanes` lanes. */
function comparePredicate(
  b: Builder,
  double: boolean,
  lanes: number,
  x: V128,
  y: V128,
  predicate: number,
): V128 {
  const shape = double ? 'f64x2' : 'f32x4';
  const ne = b[`${shape}_ne`].bind(b);
  const kinds: (() => V128)[] = [
    () => b[`${shape}_eq`](x, y),
    () => b[`${shape}_lt`](x, y),
    () => b[`${shape}_le`](x, y),
    () => b.v128_or(ne(x, x), ne(y, y)),
  ];
  const mask = kinds[predicate & 3]!();
  const fast = predicate & 4 ? b.v128_not(mask) : mask;
  return compareLanes(b, double, lanes, predicate, x, y, fast);
}

const compareVector =
  (double: boolean): Lower =>
  (c) => {
    const { immediate } = c.i;
    const [x, y] = [c.readVector(0), c.readVector(1)];
    c.writeVector(0, comparePredicate(c.b, double, double ? 2 : 4, x, y, immediate & 7));
  };

const compareScalar =
  (double: boolean): Lower =>
  (c) => {
    const { b } = c;
    const x = c.readVector(0);
    const mask = comparePredicate(b, double, 1, x, c.readVector(1), c.i.immediate & 7);
    if (double) writeF64(c, b.f64x2_extract_lane(0, mask));
    else writeF32(c, b.f32x4_extract_lane(0, mask));
  };

/** COMIS, UCOMIS; they differ only in which NaNs raise an exception. */
const compareFlags =
  (double: boolean, signals: boolean): Lower =>
  (c) => {
    const { b } = c;
    const [x, y] = double
      ? comparable64(b, signals, readF64(c, 0), readF64(c, 1))
      : comparable32(b, signals, readF32(c, 0), readF32(c, 1));
    c.flags.compareFloats(x, y);
  };

// Moves

const move: Lower = (c) => c.writeVector(0, c.readVector(1));

/** MOVSS, MOVSD: from memory the rest is cleared, between registers it is kept. */
const moveScalar =
  (double: boolean): Lower =>
  (c) => {
    const { b, i } = c;
    if (c.operand(0).place === 'rm' && i.inMemory) {
      const x = c.readVector(1);
      if (double) b.i64_store(c.address(), b.i64x2_extract_lane(0, x), c.displacement);
      else b.i32_store(c.address(), b.i32x4_extract_lane(0, x), c.displacement);
    } else if (i.inMemory) {
      const low = double
        ? b.i64x2_replace_lane(0, zeros(b), c.load(64) as I64)
        : b.i32x4_replace_lane(0, zeros(b), c.load(32) as I32);
      c.writeVector(0, low);
    } else {
      const size = double ? 8 : 4;
      const merged = bytes16((n) => (n < size ? n + 16 : n));
      c.writeVector(0, b.shuffle(c.readVector(0), c.readVector(1), merged));
    }
  };

/** MOVLPS, MOVHPS and PD from memory: one half. */
export const loadHalf =
  (lane: 0 | 1): Lower =>
  (c) =>
    c.writeVector(0, c.b.i64x2_replace_lane(lane, c.readVector(0), c.load(64) as I64));
/** MOVLPS, MOVHPS and PD to memory. */
export const storeHalf =
  (lane: 0 | 1): Lower =>
  (c) =>
    c.store(64, c.b.i64x2_extract_lane(lane, c.readVector(1)));

/** MOVHLPS, MOVLHPS. */
const mergeHalves =
  (mask: (n: number) => number): Lower =>
  (c) =>
    c.writeVector(0, c.b.shuffle(c.readVector(0), c.readVector(1), bytes16(mask)));

const duplicate =
  (mask: (n: number) => number): Lower =>
  (c) => {
    const y = c.readVector(1);
    c.writeVector(0, c.b.shuffle(y, y, bytes16(mask)));
  };

const signMask =
  (double: boolean): Lower =>
  (c) => {
    const x = c.readVector(1);
    const mask = double ? c.b.i64x2_bitmask(x) : c.b.i32x4_bitmask(x);
    c.writeGpr(c.registerNumber(0), 32, mask);
  };

/** SHUFPS, SHUFPD: low lanes from x, high lanes from y. */
const shufps: Lower = (c) => {
  const control = c.i.immediate;
  const mask = shuffleMask(32, control & 0xff, 0).map((at, n) => (n < 8 ? at : at + 16));
  c.writeVector(0, c.b.shuffle(c.readVector(0), c.readVector(1), mask));
};
const shufpd: Lower = (c) => {
  const { immediate } = c.i;
  const mask = bytes16((n) => (n < 8 ? (immediate & 1) * 8 + n : 8 + (immediate & 2) * 4 + n));
  c.writeVector(0, c.b.shuffle(c.readVector(0), c.readVector(1), mask));
};

/** Lane subtraction and addition alternating. */
const addSub = (double: boolean): Lower =>
  vector((b, x, y) => {
    const size = double ? 8 : 4;
    // Lanes that are not used raise nothing.
    const only = (v: V128, odd: boolean): V128 =>
      b.shuffle(
        v,
        zeros(b),
        bytes16((n) => (n % (2 * size) < size === odd ? 16 : n)),
      );
    const sum = arithmeticVector(b, double, 'add', only(x, true), only(y, true));
    const difference = arithmeticVector(b, double, 'sub', only(x, false), only(y, false));
    return b.shuffle(
      difference,
      sum,
      bytes16((n) => (n % (2 * size) < size ? n : n + 16)),
    );
  });

const neighbour = (double: boolean, operation: FloatOperation): Lower =>
  vector(
    horizontal(double ? 64 : 32, (b, x, y) => arithmeticVector(b, double, operation, x, y), false),
  );

// Conversions

const fromInteger =
  (double: boolean): Lower =>
  (c) => {
    const { b } = c;
    const value = c.read(1);
    if (c.width(1) === 64) {
      if (double) writeF64(c, fromInteger64(b, value as I64));
      else writeF32(c, fromInteger32(b, value as I64));
    } else if (double) writeF64(c, b.f64_convert_i32_s(value as I32));
    else writeF32(c, fromInteger32(b, b.i64_extend_i32_s(value as I32)));
  };

const toInteger =
  (double: boolean, mode: 3 | 4): Lower =>
  (c) => {
    const { b } = c;
    const width = c.width(0);
    let value: I64;
    if (double) {
      const x = readF64(c, 1);
      value = toIntegerOf(b, x, bits64(b, x), { double, width, mode });
    } else {
      const x = readF32(c, 1);
      value = toIntegerOf(b, b.f64_promote_f32(x), bits32(b, x), { double, width, mode });
    }
    c.write(0, width === 64 ? value : b.i32_wrap_i64(value));
  };

const toIntegerLanes =
  (double: boolean, mode: 3 | 4): Lower =>
  (c) => {
    const lanes = double || c.operand(0).file === 'mm' ? 2 : 4;
    c.writeVector(0, toI32Lanes(c.b, double, lanes, c.readVector(1), mode));
  };

/** CVTPI2PS and PD: two integers of an MMX register. */
const fromMmx =
  (double: boolean): Lower =>
  (c) => {
    const { b } = c;
    const x = c.readVector(1);
    if (double) c.writeVector(0, b.f64x2_convert_low_i32x4_s(x));
    else {
      const singles = fromI32Lanes(b, 2, x);
      const low = b.i64x2_extract_lane(0, singles);
      c.writeVector(0, b.i64x2_replace_lane(0, c.readVector(0), low));
    }
    if (!c.i.inMemory) c.enterMmx();
  };

const convert =
  (operation: (b: Builder, x: V128) => V128): Lower =>
  (c) =>
    c.writeVector(0, operation(c.b, c.readVector(1)));

const roundRow =
  (double: boolean, scalar: boolean): Lower =>
  (c) => {
    const { b } = c;
    const control = c.i.immediate & 15;
    if (!scalar) c.writeVector(0, roundVector(b, double, c.readVector(1), control));
    else if (double) writeF64(c, round64(b, readF64(c, 1), control));
    else writeF32(c, round32(b, readF32(c, 1), control));
  };

/** INSERTPS: a lane of y (or memory) to a lane of x, then lanes cleared. */
const insertps: Lower = (c) => {
  const { b, i } = c;
  const control = i.immediate;
  const value = i.inMemory
    ? (c.load(32) as I32)
    : b.i32x4_extract_lane((control >> 6) & 3, c.readVector(1));
  let result = b.i32x4_replace_lane((control >> 4) & 3, c.readVector(0), value);
  const zero = b.const32(0);
  for (let n = 0; n < 4; n++) {
    if ((control >> n) & 1) result = b.i32x4_replace_lane(n, result, zero);
  }
  c.writeVector(0, result);
};

/** DPPS, DPPD: products of the chosen lanes, summed in pairs, to the chosen lanes. */
const dotProduct =
  (double: boolean): Lower =>
  (c) => {
    const { b } = c;
    const control = c.i.immediate;
    const size = double ? 8 : 4;
    const chosen = (bits: number): number[] =>
      bytes16((n) => ((bits >> Math.floor(n / size)) & 1 ? n : 16));
    const zero = zeros(b);
    const [x, y] = [c.readVector(0), c.readVector(1)].map((operand) =>
      // Lanes not chosen raise nothing.
      b.shuffle(operand, zero, chosen(control >> 4)),
    ) as [V128, V128];
    const product = arithmeticVector(b, double, 'mul', x, y);
    let sum = b.shuffle(product, zero, chosen(control >> 4));
    for (let distance = size; distance < 16; distance *= 2) {
      const swapped = b.shuffle(
        sum,
        sum,
        bytes16((n) => n ^ distance),
      );
      // The lower partner is the first operand: it decides which NaN survives.
      const lower = bytes16((n) => (n & distance ? n + 16 - distance : n));
      const first = b.shuffle(
        sum,
        sum,
        lower.map((n) => n & 15),
      );
      const second = b.shuffle(
        sum,
        swapped,
        bytes16((n) => (n & distance ? n : n + 16)),
      );
      sum = arithmeticVector(b, double, 'add', first, second);
    }
    c.writeVector(0, b.shuffle(sum, zero, chosen(control)));
  };

const logic = (opcode: string, name: string, operation: Binary): RowSource[] => [
  [`NP 0F ${opcode} /r`, `${name}PS xmm1, xmm2/m128`, vector(operation)],
  [`66 0F ${opcode} /r`, `${name}PD xmm1, xmm2/m128`, vector(operation)],
];

/** Floating-point SSE to SSE4.1. */
// biome-ignore format: a table
export const sseFloatRows: readonly RowSource[] = [
  ...arithmetic('58', 'ADD', 'add'), ...arithmetic('59', 'MUL', 'mul'), ...arithmetic('5C', 'SUB', 'sub'), ...arithmetic('5E', 'DIV', 'div'),
  ...extreme('5D', 'MIN', 'min'), ...extreme('5F', 'MAX', 'max'), ...sqrtRows,
  ...approximate('52', 'RSQRT', true), ...approximate('53', 'RCP', false),
  ...logic('54', 'AND', (b, x, y) => b.v128_and(x, y)), ...logic('55', 'ANDN', (b, x, y) => b.v128_andnot(y, x)),
  ...logic('56', 'OR', (b, x, y) => b.v128_or(x, y)), ...logic('57', 'XOR', (b, x, y) => b.v128_xor(x, y)),
  ['NP 0F C2 /r ib',   'CMPPS xmm1, xmm2/m128, imm8',    compareVector(false)],
  ['66 0F C2 /r ib',   'CMPPD xmm1, xmm2/m128, imm8',    compareVector(true)],
  ['F3 0F C2 /r ib',   'CMPSS xmm1, xmm2/m32, imm8',     compareScalar(false)],
  ['F2 0F C2 /r ib',   'CMPSD xmm1, xmm2/m64, imm8',     compareScalar(true)],
  ['NP 0F 2E /r',      'UCOMISS xmm1, xmm2/m32',         compareFlags(false, false)],
  ['66 0F 2E /r',      'UCOMISD xmm1, xmm2/m64',         compareFlags(true, false)],
  ['NP 0F 2F /r',      'COMISS xmm1, xmm2/m32',          compareFlags(false, true)],
  ['66 0F 2F /r',      'COMISD xmm1, xmm2/m64',          compareFlags(true, true)],
  ['NP 0F 10 /r',      'MOVUPS xmm1, xmm2/m128',         move],
  ['66 0F 10 /r',      'MOVUPD xmm1, xmm2/m128',         move],
  ['F3 0F 10 /r',      'MOVSS xmm1, xmm2/m32',           moveScalar(false)],
  ['F2 0F 10 /r',      'MOVSD xmm1, xmm2/m64',           moveScalar(true)],
  ['NP 0F 11 /r',      'MOVUPS xmm2/m128, xmm1',         move],
  ['66 0F 11 /r',      'MOVUPD xmm2/m128, xmm1',         move],
  ['F3 0F 11 /r',      'MOVSS xmm2/m32, xmm1',           moveScalar(false)],
  ['F2 0F 11 /r',      'MOVSD xmm2/m64, xmm1',           moveScalar(true)],
  ['NP 0F 28 /r',      'MOVAPS xmm1, xmm2/m128',         move],
  ['66 0F 28 /r',      'MOVAPD xmm1, xmm2/m128',         move],
  ['NP 0F 29 /r',      'MOVAPS xmm2/m128, xmm1',         move],
  ['66 0F 29 /r',      'MOVAPD xmm2/m128, xmm1',         move],
  ['NP 0F 2B /r',      'MOVNTPS m128, xmm',              move],
  ['66 0F 2B /r',      'MOVNTPD m128, xmm',              move],
  ['NP 0F 12 /r',      'MOVLPS xmm, m64',                loadHalf(0)],
  ['66 0F 12 /r',      'MOVLPD xmm, m64',                loadHalf(0)],
  ['NP 0F 13 /r',      'MOVLPS m64, xmm',                storeHalf(0)],
  ['66 0F 13 /r',      'MOVLPD m64, xmm',                storeHalf(0)],
  ['NP 0F 16 /r',      'MOVHPS xmm, m64',                loadHalf(1)],
  ['66 0F 16 /r',      'MOVHPD xmm, m64',                loadHalf(1)],
  ['NP 0F 17 /r',      'MOVHPS m64, xmm',                storeHalf(1)],
  ['66 0F 17 /r',      'MOVHPD m64, xmm',                storeHalf(1)],
  ['NP 0F 12 /r',      'MOVHLPS xmm1, xmm2',             mergeHalves((n) => (n < 8 ? n + 24 : n))],
  ['NP 0F 16 /r',      'MOVLHPS xmm1, xmm2',             mergeHalves((n) => (n < 8 ? n : n + 8))],
  ['F3 0F 12 /r',      'MOVSLDUP xmm1, xmm2/m128',       duplicate((n) => (n & 8) | (n & 3))],
  ['F3 0F 16 /r',      'MOVSHDUP xmm1, xmm2/m128',       duplicate((n) => (n & 8) | 4 | (n & 3))],
  ['F2 0F 12 /r',      'MOVDDUP xmm1, xmm2/m64',         duplicate((n) => n & 7)],
  ['NP 0F 50 /r',      'MOVMSKPS r32, xmm',              signMask(false)],
  ['66 0F 50 /r',      'MOVMSKPD r32, xmm',              signMask(true)],
  ['NP 0F 14 /r',      'UNPCKLPS xmm1, xmm2/m128',       vector(interleave(32, false, false))],
  ['66 0F 14 /r',      'UNPCKLPD xmm1, xmm2/m128',       vector(interleave(64, false, false))],
  ['NP 0F 15 /r',      'UNPCKHPS xmm1, xmm2/m128',       vector(interleave(32, true, false))],
  ['66 0F 15 /r',      'UNPCKHPD xmm1, xmm2/m128',       vector(interleave(64, true, false))],
  ['NP 0F C6 /r ib',   'SHUFPS xmm1, xmm2/m128, imm8',   shufps],
  ['66 0F C6 /r ib',   'SHUFPD xmm1, xmm2/m128, imm8',   shufpd],
  ['F2 0F 7C /r',      'HADDPS xmm1, xmm2/m128',         neighbour(false, 'add')],
  ['66 0F 7C /r',      'HADDPD xmm1, xmm2/m128',         neighbour(true, 'add')],
  ['F2 0F 7D /r',      'HSUBPS xmm1, xmm2/m128',         neighbour(false, 'sub')],
  ['66 0F 7D /r',      'HSUBPD xmm1, xmm2/m128',         neighbour(true, 'sub')],
  ['F2 0F D0 /r',      'ADDSUBPS xmm1, xmm2/m128',       addSub(false)],
  ['66 0F D0 /r',      'ADDSUBPD xmm1, xmm2/m128',       addSub(true)],
  ['NP 0F 2A /r',      'CVTPI2PS xmm, mm/m64',           fromMmx(false)],
  ['66 0F 2A /r',      'CVTPI2PD xmm, mm/m64',           fromMmx(true)],
  ['F3 0F 2A /r',      'CVTSI2SS xmm, r/my',             fromInteger(false)],
  ['F2 0F 2A /r',      'CVTSI2SD xmm, r/my',             fromInteger(true)],
  ['NP 0F 2C /r',      'CVTTPS2PI mm, xmm/m64',          toIntegerLanes(false, 3)],
  ['66 0F 2C /r',      'CVTTPD2PI mm, xmm/m128',         toIntegerLanes(true, 3)],
  ['F3 0F 2C /r',      'CVTTSS2SI ry, xmm/m32',          toInteger(false, 3)],
  ['F2 0F 2C /r',      'CVTTSD2SI ry, xmm/m64',          toInteger(true, 3)],
  ['NP 0F 2D /r',      'CVTPS2PI mm, xmm/m64',           toIntegerLanes(false, 4)],
  ['66 0F 2D /r',      'CVTPD2PI mm, xmm/m128',          toIntegerLanes(true, 4)],
  ['F3 0F 2D /r',      'CVTSS2SI ry, xmm/m32',           toInteger(false, 4)],
  ['F2 0F 2D /r',      'CVTSD2SI ry, xmm/m64',           toInteger(true, 4)],
  ['NP 0F 5A /r',      'CVTPS2PD xmm1, xmm2/m64',        convert(widenLanes)],
  ['66 0F 5A /r',      'CVTPD2PS xmm1, xmm2/m128',       convert(narrowLanes)],
  ['F3 0F 5A /r',      'CVTSS2SD xmm1, xmm2/m32',        (c) => writeF64(c, widen(c.b, readF32(c, 1)))],
  ['F2 0F 5A /r',      'CVTSD2SS xmm1, xmm2/m64',        (c) => writeF32(c, narrow(c.b, readF64(c, 1)))],
  ['NP 0F 5B /r',      'CVTDQ2PS xmm1, xmm2/m128',       convert((b, x) => fromI32Lanes(b, 4, x))],
  ['66 0F 5B /r',      'CVTPS2DQ xmm1, xmm2/m128',       toIntegerLanes(false, 4)],
  ['F3 0F 5B /r',      'CVTTPS2DQ xmm1, xmm2/m128',      toIntegerLanes(false, 3)],
  ['F3 0F E6 /r',      'CVTDQ2PD xmm1, xmm2/m64',        convert((b, x) => b.f64x2_convert_low_i32x4_s(x))],
  ['F2 0F E6 /r',      'CVTPD2DQ xmm1, xmm2/m128',       toIntegerLanes(true, 4)],
  ['66 0F E6 /r',      'CVTTPD2DQ xmm1, xmm2/m128',      toIntegerLanes(true, 3)],
  ['66 0F 3A 08 /r ib', 'ROUNDPS xmm1, xmm2/m128, imm8', roundRow(false, false)],
  ['66 0F 3A 09 /r ib', 'ROUNDPD xmm1, xmm2/m128, imm8', roundRow(true, false)],
  ['66 0F 3A 0A /r ib', 'ROUNDSS xmm1, xmm2/m32, imm8',  roundRow(false, true)],
  ['66 0F 3A 0B /r ib', 'ROUNDSD xmm1, xmm2/m64, imm8',  roundRow(true, true)],
  ['66 0F 3A 21 /r ib', 'INSERTPS xmm1, xmm2/m32, imm8', insertps],
  ['66 0F 3A 40 /r ib', 'DPPS xmm1, xmm2/m128, imm8',    dotProduct(false)],
  ['66 0F 3A 41 /r ib', 'DPPD xmm1, xmm2/m128, imm8',    dotProduct(true)],
];
