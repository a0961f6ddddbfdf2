/**
 * Helpers of s390x code, compiled to wasm by `scripts/build_wasm.js`; the core calls `helper`. The
 * module works on the guest's own memory and has no static data.
 */

import { scalar } from './scalar';
import { overlapped } from './storage';
import { compareExtended, vectorFloat } from './vector_float';
import { vectorInteger } from './vector_integer';

/** `moduleHelperFirst`; the order of the cases is that of `names` in `helper_module.ts`. */
const firstId: i32 = 0x1000;

export function helper(id: i32, x: i64, y: i64, z: i64): i64 {
  switch (id - firstId) {
    case 0:
      return scalar(x, y, z);
    case 1:
      return vectorFloat(x, y);
    case 2:
      return compareExtended(x);
    case 3:
      return vectorInteger(x);
    case 4:
      return overlapped(<u64>x, <u64>y);
    default:
      return unreachable();
  }
}
