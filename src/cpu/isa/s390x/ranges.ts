/**
 * Storage instructions on ranges whose lengths are in registers or told by an ending character, by
 * the IR's operations on ranges. One execution does a bounded piece; the registers are then as an
 * interruption would leave them, and condition code 3 says that there is more, or the instruction
 * is executed again where it has no such code.
 */

import type { I32, I64 } from '../../ir/builder.ts';
import { codeValue, comparison } from './condition.ts';
import type { Lowering, Semantics } from './lowering.ts';
import { type Row, row } from './row.ts';
import { evenPairs } from './strings.ts';

/** Most bytes one execution moves or compares. */
const pieceBytesMax = 65536;

const least64 = (z: Lowering, x: I64, y: I64): I64 => z.b.i64_select(x, y, z.b.i64_lt_u(x, y));
const least32 = (z: Lowering, x: I32, y: I32): I32 => z.b.i32_select(x, y, z.b.i32_lt_u(x, y));
const wide = (z: Lowering, x: I32): I64 => z.b.i64_extend_i32_u(x);
const low = (z: Lowering, x: I64): I32 => z.b.i32_wrap_i64(x);
/** An operand without bytes is not accessed: any readable address stands for it. */
const whereNotEmpty = (z: Lowering, address: I32, bytes: I32): I32 =>
  z.b.i32_select(address, z.b.const32(z.pc), bytes);

/** Copies, then pads: `piece` bytes of which `copied` are of the source. */
function movePadded(z: Lowering, to: I32, from: I32, copied: I32, piece: I32, pad: I32): void {
  const { b } = z;
  const padding = b.i32_sub(piece, copied);
  b.memory_copy(whereNotEmpty(z, to, copied), whereNotEmpty(z, from, copied), copied);
  b.memory_fill(whereNotEmpty(z, b.i32_add(to, copied), padding), pad, padding);
}
/** Adds to an address register, takes from a length. */
function advance(z: Lowering, address: number, bytes: I64): void {
  z.put64(address, z.b.i64_add(z.r64(address), bytes));
}

/** MVCLE: whole-register lengths; pad byte from the second-operand address. */
const moveLongExtended: Semantics = (z) => {
  const { b } = z;
  const pad = z.address2();
  const [toLeft, fromLeft] = [z.r64(z.r1 + 1), z.r64(z.r3 + 1)];
  const piece = least64(z, toLeft, b.const64(pieceBytesMax));
  const copied = least64(z, fromLeft, piece);
  movePadded(z, z.r32(z.r1), z.r32(z.r3), low(z, copied), low(z, piece), pad);
  advance(z, z.r1, piece);
  z.put64(z.r1 + 1, b.i64_sub(toLeft, piece));
  advance(z, z.r3, copied);
  z.put64(z.r3 + 1, b.i64_sub(fromLeft, copied));
  const order = comparison('i64_u', toLeft, fromLeft).value(b);
  z.cc(codeValue(b.i32_select(b.const32(3), order, b.i64_gt_u(toLeft, piece))));
};

/** Executes the instruction again where `again` is not 0; the condition code is as it was. */
function repeat(z: Lowering, again: I32, code: I32): void {
  const { b } = z;
  z.cc(codeValue(b.i32_select(z.condition().value(b), code, again)));
  b.branch(again, b.instructionAddress, z.next);
}
const length24 = (z: Lowering, n: number): I32 => z.b.i32_and(z.r32(n), z.b.const32(0xffffff));
const padOf = (z: Lowering, n: number): I32 => z.b.i32_shr_u(z.r32(n), z.b.const32(24));

/** MVCL: 24-bit lengths, the pad byte left of the second; code 3 for an overlap that destroys. */
const moveLong: Semantics = (z) => {
  const { b } = z;
  const [toLeft, fromLeft] = [length24(z, z.r1 + 1), length24(z, z.r2 + 1)];
  const apart = b.i32_sub(z.r32(z.r1), z.r32(z.r2));
  const moved = least32(z, toLeft, fromLeft);
  // 0 < apart < moved
  const one = b.const32(1);
  const overlaps = b.i32_lt_u(
    b.i32_sub(apart, one),
    b.i32_sub(b.i32_select(moved, one, moved), one),
  );
  const none = b.const32(0);
  const piece = b.i32_select(none, least32(z, toLeft, b.const32(pieceBytesMax)), overlaps);
  const copied = least32(z, fromLeft, piece);
  movePadded(z, z.r32(z.r1), z.r32(z.r2), copied, piece, padOf(z, z.r2 + 1));
  const order = comparison('i32_u', toLeft, fromLeft).value(b);
  advance(z, z.r1, wide(z, piece));
  z.put32(z.r1 + 1, b.i32_sub(z.r32(z.r1 + 1), piece));
  advance(z, z.r2, wide(z, copied));
  z.put32(z.r2 + 1, b.i32_sub(z.r32(z.r2 + 1), copied));
  const again = b.i32_and(b.i32_ne(toLeft, piece), b.i32_eqz(overlaps));
  repeat(z, again, b.i32_select(b.const32(3), order, overlaps));
};

interface Compared {
  /** Bytes that are equal. */
  readonly equal: I32;
  /** 0 if all are, 1 low, 2 high. */
  readonly code: I32;
}
/** A byte at an offset that is taken only where `some` is not 0. */
function byteIf(z: Lowering, address: I32, offset: I32, some: I32): I32 {
  const { b } = z;
  return b.i32_load8_u(b.i32_select(b.i32_add(address, offset), b.const32(z.pc), some));
}
/** Compares two ranges of `bytes` bytes. */
function compareRanges(z: Lowering, x: I32, y: I32, bytes: I32): Compared {
  const { b } = z;
  const [p, q] = [whereNotEmpty(z, x, bytes), whereNotEmpty(z, y, bytes)];
  const equal = b.memory_mismatch(p, q, bytes);
  const differs = b.i32_lt_u(equal, bytes);
  const [left, right] = [byteIf(z, x, equal, differs), byteIf(z, y, equal, differs)];
  const order = b.i32_select(b.const32(1), b.const32(2), b.i32_lt_u(left, right));
  return { equal, code: b.i32_select(order, b.const32(0), differs) };
}
/**
 * The first `both` bytes of two operands and the first `rest` bytes of what one has more, which are
 * compared with the pad byte one by one from there on: at most one of them a time.
 */
function comparePadded(
  z: Lowering,
  first: { readonly at: I32; readonly left: I64 },
  second: { readonly at: I32; readonly left: I64 },
  pad: I32,
): { equal: I64; code: I32; more: I32 } {
  const { b } = z;
  const shorter = least64(z, first.left, second.left);
  const both = low(z, least64(z, shorter, b.const64(pieceBytesMax)));
  const compared = compareRanges(z, first.at, second.at, both);
  // Only one operand is left: a byte of it and the pad byte.
  const isPadded = b.i32_and(b.i64_eqz(shorter), b.i64_ne(first.left, second.left));
  const isFirst = b.i64_ne(first.left, b.const64(0));
  const byte = byteIf(z, b.i32_select(first.at, second.at, isFirst), b.const32(0), isPadded);
  const [p, q] = [b.i32_select(byte, pad, isFirst), b.i32_select(pad, byte, isFirst)];
  const order = comparison('i32_u', p, q).value(b);
  const code = b.i32_select(order, compared.code, isPadded);
  const equal = b.i64_select(wide(z, b.i32_eqz(order)), wide(z, compared.equal), isPadded);
  const longer = b.i64_select(first.left, second.left, b.i64_gt_u(first.left, second.left));
  const more = b.i32_and(b.i32_eqz(code), b.i64_lt_u(equal, longer));
  return { equal, code, more };
}

/** CLCLE: code 3 after a piece. */
const compareLongExtended: Semantics = (z) => {
  const { b } = z;
  const pad = b.i32_and(z.address2(), b.const32(0xff));
  const [left, right] = [z.r64(z.r1 + 1), z.r64(z.r3 + 1)];
  const first = { at: z.r32(z.r1), left };
  const { equal, code, more } = comparePadded(z, first, { at: z.r32(z.r3), left: right }, pad);
  const [p, q] = [least64(z, equal, left), least64(z, equal, right)];
  advance(z, z.r1, p);
  z.put64(z.r1 + 1, b.i64_sub(left, p));
  advance(z, z.r3, q);
  z.put64(z.r3 + 1, b.i64_sub(right, q));
  repeat(z, more, code);
};
const compareLong: Semantics = (z) => {
  const { b } = z;
  const [left, right] = [length24(z, z.r1 + 1), length24(z, z.r2 + 1)];
  const first = { at: z.r32(z.r1), left: wide(z, left) };
  const second = { at: z.r32(z.r2), left: wide(z, right) };
  const { equal, code, more } = comparePadded(z, first, second, padOf(z, z.r2 + 1));
  const [p, q] = [least32(z, low(z, equal), left), least32(z, low(z, equal), right)];
  advance(z, z.r1, wide(z, p));
  z.put32(z.r1 + 1, b.i32_sub(z.r32(z.r1 + 1), p));
  advance(z, z.r2, wide(z, q));
  z.put32(z.r2 + 1, b.i32_sub(z.r32(z.r2 + 1), q));
  repeat(z, more, code);
};

const pageBytes = 4096;
/** Bytes at a time that string instructions look at; with as many again they do 256 at least. */
const stringBytesMax = 512;
/** Bytes from an address to the end of its page. */
const toPageEnd = (z: Lowering, address: I32): I32 => {
  const { b } = z;
  return b.i32_sub(b.const32(pageBytes), b.i32_and(address, b.const32(pageBytes - 1)));
};
/** The ending character; the rest of the right half of general register 0 must be zeros. */
function endingCharacter(z: Lowering): I32 {
  z.specificationIf(z.b.i32_shr_u(z.r32(0), z.b.const32(8)));
  return z.r32(0);
}
/**
 * Looks through one piece after another, each within the pages its first bytes are in, so that no
 * byte of another page is touched before the one that leads there. `look` gives how many bytes of
 * a piece come before the end of the search.
 */
function inPieces(
  z: Lowering,
  addresses: readonly I32[],
  left: I64 | null,
  look: (addresses: readonly I32[], bytes: I32) => I32,
): { at: I32; found: I32 } {
  const { b } = z;
  let at: I32 = b.const32(0);
  let found: I32 = b.const32(0);
  // Every address may be at the end of its page.
  for (let piece = 0; piece <= addresses.length; piece++) {
    const here = addresses.map((address) => b.i32_add(address, at));
    let bytes = b.const32(stringBytesMax);
    for (const address of here) bytes = least32(z, bytes, toPageEnd(z, address));
    if (left) bytes = low(z, least64(z, b.i64_sub(left, wide(z, at)), wide(z, bytes)));
    bytes = b.i32_select(b.const32(0), bytes, found);
    const equal = look(
      here.map((address) => whereNotEmpty(z, address, bytes)),
      bytes,
    );
    at = b.i32_add(at, equal);
    found = b.i32_or(found, b.i32_lt_u(equal, bytes));
  }
  return { at, found };
}

/** SRST: code 1 found (R1 has the address), 2 the end in R1 reached. */
const search: Semantics = (z) => {
  const { b } = z;
  const character = endingCharacter(z);
  const [from, end] = [z.r64(z.r2), z.r64(z.r1)];
  const left = b.i64_sub(end, from);
  const { at, found } = inPieces(z, [low(z, from)], left, ([address], bytes) =>
    b.memory_find(address!, character, bytes),
  );
  const next = b.i64_add(from, wide(z, at));
  const more = b.i32_and(b.i32_eqz(found), b.i64_ne(next, end));
  z.put64(z.r1, b.i64_select(next, end, found));
  z.put64(z.r2, b.i64_select(next, from, more));
  const ended = b.i32_select(b.const32(3), b.const32(2), more);
  z.cc(codeValue(b.i32_select(b.const32(1), ended, found)));
};

/** CLST: code 0 equal, 1 low, 2 high; the operand that ends first is the low one. */
const compareStrings: Semantics = (z) => {
  const { b } = z;
  const character = endingCharacter(z);
  const [x, y] = [z.r32(z.r1), z.r32(z.r2)];
  const { at, found } = inPieces(z, [x, y], null, ([p, q], bytes) => {
    // The end of the first operand, or a difference before it.
    const end = b.memory_find(p!, character, bytes);
    const equal = b.memory_mismatch(p!, q!, end);
    return equal;
  });
  const [left, right] = [byteIf(z, x, at, found), byteIf(z, y, at, found)];
  const byte = b.i32_and(character, b.const32(0xff));
  const ends = (value: I32): I32 => b.i32_eq(value, byte);
  const order = b.i32_select(b.const32(1), b.const32(2), b.i32_lt_u(left, right));
  const ended = b.i32_select(b.const32(2), order, ends(right));
  const differ = b.i32_select(b.const32(1), ended, ends(left));
  const isEqual = b.i32_eq(left, right);
  const code = b.i32_select(b.const32(0), differ, isEqual);
  const moves = b.i32_or(b.i32_eqz(found), b.i32_eqz(isEqual));
  const by = b.i64_select(wide(z, at), b.const64(0), moves);
  advance(z, z.r1, by);
  advance(z, z.r2, by);
  z.cc(codeValue(b.i32_select(code, b.const32(3), found)));
};

/** MVST: code 1, R1 the address of the ending character in the first operand. */
const moveString: Semantics = (z) => {
  const { b } = z;
  const character = endingCharacter(z);
  const [to, from] = [z.r32(z.r1), z.r32(z.r2)];
  const { at, found } = inPieces(z, [from], null, ([address], bytes) =>
    b.memory_find(address!, character, bytes),
  );
  b.memory_copy_forward(to, from, b.i32_add(at, found));
  advance(z, z.r1, wide(z, at));
  z.put64(z.r2, b.i64_select(z.r64(z.r2), b.i64_add(z.r64(z.r2), wide(z, at)), found));
  z.cc(codeValue(b.i32_select(b.const32(1), b.const32(3), found)));
};

const twoPairs = { pairs: ['r1', 'r2'], by: 'address' } as const;
const address = { by: 'address' } as const;

// biome-ignore format: a table
export const rangeRows: readonly Row[] = [
  row('MVCL', 0x0e, 'RR', evenPairs(moveLong, 'r1', 'r2'), twoPairs), row('CLCL', 0x0f, 'RR', evenPairs(compareLong, 'r1', 'r2'), twoPairs),
  row('MVCLE', 0xa8, 'RS', evenPairs(moveLongExtended, 'r1', 'r3'), address), row('CLCLE', 0xa9, 'RS', evenPairs(compareLongExtended, 'r1', 'r3'), address),
  row('MVST', 0xb255, 'RRE', moveString, address), row('CLST', 0xb25d, 'RRE', compareStrings, address), row('SRST', 0xb25e, 'RRE', search, address),
];
