/** AES-NI and PCLMULQDQ (SDM vol. 2). Operands and result are in the operand words. */

import {
  mixColumns,
  shiftRows,
  substitute,
  substituteInverse,
  unmixColumns,
  unshiftRows,
} from '../crypto/aes';
import { multiplyHigh, multiplyLow } from '../crypto/polynomial';
import { operands } from './state';

/** AESENC, AESENCLAST, AESDEC, AESDECLAST with the key in word 1; AESIMC; AESKEYGENASSIST. */
export function aes(operation: i32): i64 {
  const x = v128.load(operands);
  const key = v128.load(operands + 16);
  let r: v128;
  // biome-ignore format: a table
  switch (operation) {
    case 0: r = v128.xor(mixColumns(substitute(shiftRows(x))), key); break;
    case 1: r = v128.xor(substitute(shiftRows(x)), key); break;
    case 2: r = v128.xor(unmixColumns(substituteInverse(unshiftRows(x))), key); break;
    case 3: r = v128.xor(substituteInverse(unshiftRows(x)), key); break;
    case 4: r = unmixColumns(x); break;
    default: r = assisted(substitute(x));
  }
  v128.store(operands, r);
  return 0;
}

/** Words 1 and 3, each followed by itself rotated by a byte. */
function assisted(x: v128): v128 {
  return v128.shuffle<u8>(x, x, 4, 5, 6, 7, 5, 6, 7, 4, 12, 13, 14, 15, 13, 14, 15, 12);
}

/** The 128-bit product of two polynomials. */
export function carrylessProduct(x: u64, y: u64): i64 {
  store<u64>(operands, multiplyLow(x, y));
  store<u64>(operands, multiplyHigh(x, y), 8);
  return 0;
}
