/** Floating-point instructions of any format on registers, by lanes; FPCR and FPSR are exact. */

import {
  add,
  compare,
  divide,
  equal,
  extreme,
  fused,
  greater,
  multiply,
  notLess,
  numberExtreme,
  squareRoot,
} from '../float/arithmetic';
import { convert, fromInteger, roundToIntegral, toInteger } from '../float/conversion';
import {
  absolute,
  begin,
  currentRounding,
  isNan,
  negate,
  raised,
  setFormat,
} from '../float/format';
import {
  compareFlags,
  multiplyExtended,
  reciprocalEstimate,
  reciprocalExponent,
  rootEstimate,
  step,
} from './estimates';

/** Where results are put together: the helpers' scratch bytes of the state area. */
const scratch: u32 = 0x60;

/** What two sources give; the numbers are those of `binaryOperations` in `exact_float.ts`. */
function binary(operation: i32, x: u64, y: u64): u64 {
  // biome-ignore format: a table
  switch (operation) {
    case 0: return add(x, y);
    case 1: return add(x, negateUnlessNan(y));
    case 2: return multiply(x, y);
    case 3: return divide(x, y);
    case 4: return extreme(x, y, false);
    case 5: return extreme(x, y, true);
    case 6: return numberExtreme(x, y, false);
    case 7: return numberExtreme(x, y, true);
    case 8: return negate(multiply(x, y));
    case 9: return multiplyExtended(x, y);
    case 10: return absolute(add(x, negateUnlessNan(y)));
    case 11: return step(x, y, false);
    case 12: return step(x, y, true);
    case 13: return mask(compare(x, y, equal));
    case 14: return mask(compare(x, y, notLess));
    case 15: return mask(compare(x, y, greater));
    case 16: return mask(compare(absolute(x), absolute(y), notLess));
    case 17: return mask(compare(absolute(x), absolute(y), greater));
    case 18: return mask(compare(y, x, notLess));
    default: return mask(compare(y, x, greater));
  }
}

/** Subtraction leaves a NaN's sign alone. */
function negateUnlessNan(x: u64): u64 {
  return isNan(x) ? x : negate(x);
}

function mask(condition: bool): u64 {
  return condition ? <u64>-1 : 0;
}

/** d + n × m and its kin; the numbers are those of `fusedOperations`. */
function accumulate(operation: i32, a: u64, x: u64, y: u64): u64 {
  // biome-ignore format: a table
  switch (operation) {
    case 0: return fused(a, x, y);
    case 1: return fused(a, negate(x), y);
    case 2: return fused(negate(a), negate(x), y);
    default: return fused(negate(a), x, y);
  }
}

// The fields of an instruction's control word, see `exact_float.ts`.
let operation: i32 = 0;
let format: i32 = 0;
let otherFormat: i32 = 0;
let rounding: i32 = 0;
let isUnsigned: bool = false;
let scale: i32 = 0;

function unary(x: u64): u64 {
  // biome-ignore format: a table
  switch (operation) {
    case 0: return squareRoot(x);
    case 1: return roundToIntegral(x, rounding, false);
    case 2: return roundToIntegral(x, rounding, true);
    case 3: return reciprocalEstimate(x);
    case 4: return rootEstimate(x);
    case 5: return reciprocalExponent(x);
    case 6: return toInteger(x, scale, 8 << format, isUnsigned, rounding);
    case 7: return fromInteger(isUnsigned ? x : extended(x), scale, isUnsigned, rounding);
    case 8: return absolute(x);
    default: return negate(x);
  }
}

/** An element of the format's width, sign-extended. */
function extended(x: u64): u64 {
  const by = <u64>(64 - (8 << format));
  return <u64>(<i64>(x << by) >> by);
}

function lane(address: u32, n: i32, type: i32): u64 {
  const at = address + (n << type);
  if (type === 1) return load<u16>(at);
  return type === 2 ? load<u32>(at) : load<u64>(at);
}

function setLane(n: i32, type: i32, value: u64): void {
  const at = scratch + (n << type);
  if (type === 1) store<u16>(at, <u16>value);
  else if (type === 2) store<u32>(at, <u32>value);
  else store<u64>(at, value);
}

function clear(): void {
  store<u64>(scratch, 0);
  store<u64>(scratch, 0, 8);
}

function copyTo(d: u32): void {
  store<u64>(d, load<u64>(scratch));
  store<u64>(d, load<u64>(scratch, 8), 8);
}

/** Kinds of instructions; `kinds` of `exact_float.ts`. */
function runKind(kind: i32, count: i32, shape: i32, y: i64, z: i64): i64 {
  const d = <u32>y & 0xffff;
  const n = <u32>(y >> 16) & 0xffff;
  const m = <u32>(y >> 32) & 0xffff;
  const a = <u32>(y >> 48) & 0xffff;
  clear();
  switch (kind) {
    case 0: // element by element; `shape`: 1 + element of Vm for all, 15: zero
      for (let i = 0; i < count; i++) {
        const second = shape === 15 ? 0 : lane(m, shape > 0 ? shape - 1 : i, format);
        setLane(i, format, binary(operation, lane(n, i, format), second));
      }
      break;
    case 1: // neighbours of Vn ‖ Vm
      for (let i = 0; i < count; i++) {
        const from = i * 2 < count || count === 1 ? n : m;
        const at = count === 1 ? 0 : (i * 2) % count;
        setLane(i, format, binary(operation, lane(from, at, format), lane(from, at + 1, format)));
      }
      break;
    case 2: // all elements to one
      for (let i = 0; i < count; i++) setLane(i, format, lane(n, i, format));
      for (let left = count >> 1; left > 0; left >>= 1) {
        for (let i = 0; i < left; i++) {
          const x = lane(scratch, i * 2, format);
          setLane(i, format, binary(operation, x, lane(scratch, i * 2 + 1, format)));
        }
      }
      keepFirst();
      break;
    case 3: // fused
      for (let i = 0; i < count; i++) {
        const second = lane(m, shape > 0 ? shape - 1 : i, format);
        const r = accumulate(operation, lane(a, i, format), lane(n, i, format), second);
        setLane(i, format, r);
      }
      break;
    case 4:
      for (let i = 0; i < count; i++) setLane(i, format, unary(lane(n, i, format)));
      break;
    case 5: // between formats; `shape`: 1 + first element, and narrow results go there
      convertLanes(d, n, count, shape);
      break;
    case 6: // comparison, made only if z is not 0
      return z === 0
        ? 0
        : compareFlags(lane(n, 0, format), shape === 15 ? 0 : lane(m, 0, format), isUnsigned);
    case 7: {
      const bits = 8 << otherFormat;
      return <i64>toInteger(lane(n, 0, format), scale, bits, isUnsigned, rounding);
    }
    default: // from a general register, extended to 64 bits
      setLane(0, format, fromInteger(z, scale, isUnsigned, rounding));
  }
  copyTo(d);
  return 0;
}

function keepFirst(): void {
  const x = lane(scratch, 0, format);
  clear();
  setLane(0, format, x);
}

function convertLanes(d: u32, n: u32, count: i32, shape: i32): void {
  const narrows = otherFormat < format;
  if (narrows && shape > 0) store<u64>(scratch, load<u64>(d));
  for (let i = 0; i < count; i++) {
    const x = lane(n, narrows ? i : i + shape, format);
    const to = narrows ? i + shape : i;
    setLane(to, otherFormat, convert(x, format, otherFormat, rounding));
  }
}

/** Rounding mode, DN, FZ16, FZ and AHP of FPCR. */
function beginBy(fpcr: u32): void {
  const dn = (fpcr & (1 << 25)) !== 0;
  const fz16 = (fpcr & (1 << 19)) !== 0;
  const fz = (fpcr & (1 << 24)) !== 0;
  begin((fpcr >> 22) & 3, dn, fz16, fz, (fpcr & (1 << 26)) !== 0);
}

/** x: control word; y: addresses of Vd, Vn, Vm, Va; z: an operand from a general register. */
export function runFloat(x: i64, y: i64, z: i64): i64 {
  const control = <u32>x;
  const registers = <u32>(x >> 48);
  beginBy(load<u32>(registers));
  operation = control & 31;
  format = (control >> 5) & 3;
  otherFormat = (control >> 7) & 3;
  const mode = (control >> 9) & 7;
  rounding = mode === 7 ? currentRounding : mode;
  isUnsigned = (control & (1 << 12)) !== 0;
  const kind = (control >> 13) & 15;
  const count = (control >> 17) & 15;
  const shape = (control >> 21) & 15;
  scale = (control >> 25) & 127;
  setFormat(format);
  const result = runKind(kind, count, shape, y, z);
  if (raised !== 0) store<u32>(registers + 4, load<u32>(registers, 4) | raised);
  return result;
}
