/**
 * Vector floating point (PoP chapter 24): exact arithmetic by a helper on each element, or
 * on the leftmost one alone where the S bit (8) of a mask says so. Arithmetic on long elements
 * has a fast half as in `float.ts`.
 */

import type { F64, I32, I64, V128 } from '../../ir/builder.ts';
import { codeValue } from './condition.ts';
import { trapped } from './exact_float.ts';
import {
  exact64,
  fusedIsExact,
  normalOrSum,
  quiet,
  quotientIsExact,
  roundingOf,
  scalarComparison,
  zero64,
} from './float.ts';
import { moduleHelper } from './helper_module.ts';
import { interruption } from './interruption.ts';
import type { Lowering, Semantics } from './lowering.ts';
import { type Row, type RowNotes, row } from './row.ts';
import { allSomeNone } from './vector_integer.ts';

/** Operations in the order of the helper's `switch` (`wasm/s390x/vector_float.ts`). */
const operations = [
  'add',
  'subtract',
  'multiply',
  'divide',
  'fused',
  'squareRoot',
  'sign',
  'compare',
  'integral',
  'fromSigned',
  'fromUnsigned',
  'toSigned',
  'toUnsigned',
  'lengthened',
  'rounded',
  'testClass',
  'extreme',
] as const;
type Operation = (typeof operations)[number];

/** Sizes of an instruction's elements: code 2 short, 3 long, 4 extended. */
interface Shape {
  readonly from: (z: Lowering) => number;
  readonly to?: (z: Lowering) => number;
  readonly single: (z: Lowering) => boolean;
  /** A number from the instruction. */
  readonly extra?: (z: Lowering) => number;
  /** Whether the code is set, by how many elements are marked. */
  readonly code?: (z: Lowering) => boolean;
  /** Whether elements without a result, which are unpredictable, stay as they are. */
  readonly keeps?: (z: Lowering) => boolean;
  /** Whether inexact results are not noted. */
  readonly hushed?: (z: Lowering) => boolean;
}

function exactly(z: Lowering, operation: Operation, shape: Shape): void {
  const { b } = z;
  const from = shape.from(z);
  const to = shape.to?.(z) ?? from;
  if (from < 2 || from > 4 || to < 2 || to > 4) {
    z.specification();
    return;
  }
  const registers = z.v1 | (z.v2 << 5) | (z.v3 << 10) | (z.v4 << 15);
  const sizes = (from << 20) | (to << 23) | (shape.single(z) ? 1 << 26 : 0);
  const flags = (shape.keeps?.(z) ? 2 ** 32 : 0) + (shape.hushed?.(z) ? 2 ** 33 : 0);
  const x = (registers | sizes) + operations.indexOf(operation) * 2 ** 27 + flags;
  const extra = b.const64(shape.extra?.(z) ?? 0);
  answered(z, moduleHelper(b, 'vectorFloat', b.const64(x), extra, b.const64(0)), shape);
}
/** Traps, or sets the condition code. */
function answered(z: Lowering, value: I64, shape: Pick<Shape, 'code'>): void {
  const { b } = z;
  const answer = b.i32_wrap_i64(value);
  b.trapIf(b.i32_and(answer, b.const32(trapped)), 'arithmetic', interruption.vector);
  if (shape.code?.(z)) z.cc(codeValue(b.i32_and(answer, b.const32(3))));
}
const vectorFloat =
  (operation: Operation, shape: Shape): Semantics =>
  (z) =>
    exactly(z, operation, shape);

const binaryShape: Shape = { from: (z) => z.m4, single: (z) => (z.m5 & 8) !== 0 };
/** wasm lanes of the long elements an instruction works on. */
const longLanes = (single: boolean): readonly number[] => (single ? [1] : [1, 0]);
const lane64 = (z: Lowering, n: number, lane: number): F64 => z.b.f64x2_extract_lane(lane, z.v(n));
/**
 * The end of a fast half: results of the lanes into v1 where all are right, else the exact half.
 * What the S bit leaves out is unpredictable: zero.
 */
function fastLanes(
  z: Lowering,
  lanes: readonly number[],
  each: (lane: number) => { value: F64; right: I32 },
): void {
  const { b } = z;
  let result = b.constV128(0, 0, 0, 0);
  let all: I32 | null = null;
  for (const lane of lanes) {
    const { value, right } = each(lane);
    result = b.f64x2_replace_lane(lane, result, value);
    all = all === null ? right : b.i32_and(all, right);
  }
  z.putV(z.v1, b.v128_select(result, z.v(z.v1), all!));
  b.branch(all!, z.next, z.pc + 1);
}
const wasmName = { add: 'add', subtract: 'sub', multiply: 'mul', divide: 'div' } as const;
/** The leftmost element of a size, as a mask; all of them if not `single`. */
function elementMask(z: Lowering, size: number, single: boolean): V128 {
  const left = size === 2 ? 0 : -1;
  return single ? z.b.constV128(0, 0, left, -1) : z.b.constV128(-1, -1, -1, -1);
}
/** With a fast half for long and short elements. */
function binary(name: keyof typeof wasmName): Semantics {
  return (z) => {
    if (z.taken || z.executed || (z.m4 !== 2 && z.m4 !== 3)) return exactly(z, name, binaryShape);
    if (z.m4 === 2) return shortLanes(z, name);
    const { b } = z;
    const sums = name === 'add' || name === 'subtract';
    fastLanes(z, longLanes(binaryShape.single(z)), (lane) => {
      const [x, y] = [lane64(z, z.v2, lane), lane64(z, z.v3, lane)];
      const value = b[`f64_${wasmName[name]}`](x, y);
      const fine = normalOrSum(z, value, sums);
      const right = b.i32_and(fine, quiet(z, exact64(z, name, value, x, y)));
      return { value, right: sums ? right : b.i32_or(right, zero64(z, name, x, y)) };
    });
  };
}
/**
 * Short elements together. What the S bit leaves out is made 1 for the while. Products and
 * quotients are known to be exact where they are zero only; else the inexact flag must be set.
 */
function shortLanes(z: Lowering, name: keyof typeof wasmName): void {
  const { b } = z;
  const mask = elementMask(z, 2, binaryShape.single(z));
  const ones = b.i32x4_splat(b.const32(0x3f800000));
  const [x, y] = [z.v2, z.v3].map((n) => b.v128_bitselect(z.v(n), ones, mask)) as [V128, V128];
  const value = b[`f32x4_${wasmName[name]}`](x, y);
  const shifted = b.i32x4_shl(value, b.const32(1));
  const zeros = b.constV128(0, 0, 0, 0);
  let fine: V128;
  let exact: V128;
  if (name === 'add' || name === 'subtract') {
    fine = b.i32x4_lt_u(shifted, b.i32x4_splat(b.const32(0xff000000)));
    const second = name === 'add' ? y : b.f32x4_neg(y);
    const t = b.f32x4_sub(value, x);
    const rest = b.f32x4_sub(x, b.f32x4_sub(value, t));
    exact = b.f32x4_eq(b.f32x4_add(rest, b.f32x4_sub(second, t)), zeros);
  } else {
    const above = b.i32x4_sub(shifted, b.i32x4_splat(b.const32(0x01000002)));
    const normal = b.i32x4_lt_u(above, b.i32x4_splat(b.const32(0xfe000000 - 2)));
    let isZero = b.f32x4_eq(x, zeros);
    if (name === 'multiply') isZero = b.v128_or(isZero, b.f32x4_eq(y, zeros));
    exact = b.v128_and(b.f32x4_eq(value, zeros), isZero);
    fine = b.v128_or(normal, exact);
  }
  const right = b.i32_and(b.i32x4_all_true(fine), quiet(z, b.i32x4_all_true(exact)));
  z.putV(z.v1, b.v128_select(b.v128_and(value, mask), z.v(z.v1), right));
  b.branch(right, z.next, z.pc + 1);
}

const fusedShape: Shape = { from: (z) => z.m6, single: (z) => (z.m5 & 8) !== 0 };
function fused(minus: boolean, negative: boolean): Semantics {
  const shape = { ...fusedShape, extra: () => (minus ? 1 : 0) | (negative ? 2 : 0) };
  return (z) => {
    if (z.taken || z.executed || z.m6 !== 3) return exactly(z, 'fused', shape);
    const { b } = z;
    fastLanes(z, longLanes(fusedShape.single(z)), (lane) => {
      const [x, y] = [lane64(z, z.v2, lane), lane64(z, z.v3, lane)];
      const w = lane64(z, z.v4, lane);
      const addend = minus ? b.f64_neg(w) : w;
      const value = b.f64_fma(x, y, addend);
      const fine = normalOrSum(z, value, false);
      const right = b.i32_and(fine, quiet(z, fusedIsExact(z, value, x, y, addend)));
      return { value: negative ? b.f64_neg(value) : value, right };
    });
  };
}

const unaryShape: Shape = { from: (z) => z.m3, single: (z) => (z.m4 & 8) !== 0 };
const squareRoot: Semantics = (z) => {
  if (z.taken || z.executed || z.m3 !== 3) return exactly(z, 'squareRoot', unaryShape);
  fastLanes(z, longLanes(unaryShape.single(z)), (lane) => {
    const x = lane64(z, z.v2, lane);
    const value = z.b.f64_sqrt(x);
    const exact = quiet(z, quotientIsExact(z, value, x, value));
    return { value, right: z.b.i32_and(normalOrSum(z, value, true), exact) };
  });
};
/** VFPSO: 0 complement, 1 negative, 2 positive; NaNs too. */
const signExactly = vectorFloat('sign', { ...unaryShape, extra: (z) => z.m5, keeps: () => true });

/** Long and short elements by bit operations. */
const signOperation: Semantics = (z) => {
  if (z.m3 !== 2 && z.m3 !== 3) return signExactly(z);
  const { b } = z;
  const top = 1 << 31;
  const even = z.m3 === 2 ? top : 0;
  const single = (z.m4 & 8) !== 0;
  const sign = single ? b.constV128(0, 0, 0, top) : b.constV128(even, top, even, top);
  const x = z.v(z.v2);
  const value =
    z.m5 === 0 ? b.v128_xor(x, sign) : z.m5 === 1 ? b.v128_or(x, sign) : b.v128_andnot(x, sign);
  if (!single) return z.putV(z.v1, value);
  // The other elements stay as they were.
  const kept = z.m3 === 3 ? b.constV128(-1, -1, 0, 0) : b.constV128(-1, -1, -1, 0);
  z.putV(z.v1, b.v128_bitselect(z.v(z.v1), value, kept));
};

/**
 * Quiet but for signaling NaNs; with the SQ bit (4) of M5 every NaN is exceptional. The relation
 * is 0 equal, 1 high, 2 high or equal.
 */
function compareElements(relation: 0 | 1 | 2): Semantics {
  const shape: Shape = {
    ...binaryShape,
    extra: (z) => (z.m5 & 4) | relation,
    code: (z) => (z.m6 & 1) !== 0,
  };
  const name = (['eq', 'gt', 'ge'] as const)[relation];
  return (z) => {
    if (z.taken || z.executed || (z.m4 !== 2 && z.m4 !== 3)) return exactly(z, 'compare', shape);
    const { b } = z;
    const form = z.m4 === 2 ? 'f32x4' : 'f64x2';
    const mask = elementMask(z, z.m4, shape.single(z));
    const [x, y] = [b.v128_and(z.v(z.v2), mask), b.v128_and(z.v(z.v3), mask)];
    const ordered = b.v128_and(b[`${form}_eq`](x, x), b[`${form}_eq`](y, y));
    const right = b.i32x4_all_true(ordered);
    const marks = b.v128_and(b[`${form}_${name}`](x, y), mask);
    z.putV(z.v1, b.v128_select(marks, z.v(z.v1), right));
    // What is left out counts as the others do.
    const counted = shape.single(z) ? leftmostEverywhere(z, marks) : marks;
    if (shape.code!(z)) z.cc(codeValue(allSomeNone(z, b.i8x16_bitmask(counted))));
    b.branch(right, z.next, z.pc + 1);
  };
}
/** The leftmost element in all places. */
function leftmostEverywhere(z: Lowering, x: V128): V128 {
  const { b } = z;
  return z.m4 === 2
    ? b.i32x4_splat(b.i32x4_extract_lane(3, x))
    : b.i64x2_splat(b.i64x2_extract_lane(1, x));
}

/** WFC, WFK: the leftmost elements of v1 and v2 set the code. */
function compareScalar(quietly: boolean): Semantics {
  const inline = [scalarComparison('short', quietly), scalarComparison('long', quietly)] as const;
  return (z) => {
    if (z.m3 < 2 || z.m3 > 4) return z.specification();
    if (z.m3 < 4) return inline[z.m3 - 2]!(z);
    const { b } = z;
    const x = b.const64(z.v1 | (z.v2 << 5) | (quietly ? 0 : 1 << 10));
    const zero = b.const64(0);
    answered(z, moduleHelper(b, 'compareExtended', x, zero, zero), { code: () => true });
  };
}

/** The rounding method is in M5; M4 bit 4 (XxC) leaves inexact results unnoted. */
const roundingShape: Shape = {
  ...unaryShape,
  extra: (z) => z.m5,
  hushed: (z) => (z.m4 & 4) !== 0,
};
const rounding = (operation: Operation): Semantics => {
  const run = vectorFloat(operation, roundingShape);
  return (z) => (z.m5 === 2 || z.m5 > 7 ? z.specification() : run(z));
};
const integralExactly = rounding('integral');
const integral: Semantics = (z) => {
  const how = roundingOf(z.m5);
  if (z.taken || z.executed || z.m3 !== 3 || !how) return integralExactly(z);
  const { b } = z;
  const isHushed = roundingShape.hushed!(z);
  fastLanes(z, longLanes(unaryShape.single(z)), (lane) => {
    const x = lane64(z, z.v2, lane);
    const value = b[`f64_${how}`](x);
    const exact = isHushed ? b.const32(1) : b.f64_eq(value, x);
    return { value, right: b.i32_and(normalOrSum(z, x, true), quiet(z, exact)) };
  });
};
const fromInteger = (signed: boolean): Semantics =>
  rounding(signed ? 'fromSigned' : 'fromUnsigned');
const toInteger = (signed: boolean): Semantics => rounding(signed ? 'toSigned' : 'toUnsigned');
/** VFLL and VFLR: the leftmost of each pair of narrow elements. */
const lengthened = vectorFloat('lengthened', { ...unaryShape, to: (z) => z.m3 + 1 });
const rounded = vectorFloat('rounded', {
  ...roundingShape,
  to: (z) => z.m3 - 1,
  keeps: (z) => z.m3 === 4,
});
/** VFTCI: marks elements of the classes in I3. */
const testClass = vectorFloat('testClass', {
  from: (z) => z.m4,
  single: (z) => (z.m5 & 8) !== 0,
  extra: (z) => z.i3,
  code: () => true,
  keeps: () => true,
});

/**
 * VFMIN, VFMAX. M6: 0 IEEE maxNum, 1 Java, 2 C macro, 3 C++ algorithm, 4 fmax; 8 and above the same
 * of absolute values (chapter 24, tables of VECTOR FP MAXIMUM).
 */
function extreme(least: boolean): Semantics {
  const choose = vectorFloat('extreme', {
    ...binaryShape,
    extra: (z) => z.m6 | (least ? 16 : 0),
  });
  return (z) => ((z.m6 & 7) > 4 ? z.specification() : choose(z));
}

const m45: RowNotes = { values: { m4: [2, 3, 4], m5: [0, 8] } };
const m456: RowNotes = { values: { m4: [2, 3, 4], m5: [0, 8, 4, 12], m6: [0, 1] } };
const fusedNotes: RowNotes = { values: { m6: [2, 3, 4], m5: [0, 8] } };
const m34: RowNotes = { values: { m3: [2, 3, 4], m4: [0, 8] } };
const extremes: RowNotes = {
  values: { m4: [2, 3, 4], m5: [0, 8], m6: [0, 1, 2, 3, 4, 8, 9, 10, 11, 12] },
};
const signNotes: RowNotes = { values: { m3: [2, 3, 4], m4: [0, 8], m5: [0, 1, 2] } };
const roundNotes: RowNotes = {
  values: { m3: [2, 3, 4], m4: [0, 4, 8, 12], m5: [0, 1, 3, 4, 5, 6, 7] },
};
const narrowNotes: RowNotes = {
  values: { m3: [3, 4], m4: [0, 4, 8, 12], m5: [0, 1, 3, 4, 5, 6, 7] },
};
const longOnly: RowNotes = { values: { m3: [3], m4: [0, 4, 8, 12], m5: [0, 1, 3, 4, 5, 6, 7] } };

// biome-ignore format: a table
export const vectorFloatRows: readonly Row[] = [
  row('VFA', 0xe7e3, 'VRRcm5', binary('add'), m45), row('VFS', 0xe7e2, 'VRRcm5', binary('subtract'), m45), row('VFM', 0xe7e7, 'VRRcm5', binary('multiply'), m45), row('VFD', 0xe7e5, 'VRRcm5', binary('divide'), m45),
  row('VFMA', 0xe78f, 'VRRe', fused(false, false), fusedNotes), row('VFMS', 0xe78e, 'VRRe', fused(true, false), fusedNotes), row('VFNMA', 0xe79f, 'VRRe', fused(false, true), fusedNotes), row('VFNMS', 0xe79e, 'VRRe', fused(true, true), fusedNotes),
  row('VFSQ', 0xe7ce, 'VRRam4', squareRoot, m34), row('VFPSO', 0xe7cc, 'VRRamm', signOperation, signNotes), row('VFI', 0xe7c7, 'VRRamm', integral, roundNotes),
  row('VFCE', 0xe7e8, 'VRRcm6', compareElements(0), m456), row('VFCH', 0xe7eb, 'VRRcm6', compareElements(1), m456), row('VFCHE', 0xe7ea, 'VRRcm6', compareElements(2), m456),
  row('WFC', 0xe7cb, 'VRRam4', compareScalar(true), { values: { m3: [2, 3, 4], m4: [0] } }), row('WFK', 0xe7ca, 'VRRam4', compareScalar(false), { values: { m3: [2, 3, 4], m4: [0] } }), row('VFTCI', 0xe74a, 'VRIe', testClass, m45),
  row('VCDG', 0xe7c3, 'VRRamm', fromInteger(true), longOnly), row('VCDLG', 0xe7c1, 'VRRamm', fromInteger(false), longOnly), row('VCGD', 0xe7c2, 'VRRamm', toInteger(true), longOnly), row('VCLGD', 0xe7c0, 'VRRamm', toInteger(false), longOnly),
  row('VFMAX', 0xe7ef, 'VRRcm6', extreme(false), extremes), row('VFMIN', 0xe7ee, 'VRRcm6', extreme(true), extremes),
  row('VLDE', 0xe7c4, 'VRRam4', lengthened, { values: { m3: [2, 3], m4: [0, 8] } }), row('VLED', 0xe7c5, 'VRRamm', rounded, narrowNotes),
];
