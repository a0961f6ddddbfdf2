/** Vector instructions on integers and strings that have no short form in v128 (chapters 22, 23). */

import { multiplyHigh as polynomialHigh, multiplyLow as polynomialLow } from '../crypto/polynomial';
import { multiplyHigh } from '../float/arithmetic';
import { setVector, vectorAddress, vectorHigh, vectorLow } from './state';

/** An element counted from the left; `size` is the logarithm of its bytes, up to 3. */
function element(n: u32, size: i32, index: i32): u64 {
  // No differences: the compiler would fold their constants into the access and leave it negative.
  const at = vectorAddress(n) + ((index ^ ((16 >> size) - 1)) << size);
  if (size === 0) return load<u8>(at);
  if (size === 1) return load<u16>(at);
  return size === 2 ? load<u32>(at) : load<u64>(at);
}

// The result under construction, element by element from the left.
let high: u64 = 0;
let low: u64 = 0;

function append(size: i32, value: u64): void {
  if (size === 3) {
    high = low;
    low = value;
    return;
  }
  const bits: u64 = (<u64>8) << size;
  high = (high << bits) | (low >> (64 - bits));
  low = (low << bits) | (value & (((<u64>1) << bits) - 1));
}

/** VESLV, VESRLV, VESRAV, VERLLV: each element by its own count. */
function shiftEach(operation: i32, size: i32, v2: u32, v3: u32): void {
  const bits: u64 = (<u64>8) << size;
  for (let i = 0; i < 16 >> size; i++) {
    const x = element(v2, size, i);
    const by = element(v3, size, i) & (bits - 1);
    let value = x << by;
    if (operation === 1) value = x >> by;
    else if (operation === 2) value = <u64>((<i64>(x << (64 - bits)) >> (64 - bits)) >> by);
    else if (operation === 3 && by !== 0) value |= x >> (bits - by);
    append(size, value);
  }
}

/** VSL, VSRL, VSRA: byte after byte, each with what comes in from its neighbour. */
function shiftBits(operation: i32, v2: u32, v3: u32): void {
  const first = element(v2, 0, 0);
  let left: u64 = operation === 2 && first > 0x7f ? 0xff : 0;
  for (let i = 0; i < 16; i++) {
    const x = element(v2, 0, i);
    const by = element(v3, 0, i) & 7;
    const right = i < 15 ? element(v2, 0, i + 1) : 0;
    append(0, operation === 0 ? ((x << 8) | right) >> (8 - by) : ((left << 8) | x) >> by);
    left = x;
  }
}

/** VGFM, VGFMA (`adds` V4): products of even and odd elements, exclusive-ored. */
function galois(size: i32, v2: u32, v3: u32, v4: u32, adds: bool): void {
  for (let i = 0; i < 8 >> size; i++) {
    let wideHigh: u64 = 0;
    let wideLow: u64 = 0;
    for (let odd = 0; odd < 2; odd++) {
      const x = element(v2, size, 2 * i + odd);
      const y = element(v3, size, 2 * i + odd);
      wideLow ^= polynomialLow(x, y);
      if (size === 3) wideHigh ^= polynomialHigh(x, y);
    }
    if (size === 3) {
      high = wideHigh ^ (adds ? vectorHigh(v4) : 0);
      low = wideLow ^ (adds ? vectorLow(v4) : 0);
    } else append(size + 1, wideLow ^ (adds ? element(v4, size + 1, i) : 0));
  }
}

/** (high, low) += x × y, twice where M6 says so. */
function accumulate(x: u64, y: u64, twice: bool): void {
  let upper = multiplyHigh(x, y);
  let lower = x * y;
  if (twice) {
    upper = (upper << 1) | (lower >> 63);
    lower <<= 1;
  }
  low += lower;
  high += upper + (low < lower ? 1 : 0);
}

/** VMSL. */
function multiplySum(v2: u32, v3: u32, v4: u32, m6: i32): void {
  high = vectorHigh(v4);
  low = vectorLow(v4);
  accumulate(vectorHigh(v2), vectorHigh(v3), (m6 & 8) !== 0);
  accumulate(vectorLow(v2), vectorLow(v3), (m6 & 4) !== 0);
}

/** VBPERM: bits of V2 by the numbers in the bytes of V3; numbers above 127 give zeros. */
function permuteBits(v2: u32, v3: u32): void {
  let bits: u64 = 0;
  for (let i = 0; i < 16; i++) {
    const number = element(v3, 0, i);
    let bit: u64 = 0;
    if (number < 64) bit = (vectorHigh(v2) >> (63 - number)) & 1;
    else if (number < 128) bit = (vectorLow(v2) >> (127 - number)) & 1;
    bits = (bits << 1) | bit;
  }
  high = bits;
}

function splat(size: i32, value: u64): v128 {
  if (size === 0) return i8x16.splat(<i8>value);
  return size === 1 ? i16x8.splat(<i16>value) : i32x4.splat(<i32>value);
}

function equal(size: i32, x: v128, y: v128): v128 {
  if (size === 0) return i8x16.eq(x, y);
  return size === 1 ? i16x8.eq(x, y) : i32x4.eq(x, y);
}

function less(size: i32, x: v128, y: v128): v128 {
  if (size === 0) return i8x16.lt_u(x, y);
  return size === 1 ? i16x8.lt_u(x, y) : i32x4.lt_u(x, y);
}

/** Elements of V2 that are some element of V3. */
function anyOf(size: i32, v2: u32, v3: u32): v128 {
  const data = v128.load(vectorAddress(v2));
  let hits = i64x2.splat(0);
  for (let i = 0; i < 16 >> size; i++) {
    hits = v128.or(hits, equal(size, data, splat(size, element(v3, size, i))));
  }
  return hits;
}

/** Elements of V2 that satisfy limit `index` of V3 by its control in V4. */
function satisfied(size: i32, data: v128, v3: u32, v4: u32, index: i32): v128 {
  const control = element(v4, size, index) >> ((8 << size) - 3);
  const limit = splat(size, element(v3, size, index));
  let hits = i64x2.splat(0);
  if ((control & 4) !== 0) hits = v128.or(hits, equal(size, data, limit));
  if ((control & 2) !== 0) hits = v128.or(hits, less(size, data, limit));
  if ((control & 1) !== 0) hits = v128.or(hits, less(size, limit, data));
  return hits;
}

/** Elements of V2 within a range: both limits of an even and odd pair. */
function inRanges(size: i32, v2: u32, v3: u32, v4: u32): v128 {
  const data = v128.load(vectorAddress(v2));
  let hits = i64x2.splat(0);
  for (let i = 0; i < 16 >> size; i += 2) {
    const first = satisfied(size, data, v3, v4, i);
    hits = v128.or(hits, v128.and(first, satisfied(size, data, v3, v4, i + 1)));
  }
  return hits;
}

/** Number of the leftmost byte that is marked; 16 where none is. */
function firstByte(marks: v128): u64 {
  return clz<u32>(<u32>i8x16.bitmask(marks)) - 16;
}

/**
 * The end of VFAE and VSTRC: marks of the elements or the index of the first, and the code. Flags:
 * 8 inverts, 4 asks for marks, 2 looks for a zero element too.
 */
function answer(size: i32, v2: u32, found: v128, flags: i32): i64 {
  const hits = (flags & 8) !== 0 ? v128.not(found) : found;
  const hit = firstByte(hits);
  const data = v128.load(vectorAddress(v2));
  const end = (flags & 2) !== 0 ? firstByte(equal(size, data, i64x2.splat(0))) : 16;
  if ((flags & 4) !== 0) {
    high = i64x2.extract_lane(hits, 1);
    low = i64x2.extract_lane(hits, 0);
  } else high = min(hit, end);
  if (end === 16) return hit === 16 ? 3 : 1;
  return hit < end ? 2 : 0;
}

/** x: V1 to V4 by five bits, element size, flags (four bits), operation. Answers a code. */
export function vectorInteger(x: i64): i64 {
  const control = <u64>x;
  const v1 = <u32>control & 31;
  const v2 = <u32>(control >> 5) & 31;
  const v3 = <u32>(control >> 10) & 31;
  const v4 = <u32>(control >> 15) & 31;
  const size = <i32>(control >> 20) & 7;
  const flags = <i32>(control >> 23) & 15;
  const operation = <i32>(control >> 27) & 15;
  high = 0;
  low = 0;
  let code: i64 = 0;
  switch (operation) {
    case 0:
    case 1:
    case 2:
    case 3:
      shiftEach(operation, size, v2, v3);
      break;
    case 4:
    case 5:
    case 6:
      shiftBits(operation - 4, v2, v3);
      break;
    case 7:
      galois(size, v2, v3, v4, flags !== 0);
      break;
    case 8:
      multiplySum(v2, v3, v4, flags);
      break;
    case 9:
      permuteBits(v2, v3);
      break;
    case 10:
      code = answer(size, v2, anyOf(size, v2, v3), flags);
      break;
    default:
      code = answer(size, v2, inRanges(size, v2, v3, v4), flags);
  }
  setVector(v1, high, low);
  return code;
}
