/** CRC32 and CRC32C of one operand (Arm ARM, CRC32B…CRC32CX). */

import type { Helper } from '../isa.ts';

/** Table of a reflected polynomial, made at first use. */
function crcTable(polynomial: number): Int32Array {
  return Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    return crc;
  });
}

const tables: (Int32Array | undefined)[] = [];
const polynomials = [0xedb88320, 0x82f63b78] as const;

/** x: the CRC so far; y: the data; z: log2 of its bytes, plus 4 for the Castagnoli polynomial. */
export const crc32: Helper = (_, x, y, z) => {
  const form = Number(z);
  const table = (tables[form >> 2] ??= crcTable(polynomials[form >> 2]!));
  let crc = Number(BigInt.asUintN(32, x));
  for (let bytes = 1 << (form & 3), data = y; bytes > 0; bytes--, data >>= 8n) {
    crc = (crc >>> 8) ^ table[(crc ^ Number(data & 0xffn)) & 0xff]!;
  }
  return BigInt(crc >>> 0);
};
