/** Vector instructions done by a helper (`wasm/s390x/vector_integer.ts`): what has no short IR. */

import { codeValue } from './condition.ts';
import { moduleHelper } from './helper_module.ts';
import type { Lowering, Semantics } from './lowering.ts';

/** Operations in the order of the helper's `switch`. */
const operations = [
  'shiftEachLeft',
  'shiftEachRight',
  'shiftEachArithmetic',
  'rotateEach',
  'shiftLeft',
  'shiftRight',
  'shiftArithmetic',
  'galois',
  'multiplySum',
  'permuteBits',
  'findAny',
  'findRanges',
] as const;

interface Options {
  /** Logarithm of an element's bytes, and the largest there may be. */
  readonly size?: (z: Lowering) => number;
  readonly sizeMax?: number;
  /** Four bits of the instruction. */
  readonly flags?: (z: Lowering) => number;
  readonly setsCode?: (z: Lowering) => boolean;
}

export function vectorHelper(
  name: (typeof operations)[number],
  { size = () => 0, sizeMax = 3, flags = () => 0, setsCode = () => false }: Options = {},
): Semantics {
  return (z) => {
    const { b } = z;
    if (size(z) > sizeMax) return z.specification();
    const registers = z.v1 | (z.v2 << 5) | (z.v3 << 10) | (z.v4 << 15);
    const x = registers | (size(z) << 20) | (flags(z) << 23);
    const operation = operations.indexOf(name) * 2 ** 27;
    const zero = b.const64(0);
    const code = moduleHelper(b, 'vectorInteger', b.const64(x + operation), zero, zero);
    if (setsCode(z)) z.cc(codeValue(b.i32_wrap_i64(code)));
  };
}
