/**
 * Helpers of AArch64 code, compiled to wasm by `scripts/build_wasm.js`; the core calls `helper`.
 *
 * All are called as leaves: `x` and `y` are operands, vectors are where `state.ts` says. The module
 * works on the guest's own memory; it has none itself, so no static data either.
 */

import { crc32 } from '../crypto/crc';
import { polynomialBytes, polynomialWide } from '../crypto/polynomial';
import { aes, sha } from './crypto';
import { runBinary, runCompare, runFused, runLanes, runUnary } from './float';
import { runIntegerLanes } from './lanes';
import { vd, vm, vn } from './state';

/** Scalar operations on two operands have operation and format in their ids; `scalarId`. */
function scalar(id: i32, x: u64, y: u64): i64 {
  const operation = (id >> 2) & 31;
  const format = id & 3;
  switch (id >> 7) {
    case 0x40:
      return <i64>runBinary(operation, format, x, y);
    case 0x41:
      return <i64>runFused(operation, format, x, y);
    case 0x42:
      return runCompare(format, operation !== 0, x, y);
    default:
      return unreachable();
  }
}

/** `moduleHelperFirst`; the order of the cases is that of `names` in `helper_module.ts`. */
const firstId: i32 = 0x1000;

export function helper(id: i32, x: i64, y: i64, _z: i64): i64 {
  switch (id - firstId) {
    case 0:
      return aes(<i32>x, vd, vn);
    case 1:
      return sha(<i32>x, vd, vn, vm);
    case 2:
      return crc32(<u32>x, <u64>y, <u32>(x >> 32));
    case 3:
      return polynomialWide(<i32>x, vd, vn, vm);
    case 4:
      return polynomialBytes(<i32>x, vd, vn, vm);
    case 5:
      return runLanes(<u32>x);
    case 6:
      return <i64>runUnary(<u64>x, <u32>y);
    case 7:
      return runIntegerLanes(<u32>x);
    default:
      return scalar(id, <u64>x, <u64>y);
  }
}
