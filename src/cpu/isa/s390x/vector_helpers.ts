/** Vector instructions as helpers over lists of elements, for what has no short IR. */

import type { HelperContext } from '../isa.ts';
import { codeValue } from './condition.ts';
import { declare, helper } from './helper_table.ts';
import type { Lowering, Semantics } from './lowering.ts';
import { putVector, vector } from './state_access.ts';

/** What an operation sees. Elements are unsigned, the leftmost first. */
export interface VectorOperands {
  readonly size: number;
  /** Bits of an element. */
  readonly width: number;
  readonly v1: bigint;
  readonly v2: bigint;
  readonly v3: bigint;
  readonly v4: bigint;
  readonly m5: number;
  readonly m6: number;
  /** A number from the instruction or an address. */
  readonly extra: number;
}
export interface VectorResult {
  readonly value?: bigint;
  readonly code?: number;
}

/** Elements of a register. */
export function elementsOf(value: bigint, width: number): bigint[] {
  const count = 128 / width;
  return Array.from({ length: count }, (_, i) =>
    BigInt.asUintN(width, value >> BigInt(128 - width * (i + 1))),
  );
}
export function joined(elements: readonly bigint[], width: number): bigint {
  return elements.reduce((all, x) => (all << BigInt(width)) | BigInt.asUintN(width, x), 0n);
}

/** Which field has the element size. */
export type SizeField = 'm3' | 'm4' | 'm5' | 4;

/** An instruction done by `operation`; the condition code is set where it answers one. */
export function vectorHelper(
  operation: (operands: VectorOperands) => VectorResult,
  sizeField: SizeField,
  setsCode: (z: Lowering) => boolean = () => false,
  extra: (z: Lowering) => number = () => 0,
): Semantics {
  const run = (context: HelperContext, x: bigint, y: bigint): bigint => {
    const view = context.view();
    const bits = Number(x);
    const register = (n: number): bigint => vector(view, (bits >> (5 * n)) & 31);
    const size = (bits >> 20) & 7;
    const result = operation({
      size,
      width: 8 << size,
      v1: register(0),
      v2: register(1),
      v3: register(2),
      v4: register(3),
      m5: (bits >> 23) & 15,
      m6: (bits >> 27) & 15,
      extra: Number(BigInt.asIntN(32, y)),
    });
    if (result.value !== undefined) putVector(view, bits & 31, result.value);
    return BigInt(result.code ?? 0);
  };
  declare(run);
  return (z) => {
    const { b } = z;
    const size = sizeField === 4 ? 4 : z[sizeField];
    if (size > 4) return z.specification();
    const m5 = sizeField === 'm5' ? 0 : z.m5;
    const x =
      z.v1 | (z.v2 << 5) | (z.v3 << 10) | (z.v4 << 15) | (size << 20) | (m5 << 23) | (z.m6 << 27);
    const code = helper(b, run, b.const64(x >>> 0), b.const64(extra(z)), b.const64(0));
    if (setsCode(z)) z.cc(codeValue(b.i32_wrap_i64(code)));
  };
}

/** Element by element of v2, v3 and v4. */
export function eachElement(
  f: (x: bigint, y: bigint, width: number, w: bigint, extra: number) => bigint,
): (operands: VectorOperands) => VectorResult {
  return ({ v2, v3, v4, width, extra }) => {
    const [xs, ys, ws] = [v2, v3, v4].map((v) => elementsOf(v, width));
    return {
      value: joined(
        xs!.map((x, i) => f(x, ys![i]!, width, ws![i]!, extra)),
        width,
      ),
    };
  };
}
