/** Decodes one instruction into an `Instruction` (SDM vol. 2, chapter 2). */

import type { Instruction } from './instruction.ts';
import type { Row } from './row.ts';
import type { OpcodeTable } from './table.ts';

/** Longest instruction; a longer one is #UD here (#GP on a processor). Bytes. */
export const instructionBytesMax = 15;

/**
 * Decodes the bytes of `view` from `at` into `i`; `i.row` is undefined for an undefined encoding.
 * Throws
 * RangeError where the view ends inside the instruction.
 */
export function decode(
  table: OpcodeTable,
  i: Instruction,
  view: DataView,
  at: number,
  pc: number,
): void {
  i.pc = pc;
  i.row = undefined;
  let p = readPrefixes(i, view, at);
  let map = 0;
  let opcode = view.getUint8(p++);
  i.vvvv = 0;
  i.vectorLength = 0;
  if (opcode === 0x0f) {
    opcode = view.getUint8(p++);
    map = 1;
    if (opcode === 0x38) map = 2;
    if (opcode === 0x3a) map = 3;
    if (map > 1) opcode = view.getUint8(p++);
  } else if (opcode === 0xc4 || opcode === 0xc5) {
    map = readVex(i, view, p, opcode);
    p += opcode === 0xc4 ? 2 : 1;
    if (map === 0) {
      i.bytes = p - at;
      return;
    }
    opcode = view.getUint8(p++);
  }
  i.opcode = opcode;
  i.opcodeReg = (opcode & 7) | ((i.rex & 1) << 3);
  i.mod = 3;
  i.base = -1;
  i.index = -1;
  i.displacement = 0;
  const rows = table.rowsOf(map, opcode);
  if (rows && rows[0]!.hasModrm) {
    i.modrm = view.getUint8(p++);
    i.mod = i.modrm >> 6;
    i.reg = ((i.modrm >> 3) & 7) | ((i.rex & 4) << 1);
    i.rm = (i.modrm & 7) | ((i.rex & 1) << 3);
  } else {
    i.modrm = 0;
  }
  const row = rows && table.find(rows, i);
  const unusedVvvv = i.vvvv !== 0 && !row?.usesVvvv;
  if (!row || unusedVvvv || (i.lock && !(row.lockable && i.mod !== 3))) {
    i.bytes = p - at;
    return;
  }
  const vectorIndex = row.notes.includes('vsib');
  if (vectorIndex && (i.modrm & 7) !== 4) {
    i.bytes = p - at;
    return;
  }
  if (i.mod !== 3) p = readMemoryOperand(i, view, p, vectorIndex);
  i.size = i.rex & 8 ? 64 : i.operandPrefix && map < 4 ? 16 : row.default64 ? 64 : 32;
  p = readImmediates(i, row, view, p);
  i.bytes = p - at;
  if (i.bytes <= instructionBytesMax) i.row = row;
}

function readPrefixes(i: Instruction, view: DataView, at: number): number {
  i.rex = 0;
  i.repeat = 0;
  i.operandPrefix = false;
  i.addressPrefix = false;
  i.lock = false;
  i.segment = 0;
  for (let p = at; p < at + instructionBytesMax; p++) {
    const byte = view.getUint8(p);
    switch (byte) {
      case 0x66:
        i.operandPrefix = true;
        break;
      case 0x67:
        i.addressPrefix = true;
        break;
      case 0xf0:
        i.lock = true;
        break;
      case 0xf2:
      case 0xf3:
        i.repeat = byte;
        break;
      case 0x64:
      case 0x65:
        i.segment = byte;
        break;
      case 0x26:
      case 0x2e:
      case 0x36:
      case 0x3e:
        break;
      default:
        if ((byte & 0xf0) !== 0x40) return p;
        // A REX prefix counts only directly before the opcode (SDM vol. 2, 2.2.1).
        if (isPrefix(view.getUint8(p + 1))) break;
        i.rex = byte;
        return p + 1;
    }
  }
  return at + instructionBytesMax;
}

/**
 * Reads the payload of a VEX prefix (SDM vol. 2, 2.3.5). Returns the opcode map (5, 6, 7: those of
 * 0F, 0F 38,
 * 0F 3A) or 0 where it is undefined: an unknown map, or LOCK, 66, F2, F3, REX before it.
 */
function readVex(i: Instruction, view: DataView, at: number, form: number): number {
  const plain = !i.lock && !i.operandPrefix && !i.repeat && !i.rex;
  const first = view.getUint8(at);
  const last = form === 0xc4 ? view.getUint8(at + 1) : first;
  const map = form === 0xc4 ? first & 31 : 1;
  // R, X, B are stored inverted; the short form has only R.
  const low = form === 0xc4 ? ((first >> 5) ^ 7) & 7 : ((first >> 5) & 4) ^ 4;
  i.rex = 0x40 | low | (form === 0xc4 ? (last >> 4) & 8 : 0);
  i.vvvv = ((last >> 3) & 15) ^ 15;
  i.vectorLength = (last >> 2) & 1;
  const pp = last & 3;
  i.operandPrefix = pp === 1;
  i.repeat = pp === 2 ? 0xf3 : pp === 3 ? 0xf2 : 0;
  return plain && map >= 1 && map <= 3 ? map + 4 : 0;
}

const prefixes = new Set([0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x64, 0x65, 0x26, 0x2e, 0x36, 0x3e]);

function isPrefix(byte: number): boolean {
  return (byte & 0xf0) === 0x40 || prefixes.has(byte);
}

/** `vectorIndex`: the index is a vector register (VSIB), for which 4 is a number like any other. */
function readMemoryOperand(
  i: Instruction,
  view: DataView,
  start: number,
  vectorIndex: boolean,
): number {
  let p = start;
  const low = i.modrm & 7;
  i.base = i.rm;
  if (low === 4) {
    const sib = view.getUint8(p++);
    i.scale = sib >> 6;
    const index = ((sib >> 3) & 7) | ((i.rex & 2) << 2);
    if (index !== 4 || vectorIndex) i.index = index;
    i.base = (sib & 7) | ((i.rex & 1) << 3);
    if ((sib & 7) === 5 && i.mod === 0) i.base = -1;
  } else if (low === 5 && i.mod === 0) {
    i.base = 16;
  }
  if (i.mod === 1) {
    i.displacement = view.getInt8(p++);
  } else if (i.mod === 2 || i.base < 0 || i.base === 16) {
    i.displacement = view.getInt32(p, true);
    p += 4;
  }
  return p;
}

function readImmediates(i: Instruction, row: Row, view: DataView, start: number): number {
  let p = start;
  for (const [n, kind] of row.immediates.entries()) {
    let bytes = 4;
    if (kind === 'ib' || kind === 'cb') bytes = 1;
    else if (
      kind === 'iw' ||
      (i.operandPrefix && i.size === 16 && (kind === 'iz' || kind === 'iv'))
    )
      bytes = 2;
    else if (kind === 'mo') bytes = i.addressPrefix ? 4 : 8;
    else if (kind === 'iv' && i.size === 64) bytes = 8;
    const value =
      bytes === 1 ? view.getInt8(p) : bytes === 2 ? view.getInt16(p, true) : view.getInt32(p, true);
    if (n === 0) {
      i.immediate = value;
      i.immediateHigh = bytes === 8 ? view.getInt32(p + 4, true) : value >> 31;
    } else {
      i.immediate2 = value;
    }
    p += bytes;
  }
  return p;
}
