/**
 * Helpers of AArch64 code, compiled to wasm by `scripts/build_wasm.js`; the core calls `helper`.
 *
 * The module works on the guest's own memory: `x`, `y`, `z` are operands or wasm addresses of
 * registers in the state area. It has no memory of its own, so no static data either.
 */

import { crc32 } from '../crypto/crc';
import { polynomialBytes, polynomialWide } from '../crypto/polynomial';
import { aes, sha } from './crypto';
import { runFloat } from './float';

/** `moduleHelperFirst`; the order of the cases is that of `names` in `helper_module.ts`. */
const firstId: i32 = 0x1000;

export function helper(id: i32, x: i64, y: i64, z: i64): i64 {
  switch (id - firstId) {
    case 0:
      return aes(<i32>x, <u32>(y & 0xffff), <u32>(y >> 16) & 0xffff);
    case 1:
      return sha(<i32>x, <u32>(y & 0xffff), <u32>(y >> 16) & 0xffff, <u32>(y >> 32) & 0xffff);
    case 2:
      return crc32(<u32>x, <u64>y, <u32>z);
    case 3:
      return polynomialWide(<i32>x, <u32>(y & 0xffff), <u32>(y >> 16) & 0xffff, <u32>(y >> 32));
    case 4:
      return polynomialBytes(<i32>x, <u32>(y & 0xffff), <u32>(y >> 16) & 0xffff, <u32>(y >> 32));
    case 5:
      return runFloat(x, y, z);
    default:
      return unreachable();
  }
}
