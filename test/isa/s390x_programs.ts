// biome-ignore-all lint/complexity/useLiteralKeys: fields have an index signature.
/**
 * Random s390x programs made from the instruction rows. A program is a list of cases; a case loads
 * a random state from its block of the data segment, runs a few random instructions, and stores the
 * state in the block. In the end the data segment is written to standard output.
 */

import { encode, type Row } from '../../src/cpu/isa/s390x/row.ts';
import { instructions } from '../../src/cpu/isa/s390x/s390x.ts';
import { dataOffset, elfBase, writeElf } from './elf_writer.ts';
import { qemuIsRight, qemuWrong } from './s390x_qemu_wrong.ts';

/** Field values by name. */
export interface Fields {
  [name: string]: number;
}

/**
 * A case's block: vector registers in, general registers in, control words; the same out; storage.
 */
export const blockBytes = 4096;
const at = { vectors: 0, general: 512, fpc: 640, mask: 644, out: 1024, storage: 2048 } as const;
/** Where r12 and r13 point in a block. */
const bases: Readonly<Record<number, number>> = { 12: 2560, 13: 3200 };
/**
 * Destinations are r0–r10; r11 is a small index, r12 and r13 point to storage, r14 to the block.
 */
const destinations = 11;

export interface Case {
  /** Instructions as [row, fields]. */
  readonly code: [Row, Fields][];
  readonly block: Uint8Array;
}

const byName = new Map(instructions.rows.map((row) => [row.mnemonic, row]));
/** The row of a mnemonic. */
export function rowOf(mnemonic: string): Row {
  const row = byName.get(mnemonic);
  if (!row) throw new Error(`no instruction ${mnemonic}`);
  return row;
}

/** SplitMix-like generator of 32-bit numbers. */
export class Random {
  #state: number;
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }
  u32(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let x = this.#state;
    x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
    x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
    return (x ^ (x >>> 15)) >>> 0;
  }
  below(limit: number): number {
    return this.u32() % limit;
  }
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}

const edges = [
  0n,
  1n,
  0xffffffffffffffffn,
  0x8000000000000000n,
  0x7fffffffffffffffn,
  0x80000000n,
  0x7fffffffn,
  0xffffffffn,
  0xffffffff00000000n,
  0x8000000000000001n,
  0x100000000n,
  0xffn,
  0x8000n,
  0x7fffn,
];
const floatEdges = [
  0n,
  0x8000000000000000n,
  0x3ff0000000000000n,
  0xbff0000000000000n,
  0x7ff0000000000000n,
  0xfff0000000000000n,
  0x7ff8000000000000n,
  0x7ff4000000000001n,
  0xfff8000000001234n,
  0x0000000000000001n,
  0x000fffffffffffffn,
  0x0010000000000000n,
  0x7fefffffffffffffn,
  0x3f80000000000000n,
  0x7f80000000000000n,
  0xff80000000000000n,
  0x7fc0000000000000n,
  0x7fa0000000000001n,
  0x0000000100000000n,
  0x7f7fffff00000000n,
  0x0080000000000000n,
  0x4330000000000001n,
  0x43e0000000000000n,
  0xc1e0000000000000n,
  0x41dfffffffc00000n,
  0x3fff000000000000n,
  0x7fff000000000000n,
  0x7fff800000000000n,
  0x7fff400000000000n,
  0x4000800000000000n,
  0x0001000000000000n,
  0x7ffe000000000000n,
  0x3fe0000000000000n,
];

function general(random: Random): bigint {
  const value = (BigInt(random.u32()) << 32n) | BigInt(random.u32());
  switch (random.below(6)) {
    case 0:
    case 1:
      return random.pick(edges);
    case 2:
      return BigInt(random.below(256));
    case 3:
      return BigInt.asUintN(64, random.pick(edges) + BigInt(random.below(5) - 2));
    default:
      return value;
  }
}
function float(random: Random): bigint {
  const value = (BigInt(random.u32()) << 32n) | BigInt(random.u32());
  switch (random.below(6)) {
    case 0:
      return random.pick(floatEdges);
    case 1:
      return random.pick(floatEdges) ^ BigInt(random.below(4));
    case 2: {
      // Doubles and singles of moderate size.
      const exponent = BigInt(1023 - 20 + random.below(40));
      return (value & 0x800fffffffffffffn) | (exponent << 52n);
    }
    case 3: {
      const exponent = BigInt(127 - 20 + random.below(40));
      return (value & 0x807fffffffffffffn) | (exponent << 55n);
    }
    case 4:
      return random.below(2) ? value : value & 0xffff000000000000n;
    default:
      return (value & 0x800fffff00000000n) | (BigInt(1023 + random.below(60)) << 52n);
  }
}

/** Makes r12 and r13 of a block point to where the block will lie. */
function point(view: DataView, index: number): void {
  const block = elfBase + dataOffset + index * blockBytes;
  for (const [n, offset] of Object.entries(bases)) {
    view.setBigUint64(at.general + Number(n) * 8, BigInt(block + offset));
  }
}

/** A random initial block. */
export function randomBlock(random: Random, index: number, fpc: number): Uint8Array {
  const bytes = new Uint8Array(blockBytes);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < 64; i++) {
    view.setBigUint64(at.vectors + i * 8, random.below(3) ? float(random) : general(random));
  }
  for (let i = 0; i < 16; i++) view.setBigUint64(at.general + i * 8, general(random));
  view.setBigUint64(at.general + 11 * 8, BigInt(random.below(64)));
  point(view, index);
  view.setUint32(at.fpc, fpc);
  view.setUint32(at.mask, random.below(4) << 28);
  for (let i = at.storage; i < blockBytes; i += 8) {
    view.setBigUint64(i, random.below(3) === 0 ? float(random) : general(random));
  }
  return bytes;
}

const wordsOf = (from: number, to: number): number[] =>
  Array.from({ length: (to - from) / 8 }, (_, n) => from + 8 * n);

/** Offsets of 8 bytes of an initial block that may as well be zero. */
export const stateWords: readonly number[] = [
  ...wordsOf(at.vectors, at.general + 12 * 8),
  at.fpc,
  ...wordsOf(at.storage, blockBytes),
];

const isShift = /^(S[LR][LAD]|RLL)/;

/** Random operands of a row, within what a case allows. */
export function randomFields(row: Row, random: Random): Fields {
  const { format, notes, mnemonic } = row;
  const fields: Fields = {};
  for (const { name, bits, signed } of format.fields) {
    const given = notes.values?.[name];
    const isRegister = name.startsWith('r') && !name.startsWith('ri') && name !== 'rxb';
    if (given) fields[name] = random.pick(given);
    else if (isRegister) fields[name] = randomRegister(row, name, random);
    else if (name.startsWith('v')) fields[name] = random.below(random.below(2) ? 32 : 6);
    else if (name.startsWith('b')) {
      fields[name] = isShift.test(mnemonic) ? random.below(12) : 12 + random.below(2);
    } else if (name.startsWith('x')) fields[name] = random.below(3) && !notes.align ? 0 : 11;
    else if (name.startsWith('d')) fields[name] = displacement(row, bits, random);
    else if (name === 'ri2' || name === 'ri4') fields[name] = 0;
    else if (name.startsWith('l')) fields[name] = random.below(random.below(2) ? 2 ** bits : 9);
    else fields[name] = immediate(bits, signed, random);
    if (name.startsWith('x') && notes.align) fields[name] = 0;
  }
  orderRange(row, fields);
  if (isDisjoint.test(mnemonic)) [fields['b1'], fields['b2']] = [12, 13];
  return fields;
}
function randomRegister(row: Row, name: string, random: Random): number {
  const { notes } = row;
  const pair = notes.pairs?.includes(name);
  if (notes.fp?.includes(name)) {
    const n = random.below(random.below(2) ? 16 : 4);
    return pair ? n & 13 : n;
  }
  if (pair) return random.below(5) * 2;
  if (name === 'r1' || row.format.name.startsWith('SSF')) return random.below(destinations);
  return random.below(random.below(4) ? destinations : 14);
}
function displacement(row: Row, bits: number, random: Random): number {
  const align = row.notes.align ?? 1;
  const range = isShift.test(row.mnemonic) ? 2 ** bits : bits === 20 ? 512 : 256;
  const value = Math.floor(random.below(range) / align) * align;
  return bits === 20 ? value - Math.floor(range / 2 / align) * align : value;
}
function immediate(bits: number, signed: boolean, random: Random): number {
  const all = 2 ** bits;
  const value = random.below(3)
    ? random.u32() % all
    : random.pick([0, 1, all - 1, all / 2, all / 2 - 1, all - 2]);
  return signed && value >= all / 2 ? value - all : value;
}
/** Where an overlap of the operands gives unpredictable results. */
const isDisjoint = /^UNPK[AU]$/;

/** Ranges of registers must not run into the reserved ones, nor be longer than allowed. */
function orderRange(row: Row, fields: Fields): void {
  const { r1, r3 } = fields;
  if (/^(LM|STM)/.test(row.mnemonic) && r1 !== undefined && r3 !== undefined) {
    fields['r1'] = Math.min(r1, r3);
    fields['r3'] = Math.min(Math.max(r1, r3), destinations - 1);
  }
  const { v1, v3 } = fields;
  if (/^V(LM|STM)/.test(row.mnemonic) && v1 !== undefined && v3 !== undefined) {
    fields['v1'] = Math.min(v1, v3);
    fields['v3'] = Math.min(Math.max(v1, v3), fields['v1'] + 15);
  }
}

/** Rows random straight-line cases may use. */
export const ordinaryRows: readonly Row[] = instructions.rows.filter(({ mnemonic, notes }) => {
  const wrong = qemuWrong.get(mnemonic);
  return !notes.by && (!wrong || wrong.alone || wrong.where);
});

const isDivision = /^D(R|SG|SGR|SGF|SGFR|LR|L|LGR|LG)?$/;

/** Makes a division safe: a non-zero divisor that is not -1, a dividend that fits. */
function guardDivision(row: Row, fields: Fields): [Row, Fields][] {
  const { r1 = 0, r2, b2 = 0, d2 = 0 } = fields;
  const list: [Row, Fields][] = [];
  if (row.mnemonic.startsWith('DL')) list.push([rowOf('LGHI'), { r1, i2: 0 }]);
  else if (!row.mnemonic.startsWith('DS')) {
    list.push([rowOf('LGFR'), { r1, r2: r1 + 1 }], [rowOf('SRAG'), { r1, r3: r1, d2: 63 }]);
  }
  if (r2 !== undefined) {
    if (r2 === r1 || r2 === r1 + 1 || r2 > 10) fields['r2'] = r1 === 0 ? 3 : 0;
    const r = fields['r2']!;
    list.push([rowOf('OILL'), { r1: r, i2: 1 }], [rowOf('NILL'), { r1: r, i2: -3 }]);
  } else {
    const last = row.mnemonic.endsWith('G') ? 7 : 3;
    fields['x2'] = 0;
    list.push([rowOf('OIY'), { b1: b2, d1: d2 + last, i2: 1 }]);
    list.push([rowOf('NIY'), { b1: b2, d1: d2 + last, i2: 0xfd }]);
  }
  list.push([row, fields]);
  return list;
}

function trusted(random: Random, rows: readonly Row[], first: boolean): [Row, Fields] {
  for (let tries = 0; ; tries++) {
    const row = random.pick(rows);
    if (tries > 1000) throw new Error(`no operands of ${row.mnemonic} are to be trusted`);
    const fields = randomFields(row, random);
    if (qemuIsRight(row.mnemonic, fields, first)) return [row, fields];
  }
}

/** Makes signaling NaNs of the vector registers quiet, as numbers of all formats. */
function quietNans(block: Uint8Array): void {
  const view = new DataView(block.buffer);
  for (let i = at.vectors; i < at.general; i += 8) {
    let value = view.getBigUint64(i);
    if (((value >> 52n) & 0x7ffn) === 0x7ffn) value |= 1n << 51n;
    if (((value >> 55n) & 0xffn) === 0xffn) value |= 1n << 54n;
    if (((value >> 48n) & 0x7fffn) === 0x7fffn) value |= 1n << 47n;
    view.setBigUint64(i, value);
  }
}

/** A case of `count` random instructions of `rows`. */
export function randomCase(
  random: Random,
  index: number,
  count: number,
  rows: readonly Row[] = ordinaryRows,
  fpc = 0,
): Case {
  const code: [Row, Fields][] = [];
  for (let i = 0; i < count; i++) {
    const [row, fields] = trusted(random, rows, code.length === 0);
    if (isDivision.test(row.mnemonic)) code.push(...guardDivision(row, fields));
    else code.push([row, fields]);
  }
  const block = randomBlock(random, index, fpc);
  if (/^(M[AS].BR|VFM[AS])$/.test(code[0]?.[0].mnemonic ?? '')) quietNans(block);
  return { code, block };
}

class Assembler {
  readonly bytes: number[] = [];
  emit(row: Row, fields: Fields): void {
    this.bytes.push(...encode(row, fields));
  }
  op(mnemonic: string, fields: Fields = {}): void {
    this.emit(rowOf(mnemonic), fields);
  }
  get here(): number {
    return elfBase + this.bytes.length;
  }
}

function emitCase(asm: Assembler, { code }: Case, index: number): void {
  const block = elfBase + dataOffset + index * blockBytes;
  asm.op('LARL', { r1: 14, ri2: (block - asm.here) / 2 });
  asm.op('VLM', { v1: 0, v3: 15, b2: 14, d2: at.vectors });
  asm.op('VLM', { v1: 16, v3: 31, b2: 14, d2: at.vectors + 256 });
  asm.op('LFPC', { b2: 14, d2: at.fpc });
  asm.op('L', { r1: 0, b2: 14, d2: at.mask });
  asm.op('SPM', { r1: 0 });
  asm.op('LMG', { r1: 0, r3: 13, b2: 14, d2: at.general });
  for (const [n, [row, fields]] of code.entries()) {
    const relative = { ...fields };
    if (row.format.fields.some((field) => field.name.startsWith('ri'))) {
      const name = row.format.fields.some((field) => field.name === 'ri4') ? 'ri4' : 'ri2';
      const { skip } = fields;
      relative[name] = (skip === undefined ? block + 2688 - asm.here : distance(code, n, skip)) / 2;
    }
    asm.emit(row, relative);
  }
  asm.op('STMG', { r1: 0, r3: 13, b2: 14, d2: at.out + at.general });
  asm.op('IPM', { r1: 0 });
  asm.op('ST', { r1: 0, b2: 14, d2: at.out + at.mask });
  asm.op('STFPC', { b2: 14, d2: at.out + at.fpc });
  asm.op('VSTM', { v1: 0, v3: 15, b2: 14, d2: at.out + at.vectors });
  asm.op('VSTM', { v1: 16, v3: 31, b2: 14, d2: at.out + at.vectors + 256 });
}

/** Bytes from instruction n to the one after the `skip` following ones; or to one before it. */
function distance(code: Case['code'], n: number, skip: number): number {
  const bytes = (from: number, to: number): number =>
    code.slice(from, to).reduce((sum, [row]) => sum + row.format.bytes, 0);
  return skip < 0 ? -bytes(n + skip, n) : bytes(n, n + 1 + skip);
}

/** The ELF file that runs the cases. */
export function buildProgram(cases: readonly Case[]): Uint8Array<ArrayBuffer> {
  const asm = new Assembler();
  for (const [index, one] of cases.entries()) emitCase(asm, one, index);
  const data = new Uint8Array(cases.length * blockBytes);
  for (const [index, { block }] of cases.entries()) {
    data.set(block, index * blockBytes);
    point(new DataView(data.buffer, index * blockBytes, blockBytes), index);
  }
  asm.op('LGHI', { r1: 2, i2: 1 });
  asm.op('LARL', { r1: 3, ri2: (elfBase + dataOffset - asm.here) / 2 });
  asm.op('LGFI', { r1: 4, i2: data.length });
  asm.op('SVC', { i1: 4 });
  asm.op('LGHI', { r1: 2, i2: 0 });
  asm.op('SVC', { i1: 1 });
  return writeElf({
    machine: 's390x',
    littleEndian: false,
    code: Uint8Array.from(asm.bytes),
    data,
  });
}

/** What lies at an offset of a block. */
export function nameOf(offset: number): string {
  if (offset >= at.storage) return `storage+${offset - at.storage}`;
  const inside = offset % at.out;
  if (inside < at.general) return `v${inside >> 4}${inside & 8 ? '.low' : '.high'}`;
  if (inside < at.fpc) return `r${(inside - at.general) >> 3}`;
  return 'fpc ‖ cc';
}
