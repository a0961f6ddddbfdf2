/** Rows of the instruction tables, and what is made of them: decoder, disassembler, encoder. */

import {
  type Field,
  type Format,
  type FormatName,
  formats,
  instructionLength,
  readField,
  rxbBit,
  vectorRegister,
} from './formats.ts';
import type { Lowering, Semantics } from './lowering.ts';

/** What a test generator and the disassembler must know beyond the format. */
export interface RowNotes {
  /** Register fields that name an even–odd pair, or (`q`) a floating-point pair n, n+2. */
  readonly pairs?: readonly string[];
  /** Register fields that are floating-point registers: 'r1', 'r2', 'r3'. */
  readonly fp?: readonly string[];
  /** Fields with a limited set of values the generator may use. */
  readonly values?: Readonly<Record<string, readonly number[]>>;
  /** Why random programs leave it out (`branch`, `system`…); tested otherwise. */
  readonly by?: 'branch' | 'system' | 'address' | 'time' | 'unit';
  /** Bytes the storage operand must be aligned to. */
  readonly align?: number;
}

export interface Row {
  readonly mnemonic: string;
  readonly opcode: number;
  readonly format: Format;
  readonly semantics: Semantics;
  readonly notes: RowNotes;
}

/** Makes a row. The opcode has all its pieces: 0x1a, 0xb908, 0xe304, 0xa7a. */
export function row(
  mnemonic: string,
  opcode: number,
  format: FormatName,
  semantics: Semantics,
  notes: RowNotes = {},
): Row {
  return { mnemonic, opcode, format: formats[format], semantics, notes };
}

/** Rows of one first byte: the second part of the opcode selects among them. */
interface Page {
  readonly start: number;
  readonly bits: number;
  readonly rows: (Row | undefined)[];
}

/** The decoder made of rows. */
export class InstructionTable {
  readonly rows: readonly Row[];
  readonly #pages: (Page | undefined)[] = Array.from({ length: 256 });

  /** Throws where two rows claim the same opcode. */
  constructor(rows: readonly Row[]) {
    this.rows = rows;
    for (const entry of rows) this.#add(entry);
  }

  #add(entry: Row): void {
    const { opcode, format, mnemonic } = entry;
    const bits = format.opcode.reduce((sum, piece) => sum + piece.bits, 0);
    const rest = bits - 8;
    const first = opcode >> rest;
    const last = format.opcode[format.opcode.length - 1]!;
    if (first < 0 || first > 255 || instructionLength(first) !== format.bytes) {
      throw new Error(`${mnemonic}: opcode ${opcode.toString(16)} is not of format ${format.name}`);
    }
    const start = format.opcode.length === 1 ? 8 : last.start;
    const page = (this.#pages[first] ??= { start, bits: rest, rows: [] });
    if (page.bits !== rest || page.start !== start) {
      throw new Error(`${mnemonic}: its opcode lies elsewhere than its neighbours'`);
    }
    const second = opcode & (2 ** rest - 1);
    const other = page.rows[second];
    if (other) throw new Error(`${mnemonic} and ${other.mnemonic} have the same opcode`);
    page.rows[second] = entry;
  }

  /** The row of an instruction, or undefined for an undefined opcode. */
  find(high: number, low: number): Row | undefined {
    const page = this.#pages[high >>> 24];
    if (!page) return undefined;
    const { start, bits, rows } = page;
    if (bits === 0) return rows[0];
    return rows[
      start < 32 ? (high << start) >>> (32 - bits) : (low << (start - 32)) >>> (32 - bits)
    ];
  }
}

/**
 * Bits 32–47 of the instruction at `at`, left-aligned; 0 for shorter ones. May throw RangeError.
 */
export function readBits(view: DataView, at: number): { high: number; low: number; bytes: number } {
  const bytes = instructionLength(view.getUint8(at));
  if (bytes === 2) return { high: view.getUint16(at) << 16, low: 0, bytes };
  const high = view.getInt32(at);
  return { high, low: bytes === 6 ? view.getUint16(at + 4) << 16 : 0, bytes };
}

/** Puts the fields of an instruction into `z`; `pc` is the address relative targets start from. */
export function decodeFields(z: Lowering, format: Format, high: number, low: number): void {
  z.high = high;
  z.low = low;
  z.x2 = 0;
  const into = z as unknown as Record<string, number>;
  const rxb = format.name.startsWith('V') ? (low >>> 24) & 15 : 0;
  for (const field of format.fields) {
    into[field.name] = fieldValue(field, high, low, z.pc, rxb);
  }
}

function fieldValue(field: Field, high: number, low: number, pc: number, rxb: number): number {
  const value = readField(field, high, low);
  if (field.name.startsWith('ri')) return (pc + value * 2) >>> 0;
  return field.name.startsWith('v') ? vectorRegister(field, value, rxb) : value;
}

/** Text of an instruction as assembler source. */
export function format(entry: Row, high: number, low: number, pc: number): string {
  const fields: Record<string, number> = {};
  const rxb = entry.format.name.startsWith('V') ? (low >>> 24) & 15 : 0;
  for (const field of entry.format.fields) {
    fields[field.name] = fieldValue(field, high, low, pc, rxb);
  }
  const operands = entry.format.syntax.map((operand) => operandText(entry, operand, fields));
  const name = entry.mnemonic.toLowerCase();
  return operands.length === 0 ? name : `${name}\t${operands.join(',')}`;
}

function registerText(entry: Row, name: string, value: number): string {
  if (name.startsWith('r')) return `${entry.notes.fp?.includes(name) ? '%f' : '%r'}${value}`;
  return `%${name[0]}${value}`;
}

function operandText(entry: Row, operand: string, fields: Record<string, number>): string {
  const storage = /^(d\d)\((?:(\w\d),)?(b\d)\)$/.exec(operand);
  if (!storage) {
    const value = fields[operand]!;
    if (operand.startsWith('ri')) return `0x${value.toString(16)}`;
    return /^[rav]/.test(operand) ? registerText(entry, operand, value) : `${value}`;
  }
  const [, displacement = '', index, base = ''] = storage;
  const inside: string[] = [];
  if (index) {
    const value = fields[index]!;
    if (index.startsWith('l')) inside.push(`${value + 1}`);
    else if (index.startsWith('v')) inside.push(`%v${value}`);
    else if (index.startsWith('r')) inside.push(`%r${value}`);
    else if (value !== 0) inside.push(`%r${value}`);
  }
  if (fields[base] !== 0) inside.push(`%r${fields[base]}`);
  else if (inside.length > 0 && !index?.startsWith('x')) inside.push('%r0');
  return inside.length > 0
    ? `${fields[displacement]}(${inside.join(',')})`
    : `${fields[displacement]}`;
}

/** Bytes of an instruction from its fields (missing ones are 0); vector numbers may be 0–31. */
export function encode(entry: Row, fields: Readonly<Record<string, number>>): Uint8Array {
  let bits = 0n;
  const total = BigInt(entry.format.bytes * 8);
  const put = (field: Field, value: bigint): void => {
    const width = BigInt(field.bits);
    bits |= BigInt.asUintN(field.bits, value) << (total - BigInt(field.start) - width);
  };
  let rest = entry.format.opcode.reduce((sum, piece) => sum + piece.bits, 0);
  for (const piece of entry.format.opcode) {
    rest -= piece.bits;
    put(piece, BigInt(entry.opcode) >> BigInt(rest));
  }
  let rxb = 0;
  for (const field of entry.format.fields) {
    let value = fields[field.name] ?? 0;
    if (field.name === 'rxb') value = rxb;
    if (field.name.startsWith('v') && value > 15) rxb |= rxbBit(field);
    if (field.name.startsWith('d') && field.bits === 20) {
      value = ((value & 0xfff) << 8) | ((value >> 12) & 0xff);
    }
    put(field, BigInt(value));
  }
  const bytes = new Uint8Array(entry.format.bytes);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = Number((bits >> (total - 8n - BigInt(i * 8))) & 0xffn);
  }
  return bytes;
}
