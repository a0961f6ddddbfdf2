/** Immediates the encoding hides: logical bit masks, and the SIMD modified immediate. */

/** Halves of a 64-bit constant. */
export interface Halves {
  readonly low: number;
  readonly high: number;
}

/** Element size of a logical immediate, 0 when reserved. Bits. */
function elementBits(n: number, imms: number): number {
  const pattern = (n << 6) | (~imms & 0x3f);
  const length = 31 - Math.clz32(pattern);
  return length < 1 ? 0 : 1 << length;
}

/** Whether N:immr:imms is a logical immediate of the width (Arm ARM, DecodeBitMasks). */
export function isBitMask(sf: number, n: number, imms: number): boolean {
  if (sf === 0 && n === 1) return false;
  const size = elementBits(n, imms);
  return size > 0 && (imms & (size - 1)) !== size - 1;
}

/** The logical immediate N:immr:imms (Arm ARM, DecodeBitMasks). */
export function bitMask(n: number, immr: number, imms: number): Halves {
  const size = elementBits(n, imms);
  const ones = (imms & (size - 1)) + 1;
  const rotate = immr & (size - 1);
  let low = 0;
  let high = 0;
  for (let bit = 0; bit < 64; bit++) {
    // Bit `bit` of the element rotated right comes from bit `bit + rotate`.
    if (((bit + rotate) & (size - 1)) >= ones) continue;
    if (bit < 32) low |= 1 << bit;
    else high |= 1 << (bit - 32);
  }
  return { low, high };
}

function byteWord(byte: number): number {
  return Math.imul(byte, 0x01010101);
}

/** High half of the double that the 8-bit immediate `imm8` stands for; the low half is 0. */
export function floatImmediate64(imm8: number): number {
  const exponent = imm8 & 0x40 ? 0x3fc : 0x400;
  return ((imm8 & 0x80) << 24) | ((exponent | ((imm8 >> 4) & 3)) << 20) | ((imm8 & 15) << 16);
}

/** Bits of the single that `imm8` stands for (Arm ARM, VFPExpandImm). */
export function floatImmediate32(imm8: number): number {
  const exponent = imm8 & 0x40 ? 0x7c : 0x80;
  return ((imm8 & 0x80) << 24) | ((exponent | ((imm8 >> 4) & 3)) << 23) | ((imm8 & 15) << 19);
}

/** Bits of the half that `imm8` stands for. */
export function floatImmediate16(imm8: number): number {
  const exponent = imm8 & 0x40 ? 0xc : 0x10;
  return ((imm8 & 0x80) << 8) | ((exponent | ((imm8 >> 4) & 3)) << 10) | ((imm8 & 15) << 6);
}

/** The 64 bits of a modified immediate (Arm ARM, AdvSIMDExpandImm). */
export function modifiedImmediate(op: number, cmode: number, imm8: number): Halves {
  const same = (word: number): Halves => ({ low: word, high: word });
  if (cmode < 8) return same(imm8 << ((cmode >> 1) * 8));
  if (cmode < 12) {
    const half = imm8 << ((cmode & 2) * 4);
    return same(half | (half << 16));
  }
  if (cmode === 12) return same((imm8 << 8) | 0xff);
  if (cmode === 13) return same((imm8 << 16) | 0xffff);
  if (cmode === 14) {
    if (op === 0) return same(byteWord(imm8));
    const spread = (bits: number): number => {
      let word = 0;
      for (let n = 0; n < 4; n++) if ((bits >> n) & 1) word |= 0xff << (n * 8);
      return word;
    };
    return { low: spread(imm8), high: spread(imm8 >> 4) };
  }
  return op === 0 ? same(floatImmediate32(imm8)) : { low: 0, high: floatImmediate64(imm8) };
}
