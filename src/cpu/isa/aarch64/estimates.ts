/** URECPE and URSQRTE: 8-bit tables as formulas (Arm ARM, RecipEstimate…). */

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
