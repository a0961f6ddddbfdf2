/** Conversions of half precision to and from the other formats (Arm ARM, FPConvert). */

import type { Helper } from '../isa.ts';

/** Exponent and fraction widths of a format, and its exponent bias. */
export interface Format {
  readonly exponentBits: number;
  readonly fractionBits: number;
}

export const half: Format = { exponentBits: 5, fractionBits: 10 };
export const single: Format = { exponentBits: 8, fractionBits: 23 };
const double: Format = { exponentBits: 11, fractionBits: 52 };

/** x >> n rounded to nearest, ties to even; n > 0. */
function shiftRounded(x: bigint, n: bigint): bigint {
  const floor = x >> n;
  const rest = x & ((1n << n) - 1n);
  const middle = 1n << (n - 1n);
  return rest > middle || (rest === middle && (floor & 1n) === 1n) ? floor + 1n : floor;
}

/** `bits` of format `from` as bits of format `to`; NaNs become quiet and keep what fits. */
export function convertFormat(bits: bigint, from: Format, to: Format): bigint {
  const width = from.exponentBits + from.fractionBits;
  const sign = (bits >> BigInt(width)) & 1n;
  const exponent = Number(
    (bits >> BigInt(from.fractionBits)) & ((1n << BigInt(from.exponentBits)) - 1n),
  );
  const fraction = bits & ((1n << BigInt(from.fractionBits)) - 1n);
  const exponentMax = (1 << from.exponentBits) - 1;
  const toMax = (1n << BigInt(to.exponentBits)) - 1n;
  const infinity = toMax << BigInt(to.fractionBits);
  const top = sign << BigInt(to.exponentBits + to.fractionBits);
  const move = to.fractionBits - from.fractionBits;
  if (exponent === exponentMax) {
    if (fraction === 0n) return top | infinity;
    const kept = move >= 0 ? fraction << BigInt(move) : fraction >> BigInt(-move);
    return top | infinity | kept | (1n << BigInt(to.fractionBits - 1));
  }
  if (exponent === 0 && fraction === 0n) return top;
  // value = significand × 2^(scale)
  const bias = (1 << (from.exponentBits - 1)) - 1;
  const toBias = (1 << (to.exponentBits - 1)) - 1;
  const significand = exponent === 0 ? fraction : fraction | (1n << BigInt(from.fractionBits));
  const scale = Math.max(exponent, 1) - bias - from.fractionBits;
  const length = significand.toString(2).length;
  // Exponent of the result's last place: normal, or that of denormals.
  const last = Math.max(length + scale - 1 - to.fractionBits, 1 - toBias - to.fractionBits);
  const shift = last - scale;
  const rounded =
    shift > 0 ? shiftRounded(significand, BigInt(shift)) : significand << BigInt(-shift);
  const biased = BigInt(last + to.fractionBits + toBias);
  // Adding the significand with its leading one carries into the exponent by itself.
  const result = ((biased - 1n) << BigInt(to.fractionBits)) + rounded;
  return top | (result >= infinity ? infinity : result);
}

const forms: readonly (readonly [Format, Format])[] = [
  [half, single],
  [half, double],
  [single, half],
  [double, half],
];

/** x: bits in the low lane; y: 0 half→single, 1 half→double, 2 single→half, 3 double→half. */
export const convertHalf: Helper = (_, x, y) => {
  const [from, to] = forms[Number(y)]!;
  return convertFormat(BigInt.asUintN(1 + from.exponentBits + from.fractionBits, x), from, to);
};

/** FCVTXN: double to single, inexact results with the last bit set. */
export function convertToOdd(bits: bigint): bigint {
  const nearest = convertFormat(bits, double, single);
  const magnitude = nearest & 0x7fffffffn;
  if (magnitude > 0x7f800000n) return nearest;
  const exact = convertFormat(nearest, single, double);
  const wanted = bits & 0x7fffffffffffffffn;
  const got = exact & 0x7fffffffffffffffn;
  if (got === wanted) return nearest;
  // Towards zero, then the last bit set.
  return (got > wanted ? nearest - 1n : nearest) | 1n;
}
