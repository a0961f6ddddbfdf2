/** The operation tables of `ops.ts`, numbered: what the two back ends iterate over. */

import { composite, lanes, loads, numeric, simd, stores, type ValueType } from './ops.ts';

/** What a cell's words mean; `special` cells are described in `builder.ts`. */
export type OpKind = 'plain' | 'load' | 'store' | 'lane' | 'special';

export interface OpRow {
  readonly name: string;
  /** Number of the operation: the low 16 bits of a cell's word 0. Code 0 is never used. */
  readonly code: number;
  readonly kind: OpKind;
  readonly result: ValueType | null;
  readonly operands: readonly ValueType[];
  /** wasm opcode, or 0 where `expansions.ts` says how the operation is made. */
  readonly wasm: number;
  /** Bytes of memory touched by a load or store, else 0. */
  readonly bytes: number;
}

/** Operations with cells of their own shape, see `builder.ts`: name → [result, operands]. */
// biome-ignore format: a table
const special = {
  const32: ['i32', []], const64: ['i64', []], constv128: ['v128', []],
  shuffle: ['v128', ['v128', 'v128']],
  get_i32: ['i32', []], get_i64: ['i64', []], get_f32: ['f32', []], get_f64: ['f64', []], get_v128: ['v128', []],
  put_i32: [null, ['i32']], put_i64: [null, ['i64']], put_f32: [null, ['f32']], put_f64: [null, ['f64']], put_v128: [null, ['v128']],
  peek_i32: ['i32', []], peek_i64: ['i64', []], peek_v128: ['v128', []],
  poke_i32: [null, ['i32']], poke_i64: [null, ['i64']], poke_v128: [null, ['v128']],
  helper: ['i64', ['i64', 'i64', 'i64']],
  leaf: ['i64', ['i32', 'i64', 'i64']],
  trap_if: [null, ['i32']],
  jump: [null, []], branch: [null, ['i32']], call: [null, []], jump_indirect: [null, ['i32']],
  syscall: [null, []], trap: [null, []],
} as const;

type OpName =
  | keyof typeof numeric
  | keyof typeof simd
  | keyof typeof composite
  | keyof typeof loads
  | keyof typeof stores
  | keyof typeof lanes
  | keyof typeof special;

function numberRows(): OpRow[] {
  const rows: OpRow[] = [];
  const add = (
    name: string,
    kind: OpKind,
    result: ValueType | null,
    operands: readonly ValueType[],
    wasm = 0,
    bytes = 0,
  ): void => {
    rows.push({ name, code: rows.length + 1, kind, result, operands, wasm, bytes });
  };
  for (const [name, [result, operands, wasm]] of Object.entries({
    ...numeric,
    ...simd,
    ...composite,
  })) {
    add(name, 'plain', result, operands, wasm);
  }
  for (const [name, [result, bytes]] of Object.entries(loads))
    add(name, 'load', result, ['i32'], 0, bytes);
  for (const [name, [value, bytes]] of Object.entries(stores)) {
    add(name, 'store', null, ['i32', value], 0, bytes);
  }
  for (const [name, [result, operands]] of Object.entries(lanes))
    add(name, 'lane', result, operands);
  for (const [name, [result, operands]] of Object.entries(special))
    add(name, 'special', result, operands);
  return rows;
}

/** All operations; `opRows[code - 1]` is the row of a code. */
export const opRows: readonly OpRow[] = numberRows();

/** Code of each operation by name. */
export const opCode: Readonly<Record<OpName, number>> = Object.fromEntries(
  opRows.map((row) => [row.name, row.code]),
) as Record<OpName, number>;
