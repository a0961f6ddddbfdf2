/**
 * The condition code, kept symbolic inside a block: an instruction that sets it leaves a
 * `Condition`, so a following BRC tests the operands directly; the 0–3 value is also put in its
 * slot, by pure operations that dead-put elimination removes where nobody reads it.
 *
 * Masks are those of BC: 8 selects code 0, 4 code 1, 2 code 2, 1 code 3.
 */

import type { Builder, I32, I64, Value } from '../../ir/builder.ts';

export interface Condition {
  /** 1 where the code is among those of `mask` (1–14), else 0 (any non-zero value counts as 1). */
  test(b: Builder, mask: number): I32;
  /** The code itself, 0–3. */
  value(b: Builder): I32;
  /** Not 0 where code 3 is fixed-point overflow, which the program mask makes an interruption. */
  readonly overflow?: I32;
}

/** A code that exists as a number. */
export function codeValue(code: I32): Condition {
  return {
    value: () => code,
    test(b, mask) {
      if (mask === 8) return b.i32_eqz(code);
      if (mask === 7) return b.i32_ne(code, b.const32(0));
      if (mask === 1 || mask === 2 || mask === 4) {
        return b.i32_eq(code, b.const32(mask === 1 ? 3 : mask === 2 ? 2 : 1));
      }
      if (mask === 12) return b.i32_lt_u(code, b.const32(2));
      if (mask === 3) return b.i32_ge_u(code, b.const32(2));
      // Bit 3-code of the mask.
      return b.i32_and(b.i32_shr_u(b.const32(mask), b.i32_sub(b.const32(3), code)), b.const32(1));
    },
  };
}

/** A code known when the block is made. */
export function codeConstant(code: 0 | 1 | 2 | 3): Condition {
  return {
    value: (b) => b.const32(code),
    test: (b, mask) => b.const32((mask >> (3 - code)) & 1),
  };
}

type Relation = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge';
const relationOfMask: readonly (Relation | null)[] = [
  null, // 0 never
  'gt',
  'lt',
  'ne',
  'eq',
  'ge',
  'le',
  null, // 7 always
];

/** Comparison operations of one width and signedness. */
export type Compare = 'i32_s' | 'i32_u' | 'i64_s' | 'i64_u';

/** x `relation` y. */
export function relate(b: Builder, how: Compare, relation: Relation, x: Value, y: Value): I32 {
  const width = how.slice(0, 3) as 'i32' | 'i64';
  const sign = how.slice(4) as 's' | 'u';
  const name =
    relation === 'eq' || relation === 'ne'
      ? (`${width}_${relation}` as const)
      : (`${width}_${relation}_${sign}` as const);
  return (b[name] as (x: Value, y: Value) => I32).call(b, x, y);
}

function relationTest(b: Builder, how: Compare, mask3: number, x: Value, y: Value): I32 {
  const relation = relationOfMask[mask3];
  if (!relation) return b.const32(mask3 === 0 ? 0 : 1);
  return relate(b, how, relation, x, y);
}

/** Code 0 equal, 1 low, 2 high. */
export function comparison(how: Compare, x: Value, y: Value): Condition {
  return {
    test: (b, mask) => relationTest(b, how, mask >> 1, x, y),
    value: (b) =>
      b.i32_or(relate(b, how, 'lt', x, y), b.i32_shl(relate(b, how, 'gt', x, y), b.const32(1))),
  };
}

/** Code 0 zero, 1 negative, 2 positive; 3 where `overflow` is 1. */
export function signOrOverflow(b: Builder, width: 32 | 64, x: Value, overflow: I32): Condition {
  const zero = width === 32 ? b.const32(0) : b.const64(0);
  const how = width === 32 ? 'i32_s' : 'i64_s';
  const sign = comparison(how, x, zero);
  return {
    overflow,
    test(inner, mask) {
      const onSign = relationTest(inner, how, mask >> 1, x, zero);
      return mask & 1
        ? inner.i32_or(onSign, overflow)
        : inner.i32_and(onSign, inner.i32_eqz(overflow));
    },
    value: (inner) => inner.i32_select(inner.const32(3), sign.value(inner), overflow),
  };
}

/** Code 0 zero, 1 negative, 2 positive. */
export function sign(b: Builder, width: 32 | 64, x: Value): Condition {
  return comparison(
    width === 32 ? 'i32_s' : 'i64_s',
    x,
    width === 32 ? b.const32(0) : b.const64(0),
  );
}

/** Code 0 where `nonzero` is 0, else 1 (`nonzero` may be any number). */
export function zeroOrNot(nonzero: I32): Condition {
  return {
    test(b, mask) {
      const choice = mask >> 2;
      if (choice === 0) return b.const32(0);
      if (choice === 3) return b.const32(1);
      return choice === 1 ? b.i32_ne(nonzero, b.const32(0)) : b.i32_eqz(nonzero);
    },
    value: (b) => b.i32_ne(nonzero, b.const32(0)),
  };
}

/** Code of logical addition: bit 0 is `nonzero` (0 or 1), bit 1 the carry (0 or 1). */
export function carryAndZero(nonzero: I32, carry: I32): Condition {
  const value = (b: Builder): I32 => b.i32_or(nonzero, b.i32_shl(carry, b.const32(1)));
  return {
    value,
    test(b, mask) {
      if (mask === 3) return carry;
      if (mask === 12) return b.i32_eqz(carry);
      if (mask === 5) return nonzero;
      if (mask === 10) return b.i32_eqz(nonzero);
      return codeValue(value(b)).test(b, mask);
    },
  };
}

/** TEST UNDER MASK of register bits: 0 all zeros, 3 all ones, else 1 or 2 by the leftmost bit. */
export function underMask(selected: I64, mask: I64, leftmost: I64): Condition {
  const value = (b: Builder): I32 =>
    b.i32_select(
      b.const32(0),
      b.i32_select(
        b.const32(3),
        b.i32_select(b.const32(1), b.const32(2), b.i64_lt_u(selected, leftmost)),
        b.i64_eq(selected, mask),
      ),
      b.i64_eqz(selected),
    );
  return {
    value,
    test(b, bits) {
      const isMask = (want: number): boolean => bits === want;
      if (isMask(8)) return b.i64_eqz(selected);
      if (isMask(7)) return b.i64_ne(selected, b.const64(0));
      if (isMask(1)) return b.i64_eq(selected, mask);
      if (isMask(14)) return b.i64_ne(selected, mask);
      return codeValue(value(b)).test(b, bits);
    },
  };
}
