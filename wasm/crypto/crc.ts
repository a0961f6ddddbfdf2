/** CRC32B…CRC32X and CRC32CB…CRC32CX (Arm ARM; reflected polynomials). */

import { multiplyLow } from './polynomial';

/** The polynomials with their highest term, as 33 bits reflected: always odd. */
const ieee: u64 = (0xedb88320 << 1) | 1;
const castagnoli: u64 = (0x82f63b78 << 1) | 1;

/** 1 ÷ p as a power series, to 64 terms: Newton's y²p doubles the right ones. */
function inverse(p: u64): u64 {
  let y: u64 = 1;
  for (let right = 1; right < 64; right *= 2) y = multiplyLow(multiplyLow(y, y), p);
  return y;
}

const ieeeInverse: u64 = inverse(ieee);
const castagnoliInverse: u64 = inverse(castagnoli);

/**
 * `form`: log2 of the bytes of data, plus 4 for the Castagnoli polynomial. The CRC is what remains
 * above the data's bits when a multiple q of the polynomial has cleared them.
 */
export function crc32(crc: u32, data: u64, form: u32): i64 {
  const isCastagnoli = (form & 4) !== 0;
  const p = isCastagnoli ? castagnoli : ieee;
  const bits: u64 = 8 << (form & 3);
  const mask: u64 = bits === 64 ? <u64>-1 : ((<u64>1) << bits) - 1;
  const sum = (data & mask) ^ <u64>crc;
  const q = multiplyLow(sum, isCastagnoli ? castagnoliInverse : ieeeInverse) & mask;
  const low = multiplyLow(q & 0xffffffff, p);
  if (bits < 64) return <i64>((sum ^ low) >> bits);
  return <i64>((multiplyLow(q >> 32, p) ^ (low >> 32)) >> 32);
}
