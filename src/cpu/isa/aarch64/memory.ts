/** Loads and stores of one or two registers (Arm ARM C4.1: loads and stores). */

import type { Builder, I32, I64, V128 } from '../../ir/builder.ts';
import { computedRow, type Fields, type PatternRow, row } from '../pattern.ts';
import {
  apply,
  readAddress,
  readD,
  readS,
  readV,
  readX,
  readXsp,
  writeD,
  writeS,
  writeV,
  writeX,
  writeXsp,
  zeroV,
} from './operands.ts';

/** Reads memory and returns what puts the value into register t: all accesses come before puts. */
type Load = (b: Builder, address: I32, displacement: number) => (t: number) => void;
type Store = (b: Builder, address: I32, displacement: number, t: number) => void;

/** A load into a general register; `operation` gives an i64, or an i32 that is zero-extended. */
function loadX(operation: string): Load {
  const narrow = operation.startsWith('i32');
  return (b, address, displacement) => {
    const value: I64 = narrow
      ? b.i64_extend_i32_u(apply<I32>(b, operation, address, displacement))
      : apply(b, operation, address, displacement);
    return (t) => writeX(b, t, value);
  };
}

function storeX(operation: string): Store {
  return (b, address, displacement, t) => {
    apply(b, operation, address, readX(b, t), displacement);
  };
}

/** Loads of 1 to 16 bytes into a vector register, by log2 of the bytes. */
export const loadV: readonly Load[] = [
  loadNarrowV('i64_load8_u'),
  loadNarrowV('i64_load16_u'),
  (b, address, displacement) => {
    const value = b.f32_load(address, displacement);
    return (t) => writeS(b, t, value);
  },
  (b, address, displacement) => {
    const value = b.f64_load(address, displacement);
    return (t) => writeD(b, t, value);
  },
  (b, address, displacement) => {
    const value = b.v128_load(address, displacement);
    return (t) => writeV(b, t, value);
  },
];

function loadNarrowV(operation: string): Load {
  return (b, address, displacement) => {
    const value: I64 = apply(b, operation, address, displacement);
    return (t) => writeV(b, t, b.i64x2_replace_lane(0, zeroV(b), value));
  };
}

/** Stores of 1 to 16 bytes of a vector register, by log2 of the bytes. */
export const storeV: readonly Store[] = [
  (b, address, displacement, t) =>
    b.i32_store8(address, b.i8x16_extract_lane_u(0, readV(b, t)), displacement),
  (b, address, displacement, t) =>
    b.i32_store16(address, b.i16x8_extract_lane_u(0, readV(b, t)), displacement),
  (b, address, displacement, t) => b.f32_store(address, readS(b, t), displacement),
  (b, address, displacement, t) => b.f64_store(address, readD(b, t), displacement),
  (b, address, displacement, t) => b.v128_store(address, readV(b, t), displacement),
];

/** One kind of transfer: everything but the addressing mode. */
interface Kind {
  /** What follows LD or ST (and U for unscaled) in the mnemonic. */
  readonly suffix: string;
  readonly size: string;
  readonly vector: 0 | 1;
  readonly opc: string;
  /** log2 of the bytes moved. */
  readonly scale: number;
  /** Operand text of Rt. */
  readonly text: string;
  readonly load?: Load;
  readonly store?: Store;
}

// biome-ignore format: a table
const kinds: readonly Kind[] = [
  { suffix: 'RB', size: '00', vector: 0, opc: '00', scale: 0, text: '{Wt}', store: storeX('i64_store8') },
  { suffix: 'RB', size: '00', vector: 0, opc: '01', scale: 0, text: '{Wt}', load: loadX('i64_load8_u') },
  { suffix: 'RSB', size: '00', vector: 0, opc: '10', scale: 0, text: '{Xt}', load: loadX('i64_load8_s') },
  { suffix: 'RSB', size: '00', vector: 0, opc: '11', scale: 0, text: '{Wt}', load: loadX('i32_load8_s') },
  { suffix: 'RH', size: '01', vector: 0, opc: '00', scale: 1, text: '{Wt}', store: storeX('i64_store16') },
  { suffix: 'RH', size: '01', vector: 0, opc: '01', scale: 1, text: '{Wt}', load: loadX('i64_load16_u') },
  { suffix: 'RSH', size: '01', vector: 0, opc: '10', scale: 1, text: '{Xt}', load: loadX('i64_load16_s') },
  { suffix: 'RSH', size: '01', vector: 0, opc: '11', scale: 1, text: '{Wt}', load: loadX('i32_load16_s') },
  { suffix: 'R', size: '10', vector: 0, opc: '00', scale: 2, text: '{Wt}', store: storeX('i64_store32') },
  { suffix: 'R', size: '10', vector: 0, opc: '01', scale: 2, text: '{Wt}', load: loadX('i64_load32_u') },
  { suffix: 'RSW', size: '10', vector: 0, opc: '10', scale: 2, text: '{Xt}', load: loadX('i64_load32_s') },
  { suffix: 'R', size: '11', vector: 0, opc: '00', scale: 3, text: '{Xt}', store: storeX('i64_store') },
  { suffix: 'R', size: '11', vector: 0, opc: '01', scale: 3, text: '{Xt}', load: loadX('i64_load') },
  { suffix: 'R', size: '00', vector: 1, opc: '00', scale: 0, text: '{Bt}', store: storeV[0]! },
  { suffix: 'R', size: '00', vector: 1, opc: '01', scale: 0, text: '{Bt}', load: loadV[0]! },
  { suffix: 'R', size: '01', vector: 1, opc: '00', scale: 1, text: '{Ht}', store: storeV[1]! },
  { suffix: 'R', size: '01', vector: 1, opc: '01', scale: 1, text: '{Ht}', load: loadV[1]! },
  { suffix: 'R', size: '10', vector: 1, opc: '00', scale: 2, text: '{St}', store: storeV[2]! },
  { suffix: 'R', size: '10', vector: 1, opc: '01', scale: 2, text: '{St}', load: loadV[2]! },
  { suffix: 'R', size: '11', vector: 1, opc: '00', scale: 3, text: '{Dt}', store: storeV[3]! },
  { suffix: 'R', size: '11', vector: 1, opc: '01', scale: 3, text: '{Dt}', load: loadV[3]! },
  { suffix: 'R', size: '00', vector: 1, opc: '10', scale: 4, text: '{Qt}', store: storeV[4]! },
  { suffix: 'R', size: '00', vector: 1, opc: '11', scale: 4, text: '{Qt}', load: loadV[4]! },
];

/** The transfer and then, for a changed base register, its new value. */
function transfer(
  b: Builder,
  kind: Kind,
  f: Fields<'Rn' | 'Rt'>,
  displacement: number,
  writeBack: number,
): void {
  const base = readXsp(b, f.Rn);
  const address = b.i32_wrap_i64(base);
  if (kind.store) kind.store(b, address, displacement, f.Rt);
  else kind.load!(b, address, displacement)(f.Rt);
  if (writeBack !== 0) writeXsp(b, f.Rn, b.i64_add(base, b.const64(writeBack)));
}

/**
 * Base plus index register. Addresses are taken modulo 2³², so how the index is extended makes no
 * difference.
 */
function indexed(b: Builder, kind: Kind, f: Fields<'Rn' | 'Rm' | 'S' | 'Rt'>): void {
  const index = b.i32_wrap_i64(readX(b, f.Rm));
  const by = f.S ? kind.scale : 0;
  const offset = by === 0 ? index : b.i32_shl(index, b.const32(by));
  const address = b.i32_add(readAddress(b, f.Rn), offset);
  if (kind.store) kind.store(b, address, 0, f.Rt);
  else kind.load!(b, address, 0)(f.Rt);
}

// biome-ignore format: a table
function rowsOfKind(kind: Kind): PatternRow[] {
  const { suffix, size, vector: v, opc, scale, text } = kind;
  const verb = kind.store ? 'ST' : 'LD';
  type Immediate = Fields<'imm9' | 'Rn' | 'Rt'>;
  const rows = [
    computedRow(`${verb}${suffix}`, `${size} 111 ${v} 01 ${opc} imm12:12 Rn:5 Rt:5`, `${text}, {address12_${scale}}`, (b: Builder, f: Fields<'imm12' | 'Rn' | 'Rt'>) => transfer(b, kind, f, f.imm12 << scale, 0)),
    computedRow(`${verb}U${suffix}`, `${size} 111 ${v} 00 ${opc} 0 imm9:s9 00 Rn:5 Rt:5`, `${text}, {address9}`, (b: Builder, f: Immediate) => transfer(b, kind, f, f.imm9, 0)),
    computedRow(`${verb}${suffix}`, `${size} 111 ${v} 00 ${opc} 0 imm9:s9 01 Rn:5 Rt:5`, `${text}, {post9}`, (b: Builder, f: Immediate) => transfer(b, kind, f, 0, f.imm9)),
    computedRow(`${verb}${suffix}`, `${size} 111 ${v} 00 ${opc} 0 imm9:s9 11 Rn:5 Rt:5`, `${text}, {pre9}`, (b: Builder, f: Immediate) => transfer(b, kind, f, f.imm9, f.imm9)),
    computedRow(`${verb}${suffix}`, `${size} 111 ${v} 00 ${opc} 1 Rm:5 option:3 S 10 Rn:5 Rt:5`, `${text}, {indexed${scale}}`, (b: Builder, f: Fields<'Rn' | 'Rm' | 'S' | 'Rt'>) => indexed(b, kind, f), { valid: (f: Fields<'option'>) => (f.option & 2) !== 0 }),
  ];
  if (v === 0) {
    rows.push(computedRow(`${verb}T${suffix}`, `${size} 111 0 00 ${opc} 0 imm9:s9 10 Rn:5 Rt:5`, `${text}, {address9}`, (b: Builder, f: Immediate) => transfer(b, kind, f, f.imm9, 0)));
  }
  return rows;
}

// Pairs.

interface PairKind {
  readonly mnemonic: string;
  readonly opc: string;
  readonly vector: 0 | 1;
  readonly scale: number;
  readonly text: string;
  readonly load?: Load;
  readonly store?: Store;
}

// biome-ignore format: a table
const pairKinds: readonly PairKind[] = [
  { mnemonic: 'ST', opc: '00', vector: 0, scale: 2, text: '{Wt}, {Wt2}', store: storeX('i64_store32') },
  { mnemonic: 'LD', opc: '00', vector: 0, scale: 2, text: '{Wt}, {Wt2}', load: loadX('i64_load32_u') },
  { mnemonic: 'LD', opc: '01', vector: 0, scale: 2, text: '{Xt}, {Xt2}', load: loadX('i64_load32_s') },
  { mnemonic: 'ST', opc: '10', vector: 0, scale: 3, text: '{Xt}, {Xt2}', store: storeX('i64_store') },
  { mnemonic: 'LD', opc: '10', vector: 0, scale: 3, text: '{Xt}, {Xt2}', load: loadX('i64_load') },
  { mnemonic: 'ST', opc: '00', vector: 1, scale: 2, text: '{St}, {St2}', store: storeV[2]! },
  { mnemonic: 'LD', opc: '00', vector: 1, scale: 2, text: '{St}, {St2}', load: loadV[2]! },
  { mnemonic: 'ST', opc: '01', vector: 1, scale: 3, text: '{Dt}, {Dt2}', store: storeV[3]! },
  { mnemonic: 'LD', opc: '01', vector: 1, scale: 3, text: '{Dt}, {Dt2}', load: loadV[3]! },
  { mnemonic: 'ST', opc: '10', vector: 1, scale: 4, text: '{Qt}, {Qt2}', store: storeV[4]! },
  { mnemonic: 'LD', opc: '10', vector: 1, scale: 4, text: '{Qt}, {Qt2}', load: loadV[4]! },
];

type Pair = Fields<'imm7' | 'Rt2' | 'Rn' | 'Rt'>;

function transferPair(b: Builder, kind: PairKind, f: Pair, at: number, writeBack: number): void {
  const base = readXsp(b, f.Rn);
  const address = b.i32_wrap_i64(base);
  const second = at + (1 << kind.scale);
  if (kind.store) {
    kind.store(b, address, at, f.Rt);
    kind.store(b, address, second, f.Rt2);
  } else {
    const putFirst = kind.load!(b, address, at);
    const putSecond = kind.load!(b, address, second);
    putFirst(f.Rt);
    putSecond(f.Rt2);
  }
  if (writeBack !== 0) writeXsp(b, f.Rn, b.i64_add(base, b.const64(writeBack)));
}

// biome-ignore format: a table
function rowsOfPair(kind: PairKind): PatternRow[] {
  const { mnemonic, opc, vector: v, scale, text } = kind;
  const l = kind.load ? 1 : 0;
  const signed = opc === '01' && v === 0;
  const name = `${mnemonic}P${signed ? 'SW' : ''}`;
  const rows = [
    computedRow(name, `${opc} 101 ${v} 010 ${l} imm7:s7 Rt2:5 Rn:5 Rt:5`, `${text}, {address7_${scale}}`, (b: Builder, f: Pair) => transferPair(b, kind, f, f.imm7 << scale, 0)),
    computedRow(name, `${opc} 101 ${v} 001 ${l} imm7:s7 Rt2:5 Rn:5 Rt:5`, `${text}, {post7_${scale}}`, (b: Builder, f: Pair) => transferPair(b, kind, f, 0, f.imm7 << scale)),
    computedRow(name, `${opc} 101 ${v} 011 ${l} imm7:s7 Rt2:5 Rn:5 Rt:5`, `${text}, {pre7_${scale}}`, (b: Builder, f: Pair) => transferPair(b, kind, f, f.imm7 << scale, f.imm7 << scale)),
  ];
  if (!signed) {
    rows.push(computedRow(`${mnemonic}NP`, `${opc} 101 ${v} 000 ${l} imm7:s7 Rt2:5 Rn:5 Rt:5`, `${text}, {address7_${scale}}`, (b: Builder, f: Pair) => transferPair(b, kind, f, f.imm7 << scale, 0)));
  }
  return rows;
}

// Literals and prefetches.

function literal(b: Builder, f: Fields<'imm19' | 'Rt'>, load: Load): void {
  load(b, b.const32(b.instructionAddress + f.imm19 * 4), 0)(f.Rt);
}

function nothing(): void {}

// biome-ignore format: a table
const literalRows: readonly PatternRow[] = [
  row('LDR', '00 011 0 00 imm19:s19 Rt:5', '{Wt}, {label19}', (b, f) => literal(b, f, loadX('i64_load32_u'))),
  row('LDR', '01 011 0 00 imm19:s19 Rt:5', '{Xt}, {label19}', (b, f) => literal(b, f, loadX('i64_load'))),
  row('LDRSW', '10 011 0 00 imm19:s19 Rt:5', '{Xt}, {label19}', (b, f) => literal(b, f, loadX('i64_load32_s'))),
  row('PRFM', '11 011 0 00 imm19:s19 Rt:5', '{prfop}, {label19}', nothing),
  row('LDR', '00 011 1 00 imm19:s19 Rt:5', '{St}, {label19}', (b, f) => literal(b, f, loadV[2]!)),
  row('LDR', '01 011 1 00 imm19:s19 Rt:5', '{Dt}, {label19}', (b, f) => literal(b, f, loadV[3]!)),
  row('LDR', '10 011 1 00 imm19:s19 Rt:5', '{Qt}, {label19}', (b, f) => literal(b, f, loadV[4]!)),
  row('PRFM', '11 111 0 01 10 imm12:12 Rn:5 Rt:5', '{prfop}, {address12_3}', nothing),
  row('PRFUM', '11 111 0 00 10 0 imm9:s9 00 Rn:5 Rt:5', '{prfop}, {address9}', nothing),
  row('PRFM', '11 111 0 00 10 1 Rm:5 option:3 S 10 Rn:5 Rt:5', '{prfop}, {indexed3}', nothing, { valid: (f) => (f.option & 2) !== 0 }),
];

export const memoryRows: readonly PatternRow[] = [
  ...kinds.flatMap(rowsOfKind),
  ...pairKinds.flatMap(rowsOfPair),
  ...literalRows,
];

/** A vector of which only the lower 8 bytes come from memory. */
export function loadHalfV(b: Builder, address: I32, displacement: number): V128 {
  return b.i64x2_replace_lane(0, zeroV(b), b.i64_load(address, displacement));
}
