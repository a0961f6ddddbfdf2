/** Products of polynomials over GF(2). */

/** Every fourth bit, from bit n on. */
const bits0: u64 = 0x1111111111111111;
const bits1: u64 = 0x2222222222222222;
const bits2: u64 = 0x4444444444444444;
const bits3: u64 = 0x8888888888888888;

/**
 * The lower 64 bits of the product. Integer products of numbers with three zeros between their
 * bits add at most 16 ones at a place, so that carries stay in the gaps.
 */
export function multiplyLow(x: u64, y: u64): u64 {
  const x0 = x & bits0;
  const x1 = x & bits1;
  const x2 = x & bits2;
  const x3 = x & bits3;
  const y0 = y & bits0;
  const y1 = y & bits1;
  const y2 = y & bits2;
  const y3 = y & bits3;
  const z0 = (x0 * y0) ^ (x1 * y3) ^ (x2 * y2) ^ (x3 * y1);
  const z1 = (x0 * y1) ^ (x1 * y0) ^ (x2 * y3) ^ (x3 * y2);
  const z2 = (x0 * y2) ^ (x1 * y1) ^ (x2 * y0) ^ (x3 * y3);
  const z3 = (x0 * y3) ^ (x1 * y2) ^ (x2 * y1) ^ (x3 * y0);
  return (z0 & bits0) | (z1 & bits1) | (z2 & bits2) | (z3 & bits3);
}

function swapBits(x: u64, mask: u64, by: u64): u64 {
  return ((x & mask) << by) | ((x >> by) & mask);
}

function reverse(x: u64): u64 {
  const bytes = swapBits(
    swapBits(swapBits(x, 0x5555555555555555, 1), 0x3333333333333333, 2),
    0x0f0f0f0f0f0f0f0f,
    4,
  );
  return bswap<u64>(bytes);
}

/** The upper 64 bits of the 127-bit product: the reversed product of the reversed factors. */
export function multiplyHigh(x: u64, y: u64): u64 {
  return reverse(multiplyLow(reverse(x), reverse(y))) >> 1;
}

/** PMULL to 128 bits, of the lower or (`upper`) higher halves. */
export function polynomialWide(upper: i32, d: u32, n: u32, m: u32): i64 {
  const x = load<u64>(n + (upper << 3));
  const y = load<u64>(m + (upper << 3));
  store<u64>(d, multiplyLow(x, y));
  store<u64>(d, multiplyHigh(x, y), 8);
  return 0;
}

/** PMULL of eight bytes to eight halves. */
export function polynomialBytes(upper: i32, d: u32, n: u32, m: u32): i64 {
  const x = v128.load_ext<u8>(n + (upper << 3));
  const y = v128.load_ext<u8>(m + (upper << 3));
  let r = i64x2.splat(0);
  for (let bit = 0; bit < 8; bit++) {
    const ones = v128.shr<i16>(v128.shl<i16>(y, 15 - bit), 15);
    r = v128.xor(r, v128.and(v128.shl<i16>(x, bit), ones));
  }
  v128.store(d, r);
  return 0;
}
