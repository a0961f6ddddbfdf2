/**
 * BFP instructions as helpers: exact results by `softfloat.ts`, exception flags, condition codes
 * and trapping. Operand x packs register and mask fields, y has the bits of a second operand.
 */

import type { HelperContext } from '../isa.ts';
import {
  type Arithmetic,
  add,
  compare,
  convert,
  divide,
  extended,
  type FloatFormat,
  flag,
  fromInteger,
  isNan,
  long,
  methodOfFpc,
  multiply,
  multiplyAdd,
  type Result,
  short,
  squareRoot,
  subtract,
  toInteger,
  toIntegral,
  type Unpacked,
  unpack,
} from '../softfloat.ts';
import {
  floatBits,
  fpc,
  putFloatBits,
  putFpc,
  putRegister,
  putRegisterLow,
} from './state_access.ts';

/** Answer bits above the condition code: an IEEE exception is to interrupt the program. */
export const trapped = 0x100n;

export type FloatHelper = (context: HelperContext, x: bigint, y: bigint, z: bigint) => bigint;

/** Fields of operand x. */
export interface Packed {
  readonly r1: number;
  readonly r2: number;
  readonly r3: number;
  readonly m3: number;
  readonly m4: number;
}
export function unpackFields(x: bigint): Packed {
  const bits = Number(x);
  const nibble = (n: number): number => (bits >> (n * 4)) & 15;
  return { r1: nibble(0), r2: nibble(1), r3: nibble(2), m3: nibble(3), m4: nibble(4) };
}
export function packFields(p: Packed): number {
  return p.r1 | (p.r2 << 4) | (p.r3 << 8) | (p.m3 << 12) | (p.m4 << 16);
}

/** Reads register n in a format: extended is the pair n, n+2; short the left half. */
export function readFloat(view: DataView, format: FloatFormat, n: number): bigint {
  if (format.bits === 32) return floatBits(view, n) >> 32n;
  if (format.bits === 64) return floatBits(view, n);
  return (floatBits(view, n) << 64n) | floatBits(view, n + 2);
}
export function writeFloat(view: DataView, format: FloatFormat, n: number, bits: bigint): void {
  if (format.bits === 32) putFloatBits(view, n, (floatBits(view, n) & 0xffffffffn) | (bits << 32n));
  else if (format.bits === 64) putFloatBits(view, n, bits);
  else {
    putFloatBits(view, n, bits >> 64n);
    putFloatBits(view, n + 2, bits);
  }
}

/**
 * Records IEEE exceptions in the FPC. Where one is enabled the data-exception code is set instead
 * and the answer says to trap; invalid and division by zero then leave the target alone.
 */
export function signal(view: DataView, flags: number): { trap: boolean; suppress: boolean } {
  if (flags === 0) return { trap: false, suppress: false };
  const control = fpc(view);
  const enabled = flags & (control >>> 24) & 0xf8;
  if (enabled === 0) {
    putFpc(view, control | (flags << 16));
    return { trap: false, suppress: false };
  }
  const dxc = enabled & 0xf0 ? enabled & 0xf0 : 0x08;
  putFpc(view, (control & ~0xff00) | (dxc << 8));
  return { trap: true, suppress: (enabled & 0xc0) !== 0 };
}

/** The rounding method of an M3 (or M4) field: 0 is the FPC's. */
export function method(view: DataView, field: number): number {
  return field === 0 ? methodOfFpc(fpc(view)) : field;
}

function finish(view: DataView, format: FloatFormat, n: number, result: Result): bigint {
  const { trap, suppress } = signal(view, result.flags);
  if (!suppress) writeFloat(view, format, n, result.bits);
  return trap ? trapped : 0n;
}

/** Code of a value: 0 zero, 1 negative, 2 positive, 3 NaN. */
export function codeOf(value: Unpacked): bigint {
  if (isNan(value)) return 3n;
  if (value.kind === 'zero') return 0n;
  return value.negative ? 1n : 2n;
}

/** R1 = R1 op second operand. */
export function arithmeticHelper(
  operation: Arithmetic,
  format: FloatFormat,
  setsCode: boolean,
): FloatHelper {
  return (context, x, y) => {
    const view = context.view();
    const { r1, r2 } = unpackFields(x);
    const second = format.bits === 128 ? readFloat(view, format, r2) : y;
    const first = unpack(format, readFloat(view, format, r1));
    const result = operation(format, first, unpack(format, second), methodOfFpc(fpc(view)));
    const answer = finish(view, format, r1, result);
    return setsCode ? answer | codeOf(unpack(format, result.bits)) : answer;
  };
}

/** MULTIPLY to a wider format: exact. */
export function widenMultiplyHelper(from: FloatFormat, to: FloatFormat): FloatHelper {
  return (context, x, y) => {
    const view = context.view();
    const { r1 } = unpackFields(x);
    const first = unpack(from, readFloat(view, from, r1));
    const second = unpack(from, y);
    const widened = [first, second].map((v) => {
      const wide = convert(from, to, v, 4);
      const signaling = v.kind === 'signaling';
      // A signaling NaN stays one, so that the product sees it.
      return signaling
        ? { ...unpack(to, wide.bits), kind: 'signaling' as const }
        : unpack(to, wide.bits);
    });
    return finish(view, to, r1, multiply(to, widened[0]!, widened[1]!, 4));
  };
}

/** MULTIPLY AND ADD / SUBTRACT: R1 ± R3 × second. */
export function multiplyAddHelper(format: FloatFormat, minus: boolean): FloatHelper {
  return (context, x, y) => {
    const view = context.view();
    const { r1, r3 } = unpackFields(x);
    const addend = unpack(format, readFloat(view, format, r1));
    const signed = minus && !isNan(addend) ? { ...addend, negative: !addend.negative } : addend;
    const bits =
      signed === addend
        ? signed
        : { ...signed, bits: signed.bits ^ (1n << BigInt(format.bits - 1)) };
    const third = unpack(format, readFloat(view, format, r3));
    const result = multiplyAdd(format, unpack(format, y), third, bits, methodOfFpc(fpc(view)));
    return finish(view, format, r1, result);
  };
}

export function squareRootHelper(format: FloatFormat): FloatHelper {
  return (context, x, y) => {
    const view = context.view();
    const { r1, r2 } = unpackFields(x);
    const bits = format.bits === 128 ? readFloat(view, format, r2) : y;
    return finish(
      view,
      format,
      r1,
      squareRoot(format, unpack(format, bits), methodOfFpc(fpc(view))),
    );
  };
}

/** COMPARE (`quietly`) and COMPARE AND SIGNAL. */
export function compareHelper(format: FloatFormat, quietly: boolean): FloatHelper {
  return (context, x, y) => {
    const view = context.view();
    const { r1, r2 } = unpackFields(x);
    const first = unpack(format, readFloat(view, format, r1));
    const second = unpack(format, format.bits === 128 ? readFloat(view, format, r2) : y);
    const relation = compare(first, second);
    const isSignaling = first.kind === 'signaling' || second.kind === 'signaling';
    const flags = isSignaling || (relation === null && !quietly) ? flag.invalid : 0;
    const code = relation === null ? 3n : relation === 0 ? 0n : relation < 0 ? 1n : 2n;
    return code | (signal(view, flags).trap ? trapped : 0n);
  };
}

/** LOAD AND TEST: a signaling NaN becomes quiet. */
export function loadTestHelper(format: FloatFormat): FloatHelper {
  return (context, x, y) => {
    const view = context.view();
    const { r1, r2 } = unpackFields(x);
    const bits = format.bits === 128 ? readFloat(view, format, r2) : y;
    const value = unpack(format, bits);
    const isSignaling = value.kind === 'signaling';
    const quiet = isSignaling ? bits | (1n << BigInt(format.fraction - 1)) : bits;
    const flags = isSignaling ? flag.invalid : 0;
    return finish(view, format, r1, { bits: quiet, flags }) | codeOf(value);
  };
}

/** Between formats. M3 (rounding) and M4 bit 4 (no inexact) are of the narrowing ones. */
export function convertHelper(from: FloatFormat, to: FloatFormat): FloatHelper {
  return (context, x, y) => {
    const view = context.view();
    const { r1, r2, m3, m4 } = unpackFields(x);
    const bits = from.bits === 128 ? readFloat(view, from, r2) : y;
    const result = convert(from, to, unpack(from, bits), method(view, m3));
    return finish(view, to, r1, { bits: result.bits, flags: withoutInexact(result.flags, m4) });
  };
}
function withoutInexact(flags: number, m4: number): number {
  return m4 & 4 ? flags & ~flag.inexact : flags;
}

/** LOAD FP INTEGER. */
export function integralHelper(format: FloatFormat): FloatHelper {
  return (context, x, y) => {
    const view = context.view();
    const { r1, r2, m3, m4 } = unpackFields(x);
    const bits = format.bits === 128 ? readFloat(view, format, r2) : y;
    const result = toIntegral(format, unpack(format, bits), method(view, m3));
    return finish(view, format, r1, {
      bits: result.bits,
      flags: withoutInexact(result.flags, m4),
    });
  };
}

/** CONVERT FROM FIXED / LOGICAL: y is the integer, already extended to 64 bits. */
export function fromIntegerHelper(format: FloatFormat, isSigned: boolean): FloatHelper {
  return (context, x, y) => {
    const view = context.view();
    const { r1, m3, m4 } = unpackFields(x);
    const value = isSigned ? BigInt.asIntN(64, y) : y;
    const result = fromInteger(format, value, method(view, m3));
    return finish(view, format, r1, {
      bits: result.bits,
      flags: withoutInexact(result.flags, m4),
    });
  };
}

/** CONVERT TO FIXED / LOGICAL of 32 or 64 bits: out of range gives the nearest end and code 3. */
export function toIntegerHelper(
  format: FloatFormat,
  bits: 32 | 64,
  isSigned: boolean,
): FloatHelper {
  const width = BigInt(bits);
  const least = isSigned ? -(1n << (width - 1n)) : 0n;
  const most = isSigned ? (1n << (width - 1n)) - 1n : (1n << width) - 1n;
  return (context, x, y) => {
    const view = context.view();
    const { r1, r2, m3, m4 } = unpackFields(x);
    const source = unpack(format, format.bits === 128 ? readFloat(view, format, r2) : y);
    let value: bigint;
    let flags = 0;
    let code = codeOf(source);
    if (isNan(source)) value = isSigned ? least : 0n;
    else if (source.kind === 'infinity') value = source.negative ? least - 1n : most + 1n;
    else {
      const rounded = toInteger(source, method(view, m3));
      value = rounded.value;
      if (!rounded.exact) flags = withoutInexact(flag.inexact, m4);
    }
    if (isNan(source) || value < least || value > most) {
      flags = isNan(source) ? flag.invalid : withoutInexact(flag.invalid | flag.inexact, m4);
      code = 3n;
      if (!isNan(source)) value = value < least ? least : most;
    }
    const { trap, suppress } = signal(view, flags);
    if (!suppress) {
      if (bits === 64) putRegister(view, r1, value);
      else putRegisterLow(view, r1, Number(BigInt.asUintN(32, value)));
    }
    return code | (trap ? trapped : 0n);
  };
}

/** TEST DATA CLASS: y the value, z the mask of classes. */
export function dataClass(format: FloatFormat): FloatHelper {
  return (context, x, y, z) => {
    const { r1 } = unpackFields(x);
    const bits = format.bits === 128 ? readFloat(context.view(), format, r1) : y;
    const value = unpack(format, bits);
    const subnormal = value.kind === 'finite' && value.magnitude >> BigInt(format.fraction) === 0n;
    const index =
      value.kind === 'zero'
        ? 0
        : value.kind === 'finite'
          ? subnormal
            ? 2
            : 1
          : value.kind === 'infinity'
            ? 3
            : value.kind === 'quiet'
              ? 4
              : 5;
    const bit = 11 - index * 2 - (value.negative ? 1 : 0);
    return (z >> BigInt(bit)) & 1n;
  };
}

export const arithmetic: Readonly<Record<'add' | 'subtract' | 'multiply' | 'divide', Arithmetic>> =
  {
    add,
    subtract,
    multiply,
    divide,
  };
export const floatFormats: Readonly<Record<'short' | 'long' | 'extended', FloatFormat>> = {
  short,
  long,
  extended,
};
