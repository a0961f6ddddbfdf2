/**
 * SSE and AVX floating point with all of MXCSR: rounding control, flush-to-zero,
 * denormals-are-zero, exception flags (SDM vol. 1, 10.2.3, 11.5; table 4-9: tininess is detected
 * after rounding). `src/cpu/isa/x86/exact_float.ts` calls it where inline code does not know.
 */

import { changeInstructionSet } from '../env';
import { add, divide, fused, multiply, order, squareRoot } from '../float/arithmetic';
import { convert, fromInteger, roundToIntegral, toInteger } from '../float/conversion';
import {
  absolute,
  begin,
  currentRounding,
  detectTinyAfterRounding,
  divideByZero,
  double,
  fractionBits,
  half,
  inexact,
  infinity,
  invalid,
  isNan,
  isSignalling,
  negate,
  raised,
  setFormat,
  signed,
  signOf,
  single,
  tiny,
} from '../float/format';
import { quick, quickResult } from './quick';
import { mxcsr as mxcsrAt, operands, pending } from './state';

// Exception flags of MXCSR; masks are 7 bits higher.
const invalidFlag: u32 = 1;
const denormalFlag: u32 = 2;
const underflowFlag: u32 = 16;
const precisionFlag: u32 = 32;
/** Those found before an operation is done. */
const flagsBefore: u32 = 7;
// Control bits of MXCSR.
const denormalsAreZero: u32 = 0x40;
const underflowMask: u32 = 0x800;
const flushToZero: u32 = 0x8000;

let mxcsr: u32 = 0;
/** Exceptions of the instruction, as flags of MXCSR. */
let flags: u32 = 0;

/** The rounding method of MXCSR.RC's or an immediate's number: nearest, down, up, to zero. */
function methodOf(mode: u32): i32 {
  return mode === 1 ? 2 : mode === 2 ? 1 : <i32>mode;
}

/** The method of a mode 0…3, or MXCSR's for 4 and more. */
function chosenMethod(mode: u32): i32 {
  return mode & 4 ? currentRounding : methodOf(mode & 3);
}

function start(format: i32): void {
  mxcsr = load<u32>(mxcsrAt);
  flags = 0;
  begin(methodOf((mxcsr >> 13) & 3), false, false, false, false);
  detectTinyAfterRounding(true);
  setFormat(format);
}

/** Puts the flags into MXCSR; an unmasked one found before the operation keeps the later ones out. */
function finish(): void {
  const masks = mxcsr >> 7;
  if ((flags & ~masks & flagsBefore) !== 0) flags &= flagsBefore;
  store<u32>(mxcsrAt, mxcsr | flags);
  store<u32>(pending, flags & ~masks);
}

function isDenormal(x: u64): bool {
  const magnitude = absolute(x);
  return magnitude !== 0 && magnitude >> fractionBits === 0;
}

/** An operand; DAZ makes a denormal a zero of its sign. */
function input(x: u64): u64 {
  return (mxcsr & denormalsAreZero) !== 0 && isDenormal(x) ? signed(signOf(x)) : x;
}

function noteDenormal(x: u64): void {
  if (isDenormal(x)) flags |= denormalFlag;
}

function noteSignalling(x: u64): void {
  if (isSignalling(x)) flags |= invalidFlag;
}

function quiet(x: u64): u64 {
  return x | ((<u64>1) << (fractionBits - 1));
}

/** The first operand if it is a NaN, else the second (SDM vol. 1, table 4-7). */
function nanOf(x: u64, y: u64): u64 {
  noteSignalling(x);
  noteSignalling(y);
  return quiet(isNan(x) ? x : y);
}

/** A result of the shared arithmetic, its exceptions as flags. */
function finished(result: u64): u64 {
  if ((raised & invalid) !== 0) {
    flags |= invalidFlag;
    return signed(1) | quiet(infinity(0));
  }
  flags |= (raised & 0x1e) << 1;
  // A sum with zero is not rounded.
  if (!tiny && !isDenormal(result)) return result;
  if ((mxcsr & underflowMask) === 0) flags |= underflowFlag;
  else if ((mxcsr & flushToZero) !== 0) {
    flags |= underflowFlag | precisionFlag;
    return signed(signOf(result));
  }
  return result;
}

/** Forgets the exceptions of the lane before. */
function again(): void {
  begin(currentRounding, false, false, false, false);
}

/** ADD, SUB, MUL, DIV by number. */
function binary(operation: u32, a: u64, b: u64): u64 {
  const x = input(a);
  const y = input(b);
  if (isNan(x) || isNan(y)) return nanOf(x, y);
  let r: u64;
  if (operation === 0) r = add(x, y);
  else if (operation === 1) r = add(x, negate(y));
  else r = operation === 2 ? multiply(x, y) : divide(x, y);
  if ((raised & (invalid | divideByZero)) === 0) {
    noteDenormal(x);
    noteDenormal(y);
  }
  return finished(r);
}

/** The second operand unless the first is strictly less (`largest`: greater). */
function extreme(largest: bool, a: u64, b: u64): u64 {
  const x = input(a);
  const y = input(b);
  if (isNan(x) || isNan(y)) {
    flags |= invalidFlag;
    return y;
  }
  noteDenormal(x);
  noteDenormal(y);
  return order(x, y) === (largest ? 1 : -1) ? x : y;
}

function root(a: u64): u64 {
  const x = input(a);
  if (isNan(x)) return nanOf(x, x);
  const r = squareRoot(x);
  if ((raised & invalid) === 0) noteDenormal(x);
  return finished(r);
}

const unordered: i32 = 2;

/** −1, 0, 1 or unordered; `signals`: quiet NaNs raise IE too. */
function compared(signals: bool, a: u64, b: u64): i32 {
  const x = input(a);
  const y = input(b);
  if (isNan(x) || isNan(y)) {
    noteSignalling(x);
    noteSignalling(y);
    if (signals) flags |= invalidFlag;
    return unordered;
  }
  noteDenormal(x);
  noteDenormal(y);
  return order(x, y);
}

/** Predicates that raise IE for quiet NaNs: bit n of this for n below 16, its opposite above. */
const signallingPredicates: u32 = 0x6666;

/** CMPccPS …: all ones if the predicate 0…31 holds. */
function predicate(number: u32, x: u64, y: u64): u64 {
  const n = number & 15;
  const o = compared(((signallingPredicates >> n) & 1) !== number >> 4, x, y);
  const kind = (n & 3) | ((n & 8) >> 1);
  let holds: bool;
  // biome-ignore format: a table
  switch (kind) {
    case 0: holds = o === 0; break;
    case 1: holds = o === -1; break;
    case 2: holds = o === -1 || o === 0; break;
    case 3: holds = o === unordered; break;
    case 4: holds = o === -1 || o === 1; break;
    case 5: holds = o === 0 || o === 1; break;
    case 6: holds = o === 1; break;
    default: holds = true;
  }
  // 4…11 are the opposites.
  if (n >= 4 && n < 12) holds = !holds;
  return holds ? <u64>-1 : 0;
}

/** x × y + z rounded once; `signs`: bit 0 negates the product, bit 1 the addend. */
function multiplyAdd(signs: u32, a: u64, b: u64, c: u64): u64 {
  const x = input(a);
  const y = input(b);
  const z = input(c);
  if (isNan(x) || isNan(y) || isNan(z)) {
    noteSignalling(z);
    return isNan(x) || isNan(y) ? nanOf(x, y) : quiet(z);
  }
  const r = fused(signs & 2 ? negate(z) : z, signs & 1 ? negate(x) : x, y);
  if ((raised & invalid) === 0) {
    noteDenormal(x);
    noteDenormal(y);
    noteDenormal(z);
  }
  return finished(r);
}

/** ROUND by its immediate; bit 3 leaves PE alone. */
function integral(control: u32, a: u64): u64 {
  const x = input(a);
  if (isNan(x)) return nanOf(x, x);
  const r = roundToIntegral(x, chosenMethod(control), true);
  if (raised !== 0 && !(control & 8)) flags |= precisionFlag;
  return r;
}

/** To a signed integer of `bits` bits; what does not fit is the least one. */
function integer(bits: i32, mode: u32, a: u64): u64 {
  const x = input(a);
  const r = isNan(x) ? 0 : toInteger(x, 0, bits, false, chosenMethod(mode));
  if (isNan(x) || (raised & invalid) !== 0) {
    flags |= invalidFlag;
    return (<u64>-1) << (bits - 1);
  }
  if ((raised & inexact) !== 0) flags |= precisionFlag;
  return r;
}

/** Between formats; `mode` as an immediate's. A NaN keeps what fits and becomes quiet. */
function converted(from: i32, to: i32, mode: u32, a: u64): u64 {
  setFormat(from);
  const x = from === half ? a : input(a);
  if (isNan(x)) {
    noteSignalling(x);
    return convert(x, from, to, 0);
  }
  if (from !== half) noteDenormal(x);
  const r = convert(x, from, to, chosenMethod(mode));
  // Half precision knows no flush-to-zero.
  if (to !== half) return finished(r);
  flags |= (raised & 0x1e) << 1;
  if (tiny && (mxcsr & underflowMask) === 0) flags |= underflowFlag;
  return r;
}

/** One lane of an operation on lanes of the format at hand; numbers of `exact_float.ts`. */
function lane(operation: u32, control: u32, x: u64, y: u64, z: u64, n: i32): u64 {
  // biome-ignore format: a table
  switch (operation) {
    case 0: case 1: case 2: case 3: return binary(operation, x, y);
    case 4: return extreme(false, x, y);
    case 5: return extreme(true, x, y);
    case 6: return root(y);
    case 7: return predicate(control, x, y);
    case 8: return multiplyAdd((control & 1) | (((n & 1 ? control >> 2 : control >> 1) & 1) << 1), x, y, z);
    default: return integral(control, y);
  }
}

function at(operand: u32, n: i32, isDouble: bool): u32 {
  return operands + 16 * operand + (isDouble ? 8 * n : 4 * n);
}

function read(operand: u32, n: i32, isDouble: bool): u64 {
  return isDouble ? load<u64>(at(operand, n, true)) : load<u32>(at(operand, n, false));
}

function write(n: i32, isDouble: bool, value: u64): void {
  if (isDouble) store<u64>(at(0, n, true), value);
  else store<u32>(at(0, n, false), <u32>value);
}

const firstConversion: u32 = 10;

/** x: operation | double << 5 | control << 6 | lanes << 11; the result is operand word 0. */
export function vector(x: u64): i64 {
  const operation = <u32>x & 31;
  const isDouble = (x & 0x20) !== 0;
  const control = <u32>(x >> 6) & 31;
  const count = <i32>(x >> 11) & 15;
  start(isDouble ? double : single);
  if (operation >= firstConversion) changeWidth(operation, isDouble, control, count);
  else {
    for (let n = 0; n < count; n++) {
      const a = read(0, n, isDouble);
      const b = read(1, n, isDouble);
      if (operation < 4 && quick(operation, isDouble, mxcsr | flags, a, b)) {
        write(n, isDouble, quickResult);
        continue;
      }
      again();
      write(n, isDouble, lane(operation, control, a, b, read(2, n, isDouble), n));
    }
  }
  finish();
  return 0;
}

/** Conversions of the lanes of operand 1; lanes of the result that have no source are zero. */
function changeWidth(operation: u32, isDouble: bool, control: u32, count: i32): void {
  const source = v128.load(operands + 16);
  v128.store(operands, i64x2.splat(0));
  v128.store(operands + 32, source);
  for (let n = 0; n < count; n++) {
    again();
    // biome-ignore format: a table
    switch (operation) {
      case 10: setFormat(isDouble ? double : single); write(n, false, integer(32, control, read(2, n, isDouble))); break;
      case 11: write(n, false, integerTo(single, <i64>(<i32>read(2, n, false)))); break;
      case 12: write(n, false, converted(double, single, 4, read(2, n, true))); break;
      case 13: write(n, true, converted(single, double, 4, read(2, n, false))); break;
      case 14: store<u16>(operands + 2 * n, <u16>converted(single, half, control, read(2, n, false))); break;
      default: write(n, false, converted(half, single, 4, load<u16>(operands + 32 + 2 * n)));
    }
  }
}

function integerTo(format: i32, x: i64): u64 {
  setFormat(format);
  const r = fromInteger(<u64>x, 0, false, currentRounding);
  if (raised !== 0) flags |= precisionFlag;
  return r;
}

/** control: operation | double << 5 | control << 6; a third operand is in operand word 2. */
export function scalar(word: u32, x: u64, y: u64): i64 {
  const operation = word & 31;
  const isDouble = (word & 0x20) !== 0;
  const control = word >> 6;
  const format = isDouble ? double : single;
  start(format);
  let result: u64;
  // biome-ignore format: a table
  switch (operation) {
    case 10: result = integer(32, control, y); break;
    case 12: result = converted(double, single, 4, y); break;
    case 13: result = converted(single, double, 4, y); break;
    case 16: result = integerTo(format, <i64>x); break;
    case 17: result = integer(64, control, y); break;
    case 18: result = orderNumber(compared(control !== 0, x, y)); break;
    default:
      if (operation < 4 && quick(operation, isDouble, mxcsr, x, y)) {
        result = quickResult;
      } else result = lane(operation, control, x, y, read(2, 0, isDouble), 0);
  }
  finish();
  return <i64>result;
}

/** A double that compares with zero as the order says. */
function orderNumber(o: i32): u64 {
  return reinterpret<u64>(o === unordered ? NaN : <f64>o);
}

const masks: u32 = 0x1f80;

/** LDMXCSR. */
export function setMxcsr(value: u32): i64 {
  if ((value & masks) !== masks) changeInstructionSet();
  store<u32>(mxcsrAt, value);
  return 0;
}
