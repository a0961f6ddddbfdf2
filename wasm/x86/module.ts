/**
 * Helpers of x86-64 code, compiled to wasm by `scripts/build_wasm.js`; the core calls `helper`.
 *
 * The module works on the guest's own memory, at the addresses of `state.ts`. It has no memory of
 * its own, so no static data either.
 */

import { aes, carrylessProduct } from './crypto';
import { scalar, setMxcsr, vector } from './sse';
import { commitStore, loadControl, x87 } from './x87';

/** `moduleHelperFirst`; the order of the cases is that of `names` in `helper_module.ts`. */
const firstId: i32 = 0x1000;
/** From here on, an id has an operation of `scalar` in it. */
const firstScalarId: i32 = 0x1400;

export function helper(id: i32, x: i64, y: i64, _z: i64): i64 {
  if (id >= firstScalarId) return scalar(id - firstScalarId, <u64>x, <u64>y);
  // biome-ignore format: a table
  switch (id - firstId) {
    case 0: return vector(<u64>x);
    case 1: return aes(<i32>x);
    case 2: return carrylessProduct(<u64>x, <u64>y);
    case 3: return setMxcsr(<u32>x);
    case 4: return x87(<u64>x, <u64>y);
    case 5: return commitStore(x !== 0);
    case 6: return loadControl(<u32>x);
    default: return unreachable();
  }
}
