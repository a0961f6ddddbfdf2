/**
 * Conversions among UTF-8, UTF-16 and UTF-32 (PoP chapter 7, CONVERT UTF-8 TO UTF-16 and its like).
 */

import type { Semantics } from './lowering.ts';
import { type Row, row } from './row.ts';
import {
  advance,
  byteAt,
  putByte,
  putRegister,
  readNumber,
  register,
  registerLow,
} from './state_access.ts';
import { type LongHelper, longRunning } from './strings.ts';

/** Characters a helper converts before code 3 ends the instruction. */
const charactersMax = 16384;

type Form = 8 | 16 | 32;
/** A character and its bytes; `end` where the operand ends inside it, `bad` where it is none. */
type Decoded = { readonly value: number; readonly bytes: number } | 'end' | 'bad';

/** Least values of encodings with as many bytes, and what their first byte keeps. */
const leastOfUtf8: readonly number[] = [0, 0, 0x80, 0x800, 0x10000];

function decodeUtf8(view: DataView, at: number, left: bigint, strict: boolean): Decoded {
  const first = byteAt(view, at);
  if (first < 0x80) return { value: first, bytes: 1 };
  const bytes = first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf8 ? 4 : 0;
  if (bytes === 0 || (strict && (first < 0xc2 || first > 0xf4))) return 'bad';
  if (left < BigInt(bytes)) return 'end';
  let value = first & (0x7f >> bytes);
  let proper = true;
  for (let i = 1; i < bytes; i++) {
    const next = byteAt(view, at + i);
    proper &&= next >> 6 === 2;
    value = (value << 6) | (next & 0x3f);
  }
  const isSurrogate = value >= 0xd800 && value <= 0xdfff;
  proper &&= value >= leastOfUtf8[bytes]! && value <= 0x10ffff && !isSurrogate;
  return strict && !proper ? 'bad' : { value, bytes };
}
function decodeUtf16(view: DataView, at: number, left: bigint, strict: boolean): Decoded {
  const unit = Number(readNumber(view, at, 2));
  if (unit >> 10 !== 0x36) return { value: unit, bytes: 2 };
  if (left < 4n) return 'end';
  const low = Number(readNumber(view, at + 2, 2));
  if (strict && low >> 10 !== 0x37) return 'bad';
  return { value: (((unit & 0x3ff) << 10) | (low & 0x3ff)) + 0x10000, bytes: 4 };
}
function decodeUtf32(view: DataView, at: number): Decoded {
  const value = Number(readNumber(view, at, 4));
  const bad = value > 0x10ffff || (value >= 0xd800 && value <= 0xdbff);
  return bad ? 'bad' : { value, bytes: 4 };
}
function decode(view: DataView, form: Form, at: number, left: bigint, strict: boolean): Decoded {
  if (left < BigInt(form / 8)) return 'end';
  if (form === 8) return decodeUtf8(view, at, left, strict);
  return form === 16 ? decodeUtf16(view, at, left, strict) : decodeUtf32(view, at);
}

function encode(form: Form, value: number): number[] {
  if (form === 32) return [value >>> 24, value >> 16, value >> 8, value];
  if (form === 16) {
    if (value < 0x10000) return [value >> 8, value];
    const high = 0xd800 | (((value - 0x10000) >> 10) & 0x3ff);
    const low = 0xdc00 | (value & 0x3ff);
    return [high >> 8, high, low >> 8, low];
  }
  if (value < 0x80) return [value];
  const tail = (shift: number): number => 0x80 | ((value >> shift) & 0x3f);
  if (value < 0x800) return [0xc0 | (value >> 6), tail(0)];
  if (value < 0x10000) return [0xe0 | (value >> 12), tail(6), tail(0)];
  return [0xf0 | (value >> 18), tail(12), tail(6), tail(0)];
}

/** Codes: 0 second operand used up, 1 first one full, 2 invalid character, 3 not ready. */
const converter =
  (from: Form, to: Form): LongHelper =>
  (context, _x, packed) => {
    const view = context.view();
    const bits = Number(packed);
    const [r1, r2] = [bits & 15, (bits >> 4) & 15];
    const strict = from !== 32 && ((bits >> 12) & 1) !== 0;
    let [room, left] = [register(view, r1 + 1), register(view, r2 + 1)];
    const [start, source] = [registerLow(view, r1), registerLow(view, r2)];
    let [written, read] = [0, 0];
    let code = 3n;
    for (let n = 0; n < charactersMax && code === 3n; n++) {
      const one = decode(view, from, source + read, left, strict);
      if (one === 'end') code = 0n;
      else if (one === 'bad') code = 2n;
      else {
        const bytes = encode(to, one.value);
        if (room < BigInt(bytes.length)) code = 1n;
        else {
          for (const [i, byte] of bytes.entries()) putByte(view, start + written + i, byte & 0xff);
          written += bytes.length;
          read += one.bytes;
          room -= BigInt(bytes.length);
          left -= BigInt(one.bytes);
        }
      }
    }
    advance(view, r1, written);
    advance(view, r2, read);
    putRegister(view, r1 + 1, room);
    putRegister(view, r2 + 1, left);
    return code;
  };

function convert(from: Form, to: Form): Semantics {
  const run = longRunning(converter(from, to));
  return (z) => {
    if (z.even(z.r1) && z.even(z.r2)) run(z);
  };
}
const address = { by: 'address' } as const;

// biome-ignore format: a table
export const unicodeRows: readonly Row[] = [
  row('CU12', 0xb2a7, 'RRFc', convert(8, 16), address), row('CU14', 0xb9b0, 'RRFc', convert(8, 32), address), row('CU21', 0xb2a6, 'RRFc', convert(16, 8), address),
  row('CU24', 0xb9b1, 'RRFc', convert(16, 32), address), row('CU41', 0xb9b2, 'RRFc', convert(32, 8), address), row('CU42', 0xb9b3, 'RRFc', convert(32, 16), address),
];
