/**
 * The condition flags. Instructions that set them write the flag slots eagerly (the translator
 * drops dead writes); besides, the last setter of the block is remembered, so that a condition
 * behind it in the same block is one comparison of the original operands.
 */

import type { Builder, I32, I64, V128 } from '../../ir/builder.ts';
import type { AnyFields } from '../pattern.ts';
import { compare, constant, type Float, float, type Int, int } from './operands.ts';
import { flagSlots } from './registers.ts';

/** Value (0 or 1) of condition code `cond` (0…13). */
type Producer = (b: Builder, cond: number) => I32;

let producer: Producer | null = null;

/** Forgets the last setter; called at the start of a block and when flags are written otherwise. */
export function forgetFlags(): void {
  producer = null;
}

/** Value (0 or 1) of condition `cond` (4 bits as encoded; 14 and 15 are "always"). */
export function condition(b: Builder, cond: number): I32 {
  if (cond >= 14) return b.const32(1);
  return producer ? producer(b, cond) : slotCondition(b, cond);
}

interface FlagValues {
  readonly n: I64;
  readonly z: I64;
  readonly c: I32;
  readonly v: I64;
}

function slotCondition(b: Builder, cond: number): I32 {
  return valuesCondition(b, cond, {
    get n() {
      return b.get(flagSlots.n);
    },
    get z() {
      return b.get(flagSlots.z);
    },
    get c() {
      return b.get(flagSlots.c);
    },
    get v() {
      return b.get(flagSlots.v);
    },
  });
}

/** The conditions spelled out over the four flags (Arm ARM, ConditionHolds). */
function valuesCondition(b: Builder, cond: number, flags: FlagValues): I32 {
  const zero = (): I64 => b.const64(0);
  const nonzero = (): I32 => b.i64_ne(flags.z, zero());
  const less = (): I32 => b.i64_lt_s(b.i64_xor(flags.n, flags.v), zero());
  switch (cond) {
    case 0:
      return b.i64_eqz(flags.z);
    case 1:
      return nonzero();
    case 2:
      return flags.c;
    case 3:
      return b.i32_eqz(flags.c);
    case 4:
      return b.i64_lt_s(flags.n, zero());
    case 5:
      return b.i64_ge_s(flags.n, zero());
    case 6:
      return b.i64_lt_s(flags.v, zero());
    case 7:
      return b.i64_ge_s(flags.v, zero());
    case 8:
      return b.i32_and(flags.c, nonzero());
    case 9:
      return b.i32_eqz(b.i32_and(flags.c, nonzero()));
    case 10:
      return b.i32_eqz(less());
    case 11:
      return less();
    case 12:
      return b.i32_and(nonzero(), b.i32_eqz(less()));
    default:
      return b.i32_or(b.i64_eqz(flags.z), less());
  }
}

function putFlags(b: Builder, flags: FlagValues): void {
  b.put(flagSlots.n, flags.n);
  b.put(flagSlots.z, flags.z);
  b.put(flagSlots.c, flags.c);
  b.put(flagSlots.v, flags.v);
}

function wide(b: Builder, sf: number, value: Int): I64 {
  return sf ? (value as I64) : b.i64_extend_i32_s(value as I32);
}

/** Flags of x + y = r. */
function addValues(b: Builder, sf: number, x: Int, y: Int, r: Int): FlagValues {
  const n = wide(b, sf, r);
  const overflow = int(b, sf, 'and', int(b, sf, 'xor', x, r), int(b, sf, 'xor', y, r));
  return { n, z: n, c: compare(b, sf, 'lt_u', r, x), v: wide(b, sf, overflow) };
}

/** Flags of x − y = r. */
function subValues(b: Builder, sf: number, x: Int, y: Int, r: Int): FlagValues {
  const n = wide(b, sf, r);
  const overflow = int(b, sf, 'and', int(b, sf, 'xor', x, y), int(b, sf, 'xor', x, r));
  return { n, z: n, c: compare(b, sf, 'ge_u', x, y), v: wide(b, sf, overflow) };
}

// biome-ignore format: a table
const subComparisons = [
  'eq', 'ne', 'ge_u', 'lt_u', '', '', '', '', 'gt_u', 'le_u', 'ge_s', 'lt_s', 'gt_s', 'le_s',
] as const;

function subProducer(sf: number, x: Int, y: Int, flags: FlagValues): Producer {
  return (b, cond) => {
    const comparison = subComparisons[cond]!;
    return comparison ? compare(b, sf, comparison, x, y) : valuesCondition(b, cond, flags);
  };
}

/** Sets the flags of x + y = r. */
export function setAddFlags(b: Builder, sf: number, x: Int, y: Int, r: Int): void {
  const flags = addValues(b, sf, x, y, r);
  putFlags(b, flags);
  producer = (at, cond) => valuesCondition(at, cond, flags);
}

/** Sets the flags of x − y = r. */
export function setSubFlags(b: Builder, sf: number, x: Int, y: Int, r: Int): void {
  const flags = subValues(b, sf, x, y, r);
  putFlags(b, flags);
  producer = subProducer(sf, x, y, flags);
}

/** Conditions after ANDS, as comparisons of the result with 0; 0 and 1 are constants. */
// biome-ignore format: a table
const logicComparisons = [
  'eq', 'ne', 0, 1, 'lt_s', 'ge_s', 0, 1, 0, 1, 'ge_s', 'lt_s', 'gt_s', 'le_s',
] as const;

/** Sets the flags of a logical operation: C and V become 0. */
export function setLogicFlags(b: Builder, sf: number, r: Int): void {
  const n = wide(b, sf, r);
  putFlags(b, { n, z: n, c: b.const32(0), v: b.const64(0) });
  producer = (at, cond) => {
    const comparison = logicComparisons[cond]!;
    if (typeof comparison === 'number') return at.const32(comparison);
    return compare(at, sf, comparison, r, constant(at, sf, 0));
  };
}

/** Sets the flags from values made otherwise (add with carry, MSR NZCV). */
export function setFlagValues(b: Builder, flags: FlagValues): void {
  putFlags(b, flags);
  producer = (at, cond) => valuesCondition(at, cond, flags);
}

/** Sets the flags from bits 31…28. */
export function setNzcvWord(b: Builder, value: I64): void {
  forgetFlags();
  setFlagValues(b, nibbleValues(b, b.i64_shr_u(value, b.const64(28))));
}

/** The carry flag: 0 or 1. */
export function carry(b: Builder): I32 {
  return producer ? producer(b, 2) : b.get(flagSlots.c);
}

/** Whether condition `cond` holds for the flags `nzcv` (4 bits). */
function holds(cond: number, nzcv: number): boolean {
  const n = (nzcv & 8) !== 0;
  const z = (nzcv & 4) !== 0;
  const c = (nzcv & 2) !== 0;
  const v = (nzcv & 1) !== 0;
  const base = [z, c, n, v, c && !z, n === v, n === v && !z][cond >> 1]!;
  return (cond & 1) === 0 ? base : !base;
}

function nzcvValues(b: Builder, nzcv: number): FlagValues {
  return {
    n: b.const64(nzcv & 8 ? -1 : 0),
    z: b.const64(nzcv & 4 ? 0 : 1),
    c: b.const32((nzcv >> 1) & 1),
    v: b.const64(nzcv & 1 ? -1 : 0),
  };
}

/** Flags `taken` where `when` is 1, else the constant `nzcv`. */
function conditional(b: Builder, when: I32, taken: FlagValues, fast: Producer, nzcv: number): void {
  const other = nzcvValues(b, nzcv);
  putFlags(b, {
    n: b.i64_select(taken.n, other.n, when),
    z: b.i64_select(taken.z, other.z, when),
    c: b.i32_select(taken.c, other.c, when),
    v: b.i64_select(taken.v, other.v, when),
  });
  producer = (at, cond) =>
    holds(cond, nzcv)
      ? at.i32_or(fast(at, cond), at.i32_eqz(when))
      : at.i32_and(fast(at, cond), when);
}

/** CCMP and CCMN: the flags of x − y (x + y for `add`) where `cond` holds, else `nzcv`. */
export function setConditionalFlags(
  b: Builder,
  f: { readonly sf: number; readonly cond: number; readonly nzcv: number },
  add: boolean,
  x: Int,
  y: Int,
): void {
  const { sf, cond, nzcv } = f;
  const when = condition(b, cond);
  const r = int(b, sf, add ? 'add' : 'sub', x, y);
  if (add) {
    const flags = addValues(b, sf, x, y, r);
    conditional(b, when, flags, (at, c) => valuesCondition(at, c, flags), nzcv);
  } else {
    const flags = subValues(b, sf, x, y, r);
    conditional(b, when, flags, subProducer(sf, x, y, flags), nzcv);
  }
}

/** Conditions after FCMP: a comparison of the operands, negated where it starts with `!`. */
// biome-ignore format: a table
const floatComparisons = [
  'eq', 'ne', '!lt', 'lt', 'lt', '!lt', '', '', '!le', 'le', 'ge', '!ge', 'gt', '!gt',
] as const;

/** A comparison of scalars: by wasm, but where `when` is 1 NZCV is `exact`, in bits 3…0. */
interface FloatComparison {
  /** 0 single, 1 double. */
  readonly type: number;
  /** Vector registers whose first element is compared. */
  readonly n: V128;
  readonly m: V128;
  readonly exact: I64;
  readonly when: I32;
}

/** Bit k: whether condition `cond` holds for NZCV = k. */
function holdsFor(cond: number): number {
  let set = 0;
  for (let nzcv = 0; nzcv < 16; nzcv++) if (holds(cond, nzcv)) set |= 1 << nzcv;
  return set;
}

function floatFlags(b: Builder, c: FloatComparison): [FlagValues, Producer] {
  const { type, exact, when } = c;
  const scalar = (v: V128): Float =>
    type ? b.f64x2_extract_lane(0, v) : b.f32x4_extract_lane(0, v);
  const [x, y] = [scalar(c.n), scalar(c.m)];
  const test = (operation: string): I32 => float(b, type, operation, x, y) as unknown as I32;
  const less = test('lt');
  const unordered = b.i32_or(
    float(b, type, 'ne', x, x) as unknown as I32,
    float(b, type, 'ne', y, y) as unknown as I32,
  );
  const mask = (flag: I32): I64 => b.i64_sub(b.const64(0), b.i64_extend_i32_u(flag));
  const exactFlags = nibbleValues(b, exact);
  const flags: FlagValues = {
    n: b.i64_select(exactFlags.n, mask(less), when),
    z: b.i64_select(exactFlags.z, b.i64_extend_i32_u(test('ne')), when),
    c: b.i32_select(exactFlags.c, b.i32_eqz(less), when),
    v: b.i64_select(exactFlags.v, mask(unordered), when),
  };
  const byWasm: Producer = (at, cond) => {
    const name = floatComparisons[cond]!;
    if (name === '') return cond === 6 ? unordered : at.i32_eqz(unordered);
    const negated = name.startsWith('!');
    const result = float(at, type, negated ? name.slice(1) : name, x, y) as unknown as I32;
    return negated ? at.i32_eqz(result) : result;
  };
  const fast: Producer = (at, cond) => {
    const bit = at.i32_shr_u(at.const32(holdsFor(cond)), at.i32_wrap_i64(exact));
    return at.i32_select(at.i32_and(bit, at.const32(1)), byWasm(at, cond), when);
  };
  return [flags, fast];
}

/** The flags in bits 3…0 of `nzcv`. */
function nibbleValues(b: Builder, nzcv: I64): FlagValues {
  const top = (bit: number): I64 => b.i64_shl(nzcv, b.const64(63 - bit));
  return {
    n: top(3),
    z: b.i64_and(b.i64_xor(nzcv, b.const64(-1)), b.const64(4)),
    c: b.i32_and(b.i32_wrap_i64(b.i64_shr_u(nzcv, b.const64(1))), b.const32(1)),
    v: top(0),
  };
}

/** FCMP: less 1000, equal 0110, greater 0010, unordered 0011. FCCMP: that where `cond` holds. */
export function setFloatFlags(b: Builder, f: AnyFields, c: FloatComparison): void {
  const [flags, fast] = floatFlags(b, c);
  finishComparison(b, f, flags, fast);
}

/** The same from bits 3…0 of a number. */
export function setNzcvNibble(b: Builder, f: AnyFields, nzcv: I64): void {
  const flags = nibbleValues(b, nzcv);
  finishComparison(b, f, flags, (at, cond) => valuesCondition(at, cond, flags));
}

function finishComparison(b: Builder, f: AnyFields, flags: FlagValues, fast: Producer): void {
  if (f.cond !== undefined) {
    conditional(b, condition(b, f.cond), flags, fast, f.nzcv!);
    return;
  }
  putFlags(b, flags);
  producer = fast;
}
