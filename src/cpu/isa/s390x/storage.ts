/**
 * Storage-to-storage instructions with a length in the instruction: MVC, CLC, NC, XC, TR, TRT…
 * The length may come from EXECUTE at run time, which is how compilers use them.
 */

import type { I32, I64, V128 } from '../../ir/builder.ts';
import type { Helper, HelperContext } from '../isa.ts';
import { codeConstant, codeValue, comparison, zeroOrNot } from './condition.ts';
import { moduleLeaf } from './helper_module.ts';
import { declare, helper } from './helper_table.ts';
import type { Lowering, Semantics } from './lowering.ts';
import { type Row, row } from './row.ts';
import { byteAt, putByte, putRegister, register } from './state_access.ts';

/** Bytes of the operands as a value. */
function length(z: Lowering): I32 {
  const { b, executeLength, l1 } = z;
  return executeLength === null ? b.const32(l1 + 1) : b.i32_add(executeLength, b.const32(1));
}
function long(z: Lowering, value: I32): I64 {
  return z.b.i64_extend_i32_u(value);
}

/** Distance from the second operand to the first where both have one base register, else null. */
function distance(z: Lowering): number | null {
  return z.b1 === z.b2 ? z.d1 - z.d2 : null;
}
/** Whether the first operand begins inside the second one, so that what is written is read. */
const isInside = (apart: number, bytes: number): boolean => apart > 0 && apart < bytes;
/** The same as a value, where it is not known. */
function overlaps(z: Lowering, bytes: number): I32 {
  const { b } = z;
  const apart = b.i32_sub(z.address1(), z.address2());
  return b.i32_lt_u(b.i32_sub(apart, b.const32(1)), b.const32(bytes - 1));
}
type PieceBytes = 1 | 2 | 4 | 8 | 16;
/** [offset, size] of accesses that cover `bytes`. */
function pieces(bytes: number, largest: 8 | 16): [number, PieceBytes][] {
  const list: [number, PieceBytes][] = [];
  for (let at = 0; at < bytes; ) {
    const left = Math.min(bytes - at, largest);
    const size = left >= 16 ? 16 : left >= 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
    list.push([at, size]);
    at += size;
  }
  return list;
}
/** Little-endian accesses: bytes are only moved or combined bit by bit. */
function loadPiece(z: Lowering, base: I32, at: number, size: PieceBytes): I64 {
  const { b } = z;
  if (size === 8) return b.i64_load(base, at);
  if (size === 4) return b.i64_load32_u(base, at);
  return size === 2 ? b.i64_load16_u(base, at) : b.i64_load8_u(base, at);
}
function storePiece(z: Lowering, base: I32, at: number, size: PieceBytes, value: I64): void {
  const { b } = z;
  if (size === 8) b.i64_store(base, value, at);
  else if (size === 4) b.i64_store32(base, value, at);
  else if (size === 2) b.i64_store16(base, value, at);
  else b.i64_store8(base, value, at);
}
const inlineBytesMax = 64;

/** Byte after byte where the operands overlap so (`wasm/s390x/storage.ts`); answers the code. */
type Overlapped = 'move' | Operation;
const overlappedCodes: Readonly<Record<Overlapped, number>> = { move: 0, and: 1, or: 2, xor: 3 };
function whereOverlapped(z: Lowering, condition: I32, what: Overlapped, bytes: number): I32 {
  const { b } = z;
  const second = b.i64_shl(long(z, z.address2()), b.const64(32));
  const places = b.i64_or(long(z, z.address1()), second);
  const shape = b.const64Halves(bytes, overlappedCodes[what]);
  return b.i32_wrap_i64(moduleLeaf(b, 'overlapped', condition, places, shape));
}

const moveCharacters: Semantics = (z) => {
  const { b, l1 } = z;
  const bytes = l1 + 1;
  const apart = distance(z);
  const isShort = z.executeLength === null && bytes <= inlineBytesMax;
  if (isShort && (bytes === 1 || apart === null || !isInside(apart, bytes))) {
    movePieces(z, bytes);
    // In that case the bytes before the first operand are as they were: all is written again.
    if (bytes > 1 && apart === null) whereOverlapped(z, overlaps(z, bytes), 'move', bytes);
    return;
  }
  if (apart === 1) {
    // The idiom that spreads the first byte.
    b.memory_fill(z.address1(), b.i32_load8_u(z.base2(), z.d2), length(z));
    return;
  }
  b.memory_copy_forward(z.address1(), z.address2(), length(z));
};
function movePieces(z: Lowering, bytes: number): void {
  const { b, d1, d2 } = z;
  const [to, from] = [z.base1(), z.base2()];
  const list = pieces(bytes, 16);
  const values = list.map(([at, size]) =>
    size === 16 ? b.v128_load(from, d2 + at) : loadPiece(z, from, d2 + at, size),
  );
  for (const [i, [at, size]] of list.entries()) {
    if (size === 16) b.v128_store(to, values[i] as V128, d1 + at);
    else storePiece(z, to, d1 + at, size, values[i] as I64);
  }
}

/** MVCIN: the second operand is addressed by its last byte. */
function moveInverse(context: HelperContext, x: bigint, y: bigint, z: bigint): bigint {
  const view = context.view();
  const [to, from, bytes] = [Number(x), Number(y), Number(z)];
  for (let i = 0; i < bytes; i++) putByte(view, to + i, byteAt(view, from - i));
  return 0n;
}
/** MVN, MVZ: the right (left) four bits of every byte. */
function moveNumerics(context: HelperContext, x: bigint, y: bigint, z: bigint): bigint {
  return moveHalves(context.view(), Number(x), Number(y), Number(z), 0x0f);
}
function moveZones(context: HelperContext, x: bigint, y: bigint, z: bigint): bigint {
  return moveHalves(context.view(), Number(x), Number(y), Number(z), 0xf0);
}
function moveHalves(view: DataView, to: number, from: number, bytes: number, mask: number): bigint {
  for (let i = 0; i < bytes; i++) {
    const kept = byteAt(view, to + i) & ~mask;
    putByte(view, to + i, kept | (byteAt(view, from + i) & mask));
  }
  return 0n;
}
const byHelper =
  (which: typeof moveInverse): Semantics =>
  (z) => {
    const { b } = z;
    helper(b, which, long(z, z.address1()), long(z, z.address2()), long(z, length(z)));
  };

type Operation = 'and' | 'or' | 'xor';
const combine: Record<Operation, (x: number, y: number) => number> = {
  and: (x, y) => x & y,
  or: (x, y) => x | y,
  xor: (x, y) => x ^ y,
};
/** Byte after byte, as an overlap demands. Returns the condition code. */
function logicalBytes(operation: Operation): typeof moveInverse {
  const apply = combine[operation];
  return (context, x, y, z) => {
    const view = context.view();
    const [to, from, bytes] = [Number(x), Number(y), Number(z)];
    let any = 0;
    for (let i = 0; i < bytes; i++) {
      const value = apply(byteAt(view, to + i), byteAt(view, from + i));
      putByte(view, to + i, value);
      any |= value;
    }
    return any === 0 ? 0n : 1n;
  };
}
const logicalHelpers = {
  and: logicalBytes('and'),
  or: logicalBytes('or'),
  xor: logicalBytes('xor'),
};
const logical =
  (operation: Operation): Semantics =>
  (z) => {
    const { b, d1, d2 } = z;
    const bytes = z.l1 + 1;
    if (operation === 'xor' && distance(z) === 0) {
      b.memory_fill(z.address1(), b.const32(0), length(z));
      z.cc(codeConstant(0));
      return;
    }
    const apart = distance(z);
    const isKnown = bytes === 1 || (apart !== null && !isInside(apart, bytes));
    if (z.executeLength === null && bytes <= inlineBytesMax / 2 && (isKnown || apart === null)) {
      const [to, from] = [z.base1(), z.base2()];
      const list = pieces(bytes, 8);
      const olds = list.map(([at, size]) => loadPiece(z, to, d1 + at, size));
      const values = list.map(([at, size], i) =>
        b[`i64_${operation}`](olds[i]!, loadPiece(z, from, d2 + at, size)),
      );
      const overlap = isKnown ? null : overlaps(z, bytes);
      for (const [i, [at, size]] of list.entries()) {
        const value = overlap === null ? values[i]! : b.i64_select(olds[i]!, values[i]!, overlap);
        storePiece(z, to, d1 + at, size, value);
      }
      const some = b.i64_ne(
        values.reduce((x, y) => b.i64_or(x, y)),
        b.const64(0),
      );
      if (overlap === null) return z.cc(zeroOrNot(some));
      const code = whereOverlapped(z, overlap, operation, bytes);
      return z.cc(zeroOrNot(b.i32_select(code, some, overlap)));
    }
    const which = logicalHelpers[operation];
    const code = helper(b, which, long(z, z.address1()), long(z, z.address2()), long(z, length(z)));
    z.cc(zeroOrNot(b.i32_wrap_i64(code)));
  };

/** The first or the last bytes of an operand of 3 to 16, as a number; together they are all. */
function edge(z: Lowering, base: I32, at: number, bytes: number, last: boolean): I64 {
  const { b } = z;
  const size = bytes > 8 ? 8 : bytes > 4 ? 4 : 2;
  const from = last ? at + bytes - size : at;
  if (size === 8) return b.i64_load_be(base, from);
  return size === 4 ? b.i64_load32_u_be(base, from) : b.i64_load16_u_be(base, from);
}
/** CLC: the bytes at the first difference decide (the last ones where there is none). */
const compareCharacters: Semantics = (z) => {
  const { b, d1, d2 } = z;
  const bytes = z.l1 + 1;
  if (z.executeLength === null) {
    const [x, y] = [z.base1(), z.base2()];
    if (bytes === 1) return z.cc(comparison('i32_u', b.i32_load8_u(x, d1), b.i32_load8_u(y, d2)));
    if (bytes === 2) {
      return z.cc(comparison('i32_u', b.i32_load16_u_be(x, d1), b.i32_load16_u_be(y, d2)));
    }
    if (bytes === 4) return z.cc(comparison('i32_u', b.i32_load_be(x, d1), b.i32_load_be(y, d2)));
    if (bytes === 8) return z.cc(comparison('i64_u', b.i64_load_be(x, d1), b.i64_load_be(y, d2)));
    if (bytes <= 16) {
      const [p, q] = [
        [edge(z, x, d1, bytes, false), edge(z, x, d1, bytes, true)],
        [edge(z, y, d2, bytes, false), edge(z, y, d2, bytes, true)],
      ] as const;
      const differs = b.i64_ne(p[0], q[0]);
      const [left, right] = [b.i64_select(p[0], p[1], differs), b.i64_select(q[0], q[1], differs)];
      return z.cc(comparison('i64_u', left, right));
    }
  }
  const [x, y] = [z.address1(), z.address2()];
  const count = length(z);
  const found = b.memory_mismatch(x, y, count);
  const last = b.i32_sub(count, b.const32(1));
  const at = b.i32_select(found, last, b.i32_lt_u(found, last));
  z.cc(comparison('i32_u', b.i32_load8_u(b.i32_add(x, at)), b.i32_load8_u(b.i32_add(y, at))));
};

/** TRANSLATE. */
function translate(context: HelperContext, x: bigint, y: bigint, z: bigint): bigint {
  const view = context.view();
  const [at, table, bytes] = [Number(x), Number(y), Number(z)];
  for (let i = 0; i < bytes; i++) putByte(view, at + i, byteAt(view, table + byteAt(view, at + i)));
  return 0n;
}
/** TRANSLATE AND TEST (forwards, or backwards for TRTR): sets r1 and the last byte of r2. */
function translateTest(step: 1 | -1): typeof moveInverse {
  return (context, x, y, z) => {
    const view = context.view();
    const [at, table, bytes] = [Number(x), Number(y), Number(z)];
    for (let i = 0; i < bytes; i++) {
      const code = byteAt(view, table + byteAt(view, at + i * step));
      if (code === 0) continue;
      putRegister(view, 1, BigInt((at + i * step) >>> 0));
      putRegister(view, 2, (register(view, 2) & ~0xffn) | BigInt(code));
      return i === bytes - 1 ? 2n : 1n;
    }
    return 0n;
  };
}
const testForward = translateTest(1);
const testBackward = translateTest(-1);
const translateAndTest =
  (which: typeof moveInverse): Semantics =>
  (z) => {
    const { b } = z;
    const code = helper(b, which, long(z, z.address1()), long(z, z.address2()), long(z, length(z)));
    z.known.fill(null);
    z.cc(codeValue(b.i32_wrap_i64(code)));
  };

declare(moveInverse);
declare(moveNumerics);
declare(moveZones);
for (const which of Object.values(logicalHelpers)) declare(which);
declare(translate);
declare(testForward);
declare(testBackward);

function moveForward(context: HelperContext, x: bigint, y: bigint, z: bigint): bigint {
  const view = context.view();
  const [to, from, bytes] = [Number(x), Number(y), Number(z)];
  for (let i = 0; i < bytes; i++) putByte(view, to + i, byteAt(view, from + i));
  return 0n;
}
function compareBytes(context: HelperContext, x: bigint, y: bigint, z: bigint): bigint {
  const view = context.view();
  const [first, second, bytes] = [Number(x), Number(y), Number(z)];
  for (let i = 0; i < bytes; i++) {
    const [p, q] = [byteAt(view, first + i), byteAt(view, second + i)];
    if (p !== q) return p < q ? 1n : 2n;
  }
  return 0n;
}

/** The SS-a instructions by opcode for EXECUTE of a target found at run time. */
export const storageHelpers: ReadonlyMap<number, { helper: Helper; setsCode: boolean }> = new Map([
  [0xd2, { helper: moveForward, setsCode: false }],
  [0xe8, { helper: moveInverse, setsCode: false }],
  [0xd1, { helper: moveNumerics, setsCode: false }],
  [0xd3, { helper: moveZones, setsCode: false }],
  [0xd4, { helper: logicalHelpers.and, setsCode: true }],
  [0xd6, { helper: logicalHelpers.or, setsCode: true }],
  [0xd7, { helper: logicalHelpers.xor, setsCode: true }],
  [0xd5, { helper: compareBytes, setsCode: true }],
  [0xdc, { helper: translate, setsCode: false }],
  [0xdd, { helper: testForward, setsCode: true }],
  [0xd0, { helper: testBackward, setsCode: true }],
]);

// biome-ignore format: a table
export const storageRows: readonly Row[] = [
  row('MVC', 0xd2, 'SSa', moveCharacters), row('MVCIN', 0xe8, 'SSa', byHelper(moveInverse)), row('MVN', 0xd1, 'SSa', byHelper(moveNumerics)), row('MVZ', 0xd3, 'SSa', byHelper(moveZones)),
  row('NC', 0xd4, 'SSa', logical('and')), row('OC', 0xd6, 'SSa', logical('or')), row('XC', 0xd7, 'SSa', logical('xor')), row('CLC', 0xd5, 'SSa', compareCharacters),
  row('TR', 0xdc, 'SSa', byHelper(translate)), row('TRT', 0xdd, 'SSa', translateAndTest(testForward)), row('TRTR', 0xd0, 'SSa', translateAndTest(testBackward)),
];
