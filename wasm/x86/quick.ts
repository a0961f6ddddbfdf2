/**
 * Sums, products and quotients that raise nothing new, by wasm's own arithmetic: rounding to
 * nearest, no flushing, operands normal or zero, results normal or exactly zero, and either exact or
 * with PE raised before.
 */

/** Bits of the result if `quick` says that it has one. */
export let quickResult: u64 = 0;

const roundingAndFlushing: u32 = 0xe040;
const precisionFlag: u32 = 32;

/** The same conditions for all four operations of either width. */
export function quick(operation: u32, isDouble: bool, mxcsr: u32, x: u64, y: u64): bool {
  if ((mxcsr & roundingAndFlushing) !== 0) return false;
  const raised = (mxcsr & precisionFlag) !== 0;
  return isDouble ? quickDouble(operation, raised, x, y) : quickSingle(operation, raised, x, y);
}

const leastDouble: f64 = 2.2250738585072014e-308;
const leastSingle: f32 = 1.1754943508222875e-38;

function usualDouble(x: f64): bool {
  return x === 0 || (abs(x) > leastDouble && abs(x) < Infinity);
}

function usualSingle(x: f32): bool {
  return x === 0 || (abs(x) > leastSingle && abs(x) < <f32>Infinity);
}

/** Bits of the significand from its highest to its lowest one. */
function digits(bits: u64): i32 {
  return 53 - min(<i32>ctz(bits), 52);
}

function quickDouble(operation: u32, raised: bool, p: u64, q: u64): bool {
  const x = reinterpret<f64>(p);
  const y = reinterpret<f64>(q);
  if (!usualDouble(x) || !usualDouble(y)) return false;
  let r: f64;
  let exact = raised;
  if (operation < 2) {
    const z = operation === 0 ? y : -y;
    r = x + z;
    // What rounding has lost (Knuth, TAOCP vol. 2, 4.2.2).
    const part = r - x;
    if (!exact) exact = x - (r - part) + (z - part) === 0;
  } else if (operation === 2) {
    r = x * y;
    if (r === 0 && x !== 0 && y !== 0) return false;
    if (!exact) exact = r === 0 || digits(p) + digits(q) <= 53;
  } else {
    if (y === 0) return false;
    r = x / y;
    if (r === 0 && x !== 0) return false;
    if (!exact) exact = r === 0 || (digits(reinterpret<u64>(r)) + digits(q) <= 53 && r * y === x);
  }
  if (!exact || !usualDouble(r)) return false;
  quickResult = reinterpret<u64>(r);
  return true;
}

function quickSingle(operation: u32, raised: bool, p: u64, q: u64): bool {
  const x = reinterpret<f32>(<u32>p);
  const y = reinterpret<f32>(<u32>q);
  if (!usualSingle(x) || !usualSingle(y)) return false;
  let r: f32;
  let exact = raised;
  if (operation < 2) {
    const z = operation === 0 ? y : -y;
    r = x + z;
    const part = r - x;
    if (!exact) exact = x - (r - part) + (z - part) === 0;
  } else if (operation === 2) {
    r = x * y;
    if (r === 0 && x !== 0 && y !== 0) return false;
    // Products of two singles are exact as doubles.
    if (!exact) exact = <f64>x * <f64>y === <f64>r;
  } else {
    if (y === 0) return false;
    r = x / y;
    if (r === 0 && x !== 0) return false;
    if (!exact) exact = <f64>r * <f64>y === <f64>x;
  }
  if (!exact || !usualSingle(r)) return false;
  quickResult = <u64>reinterpret<u32>(r);
  return true;
}
