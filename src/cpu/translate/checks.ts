/**
 * Which looks at the table of page rights (protection.ts) a block needs. Accesses at constant
 * distances from one value share a look at the first and the last byte of them all. Where that
 * value is known when the block begins, the look is there, so that within a block state seldom has
 * to be exact. A look that fails is not a fault yet: the interpreter goes on at that place.
 */

import { opCode, opRows } from '../ir/rows.ts';
import { shape, shapes } from '../ir/shapes.ts';
import { isScratch, pageBytes } from '../protection.ts';
import { stateOffset } from '../state.ts';
import type { Node } from './graph.ts';

/** Bytes at constant distances from a value. */
export interface Check {
  /** wasm address of a slot or of a cell's temporary whose value is added; -1: nothing is. */
  readonly base: number;
  /** wasm address of the first byte and of the byte after the last, less the value. */
  low: number;
  high: number;
  readonly write: boolean;
  /** Operand word of the first access, and how much more than the value it is. */
  readonly operand: number;
  readonly more: number;
}

/** Position of checks made before a block's first cell. */
export const blockHead = -1;

/** Checks of a block by the cell before which they are made. */
export type BlockChecks = ReadonlyMap<number, readonly Check[]>;

const constant = -1;
/** A slot that is read after a helper, which may have changed it: another value at each use. */
const changing = -2;
const mayTrap = new Set(
  opRows.filter(({ name }) => /_(div|rem)_[su]$|_trunc_f/.test(name)).map(({ code }) => code),
);

/** The checks of a block. Its range operations are not among them. */
export function planChecks({ block }: Node): BlockChecks {
  return new Plan(block.words, block.last).checks;
}

class Plan {
  readonly checks: Map<number, Check[]> = new Map();
  readonly #words: Int32Array;
  /** By cell: the value it is at a constant distance from, the distance, whether known at once. */
  readonly #root: Int32Array;
  readonly #offset: Int32Array;
  readonly #early: Uint8Array;
  /** By root. */
  readonly #found = new Map<number, Check[]>();
  #helpers = false;

  constructor(words: Int32Array, last: number) {
    this.#words = words;
    this.#root = new Int32Array(last);
    this.#offset = new Int32Array(last);
    this.#early = new Uint8Array(last);
    for (let n = 0; n < last; n++) {
      const code = words[n * 4]! & 0xffff;
      const bits = shapes[code]!;
      this.#value(n, code, bits);
      const row = opRows[code - 1]!;
      if (row.kind === 'load') this.#access(n, words[n * 4 + 2]!, row.bytes, false);
      else if (row.kind === 'store') this.#access(n, words[n * 4 + 3]!, row.bytes, true);
      if (bits & shape.helper) this.#helpers = true;
      if (bits & shape.raw) n++;
    }
  }

  /** Root, offset and time of an operand. */
  #operand(address: number): { root: number; offset: number; early: boolean } {
    if (address < stateOffset.temps) {
      return { root: this.#helpers ? changing : address, offset: 0, early: !this.#helpers };
    }
    const n = (address - stateOffset.temps) >> 4;
    return { root: this.#root[n]!, offset: this.#offset[n]!, early: this.#early[n] === 1 };
  }

  #value(n: number, code: number, bits: number): void {
    const at = n * 4;
    const words = this.#words;
    let early = (bits & (shape.pure | shape.state)) === shape.pure && !mayTrap.has(code);
    for (let k = 1; k <= 3; k++) {
      if (bits & (1 << (k - 1))) early &&= this.#operand(words[at + k]!).early;
    }
    this.#root[n] = stateOffset.temps + 16 * n;
    if (bits & shape.get) {
      early = !this.#helpers;
      if (early) this.#root[n] = words[at + 1]!;
    } else if (code === opCode.const32 || code === opCode.const64) {
      this.#root[n] = constant;
      this.#offset[n] = words[at + 1]!;
    } else {
      this.#sum(n, code);
    }
    this.#early[n] = early ? 1 : 0;
  }

  /** Sums with constants, modulo 2³². */
  #sum(n: number, code: number): void {
    const at = n * 4;
    const words = this.#words;
    const same = code === opCode.i32_wrap_i64 || code === opCode.i64_extend_i32_u;
    const adds = code === opCode.i32_add || code === opCode.i64_add;
    const subtracts = code === opCode.i32_sub || code === opCode.i64_sub;
    if (!same && !adds && !subtracts) return;
    const x = this.#operand(words[at + 1]!);
    const y = same ? { root: constant, offset: 0 } : this.#operand(words[at + 2]!);
    if (x.root === changing || y.root === changing) return;
    if (y.root === constant) {
      this.#root[n] = x.root;
      this.#offset[n] = (subtracts ? x.offset - y.offset : x.offset + y.offset) | 0;
    } else if (x.root === constant && adds) {
      this.#root[n] = y.root;
      this.#offset[n] = (x.offset + y.offset) | 0;
    }
  }

  #access(n: number, displacement: number, bytes: number, write: boolean): void {
    const operand = this.#words[n * 4 + 1]!;
    const { root, offset, early } = this.#operand(operand);
    const low = (offset + displacement) | 0;
    if (root === constant && isScratch(low >>> 0, bytes)) return;
    const place = early ? blockHead : n;
    const base = root === changing ? operand : root;
    let list = root === changing ? undefined : this.#found.get(root);
    if (!list) this.#found.set(root, (list = []));
    const joined = list.find((check) => check.write === write && widen(check, low, low + bytes));
    if (joined || (!write && list.some((check) => low >= check.low && low + bytes <= check.high)))
      return;
    const check = { base, low, high: low + bytes, write, operand, more: offset };
    list.push(check);
    const there = this.checks.get(place);
    if (there) there.push(check);
    else this.checks.set(place, [check]);
  }
}

/** Widens a check by [low, high), if it then still spans two pages at most. */
function widen(check: Check, low: number, high: number): boolean {
  const [from, to] = [Math.min(check.low, low), Math.max(check.high, high)];
  if (to - from > pageBytes) return false;
  check.low = from;
  check.high = to;
  return true;
}

/** wasm address of a check of constant bytes as a page number, if they are on one page. */
export function constantPage({ base, low, high }: Check): number | undefined {
  const [first, last] = [(low >>> 0) >>> 12, ((high - 1) >>> 0) >>> 12];
  return base === constant && first === last ? first : undefined;
}
