/** Reciprocal and square-root estimates: 8-bit tables as formulas (Arm ARM, RecipEstimate…). */

/** 256…511 to 256…511 (Arm ARM, RecipEstimate). */
function reciprocalTable(a: number): number {
  const b = Math.floor((1 << 19) / (a * 2 + 1));
  return Math.floor((b + 1) / 2);
}

/** 128…511 to 256…511 (Arm ARM, RecipSqrtEstimate). */
function rootTable(a: number): number {
  const scaled = a < 256 ? a * 2 + 1 : ((a >> 1) << 1) * 2 + 2;
  let b = 512;
  while (scaled * (b + 1) * (b + 1) < 2 ** 28) b++;
  return Math.floor((b + 1) / 2);
}

/** URECPE of a 32-bit element. */
export function unsignedEstimate(x: bigint): bigint {
  if (x >> 31n === 0n) return 0xffffffffn;
  return BigInt(reciprocalTable(Number(x >> 23n))) << 23n;
}

/** URSQRTE of a 32-bit element. */
export function unsignedRootEstimate(x: bigint): bigint {
  if (x >> 30n === 0n) return 0xffffffffn;
  return BigInt(rootTable(Number(x >> 23n))) << 23n;
}

interface Parts {
  readonly sign: bigint;
  readonly exponent: number;
  readonly fraction: bigint;
  readonly exponentMax: number;
  readonly fractionBits: bigint;
  readonly quiet: bigint;
  readonly infinity: bigint;
}

function split(x: bigint, bits: number): Parts {
  const fractionBits = bits === 64 ? 52n : bits === 32 ? 23n : 10n;
  const exponentMax = (1 << (bits - 1 - Number(fractionBits))) - 1;
  return {
    sign: (x >> BigInt(bits - 1)) << BigInt(bits - 1),
    exponent: Number(x >> fractionBits) & exponentMax,
    fraction: x & ((1n << fractionBits) - 1n),
    exponentMax,
    fractionBits,
    quiet: 1n << (fractionBits - 1n),
    infinity: BigInt(exponentMax) << fractionBits,
  };
}

/** FRECPE (Arm ARM, FPRecipEstimate), rounding to nearest. */
export function reciprocalEstimate(x: bigint, bits: number): bigint {
  const { sign, exponent, fraction, exponentMax, fractionBits, quiet, infinity } = split(x, bits);
  if (exponent === exponentMax) return fraction === 0n ? sign : x | quiet;
  if (exponent === 0 && fraction === 0n) return sign | infinity;
  // Below 2^-(bias+1): the reciprocal overflows to infinity.
  if (exponent === 0 && fraction >> (fractionBits - 2n) === 0n) return sign | infinity;
  let f = fraction << (52n - fractionBits);
  let e = exponent;
  if (e === 0) {
    if (f >> 51n === 0n) {
      e = -1;
      f = (f << 2n) & ((1n << 52n) - 1n);
    } else f = (f << 1n) & ((1n << 52n) - 1n);
  }
  const estimate = BigInt(reciprocalTable(Number((1n << 8n) | (f >> 44n))) & 0xff);
  let resultExponent = exponentMax - 2 - e;
  let result = estimate << 44n;
  if (resultExponent === 0) result = (1n << 51n) | (result >> 1n);
  else if (resultExponent === -1) {
    result = (1n << 50n) | (result >> 2n);
    resultExponent = 0;
  }
  return sign | (BigInt(resultExponent) << fractionBits) | (result >> (52n - fractionBits));
}

/** FRSQRTE (Arm ARM, FPRSqrtEstimate). */
export function rootEstimate(x: bigint, bits: number): bigint {
  const { sign, exponent, fraction, exponentMax, fractionBits, quiet, infinity } = split(x, bits);
  if (exponent === exponentMax && fraction !== 0n) return x | quiet;
  if (exponent === 0 && fraction === 0n) return sign | infinity;
  if (sign !== 0n) return infinity | quiet;
  if (exponent === exponentMax) return 0n;
  let f = fraction << (52n - fractionBits);
  let e = exponent;
  if (e === 0) {
    while (f >> 51n === 0n) {
      f <<= 1n;
      e--;
    }
    f = (f << 1n) & ((1n << 52n) - 1n);
  }
  const scaled = (e & 1) === 0 ? (1n << 8n) | (f >> 44n) : (1n << 7n) | (f >> 45n);
  const bias3 = exponentMax === 31 ? 44 : exponentMax === 255 ? 380 : 3068;
  const resultExponent = Math.floor((bias3 - e) / 2);
  const estimate = BigInt(rootTable(Number(scaled)) & 0xff);
  return (BigInt(resultExponent) << fractionBits) | (estimate << (fractionBits - 8n));
}

/** FRECPX (Arm ARM, FPRecpX). */
export function reciprocalExponent(x: bigint, bits: number): bigint {
  const { sign, exponent, fraction, exponentMax, fractionBits, quiet } = split(x, bits);
  if (exponent === exponentMax && fraction !== 0n) return x | quiet;
  const result = exponent === 0 ? exponentMax - 1 : ~exponent & exponentMax;
  return sign | (BigInt(result) << fractionBits);
}
