/**
 * Floating-point instructions of any format, scalar and by lanes, with all of FPCR and FPSR. They are
 * called as leaves: what they know of the state is always in memory, see `registers.ts`.
 */

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
  inexact,
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
import { fpcrAt, fpsrAt, quickAt, vd, vm, vn } from './state';

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

/** Kinds of instructions on lanes; `kinds` of `exact_float.ts`. */
function runKind(kind: i32, count: i32, shape: i32): void {
  clear();
  switch (kind) {
    case 0: // element by element; `shape`: 1 + element of Vm for all, 15: zero
      for (let i = 0; i < count; i++) {
        const second = shape === 15 ? 0 : lane(vm, shape > 0 ? shape - 1 : i, format);
        setLane(i, format, binary(operation, lane(vn, i, format), second));
      }
      break;
    case 1: // neighbours of Vn ‖ Vm
      for (let i = 0; i < count; i++) {
        const from = i * 2 < count || count === 1 ? vn : vm;
        const at = count === 1 ? 0 : (i * 2) % count;
        setLane(i, format, binary(operation, lane(from, at, format), lane(from, at + 1, format)));
      }
      break;
    case 2: // all elements to one
      for (let i = 0; i < count; i++) setLane(i, format, lane(vn, i, format));
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
        const second = lane(vm, shape > 0 ? shape - 1 : i, format);
        const r = accumulate(operation, lane(vd, i, format), lane(vn, i, format), second);
        setLane(i, format, r);
      }
      break;
    case 4:
      for (let i = 0; i < count; i++) setLane(i, format, unary(lane(vn, i, format)));
      break;
    default: // between formats; `shape`: 1 + first element, and narrow results go there
      convertLanes(count, shape);
  }
  store<u64>(vd, load<u64>(scratch));
  store<u64>(vd, load<u64>(scratch, 8), 8);
}

function keepFirst(): void {
  const x = lane(scratch, 0, format);
  clear();
  setLane(0, format, x);
}

function convertLanes(count: i32, shape: i32): void {
  const narrows = otherFormat < format;
  if (narrows && shape > 0) store<u64>(scratch, load<u64>(vd));
  for (let i = 0; i < count; i++) {
    const x = lane(vn, narrows ? i : i + shape, format);
    const to = narrows ? i + shape : i;
    setLane(to, otherFormat, convert(x, format, otherFormat, rounding));
  }
}

/** Starts an instruction: rounding mode, DN, FZ16, FZ and AHP of FPCR. */
function beginInstruction(): void {
  const fpcr = load<u32>(fpcrAt);
  const dn = (fpcr & (1 << 25)) !== 0;
  const fz16 = (fpcr & (1 << 19)) !== 0;
  const fz = (fpcr & (1 << 24)) !== 0;
  begin((fpcr >> 22) & 3, dn, fz16, fz, (fpcr & (1 << 26)) !== 0);
}

/** Ends it: FPSR's flags; from Inexact on, ordinary results need no helper. */
function endInstruction(): void {
  if (raised === 0) return;
  store<u32>(fpsrAt, load<u32>(fpsrAt) | raised);
  if ((raised & inexact) !== 0 && load<u32>(fpcrAt) === 0) store<u32>(quickAt, 1);
}

function decode(control: u32): void {
  operation = control & 31;
  format = (control >> 5) & 3;
  otherFormat = (control >> 7) & 3;
  const mode = (control >> 9) & 7;
  rounding = mode === 7 ? currentRounding : mode;
  isUnsigned = (control & (1 << 12)) !== 0;
  scale = (control >> 25) & 127;
  setFormat(format);
}

/** An instruction on vector registers, by control word. */
export function runLanes(control: u32): i64 {
  beginInstruction();
  decode(control);
  runKind((control >> 13) & 15, (control >> 17) & 15, (control >> 21) & 15);
  endInstruction();
  return 0;
}

/** An instruction with one operand, scalar or general, by control word: the bits of its result. */
export function runUnary(x: u64, control: u32): u64 {
  beginInstruction();
  decode(control);
  let result: u64;
  // biome-ignore format: a table
  switch ((control >> 13) & 15) {
    case 4: result = unary(x); break;
    case 5: result = convert(x, format, otherFormat, rounding); break;
    case 7: result = toInteger(x, scale, 8 << otherFormat, isUnsigned, rounding); break;
    default: result = fromInteger(x, scale, isUnsigned, rounding);
  }
  endInstruction();
  return result;
}

/**
 * Whether x `op` y (sum, difference or product of doubles) is surely exact, and rounds alike in all
 * modes. Programs whose doubles are integers never raise Inexact and come here often.
 */
function isSurelyExact(op: i32, x: u64, y: u64): bool {
  const a = reinterpret<f64>(x);
  const b = reinterpret<f64>(y);
  if (op === 2) {
    const product = abs<f64>(a * b);
    return ((x | y) & 0x7ffffff) === 0 && product >= 1e-300 && product <= 1e300;
  }
  const c = op === 0 ? b : -b;
  const sum = a + c;
  return sum !== 0 && abs<f64>(sum) <= 1e300 && sum - a === c && sum - c === a;
}

/** A scalar operation on two operands. */
export function runBinary(op: i32, type: i32, x: u64, y: u64): u64 {
  if (type === 3 && op <= 2 && isSurelyExact(op, x, y) && (load<u32>(fpcrAt) & (1 << 24)) === 0) {
    const a = reinterpret<f64>(x);
    const b = reinterpret<f64>(y);
    return reinterpret<u64>(op === 0 ? a + b : op === 1 ? a - b : a * b);
  }
  beginInstruction();
  setFormat(type);
  const result = binary(op, x, y);
  endInstruction();
  return result;
}

/** A scalar fused operation; the addend is in Vd. */
export function runFused(op: i32, type: i32, x: u64, y: u64): u64 {
  beginInstruction();
  setFormat(type);
  const result = accumulate(op, lane(vd, 0, type), x, y);
  endInstruction();
  return result;
}

/** NZCV of FCMP, or FCMPE if `signals`. */
export function runCompare(type: i32, signals: bool, x: u64, y: u64): i64 {
  beginInstruction();
  setFormat(type);
  const result = compareFlags(x, y, signals);
  endInstruction();
  return result;
}
