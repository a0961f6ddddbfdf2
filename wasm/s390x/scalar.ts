/** BFP instructions on floating-point registers (chapter 19). */

import {
  compare,
  difference,
  divideToInteger,
  fused,
  integerHigh,
  integerLow,
  product,
  quotient,
  squareRoot,
  sum,
} from './arithmetic';
import {
  classOf,
  codeOf,
  convert,
  fromInteger,
  isOutside,
  toInteger,
  toIntegral,
} from './conversion';
import {
  begin,
  clearY,
  clearZ,
  current,
  extendedFormat,
  flipZ,
  format,
  ignore,
  incremented,
  inexact,
  nanResult,
  raised,
  resultHigh,
  resultLow,
  setFormat,
  setResult,
  shortFormat,
  takeX,
  takeY,
  takeZ,
  xBitsHigh,
  xBitsLow,
} from './number';
import { fpc, setFloat, setFpc, setGeneral, setGeneralLow, setShort, vectorHigh } from './state';

/** Answer beside a condition code: an exception is to interrupt the program. */
const trapped: i64 = 0x100;
/** The same where the target has been left alone. */
const suppressed: i64 = 0x200;

function bitsHigh(n: u32, size: i32): u64 {
  return size === extendedFormat ? vectorHigh(n) : 0;
}

function bitsLow(n: u32, size: i32): u64 {
  if (size === extendedFormat) return vectorHigh(n + 2);
  return size === shortFormat ? vectorHigh(n) >> 32 : vectorHigh(n);
}

function put(n: u32, high: u64, low: u64): void {
  if (format === extendedFormat) {
    setFloat(n, high);
    setFloat(n + 2, low);
  } else if (format === shortFormat) setShort(n, <u32>low);
  else setFloat(n, low);
}

/** Data-exception code of an enabled overflow, underflow or inexact result. */
function inexactCode(exceptions: u32): u32 {
  if ((exceptions & inexact) === 0) return 0;
  return incremented ? 0x0c : 0x08;
}

// What becomes of the result.
let isSuppressed: bool = false;

/**
 * Notes the exceptions in the FPC. An enabled one sets the data-exception code instead; invalid
 * operands and division by zero then leave the target alone.
 */
export function signal(): bool {
  isSuppressed = false;
  if (raised === 0) return false;
  const control = fpc();
  const interrupting = raised & (control >> 24) & 0xf8;
  if (interrupting === 0) {
    setFpc(control | (raised << 16));
    return false;
  }
  let code: u32 = 0;
  let noted: u32 = 0;
  if ((interrupting & 0xc0) !== 0) {
    code = (interrupting & 0x80) !== 0 ? 0x80 : 0x40;
    isSuppressed = true;
  } else if ((interrupting & 0x30) !== 0) {
    code = (interrupting & 0x30) | inexactCode(raised);
  } else {
    code = inexactCode(raised);
    noted = raised & ~interrupting;
  }
  setFpc((control & ~(<u32>0xff00)) | (noted << 16) | (code << 8));
  return true;
}

/** The condition code, or what kind of interruption there is beside it. */
function answer(code: i32): i64 {
  if (!signal()) return code;
  return isSuppressed ? suppressed : <i64>code | trapped;
}

function finish(r1: u32, code: i32): i64 {
  const result = answer(code);
  if (!isSuppressed) put(r1, resultHigh, resultLow);
  return result;
}

/** LOAD AND TEST: a signaling NaN becomes quiet. */
function loadAndTest(): void {
  clearY();
  clearZ();
  if (!nanResult()) setResult(xBitsHigh, xBitsLow);
}

/** R1, R2, R3, M3, M4 by four bits of x; then operation, format, other format, two flags. */
export function scalar(x: i64, y: i64, z: i64): i64 {
  const control = <u64>x;
  const r1 = <u32>control & 15;
  const r2 = <u32>(control >> 4) & 15;
  const r3 = <u32>(control >> 8) & 15;
  const m3 = <i32>(control >> 12) & 15;
  const m4 = <i32>(control >> 16) & 15;
  const operation = <i32>(control >> 20) & 31;
  const size = <i32>(control >> 25) & 7;
  const to = <i32>(control >> 28) & 7;
  const first = ((control >> 31) & 1) !== 0;
  const second = ((control >> 32) & 1) !== 0;
  begin(fpc());
  setFormat(size);
  const high = bitsHigh(r2, size);
  const low = size === extendedFormat ? bitsLow(r2, size) : <u64>y;
  const method = m3 === 0 ? current : m3;
  switch (operation) {
    case 0: // sum, or difference
      takeX(bitsHigh(r1, size), bitsLow(r1, size));
      takeZ(high, low);
      if (first) difference();
      else sum();
      return finish(r1, resultCode());
    case 1:
      takeX(bitsHigh(r1, size), bitsLow(r1, size));
      takeY(high, low);
      product();
      return finish(r1, 0);
    case 2:
      takeX(bitsHigh(r1, size), bitsLow(r1, size));
      takeY(high, low);
      quotient();
      return finish(r1, 0);
    case 3:
      takeX(high, low);
      squareRoot();
      return finish(r1, 0);
    case 4: // second operand × R3 ± R1
      takeX(high, low);
      takeY(bitsHigh(r3, size), bitsLow(r3, size));
      takeZ(bitsHigh(r1, size), bitsLow(r1, size));
      if (first) flipZ();
      fused();
      return finish(r1, 0);
    case 5: // comparison, quiet or not
      takeX(bitsHigh(r1, size), bitsLow(r1, size));
      takeY(high, low);
      return answer(compare(first));
    case 6:
      takeX(high, low);
      loadAndTest();
      return finish(r1, codeOf());
    case 7: // between formats, rounded or not
      takeX(high, low);
      convert(to, method, first);
      if ((m4 & 4) !== 0) ignore(inexact);
      return finish(r1, 0);
    case 8:
      takeX(high, low);
      toIntegral(method);
      if ((m4 & 4) !== 0) ignore(inexact);
      return finish(r1, 0);
    case 9: // from an integer, signed or not
      fromInteger(<u64>y, first, method);
      if ((m4 & 4) !== 0) ignore(inexact);
      return finish(r1, 0);
    case 10: // to an integer, signed or not, of 64 bits or 32
      return fixed(r1, high, low, second ? 64 : 32, first, method, (m4 & 4) !== 0);
    case 11: // product in the next wider format
      takeX(bitsHigh(r1, size), bitsLow(r1, size));
      takeY(high, low);
      return widened(r1, to);
    case 12: {
      takeX(bitsHigh(r1, size), bitsLow(r1, size));
      takeY(high, low);
      const code = divideToInteger(m4 === 0 ? current : m4);
      const result = finish(r1, code);
      if (!isSuppressed) put(r3, integerHigh, integerLow);
      return result;
    }
    default:
      takeX(bitsHigh(r1, size), size === extendedFormat ? bitsLow(r1, size) : <u64>y);
      return (z >> classOf()) & 1;
  }
}

/** Code of a sum. */
function resultCode(): i32 {
  takeX(resultHigh, resultLow);
  return codeOf();
}

function fixed(
  r1: u32,
  high: u64,
  low: u64,
  bits: i32,
  isSigned: bool,
  method: i32,
  isHushed: bool,
): i64 {
  takeX(high, low);
  const code = codeOf();
  const value = toInteger(bits, isSigned, method);
  if (isHushed) ignore(inexact);
  const result = answer(isOutside ? 3 : code);
  if (isSuppressed) return result;
  if (bits === 64) setGeneral(r1, value);
  else setGeneralLow(r1, <u32>value);
  return result;
}

/** X × Y in format `to`, where every product is exact. */
function widened(r1: u32, to: i32): i64 {
  clearZ();
  if (nanResult()) {
    // The NaN is chosen among the narrow operands and then lengthened.
    takeX(resultHigh, resultLow);
    convert(to, current, false);
    return finish(r1, 0);
  }
  setFormat(to);
  product();
  return finish(r1, 0);
}
