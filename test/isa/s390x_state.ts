/** Runs a few s390x instructions from a given state; what is left is read from the state area. */

import { encode } from '../../src/cpu/isa/s390x/row.ts';
import { getConditionCode, registers, s390x } from '../../src/cpu/isa/s390x/s390x.ts';
import { guestBias } from '../../src/cpu/state.ts';
import type { Trap } from '../../src/cpu/trap.ts';
import { runBare } from './bare_machine.ts';
import { dataOffset, elfBase, writeElf } from './elf_writer.ts';
import { type Fields, rowOf } from './s390x_programs.ts';

/** Mnemonic and fields. */
export type Step = readonly [mnemonic: string, fields?: Fields];

export interface Start {
  /** General registers; 12 and 13 point to `data` unless given. */
  readonly r?: Readonly<Record<number, bigint>>;
  /** Vector registers as 128-bit numbers. */
  readonly v?: Readonly<Record<number, bigint>>;
  /** Floating-point registers: the left halves of vector registers. */
  readonly f?: Readonly<Record<number, bigint>>;
  readonly fpc?: number;
  /** Storage at r12, in hex. */
  readonly data?: string;
}

export interface End {
  /** The trap of a step, or null where all were executed. */
  readonly trap: Trap | null;
  /** Its address relative to the first step. */
  readonly at: number;
  readonly cc: number;
  readonly fpc: number;
  r(n: number): bigint;
  f(n: number): bigint;
  v(n: number): bigint;
  /** Bytes of the data, in hex. */
  data(from: number, bytes: number): string;
}

const block = elfBase + dataOffset;
const place = { general: 0, vectors: 128, fpc: 640 } as const;
/** Where r12 and r13 point. */
export const dataAt: number = block + 4096;

function initialBlock(start: Start): Uint8Array {
  const bytes = new Uint8Array(4096 + 4096);
  const view = new DataView(bytes.buffer);
  const general = { 12: BigInt(dataAt), 13: BigInt(dataAt), ...start.r };
  for (const [n, value] of Object.entries(general)) {
    view.setBigUint64(place.general + 8 * Number(n), BigInt.asUintN(64, value));
  }
  for (const [n, value] of Object.entries(start.v ?? {})) {
    view.setBigUint64(place.vectors + 16 * Number(n), BigInt.asUintN(64, value >> 64n));
    view.setBigUint64(place.vectors + 16 * Number(n) + 8, BigInt.asUintN(64, value));
  }
  for (const [n, value] of Object.entries(start.f ?? {})) {
    view.setBigUint64(place.vectors + 16 * Number(n), value);
  }
  view.setUint32(place.fpc, start.fpc ?? 0);
  bytes.set(Buffer.from(start.data ?? '', 'hex'), 4096);
  return bytes;
}

const prologue: readonly Step[] = [
  ['VLM', { v1: 0, v3: 15, b2: 14, d2: place.vectors }],
  ['VLM', { v1: 16, v3: 31, b2: 14, d2: place.vectors + 256 }],
  ['LFPC', { b2: 14, d2: place.fpc }],
  ['LMG', { r1: 0, r3: 13, b2: 14, d2: place.general }],
];

/** Executes `steps` from `start` on. */
export function run(start: Start, steps: readonly Step[]): End {
  const code = [...encode(rowOf('LARL'), { r1: 14, ri2: dataOffset / 2 })];
  const emit = (list: readonly Step[]): void => {
    for (const [name, fields = {}] of list) code.push(...encode(rowOf(name), fields));
  };
  emit(prologue);
  const first = elfBase + code.length;
  emit(steps);
  const end = elfBase + code.length;
  // An undefined instruction ends it all.
  code.push(0, 0);
  const elf = writeElf({
    machine: 's390x',
    littleEndian: false,
    code: Uint8Array.from(code),
    data: initialBlock(start),
  });
  const { trap, memory } = runBare(elf, s390x, 'interpreter');
  const view = new DataView(memory.buffer);
  return {
    trap: trap && trap.pc === end ? null : trap,
    at: (trap?.pc ?? 0) - first,
    cc: getConditionCode(view),
    fpc: view.getUint32(registers.fpc.offset, true),
    r: (n) => view.getBigUint64(registers.r[n]!.offset, true),
    f: (n) => view.getBigUint64(registers.v[n]!.offset + 8, true),
    v: (n) => {
      const { offset } = registers.v[n]!;
      return (view.getBigUint64(offset + 8, true) << 64n) | view.getBigUint64(offset, true);
    },
    data: (from, bytes) =>
      Buffer.from(memory.buffer, dataAt - guestBias + from, bytes).toString('hex'),
  };
}

/** `run` of one instruction. */
export const run1 = (start: Start, mnemonic: string, fields: Fields = {}): End =>
  run(start, [[mnemonic, fields]]);
