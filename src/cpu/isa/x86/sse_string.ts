/**
 * SSE4.2's string comparisons and CRC32 (SDM vol. 2, PCMPESTRI … PCMPISTRM, CRC32; vol. 1, 12.3).
 */

import type { I32 } from '../../ir/builder.ts';
import { type Lowering, scratchAddress } from './lowering.ts';
import { registers, scratchWord } from './registers.ts';
import { routine } from './routines.ts';
import type { Lower, RowSource } from './row.ts';

/** The operands' elements; arrays of their own for each instruction would take most of its time. */
const first = new Int32Array(16);
const second = new Int32Array(16);

/** Elements of a 16-byte operand by the control byte's source format; gives their number. */
function elements(into: Int32Array, view: DataView, offset: number, control: number): number {
  const signed = (control & 2) !== 0;
  if (control & 1) {
    for (let n = 0; n < 8; n++) {
      const at = offset + 2 * n;
      into[n] = signed ? view.getInt16(at, true) : view.getUint16(at, true);
    }
    return 8;
  }
  for (let n = 0; n < 16; n++) {
    into[n] = signed ? view.getInt8(offset + n) : view.getUint8(offset + n);
  }
  return 16;
}

/**
 * The comparison of one position: bit j of IntRes1. `first` has `m` valid elements of `size`,
 * `second` `n`.
 */
function aggregate(kind: number, size: number, m: number, n: number, j: number): boolean {
  const validY = j < n;
  const y = second[j]!;
  switch (kind) {
    case 0:
      if (validY) for (let k = 0; k < m; k++) if (first[k] === y) return true;
      return false;
    case 1: {
      if (!validY) return false;
      for (let k = 0; k + 1 < m; k += 2) if (y >= first[k]! && y <= first[k + 1]!) return true;
      return false;
    }
    case 2:
      return validY === j < m && (!validY || first[j] === y);
    default:
      for (let k = 0; k < m && j + k < size; k++) {
        if (j + k >= n || first[k] !== second[j + k]) return false;
      }
      return true;
  }
}

const reading = (bits: bigint): number => {
  const length = BigInt.asIntN(64, bits);
  const size = length < 0n ? -length : length;
  return size > 16n ? 16 : Number(size);
};

/** Index of the first zero element, or how many there are. */
const implicitLength = (list: Int32Array, size: number): number => {
  let end = 0;
  while (end < size && list[end] !== 0) end++;
  return end;
};

/**
 * x = control | register of operand 1 << 8 | explicit << 12 | mask result << 13; y, z: the lengths
 * in rAX, rDX. Operand 2 is
 * in the scratch word. Returns ECX | CF << 32 | ZF << 33 | SF << 34 | OF << 35; a mask goes to
 * xmm0.
 */
const compareStrings = routine((context, options, lengthX, lengthY) => {
  const view = context.view();
  const bits = Number(options);
  const control = bits & 0xff;
  const size = elements(first, view, registers.xmm[(bits >> 8) & 15]!.offset, control);
  elements(second, view, scratchWord.offset, control);
  const explicit = (bits & 0x1000) !== 0;
  const m = explicit ? Math.min(reading(lengthX), size) : implicitLength(first, size);
  const n = explicit ? Math.min(reading(lengthY), size) : implicitLength(second, size);
  let result = 0;
  for (let j = 0; j < size; j++) {
    let bit = aggregate((control >> 2) & 3, size, m, n, j);
    const negated = (control & 0x10) !== 0 && ((control & 0x20) === 0 || j < n);
    if (negated) bit = !bit;
    if (bit) result |= 1 << j;
  }
  let index = size;
  if (result) index = control & 0x40 ? 31 - Math.clz32(result) : 31 - Math.clz32(result & -result);
  if (bits & 0x2000) storeMask(view, result, size, (control & 0x40) !== 0);
  const flag = (condition: boolean, bit: number): number => (condition ? 1 << bit : 0);
  const flags =
    flag(result !== 0, 0) | flag(n < size, 1) | flag(m < size, 2) | flag((result & 1) !== 0, 3);
  return (BigInt(flags) << 32n) | BigInt(index);
});

function storeMask(view: DataView, result: number, size: number, expanded: boolean): void {
  const { offset } = registers.xmm[0]!;
  view.setBigUint64(offset, BigInt(result), true);
  view.setBigUint64(offset + 8, 0n, true);
  if (!expanded) return;
  for (let n = 0; n < 16; n++) {
    view.setUint8(offset + n, (result >> Math.floor((n * size) / 16)) & 1 ? 0xff : 0);
  }
}

/** Control bits: elements of 16 bits, and the comparison "equal each". */
const wordElements = 1;
const isEqualEach = (control: number): boolean => (control & 12) === 8;

/** PCMPISTRI of bytes that are equal each, without a helper: strcmp and its like consist of it. */
function equalEach(c: Lowering): void {
  const { b, i } = c;
  const control = i.immediate & 0xff;
  const [x, y] = [c.xmm(i.reg), c.readVector(1)];
  const zero = b.i8x16_splat(b.const32(0));
  const all = b.const32(0xffff);
  const [endX, endY] = [b.i8x16_bitmask(b.i8x16_eq(x, zero)), b.i8x16_bitmask(b.i8x16_eq(y, zero))];
  // Elements before the first zero: ones below the lowest one.
  const valid = (end: I32): I32 =>
    b.i32_and(b.i32_and(b.i32_sub(end, b.const32(1)), b.i32_xor(end, b.const32(-1))), all);
  const [validX, validY] = [valid(endX), valid(endY)];
  const both = b.i32_and(b.i32_and(validX, validY), b.i8x16_bitmask(b.i8x16_eq(x, y)));
  let result = b.i32_or(both, b.i32_xor(b.i32_or(validX, validY), all));
  if (control & 0x10) result = b.i32_xor(result, control & 0x20 ? validY : all);
  // The bit above the sixteen stands for none.
  const lowest = b.i32_ctz(b.i32_or(result, b.const32(0x10000)));
  const highest = b.i32_sub(b.const32(31), b.i32_clz(result));
  const index =
    control & 0x40 ? b.i32_select(highest, b.const32(16), b.i32_ne(result, b.const32(0))) : lowest;
  c.writeGpr(1, 32, index);
  const isSet = (value: I32, n: number): I32 =>
    b.i32_shl(b.i32_ne(value, b.const32(0)), b.const32(n));
  c.flags.setStatusByte(b.i32_or(b.i32_or(isSet(result, 0), isSet(endY, 6)), isSet(endX, 7)));
  c.flags.setOverflow(b.i32_and(result, b.const32(1)));
}

const stringCompare =
  (explicit: boolean, mask: boolean): Lower =>
  (c) => {
    const { b, i } = c;
    if (!explicit && !mask && (i.immediate & wordElements) === 0 && isEqualEach(i.immediate)) {
      equalEach(c);
      return;
    }
    b.v128_store(b.const32(scratchAddress), c.readVector(1));
    const options =
      (i.immediate & 0xff) | (i.reg << 8) | (explicit ? 0x1000 : 0) | (mask ? 0x2000 : 0);
    const zero = b.const64(0);
    const length = (n: number): ReturnType<Lowering['gpr']> =>
      i.rex & 8 ? c.gpr(n) : b.i64_extend32_s(c.gpr(n));
    const result = b.helper(
      compareStrings,
      b.const64(options),
      explicit ? length(0) : zero,
      explicit ? length(2) : zero,
    );
    if (!mask) c.writeGpr(1, 32, b.i32_wrap_i64(result));
    const flags = b.i32_wrap_i64(b.i64_shr_u(result, b.const64(32)));
    const bit = (n: number): I32 => b.i32_and(b.i32_shr_u(flags, b.const32(n)), b.const32(1));
    c.flags.setStatusByte(
      b.i32_or(b.i32_or(bit(0), b.i32_shl(bit(1), b.const32(6))), b.i32_shl(bit(2), b.const32(7))),
    );
    c.flags.setOverflow(bit(3));
  };

let crcTableCache: Int32Array | undefined;

/** CRC-32C, reflected polynomial 0x82f63b78; made at first use. */
function crcTable(): Int32Array {
  crcTableCache ??= Int32Array.from({ length: 256 }, (_, n) => {
    let crc = n;
    for (let k = 0; k < 8; k++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    return crc;
  });
  return crcTableCache;
}

/** x: the running value, y: the data, z: its bytes. */
const crc32c = routine((_, x, y, z) => {
  let crc = Number(x & 0xffff_ffffn) | 0;
  let data = y;
  const bytes = crcTable();
  for (let n = 0; n < Number(z); n++) {
    crc = (crc >>> 8) ^ bytes[(crc ^ Number(data & 0xffn)) & 0xff]!;
    data >>= 8n;
  }
  return BigInt(crc >>> 0);
});

const crc32: Lower = (c) => {
  const { b } = c;
  const w = c.width(1);
  const data = c.zeroExtended(w, c.read(1));
  const result = b.helper(crc32c, c.gpr(c.i.reg), data, b.const64(w / 8));
  c.putGpr(c.i.reg, result);
};

/** PCMPxSTRx and CRC32. */
// biome-ignore format: a table
export const sseStringRows: readonly RowSource[] = [
  ['66 0F 3A 60 /r ib', 'PCMPESTRM xmm1, xmm2/m128, imm8', stringCompare(true, true)],
  ['66 0F 3A 61 /r ib', 'PCMPESTRI xmm1, xmm2/m128, imm8', stringCompare(true, false)],
  ['66 0F 3A 62 /r ib', 'PCMPISTRM xmm1, xmm2/m128, imm8', stringCompare(false, true)],
  ['66 0F 3A 63 /r ib', 'PCMPISTRI xmm1, xmm2/m128, imm8', stringCompare(false, false)],
  ['F2 0F 38 F0 /r',    'CRC32 ry, r/m8',                  crc32],
  ['F2 0F 38 F1 /r',    'CRC32 ry, r/m',                   crc32],
];
