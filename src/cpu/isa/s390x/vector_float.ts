/**
 * Vector floating point (PoP chapter 24): the exact arithmetic of `softfloat.ts` on each element,
 * or on the leftmost one alone where the S bit (8) of a mask says so. Arithmetic on long elements
 * has a fast half as in `float.ts`.
 */

import type { F64, I32 } from '../../ir/builder.ts';
import type { HelperContext } from '../isa.ts';
import * as f from '../softfloat.ts';
import { codeValue } from './condition.ts';
import { exact64, fusedIsExact, normalOrSum, quiet, scalarComparison, zero64 } from './float.ts';
import {
  arithmetic,
  type FloatHelper,
  floatFormats,
  method,
  signal,
  trapped,
} from './float_helpers.ts';
import { declare, helper } from './helper_table.ts';
import type { Lowering, Semantics } from './lowering.ts';
import { type Row, type RowNotes, row } from './row.ts';
import { fpc, putVector, vector } from './state_access.ts';
import { elementsOf, joined } from './vector_helpers.ts';

const formatOf = (size: number): f.FloatFormat =>
  size === 2 ? floatFormats.short : size === 3 ? floatFormats.long : floatFormats.extended;

interface Operands {
  readonly format: f.FloatFormat;
  readonly rounding: number;
  readonly x: f.Unpacked;
  readonly y: f.Unpacked;
  readonly w: f.Unpacked;
  readonly extra: number;
  readonly view: DataView;
}
type Operation = (o: Operands) => f.Result;

/** Sizes of an instruction's elements: code 2 short, 3 long, 4 extended. */
interface Shape {
  readonly from: (z: Lowering) => number;
  readonly to?: (z: Lowering) => number;
  readonly single: (z: Lowering) => boolean;
  readonly extra?: (z: Lowering) => number;
  /** The code of the instruction from how many elements are marked. */
  readonly code?: (z: Lowering) => boolean;
}

function run(operation: Operation, isMask: boolean, keeps = false): FloatHelper {
  return (context: HelperContext, x: bigint, y: bigint) => {
    const view = context.view();
    const bits = Number(x);
    const register = (n: number): bigint => vector(view, (bits >> (5 * n)) & 31);
    const format = formatOf((bits >> 20) & 7);
    const target = formatOf((bits >> 23) & 7);
    const single = (bits >> 26) & 1;
    const rounding = f.methodOfFpc(fpc(view));
    const wide = Math.max(format.bits, target.bits);
    const stepIn = wide / format.bits;
    const stepOut = wide / target.bits;
    const [xs, ys, ws] = [1, 2, 3].map((n) => elementsOf(register(n), format.bits));
    // What the S bit leaves out is unpredictable: zero, or as it was (`keeps`).
    const out = keeps ? elementsOf(register(0), target.bits) : elementsOf(0n, target.bits);
    let flags = 0;
    let marked = 0;
    const count = single ? 1 : 128 / wide;
    for (let i = 0; i < count; i++) {
      const at = i * stepIn;
      const result = operation({
        format,
        rounding,
        x: f.unpack(format, xs![at]!),
        y: f.unpack(format, ys![at]!),
        w: f.unpack(format, ws![at]!),
        extra: Number(y),
        view,
      });
      out[i * stepOut] = result.bits;
      if (result.bits !== 0n) marked++;
      flags |= result.flags;
    }
    const { trap, suppress } = signal(view, flags);
    if (!suppress) putVector(view, bits & 31, joined(out, target.bits));
    const code = !isMask ? 0n : marked === count ? 0n : marked === 0 ? 3n : 1n;
    return code | (trap ? trapped : 0n);
  };
}

function exactly(z: Lowering, which: FloatHelper, shape: Shape): void {
  const { b } = z;
  const from = shape.from(z);
  const to = shape.to?.(z) ?? from;
  if (from < 2 || from > 4 || to < 2 || to > 4) {
    z.trap('illegal');
    return;
  }
  const registers = z.v1 | (z.v2 << 5) | (z.v3 << 10) | (z.v4 << 15);
  const x = registers | (from << 20) | (to << 23) | (shape.single(z) ? 1 << 26 : 0);
  const extra = b.const64(shape.extra?.(z) ?? 0);
  const answer = b.i32_wrap_i64(helper(b, which, b.const64(x), extra, b.const64(0)));
  if (shape.code?.(z)) z.cc(codeValue(b.i32_and(answer, b.const32(3))));
  b.trapIf(b.i32_and(answer, b.const32(Number(trapped))), 'arithmetic');
}
function vectorFloat(operation: Operation, shape: Shape, isMask = false, keeps = false): Semantics {
  const which = run(operation, isMask, keeps);
  declare(which);
  return (z) => exactly(z, which, shape);
}

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
/** With a fast half for long elements. */
function binary(name: keyof typeof wasmName): Semantics {
  const which = run((o) => arithmetic[name](o.format, o.x, o.y, o.rounding), false);
  declare(which);
  return (z) => {
    if (z.taken || z.executed || z.m4 !== 3) return exactly(z, which, binaryShape);
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

const fusedShape: Shape = { from: (z) => z.m6, single: (z) => (z.m5 & 8) !== 0 };
const negateResult = (o: Operands, r: f.Result): f.Result =>
  f.isNan(f.unpack(o.format, r.bits))
    ? r
    : { ...r, bits: r.bits ^ (1n << BigInt(o.format.bits - 1)) };
const flip = (x: f.Unpacked, format: f.FloatFormat): f.Unpacked =>
  f.isNan(x) ? x : { ...x, negative: !x.negative, bits: x.bits ^ (1n << BigInt(format.bits - 1)) };
function fused(minus: boolean, negative: boolean): Semantics {
  const which = run((o) => {
    const addend = minus ? flip(o.w, o.format) : o.w;
    const result = f.multiplyAdd(o.format, o.x, o.y, addend, o.rounding);
    return negative ? negateResult(o, result) : result;
  }, false);
  declare(which);
  return (z) => {
    if (z.taken || z.executed || z.m6 !== 3) return exactly(z, which, fusedShape);
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
const squareRoot = vectorFloat((o) => f.squareRoot(o.format, o.x, o.rounding), unaryShape);
/** VFPSO: 0 complement, 1 negative, 2 positive; NaNs too. */
const signExactly = vectorFloat(
  (o) => {
    const sign = 1n << BigInt(o.format.bits - 1);
    const { bits } = o.x;
    if (o.extra === 0) return { bits: bits ^ sign, flags: 0 };
    return { bits: o.extra === 1 ? bits | sign : bits & ~sign, flags: 0 };
  },
  { ...unaryShape, extra: (z) => z.m5 },
  false,
  true,
);

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

const compareShape: Shape = {
  ...binaryShape,
  extra: (z) => z.m5 & 4,
  code: (z) => (z.m6 & 1) !== 0,
};
/** Quiet but for signaling NaNs; with the SQ bit (4) of M5 every NaN is exceptional. */
function compareElements(test: (relation: -1 | 0 | 1) => boolean): Semantics {
  return vectorFloat(
    (o) => {
      const relation = f.compare(o.x, o.y);
      const isSignaling = o.x.kind === 'signaling' || o.y.kind === 'signaling';
      const bad = isSignaling || (relation === null && o.extra !== 0);
      const yes = relation !== null && test(relation);
      const ones = (1n << BigInt(o.format.bits)) - 1n;
      return { bits: yes ? ones : 0n, flags: bad ? f.flag.invalid : 0 };
    },
    compareShape,
    true,
  );
}

/** WFC, WFK: the leftmost elements of v1 and v2 set the code. */
function compareScalar(quietly: boolean): Semantics {
  const which: FloatHelper = (context, x) => {
    const view = context.view();
    const bits = Number(x);
    const format = formatOf(bits >> 10);
    const take = (n: number): f.Unpacked =>
      f.unpack(format, vector(view, n & 31) >> BigInt(128 - format.bits));
    const [p, q] = [take(bits), take(bits >> 5)];
    const relation = f.compare(p, q);
    const loud =
      p.kind === 'signaling' || q.kind === 'signaling' || (relation === null && !quietly);
    const code = relation === null ? 3n : relation === 0 ? 0n : relation < 0 ? 1n : 2n;
    return code | (signal(view, loud ? f.flag.invalid : 0).trap ? trapped : 0n);
  };
  declare(which);
  const inline = [scalarComparison('short', quietly), scalarComparison('long', quietly)] as const;
  return (z) => {
    if (z.m3 < 2 || z.m3 > 4) return z.trap('illegal');
    if (z.m3 < 4) return inline[z.m3 - 2]!(z);
    const { b } = z;
    const x = b.const64(z.v1 | (z.v2 << 5) | (z.m3 << 10));
    const answer = b.i32_wrap_i64(helper(b, which, x, b.const64(0), b.const64(0)));
    z.cc(codeValue(b.i32_and(answer, b.const32(3))));
    b.trapIf(b.i32_and(answer, b.const32(Number(trapped))), 'arithmetic');
  };
}

/** Rounding method and inexact suppression of M5 and M4. */
const roundingShape: Shape = { ...unaryShape, extra: (z) => z.m5 | (z.m4 & 4 ? 16 : 0) };
const chosen = (o: Operands): number => method(o.view, o.extra & 15);
const hush = (o: Operands, r: f.Result): f.Result =>
  o.extra & 16 ? { ...r, flags: r.flags & ~f.flag.inexact } : r;
const integral = vectorFloat((o) => hush(o, f.toIntegral(o.format, o.x, chosen(o))), roundingShape);
const fromInteger = (signed: boolean): Semantics =>
  vectorFloat((o) => {
    const value = signed ? BigInt.asIntN(o.format.bits, o.x.bits) : o.x.bits;
    return hush(o, f.fromInteger(o.format, value, chosen(o)));
  }, roundingShape);
function toInteger(signed: boolean): Semantics {
  return vectorFloat((o) => {
    const width = BigInt(o.format.bits);
    const least = signed ? -(1n << (width - 1n)) : 0n;
    const most = (1n << (signed ? width - 1n : width)) - 1n;
    const wrap = (value: bigint): bigint => BigInt.asUintN(o.format.bits, value);
    if (f.isNan(o.x)) return { bits: wrap(signed ? least : 0n), flags: f.flag.invalid };
    const far = o.x.kind === 'infinity';
    const { value, exact } = far
      ? { value: o.x.negative ? least - 1n : most + 1n, exact: true }
      : f.toInteger(o.x, chosen(o));
    if (value >= least && value <= most) {
      return hush(o, { bits: wrap(value), flags: exact ? 0 : f.flag.inexact });
    }
    const flags = f.flag.invalid | f.flag.inexact;
    return hush(o, { bits: wrap(value < least ? least : most), flags });
  }, roundingShape);
}
/** VFLL and VFLR: the leftmost of each pair of narrow elements. */
const lengthened = vectorFloat(
  (o) =>
    f.convert(o.format, o.format.bits === 32 ? floatFormats.long : floatFormats.extended, o.x, 4),
  { ...unaryShape, to: (z) => z.m3 + 1 },
);
const rounded = vectorFloat(
  (o) => {
    const target = o.format.bits === 64 ? floatFormats.short : floatFormats.long;
    return hush(o, f.convert(o.format, target, o.x, chosen(o)));
  },
  { ...roundingShape, to: (z) => z.m3 - 1 },
);
/** VFTCI: marks elements of the classes in I3. */
const testClass = vectorFloat(
  (o) => {
    const { kind, magnitude, negative } = o.x;
    const subnormal = kind === 'finite' && magnitude >> BigInt(o.format.fraction) === 0n;
    const kinds = ['zero', 'finite', 'subnormal', 'infinity', 'quiet', 'signaling'];
    const bit = 11 - 2 * kinds.indexOf(subnormal ? 'subnormal' : kind) - (negative ? 1 : 0);
    const ones = (1n << BigInt(o.format.bits)) - 1n;
    return { bits: (o.extra >> bit) & 1 ? ones : 0n, flags: 0 };
  },
  { from: (z) => z.m4, single: (z) => (z.m5 & 8) !== 0, extra: (z) => z.i3, code: () => true },
  true,
  true,
);

/**
 * VFMIN, VFMAX. M6: 0 IEEE maxNum, 1 Java, 2 C macro, 3 C++ algorithm, 4 fmax; 8 and above the same
 * of absolute values (chapter 24, tables of VECTOR FP MAXIMUM).
 */
function extreme(sign: 1 | -1): Semantics {
  const choose = vectorFloat(
    (o) => {
      const absolute = (o.extra & 8) !== 0;
      const how = o.extra & 7;
      const magnitude = (v: f.Unpacked): f.Unpacked =>
        absolute ? { ...v, negative: false, bits: v.bits & ~(1n << BigInt(o.format.bits - 1)) } : v;
      // maxNumMag gives an operand as it is.
      const [x, y] = how === 0 ? [o.x, o.y] : [magnitude(o.x), magnitude(o.y)];
      if (f.isNan(x) || f.isNan(y)) return extremeOfNan(o.format, x, y, how);
      const relation = (f.compare(magnitude(x), magnitude(y)) || f.compare(x, y)!) * sign;
      if (relation !== 0) return { bits: relation > 0 ? x.bits : y.bits, flags: 0 };
      // Equal; only zeros can differ. Java, fmax and IEEE order their signs.
      if (how === 2) return { bits: y.bits, flags: 0 };
      if (how === 3) return { bits: x.bits, flags: 0 };
      return { bits: x.negative === sign < 0 ? x.bits : y.bits, flags: 0 };
    },
    { ...binaryShape, extra: (z) => z.m6 },
  );
  return (z) => ((z.m6 & 7) > 4 ? z.trap('illegal') : choose(z));
}
function extremeOfNan(format: f.FloatFormat, x: f.Unpacked, y: f.Unpacked, how: number): f.Result {
  const quieted = (v: f.Unpacked): bigint => v.bits | (1n << BigInt(format.fraction - 1));
  const isSignaling = x.kind === 'signaling' || y.kind === 'signaling';
  const flags = isSignaling || how === 2 || how === 3 ? f.flag.invalid : 0;
  if (how === 2) return { bits: y.bits, flags };
  if (how === 3) return { bits: x.bits, flags };
  const other = f.isNan(x) ? y : x;
  if (how === 4) return { bits: f.isNan(y) ? x.bits : other.bits, flags };
  if (how === 0 && !isSignaling && !f.isNan(other)) return { bits: other.bits, flags };
  if (x.kind === 'signaling') return { bits: quieted(x), flags };
  if (y.kind === 'signaling') return { bits: quieted(y), flags };
  return { bits: f.isNan(x) ? x.bits : y.bits, flags };
}

const m45: RowNotes = { values: { m4: [2, 3], m5: [0, 8] } };
const m456: RowNotes = { values: { m4: [2, 3], m5: [0, 8, 4, 12], m6: [0, 1] } };
const fusedNotes: RowNotes = { values: { m6: [2, 3], m5: [0, 8] } };
const m34: RowNotes = { values: { m3: [2, 3], m4: [0, 8] } };
const extremes: RowNotes = {
  values: { m4: [2, 3, 4], m5: [0, 8], m6: [0, 1, 2, 3, 4, 8, 9, 10, 11, 12] },
};
const signNotes: RowNotes = { values: { m3: [2, 3], m4: [0, 8], m5: [0, 1, 2] } };
const roundNotes: RowNotes = {
  values: { m3: [2, 3], m4: [0, 4, 8, 12], m5: [0, 1, 3, 4, 5, 6, 7] },
};
const longOnly: RowNotes = { values: { m3: [3], m4: [0, 4, 8, 12], m5: [0, 1, 3, 4, 5, 6, 7] } };

// biome-ignore format: a table
export const vectorFloatRows: readonly Row[] = [
  row('VFA', 0xe7e3, 'VRRcm5', binary('add'), m45), row('VFS', 0xe7e2, 'VRRcm5', binary('subtract'), m45), row('VFM', 0xe7e7, 'VRRcm5', binary('multiply'), m45), row('VFD', 0xe7e5, 'VRRcm5', binary('divide'), m45),
  row('VFMA', 0xe78f, 'VRRe', fused(false, false), fusedNotes), row('VFMS', 0xe78e, 'VRRe', fused(true, false), fusedNotes), row('VFNMA', 0xe79f, 'VRRe', fused(false, true), fusedNotes), row('VFNMS', 0xe79e, 'VRRe', fused(true, true), fusedNotes),
  row('VFSQ', 0xe7ce, 'VRRam4', squareRoot, m34), row('VFPSO', 0xe7cc, 'VRRamm', signOperation, signNotes), row('VFI', 0xe7c7, 'VRRamm', integral, roundNotes),
  row('VFCE', 0xe7e8, 'VRRcm6', compareElements((r) => r === 0), m456), row('VFCH', 0xe7eb, 'VRRcm6', compareElements((r) => r > 0), m456), row('VFCHE', 0xe7ea, 'VRRcm6', compareElements((r) => r >= 0), m456),
  row('WFC', 0xe7cb, 'VRRam4', compareScalar(true), { values: { m3: [2, 3], m4: [0] } }), row('WFK', 0xe7ca, 'VRRam4', compareScalar(false), { values: { m3: [2, 3], m4: [0] } }), row('VFTCI', 0xe74a, 'VRIe', testClass, m45),
  row('VCDG', 0xe7c3, 'VRRamm', fromInteger(true), longOnly), row('VCDLG', 0xe7c1, 'VRRamm', fromInteger(false), longOnly), row('VCGD', 0xe7c2, 'VRRamm', toInteger(true), longOnly), row('VCLGD', 0xe7c0, 'VRRamm', toInteger(false), longOnly),
  row('VFMAX', 0xe7ef, 'VRRcm6', extreme(1), extremes), row('VFMIN', 0xe7ee, 'VRRcm6', extreme(-1), extremes),
  row('VLDE', 0xe7c4, 'VRRam4', lengthened, { values: { m3: [2], m4: [0, 8] } }), row('VLED', 0xe7c5, 'VRRamm', rounded, longOnly),
];
