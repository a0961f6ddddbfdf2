/** What Advanced SIMD instructions share: shapes, partial vectors, saturation, lane helpers. */

import type { Builder, I32, V128 } from '../../ir/builder.ts';
import type { Fields } from '../pattern.ts';
import { wasmHelperId } from './helper_module.ts';
import { apply, lowHalf, readV, writeV } from './operands.ts';
import { registers } from './registers.ts';
import { vectorLeaf } from './vector_leaf.ts';

/** Integer shapes by log2 of the element's bytes. */
export const shapes = ['i8x16', 'i16x8', 'i32x4', 'i64x2'] as const;
/** Float shapes by the `sz` bit. */
export const floatShapes = ['f32x4', 'f64x2'] as const;

/** Operation `name` on elements of 1 << size bytes. */
export function lanes(b: Builder, size: number, name: string, ...operands: number[]): V128 {
  return apply(b, `${shapes[size]!}_${name}`, ...operands);
}

/** A vector of equal elements given as a small integer (sign-extended into 64-bit elements). */
export function splat(b: Builder, size: number, value: number): V128 {
  if (size === 3) {
    const high = value < 0 ? -1 : 0;
    return b.constV128(value, high, value, high);
  }
  const bits = 8 << size;
  let word = value & (bits === 32 ? -1 : (1 << bits) - 1);
  for (let width = bits; width < 32; width *= 2) word |= word << width;
  return b.constV128(word, word, word, word);
}

/** Each element the value 1 << (bits − 1). */
export function splatSign(b: Builder, size: number): V128 {
  return size === 3
    ? b.constV128(0, -0x80000000, 0, -0x80000000)
    : splat(b, size, -(2 ** ((8 << size) - 1)));
}

/** What an instruction works on: the lowest `keep` bytes (scalar 1…8, vector 8 or 16). */
export interface Span {
  readonly size: number;
  readonly keep: number;
}

/** Ones in the lowest `keep` bytes. */
function keepMask(b: Builder, keep: number): V128 {
  const word = (at: number): number => {
    const bytes = Math.max(0, Math.min(4, keep - at));
    return bytes === 4 ? -1 : (1 << (bytes * 8)) - 1;
  };
  return b.constV128(word(0), word(4), word(8), word(12));
}

/** Writes the lowest `keep` bytes and clears the rest. */
export function writeKept(b: Builder, d: number, keep: number, value: V128): void {
  if (keep === 16) writeV(b, d, value);
  else if (keep === 8) writeV(b, d, lowHalf(b, value));
  else writeV(b, d, b.v128_and(value, keepMask(b, keep)));
}

/** Sets FPSR.QC where a kept element of `overflow` is not zero. */
export function saturated(b: Builder, keep: number, overflow: V128): void {
  const kept = keep === 16 ? overflow : b.v128_and(overflow, keepMask(b, keep));
  const bit: I32 = b.i32_shl(b.v128_any_true(kept), b.const32(27));
  b.poke(registers.fpsr, b.i32_or(b.peek(registers.fpsr), bit));
}

/** Whether elements of `size` fit the vector length: 1D does not exist. */
export function vectorValid(f: Fields<'Q' | 'size'>): boolean {
  return f.size < 3 || f.Q === 1;
}

/** x >u y for any element size (wasm lacks the 64-bit ones). */
export function greaterUnsigned(b: Builder, size: number, x: V128, y: V128): V128 {
  if (size < 3) return lanes(b, size, 'gt_u', x, y);
  const sign = splatSign(b, 3);
  return b.i64x2_gt_s(b.v128_xor(x, sign), b.v128_xor(y, sign));
}

/** x >=u y. */
export function notLessUnsigned(b: Builder, size: number, x: V128, y: V128): V128 {
  if (size < 3) return lanes(b, size, 'ge_u', x, y);
  return b.v128_not(greaterUnsigned(b, 3, y, x));
}

/** Maximum or minimum of 8-, 16- and 32-bit elements. */
export function extreme(b: Builder, size: number, name: string, x: V128, y: V128): V128 {
  return lanes(b, size, name, x, y);
}

/** Product modulo the element, 8 to 32 bits. */
export function multiply(b: Builder, size: number, x: V128, y: V128): V128 {
  if (size > 0) return lanes(b, size, 'mul', x, y);
  const low = b.i16x8_extmul_low_i8x16_u(x, y);
  const high = b.i16x8_extmul_high_i8x16_u(x, y);
  return b.shuffle(low, high, evenBytes);
}

const evenBytes = Array.from({ length: 16 }, (_, i) => i * 2);

/** Elements doubled in width: the lower or upper half of the vector. */
export function widen(b: Builder, size: number, signed: boolean, high: boolean, x: V128): V128 {
  const name = `extend_${high ? 'high' : 'low'}_${shapes[size]!}_${signed ? 's' : 'u'}`;
  return lanes(b, size + 1, name, x);
}

/** The even (or odd) elements of size `size` of x ‖ y. */
export function unzip(b: Builder, size: number, odd: number, x: V128, y: V128): V128 {
  const bytes = 1 << size;
  const mask = Array.from({ length: 16 }, (_, i) => {
    const element = Math.floor(i / bytes);
    return (element * 2 + odd) * bytes + (i % bytes);
  });
  return b.shuffle(x, y, mask);
}

/**
 * Puts a narrowed result into the lower half of Vd (upper cleared), or the upper half kept by `2`
 * forms.
 */
export function writeNarrow(b: Builder, q: number, d: number, low: V128): void {
  if (!q) {
    writeV(b, d, lowHalf(b, low));
    return;
  }
  writeV(b, d, b.i64x2_replace_lane(1, readV(b, d), b.i64x2_extract_lane(0, low)));
}

/** Operations of `wasm/aarch64/lanes.ts` in the order of their numbers; signed ones first. */
// biome-ignore format: a table
const laneOperations = [
  'SQSHL', 'SQRSHL', 'SQSHLI', 'SQSHRN', 'SQRSHRN', 'SQSHLU', 'SQSHRUN', 'SQRSHRUN', 'SQDMULH', 'SQRDMULH', 'SQRDMLAH', 'SQRDMLSH',
  'SQDMULL', 'SQDMLAL', 'SQDMLSL', 'SQABS', 'SQNEG', 'SUQADD', 'UQSHL', 'UQRSHL', 'UQSHLI', 'UQSHRN', 'UQRSHRN', 'USQADD', 'PMUL',
  'URECPE', 'URSQRTE',
];

/** Widths of results: as sources, twice, half. */
function laneForm(name: string): number {
  if (/^SQDM(ULL|LAL|LSL)$/.test(name)) return 1;
  return /SHRU?N$/.test(name) ? 2 : 0;
}

/** Operands of a lane helper. */
export interface LaneOperands {
  readonly rd: number;
  readonly rn: number;
  readonly rm?: number;
  /** log2 of the bytes of a source element. */
  readonly size: number;
  /** Bytes of the (narrow) vectors. */
  readonly keep: number;
  /** 1 where a long or narrow operation takes the upper halves. */
  readonly upper?: number;
  readonly immediate?: number;
  /** Element of Rm that all lanes use. */
  readonly element?: number;
}

/** Performs operation `name` of `laneOperations` on registers, by a helper that sets FPSR.QC. */
export function laneHelper(b: Builder, name: string, o: LaneOperands): void {
  const operation = laneOperations.indexOf(name);
  if (operation < 0) throw new Error(`no lane operation ${name}`);
  const control =
    operation |
    (o.size << 5) |
    (o.keep << 7) |
    ((o.upper ?? 0) << 12) |
    (laneForm(name) << 13) |
    (((o.element ?? -1) + 1) << 15) |
    ((o.immediate ?? 0) << 24);
  const operands = {
    d: readV(b, o.rd),
    n: readV(b, o.rn),
    ...(o.rm === undefined ? {} : { m: readV(b, o.rm) }),
  };
  writeV(b, o.rd, vectorLeaf(b, wasmHelperId.integerLanes, control, operands));
}
