/**
 * Rare Advanced SIMD operations on integers, an element at a time: saturating and rounding shifts,
 * doubling products, polynomial products, estimates (Arm ARM C7.2). FPSR.QC is set where a result is
 * saturated. Called as leaves: operands, result and FPSR are always in memory.
 */

import { reciprocalEntry, rootEntry } from './estimates';
import { fpsrAt, vd, vm, vn } from './state';

/** Where the result is put together: the helpers' scratch bytes of the state area. */
const scratch: u32 = 0x60;

const saturationBit: u32 = 1 << 27;

/** Whether the instruction at hand has saturated. */
let saturation: bool = false;

/** Bits of a source element. */
let bits: i32 = 8;

function greatest(width: i32): i64 {
  return <i64>(((<u64>1) << (width - 1)) - 1);
}

function greatestUnsigned(width: i32): u64 {
  return <u64>-1 >> (64 - width);
}

function saturated(value: i64): i64 {
  saturation = true;
  return value;
}

/** A value in the range of signed numbers of `width` bits. */
function toSigned(value: i64, width: i32): i64 {
  const top = greatest(width);
  if (value > top) return saturated(top);
  return value < ~top ? saturated(~top) : value;
}

/** The same for unsigned numbers; `value` is signed. */
function toUnsigned(value: i64, width: i32): i64 {
  if (value < 0) return saturated(0);
  const top = greatestUnsigned(width);
  return <u64>value > top ? saturated(<i64>top) : value;
}

/** x << by, saturated; `by` from 0 to 127. */
function leftSigned(x: i64, by: i32): i64 {
  if (x === 0) return 0;
  const limit = x < 0 ? ~greatest(bits) : greatest(bits);
  if (by >= bits) return saturated(limit);
  const shifted = x << by;
  if (shifted >> by !== x) return saturated(limit);
  return toSigned(shifted, bits);
}

function leftUnsigned(x: u64, by: i32): i64 {
  if (x === 0) return 0;
  const top = greatestUnsigned(bits);
  if (by >= bits || (x << by) >> by !== x || x << by > top) return saturated(<i64>top);
  return <i64>(x << by);
}

/** x >> by, rounded where asked for; `by` from 1 to 128. */
function rightSigned(x: i64, by: i32, round: bool): i64 {
  if (by > 63) return round ? 0 : x >> 63;
  return (x >> by) + (round ? (x >> (by - 1)) & 1 : 0);
}

function rightUnsigned(x: u64, by: i32, round: bool): i64 {
  if (by > 64 || (by === 64 && !round)) return 0;
  if (by === 64) return <i64>(x >> 63);
  return <i64>((x >> by) + (round ? (x >> (by - 1)) & 1 : 0));
}

/** SQSHL and its kin: left by the signed low byte of y. */
function shiftSigned(x: i64, y: i64, round: bool): i64 {
  const by = <i32>(<i8>y);
  return by >= 0 ? leftSigned(x, by) : rightSigned(x, -by, round);
}

function shiftUnsigned(x: i64, y: i64, round: bool): i64 {
  const by = <i32>(<i8>y);
  return by >= 0 ? leftUnsigned(x, by) : rightUnsigned(x, -by, round);
}

/** A right shift to half the width; 0 is a narrowing alone. */
function narrowSigned(x: i64, by: i32, round: bool): i64 {
  return by === 0 ? x : rightSigned(x, by, round);
}

function narrowUnsigned(x: i64, by: i32, round: bool): i64 {
  const value = <u64>(by === 0 ? x : rightUnsigned(x, by, round));
  const top = greatestUnsigned(bits >> 1);
  return value > top ? saturated(<i64>top) : <i64>value;
}

/** High half of the doubled product, plus or minus an accumulator: half of all terms fits 64 bits. */
function doublingHigh(start: i64, product: i64, round: bool): i64 {
  const rounding = round ? (<i64>1) << (bits - 2) : 0;
  return toSigned((start + product + rounding) >> (bits - 1), bits);
}

/** The doubled product in twice the width. */
function doublingLong(x: i64, y: i64): i64 {
  const product = x * y;
  const top = (<i64>1) << (2 * bits - 2);
  return product === top ? saturated(greatest(2 * bits)) : product << 1;
}

/** d + x in twice the width. */
function addLong(d: i64, x: i64): i64 {
  const sum = d + x;
  if (bits < 32) return toSigned(sum, 2 * bits);
  const overflows = ((d ^ sum) & (x ^ sum)) < 0;
  return overflows ? saturated(d < 0 ? ~greatest(64) : greatest(64)) : sum;
}

/** d − x; x is never the least number, but where d − x is saturated all the same. */
function subtractLong(d: i64, x: i64): i64 {
  const difference = d - x;
  if (bits < 32) return toSigned(difference, 2 * bits);
  const overflows = ((d ^ x) & (d ^ difference)) < 0;
  return overflows ? saturated(d < 0 ? ~greatest(64) : greatest(64)) : difference;
}

/** Signed d plus unsigned x. */
function addUnsigned(d: i64, x: i64): i64 {
  const extended = <u64>x & greatestUnsigned(bits);
  const room = <u64>greatest(bits) - <u64>d;
  return extended > room ? saturated(greatest(bits)) : d + <i64>extended;
}

/** Unsigned d plus signed x. */
function addSigned(d: i64, x: i64): i64 {
  const change = (x << (64 - bits)) >> (64 - bits);
  const top = greatestUnsigned(bits);
  if (change < 0) return <u64>d < <u64>-change ? saturated(0) : d + change;
  return <u64>change > top - <u64>d ? saturated(<i64>top) : d + change;
}

function negated(x: i64): i64 {
  return x === ~greatest(bits) ? saturated(greatest(bits)) : -x;
}

/** Product of bytes over GF(2). */
function polynomial(x: i64, y: i64): i64 {
  let result: i64 = 0;
  for (let at = 0; at < 8; at++) if ((x >> at) & 1) result ^= y << at;
  return result;
}

function reciprocal(x: i64): i64 {
  return x >> 31 === 0 ? 0xffffffff : (<i64>reciprocalEntry(<u32>(x >> 23))) << 23;
}

function root(x: i64): i64 {
  return x >> 30 === 0 ? 0xffffffff : (<i64>rootEntry(<u32>(x >> 23))) << 23;
}

/** Operations by number: `laneOperations` of `simd.ts`. */
function apply(operation: i32, x: i64, y: i64, d: i64, by: i32): i64 {
  // biome-ignore format: a table
  switch (operation) {
    case 0: return shiftSigned(x, y, false);
    case 1: return shiftSigned(x, y, true);
    case 2: return leftSigned(x, by);
    case 3: return toSigned(narrowSigned(x, by, false), bits >> 1);
    case 4: return toSigned(narrowSigned(x, by, true), bits >> 1);
    case 5: return x < 0 ? saturated(0) : leftUnsigned(x, by);
    case 6: return toUnsigned(narrowSigned(x, by, false), bits >> 1);
    case 7: return toUnsigned(narrowSigned(x, by, true), bits >> 1);
    case 8: return doublingHigh(0, x * y, false);
    case 9: return doublingHigh(0, x * y, true);
    case 10: return doublingHigh(d << (bits - 1), x * y, true);
    case 11: return doublingHigh(d << (bits - 1), -(x * y), true);
    case 12: return doublingLong(x, y);
    case 13: return addLong(d, doublingLong(x, y));
    case 14: return subtractLong(d, doublingLong(x, y));
    case 15: return x < 0 ? negated(x) : x;
    case 16: return negated(x);
    case 17: return addUnsigned(d, x);
    case 18: return shiftUnsigned(x, y, false);
    case 19: return shiftUnsigned(x, y, true);
    case 20: return leftUnsigned(x, by);
    case 21: return narrowUnsigned(x, by, false);
    case 22: return narrowUnsigned(x, by, true);
    case 23: return addSigned(d, x);
    case 24: return polynomial(x, y);
    case 25: return reciprocal(x);
    default: return root(x);
  }
}

/** The first operation on unsigned elements. */
const unsignedFirst: i32 = 18;

function lane(address: u32, n: i32, size: i32, isUnsigned: bool): i64 {
  const at = address + (n << size);
  // biome-ignore format: a table
  switch (size) {
    case 0: return isUnsigned ? <i64>load<u8>(at) : <i64>load<i8>(at);
    case 1: return isUnsigned ? <i64>load<u16>(at) : <i64>load<i16>(at);
    case 2: return isUnsigned ? <i64>load<u32>(at) : <i64>load<i32>(at);
    default: return load<i64>(at);
  }
}

function setLane(n: i32, size: i32, value: i64): void {
  const at = scratch + (n << size);
  if (size === 0) store<u8>(at, <u8>value);
  else if (size === 1) store<u16>(at, <u16>value);
  else if (size === 2) store<u32>(at, <u32>value);
  else store<i64>(at, value);
}

/** An instruction by control word, see `laneHelper` of `simd.ts`. */
export function runIntegerLanes(control: u32): i64 {
  const operation = <i32>(control & 31);
  const size = <i32>((control >> 5) & 3);
  const keep = <i32>((control >> 7) & 31);
  const isUpper = ((control >> 12) & 1) !== 0;
  /** Whether results are as wide as sources, twice, or half. */
  const form = <i32>((control >> 13) & 3);
  const element = <i32>((control >> 15) & 31) - 1;
  const by = <i32>(control >> 24);
  const isUnsigned = operation >= unsignedFirst;
  bits = 8 << size;
  saturation = false;
  const sizeOut = form === 1 ? size + 1 : form === 2 ? size - 1 : size;
  const count = keep >> (form === 2 ? sizeOut : size);
  const from = form === 1 && isUpper ? 8 >> size : 0;
  store<u64>(scratch, 0);
  store<u64>(scratch, 0, 8);
  for (let i = 0; i < count; i++) {
    const x = lane(vn, i + from, size, isUnsigned);
    const y =
      element >= 0 ? lane(vm, element, size, isUnsigned) : lane(vm, i + from, size, isUnsigned);
    setLane(i, sizeOut, apply(operation, x, y, lane(vd, i, sizeOut, isUnsigned), by));
  }
  if (form === 2 && isUpper) store<u64>(vd, load<u64>(scratch), 8);
  else {
    store<u64>(vd, load<u64>(scratch));
    store<u64>(vd, load<u64>(scratch, 8), 8);
  }
  if (saturation) store<u32>(fpsrAt, load<u32>(fpsrAt) | saturationBit);
  return 0;
}
