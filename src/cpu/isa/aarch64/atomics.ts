/** Exclusives, load-acquire and store-release, LSE atomics (Arm ARM C3.2.6 to C3.2.12). */

import type { Builder, I32, I64 } from '../../ir/builder.ts';
import { computedRow, type Fields, type PatternRow, row } from '../pattern.ts';
import { apply, int, readAddress, readX, writeX } from './operands.ts';
import { monitor } from './registers.ts';

const loads = ['i64_load8_u', 'i64_load16_u', 'i64_load32_u', 'i64_load'] as const;
const stores = ['i64_store8', 'i64_store16', 'i64_store32', 'i64_store'] as const;

/** Address in Rn, which must be a multiple of 1 << `scale`. */
function aligned(b: Builder, n: number, scale: number): I32 {
  const address = readAddress(b, n);
  if (scale > 0) b.trapIf(b.i32_and(address, b.const32((1 << scale) - 1)), 'alignment');
  return address;
}

function load(b: Builder, size: number, address: I32): I64 {
  return apply(b, loads[size]!, address, 0);
}

function store(b: Builder, size: number, address: I32, value: I64): void {
  apply(b, stores[size]!, address, value, 0);
}

/** Bits of a register that an access of 1 << `size` bytes compares. */
function narrow(b: Builder, size: number, value: I64): I64 {
  if (size === 3) return value;
  return b.i64_and(value, b.const64(2 ** (8 << size) - 1));
}

// Exclusives. One guest thread runs at a time, so a store-exclusive is a compare and a store; where
// it fails it stores what is there.

type Exclusive = Fields<'size' | 'Rn' | 'Rt'>;

function loadExclusive(b: Builder, f: Exclusive): void {
  const address = aligned(b, f.Rn, f.size);
  const value = load(b, f.size, address);
  b.put(monitor.address, b.i64_extend_i32_u(address));
  b.put(monitor.low, value);
  writeX(b, f.Rt, value);
}

/** 1 where the monitor holds `address`. */
function monitored(b: Builder, address: I32): I32 {
  return b.i64_eq(b.get(monitor.address), b.i64_extend_i32_u(address));
}

/** Writes the status of a store-exclusive and opens the monitor. */
function finish(b: Builder, s: number, success: I32): void {
  writeX(b, s, b.i64_extend_i32_u(b.i32_eqz(success)));
  b.put(monitor.address, b.const64(-1));
}

function storeExclusive(b: Builder, f: Exclusive & Fields<'Rs'>): void {
  const address = aligned(b, f.Rn, f.size);
  const there = load(b, f.size, address);
  const same = b.i64_eq(there, b.get(monitor.low));
  const success = b.i32_and(monitored(b, address), same);
  store(b, f.size, address, b.i64_select(readX(b, f.Rt), there, success));
  finish(b, f.Rs, success);
}

type PairExclusive = Fields<'sz' | 'Rn' | 'Rt' | 'Rt2'>;

function loadExclusivePair(b: Builder, f: PairExclusive): void {
  const address = aligned(b, f.Rn, 3 + f.sz);
  const low = b.i64_load(address);
  const high = f.sz ? b.i64_load(address, 8) : b.const64(0);
  b.put(monitor.address, b.i64_extend_i32_u(address));
  b.put(monitor.low, low);
  b.put(monitor.high, high);
  if (f.sz) {
    writeX(b, f.Rt, low);
    writeX(b, f.Rt2, high);
  } else {
    writeX(b, f.Rt, narrow(b, 2, low));
    writeX(b, f.Rt2, b.i64_shr_u(low, b.const64(32)));
  }
}

/** Two W registers as one i64, first one lowest. */
function joined(b: Builder, first: I64, second: I64): I64 {
  return b.i64_or(narrow(b, 2, first), b.i64_shl(second, b.const64(32)));
}

function storeExclusivePair(b: Builder, f: PairExclusive & Fields<'Rs'>): void {
  const address = aligned(b, f.Rn, 3 + f.sz);
  const low = b.i64_load(address);
  const matches = b.i32_and(monitored(b, address), b.i64_eq(low, b.get(monitor.low)));
  if (!f.sz) {
    const value = joined(b, readX(b, f.Rt), readX(b, f.Rt2));
    b.i64_store(address, b.i64_select(value, low, matches));
    finish(b, f.Rs, matches);
    return;
  }
  const high = b.i64_load(address, 8);
  const success = b.i32_and(matches, b.i64_eq(high, b.get(monitor.high)));
  b.i64_store(address, b.i64_select(readX(b, f.Rt), low, success));
  b.i64_store(address, b.i64_select(readX(b, f.Rt2), high, success), 8);
  finish(b, f.Rs, success);
}

// Ordered accesses: with one thread at a time, plain ones.

function loadOrdered(b: Builder, f: Exclusive): void {
  writeX(b, f.Rt, load(b, f.size, aligned(b, f.Rn, f.size)));
}

function storeOrdered(b: Builder, f: Exclusive): void {
  store(b, f.size, aligned(b, f.Rn, f.size), readX(b, f.Rt));
}

// Compare and swap.

function compareAndSwap(b: Builder, f: Exclusive & Fields<'Rs'>): void {
  const address = aligned(b, f.Rn, f.size);
  const there = load(b, f.size, address);
  const same = b.i64_eq(there, narrow(b, f.size, readX(b, f.Rs)));
  store(b, f.size, address, b.i64_select(readX(b, f.Rt), there, same));
  writeX(b, f.Rs, there);
}

function compareAndSwapPair(b: Builder, f: Fields<'sz' | 'Rs' | 'Rn' | 'Rt'>): void {
  const address = aligned(b, f.Rn, 3 + f.sz);
  const low = b.i64_load(address);
  if (!f.sz) {
    const expected = joined(b, readX(b, f.Rs), readX(b, f.Rs + 1));
    const value = joined(b, readX(b, f.Rt), readX(b, f.Rt + 1));
    b.i64_store(address, b.i64_select(value, low, b.i64_eq(low, expected)));
    writeX(b, f.Rs, narrow(b, 2, low));
    writeX(b, f.Rs + 1, b.i64_shr_u(low, b.const64(32)));
    return;
  }
  const high = b.i64_load(address, 8);
  const same = b.i32_and(b.i64_eq(low, readX(b, f.Rs)), b.i64_eq(high, readX(b, f.Rs + 1)));
  b.i64_store(address, b.i64_select(readX(b, f.Rt), low, same));
  b.i64_store(address, b.i64_select(readX(b, f.Rt + 1), high, same), 8);
  writeX(b, f.Rs, low);
  writeX(b, f.Rs + 1, high);
}

// Read, modify, write.

type Modify = (b: Builder, size: number, there: I64, operand: I64) => I64;

/** The larger or smaller of two values of 8 << size bits. */
function extreme(signed: boolean, comparison: string): Modify {
  const name = signed ? `${comparison}_s` : `${comparison}_u`;
  return (b, size, there, operand) => {
    const extend = (v: I64): I64 => {
      if (size === 3) return v;
      if (!signed) return narrow(b, size, v);
      return apply(b, `i64_extend${8 << size}_s`, v);
    };
    const x = extend(there);
    const y = extend(operand);
    return b.i64_select(x, y, int(b, 1, name, x, y) as I32);
  };
}

function modify(b: Builder, f: Exclusive & Fields<'Rs'>, change: Modify): void {
  const address = aligned(b, f.Rn, f.size);
  const there = load(b, f.size, address);
  store(b, f.size, address, change(b, f.size, there, readX(b, f.Rs)));
  writeX(b, f.Rt, there);
}

const all = (b: Builder): I64 => b.const64(-1);
// biome-ignore format: a table
const modifications: readonly (readonly [string, string, Modify])[] = [
  ['LDADD', '0 000', (b, _, x, y) => b.i64_add(x, y)],
  ['LDCLR', '0 001', (b, _, x, y) => b.i64_and(x, b.i64_xor(y, all(b)))],
  ['LDEOR', '0 010', (b, _, x, y) => b.i64_xor(x, y)],
  ['LDSET', '0 011', (b, _, x, y) => b.i64_or(x, y)],
  ['LDSMAX', '0 100', extreme(true, 'ge')],
  ['LDSMIN', '0 101', extreme(true, 'le')],
  ['LDUMAX', '0 110', extreme(false, 'ge')],
  ['LDUMIN', '0 111', extreme(false, 'le')],
  ['SWP', '1 000', (_b, _, _x, y) => y],
];

const even = { valid: (f: Fields<'Rs' | 'Rt'>): boolean => ((f.Rs | f.Rt) & 1) === 0 };

// biome-ignore format: a table
export const atomicRows: readonly PatternRow[] = [
  row('ST{o0l}XR{bh}', 'size:2 001000 000 Rs:5 o0 11111 Rn:5 Rt:5', '{Ws}, {Rts}, [{XnSP}]', storeExclusive),
  row('ST{o0l}XP', '1 sz 001000 001 Rs:5 o0 Rt2:5 Rn:5 Rt:5', '{Ws}, {Rtz}, {Rt2z}, [{XnSP}]', storeExclusivePair),
  row('LD{o0a}XR{bh}', 'size:2 001000 010 11111 o0 11111 Rn:5 Rt:5', '{Rts}, [{XnSP}]', loadExclusive),
  row('LD{o0a}XP', '1 sz 001000 011 11111 o0 Rt2:5 Rn:5 Rt:5', '{Rtz}, {Rt2z}, [{XnSP}]', loadExclusivePair),
  row('STL{o0ll}R{bh}', 'size:2 001000 100 11111 o0 11111 Rn:5 Rt:5', '{Rts}, [{XnSP}]', storeOrdered),
  row('LD{o0ll}AR{bh}', 'size:2 001000 110 11111 o0 11111 Rn:5 Rt:5', '{Rts}, [{XnSP}]', loadOrdered),
  row('LDAPR{bh}', 'size:2 111000 101 11111 1100 00 Rn:5 Rt:5', '{Rts}, [{XnSP}]', loadOrdered),
  row('CAS{Al}{bh}', 'size:2 001000 1 A 1 Rs:5 R 11111 Rn:5 Rt:5', '{Rss}, {Rts}, [{XnSP}]', compareAndSwap),
  row('CASP{Al}', '0 sz 001000 0 A 1 Rs:5 R 11111 Rn:5 Rt:5', '{Rsz}, {Rs1z}, {Rtz}, {Rt1z}, [{XnSP}]', compareAndSwapPair, even),
  ...modifications.map(([name, opc, change]) =>
    computedRow(`${name}{Al}{bh}`, `size:2 111 0 00 A R 1 Rs:5 ${opc} 00 Rn:5 Rt:5`, '{Rss}, {Rts}, [{XnSP}]', (b: Builder, f: Exclusive & Fields<'Rs'>) => modify(b, f, change))),
];
