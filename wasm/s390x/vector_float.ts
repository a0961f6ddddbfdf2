/** Vector floating point (chapter 24): element by element, or the leftmost one alone. */

import {
  compare,
  difference,
  extreme,
  fused,
  product,
  quotient,
  squareRoot,
  sum,
} from './arithmetic';
import { classOf, convert, fromInteger, toInteger, toIntegral, widthOf } from './conversion';
import {
  begin,
  clearZ,
  current,
  divideByZero,
  extendedFormat,
  flipZ,
  ignore,
  inexact,
  invalid,
  isNan,
  longFormat,
  overflow,
  raised,
  resultHigh,
  resultLow,
  setFormat,
  setResult,
  shortFormat,
  signResult,
  takeX,
  takeY,
  takeZ,
  underflow,
  xKind,
  yKind,
  zKind,
} from './number';
import { fpc, setFpc, setVector, vectorHigh, vectorLow } from './state';

const trapped: i64 = 0x100;

/** Left word of an element; 0 but for extended ones. */
function elementHigh(n: u32, size: i32): u64 {
  return size === extendedFormat ? vectorHigh(n) : 0;
}

/** An element, counted from the left, right-aligned. */
function elementLow(n: u32, size: i32, index: i32): u64 {
  if (size === extendedFormat) return vectorLow(n);
  if (size === longFormat) return index === 0 ? vectorHigh(n) : vectorLow(n);
  const word = index < 2 ? vectorHigh(n) : vectorLow(n);
  return (index & 1) === 0 ? word >> 32 : word & 0xffffffff;
}

// The result register under construction.
let high: u64 = 0;
let low: u64 = 0;

function setElement(size: i32, index: i32): void {
  if (size === extendedFormat) {
    high = resultHigh;
    low = resultLow;
  } else if (size === longFormat) {
    if (index === 0) high = resultLow;
    else low = resultLow;
  } else {
    const by: u64 = (index & 1) === 0 ? 32 : 0;
    const word = (index < 2 ? high : low) & ~((<u64>0xffffffff) << by);
    const value = word | ((resultLow & 0xffffffff) << by);
    if (index < 2) high = value;
    else low = value;
  }
}

/** All ones or zeros as the result. */
function setMask(isTrue: bool): void {
  const ones: u64 = isTrue ? -1 : 0;
  setResult(ones, ones);
}

/** Whether X and Y compare as asked: 0 equal, 1 high, 2 high or equal; 4: NaNs are invalid. */
function relates(extra: i32): bool {
  const code = compare((extra & 4) !== 0);
  const relation = extra & 3;
  if (relation === 0) return code === 0;
  return code === 2 || (relation === 2 && code === 0);
}

function absoluteHigh(bits: u64, size: i32): u64 {
  return size === extendedFormat ? bits & 0x7fffffffffffffff : bits;
}

function absoluteLow(bits: u64, size: i32): u64 {
  if (size === extendedFormat) return bits;
  return bits & (size === shortFormat ? 0x7fffffff : 0x7fffffffffffffff);
}

/** VFMAX, VFMIN: M6 in bits 0–3 of `extra`, bit 4 for the least. */
function extremeOf(extra: i32, size: i32, v2: u32, v3: u32, at: i32): void {
  const how = extra & 7;
  const byAbsolute = (extra & 8) !== 0;
  if (byAbsolute && how !== 0) {
    takeX(absoluteHigh(elementHigh(v2, size), size), absoluteLow(elementLow(v2, size, at), size));
    takeY(absoluteHigh(elementHigh(v3, size), size), absoluteLow(elementLow(v3, size, at), size));
  }
  extreme(how, (extra & 16) !== 0, byAbsolute);
}

/** One element; `extra` is the operation's. Returns whether it counts as marked. */
function element(
  operation: i32,
  size: i32,
  to: i32,
  extra: i32,
  v2: u32,
  v3: u32,
  v4: u32,
  at: i32,
): void {
  setFormat(size);
  takeX(elementHigh(v2, size), elementLow(v2, size, at));
  const chosen = extra & 15;
  const method = chosen === 0 ? current : chosen;
  switch (operation) {
    case 0: // sum, or difference
    case 1:
      takeZ(elementHigh(v3, size), elementLow(v3, size, at));
      if (operation === 0) sum();
      else difference();
      break;
    case 2:
      takeY(elementHigh(v3, size), elementLow(v3, size, at));
      product();
      break;
    case 3:
      takeY(elementHigh(v3, size), elementLow(v3, size, at));
      quotient();
      break;
    case 4: // ±(v2 × v3 ± v4)
      takeY(elementHigh(v3, size), elementLow(v3, size, at));
      takeZ(elementHigh(v4, size), elementLow(v4, size, at));
      fusedOf(extra);
      break;
    case 5:
      squareRoot();
      break;
    case 6: // the sign: changed, negative, positive
      setResult(elementHigh(v2, size), elementLow(v2, size, at));
      signResult(extra === 0, extra !== 2);
      break;
    case 7:
      takeY(elementHigh(v3, size), elementLow(v3, size, at));
      setMask(relates(extra));
      break;
    case 8:
      toIntegral(method);
      break;
    case 9: {
      const bits = elementLow(v2, size, at);
      fromInteger(size === shortFormat ? <u64>(<i64>(<i32>bits)) : bits, true, method);
      break;
    }
    case 10:
      fromInteger(elementLow(v2, size, at), false, method);
      break;
    case 11:
      setResult(0, toInteger(widthOf(size), true, method));
      break;
    case 12:
      setResult(0, toInteger(widthOf(size), false, method));
      break;
    case 13:
      convert(to, current, false);
      break;
    case 14:
      convert(to, method, false);
      break;
    case 15:
      setMask(((extra >> classOf()) & 1) !== 0);
      break;
    default:
      takeY(elementHigh(v3, size), elementLow(v3, size, at));
      extremeOf(extra, size, v2, v3, at);
  }
}

/** `extra`: bit 0 subtracts, bit 1 negates a result that is no NaN. */
function fusedOf(extra: i32): void {
  if ((extra & 1) !== 0) flipZ();
  const hadNan = isNan(xKind) || isNan(yKind) || isNan(zKind);
  fused();
  if ((extra & 2) !== 0 && !hadNan && (raised & invalid) === 0) signResult(true, true);
}

/** Vector-exception code of element `at` if one of its exceptions is enabled, else 0. */
function exceptionCode(at: i32): u32 {
  const interrupting = raised & (fpc() >> 24) & 0xf8;
  if (interrupting === 0) return 0;
  let code: u32 = 5;
  if ((interrupting & invalid) !== 0) code = 1;
  else if ((interrupting & divideByZero) !== 0) code = 2;
  else if ((interrupting & overflow) !== 0) code = 3;
  else if ((interrupting & underflow) !== 0) code = 4;
  return ((<u32>at) << 4) | code;
}

/** The instruction is suppressed but for the exception code. */
function interrupt(code: u32): i64 {
  setFpc((fpc() & ~(<u32>0xff00)) | (code << 8));
  return trapped;
}

/**
 * x: V1 to V4 by five bits; format, format of the result, single element, operation; then whether
 * elements that are left out stay, and inexact results are not noted. y: the operation's `extra`.
 * Answers the code of how many elements are marked.
 */
export function vectorFloat(x: i64, y: i64): i64 {
  const control = <u64>x;
  const v1 = <u32>control & 31;
  const v2 = <u32>(control >> 5) & 31;
  const v3 = <u32>(control >> 10) & 31;
  const v4 = <u32>(control >> 15) & 31;
  const size = <i32>(control >> 20) & 7;
  const to = <i32>(control >> 23) & 7;
  const single = ((control >> 26) & 1) !== 0;
  const operation = <i32>(control >> 27) & 31;
  const keeps = ((control >> 32) & 1) !== 0;
  const isHushed = ((control >> 33) & 1) !== 0;
  high = keeps ? vectorHigh(v1) : 0;
  low = keeps ? vectorLow(v1) : 0;
  const wide = max(size, to);
  const count = single ? 1 : 1 << (extendedFormat - wide);
  let exceptions: u32 = 0;
  let marked = 0;
  for (let i = 0; i < count; i++) {
    begin(fpc());
    element(operation, size, to, <i32>y, v2, v3, v4, i << (wide - size));
    if (isHushed) ignore(inexact);
    const code = exceptionCode(i);
    if (code !== 0) return interrupt(code);
    exceptions |= raised;
    if ((resultHigh | resultLow) !== 0) marked++;
    setElement(to, i << (wide - to));
  }
  if (exceptions !== 0) setFpc(fpc() | (exceptions << 16));
  setVector(v1, high, low);
  return marked === count ? 0 : marked === 0 ? 3 : 1;
}

/** WFC, WFK of extended numbers: V1 and V2 by five bits, then whether every NaN is invalid. */
export function compareExtended(x: i64): i64 {
  const v1 = <u32>x & 31;
  const v2 = <u32>(x >> 5) & 31;
  begin(fpc());
  clearZ();
  setFormat(extendedFormat);
  takeX(vectorHigh(v1), vectorLow(v1));
  takeY(vectorHigh(v2), vectorLow(v2));
  const result = compare(((x >> 10) & 1) !== 0);
  const code = exceptionCode(0);
  if (code !== 0) return interrupt(code);
  if (raised !== 0) setFpc(fpc() | (raised << 16));
  return result;
}
