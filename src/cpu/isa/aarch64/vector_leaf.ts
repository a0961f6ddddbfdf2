/** Calls of leaf helpers on vector registers. */

import type { Builder, I32, V128 } from '../../ir/builder.ts';
import { helperOperands } from './registers.ts';

/** Values of vector registers; those a helper does not look at are left out. */
interface VectorOperands {
  readonly d?: V128;
  readonly n: V128;
  readonly m?: V128;
}

/**
 * What helper `id` makes of operands, which it finds in `helperOperands`, if `when` is not 0;
 * `control` (i32) is its first parameter.
 */
export function vectorLeaf(
  b: Builder,
  id: number,
  control: number,
  { d, n, m }: VectorOperands,
  when: I32 = b.const32(1),
): V128 {
  const [slotD, slotN, slotM] = helperOperands;
  if (d !== undefined) b.poke(slotD!, d);
  b.poke(slotN!, n);
  if (m !== undefined) b.poke(slotM!, m);
  b.leaf(id, when, b.const64Halves(control, 0), b.const64(0));
  return b.peek(slotD!);
}
