/** LD1…LD4, ST1…ST4: multiple, single and replicated structures (Arm ARM C3.2.10). */

import type { Builder, I32, V128 } from '../../ir/builder.ts';
import { computedRow, type Fields, type PatternRow } from '../pattern.ts';
import { loadHalfV } from './memory.ts';
import { apply, readV, readX, readXsp, writeV, writeXsp, zeroV } from './operands.ts';

/**
 * A vector whose byte i is byte `from[i]` of the concatenated sources (−1: zero, for the upper half
 * of 8-byte vectors). One shuffle for each source beyond the first.
 */
export function gather(b: Builder, sources: readonly V128[], from: readonly number[]): V128 {
  const used = sources.map((_, n) => from.some((at) => at >= n * 16 && at < n * 16 + 16));
  const zeros = from.includes(-1);
  let result: V128 | null = null;
  /** Place of byte i in `result` so far. */
  let done: (number | null)[] = from.map(() => null);
  const add = (source: V128, take: (at: number) => number): void => {
    if (result === null) {
      result = source;
      done = from.map((at) => (take(at) < 0 ? null : take(at)));
      return;
    }
    const mask = from.map((at, i) => (take(at) >= 0 ? 16 + take(at) : (done[i] ?? 0)));
    const known = done.map((at, i) => (at !== null || take(from[i]!) >= 0 ? i : null));
    result = b.shuffle(result, source, mask);
    done = known;
  };
  for (const [n, source] of sources.entries()) {
    if (used[n]) add(source, (at) => (at >= n * 16 && at < n * 16 + 16 ? at - n * 16 : -1));
  }
  if (zeros) add(zeroV(b), (at) => (at < 0 ? 0 : -1));
  if (result === null) return zeroV(b);
  if (done.every((at, i) => at === i)) return result;
  return b.shuffle(
    result,
    result,
    done.map((at) => at ?? 0),
  );
}

type Multiple = Fields<'Q' | 'size' | 'Rn' | 'Rt'>;

/** Reads `bytes` bytes as vectors; the last may be half full. */
function loadStream(b: Builder, address: I32, bytes: number): V128[] {
  const stream: V128[] = [];
  for (let at = 0; at < bytes; at += 16) {
    stream.push(bytes - at >= 16 ? b.v128_load(address, at) : loadHalfV(b, address, at));
  }
  return stream;
}

function storeStream(b: Builder, address: I32, stream: readonly V128[], bytes: number): void {
  for (const [n, value] of stream.entries()) {
    if (bytes - n * 16 >= 16) b.v128_store(address, value, n * 16);
    else b.f64_store(address, b.f64x2_extract_lane(0, value), n * 16);
  }
}

/**
 * Byte of the memory stream that holds byte i of register r, where `count` registers of `bytes`
 * bytes have elements of `element` bytes interleaved.
 */
function streamByte(r: number, i: number, count: number, element: number): number {
  return (Math.floor(i / element) * count + r) * element + (i % element);
}

/** LD1 moves registers one after another (`interleaved` = 1 register a structure). */
function loadMultiple(b: Builder, f: Multiple, count: number, interleaved: boolean): void {
  const bytes = f.Q ? 16 : 8;
  const element = interleaved ? 1 << f.size : bytes;
  const address = b.i32_wrap_i64(readXsp(b, f.Rn));
  const stream = loadStream(b, address, count * bytes);
  const values = Array.from({ length: count }, (_, r) => {
    const from = Array.from({ length: 16 }, (_, i) =>
      i < bytes ? streamByte(r, i, count, element) : -1,
    );
    return gather(b, stream, from);
  });
  for (const [r, value] of values.entries()) writeV(b, (f.Rt + r) & 31, value);
}

function storeMultiple(b: Builder, f: Multiple, count: number, interleaved: boolean): void {
  const bytes = f.Q ? 16 : 8;
  const element = interleaved ? 1 << f.size : bytes;
  const address = b.i32_wrap_i64(readXsp(b, f.Rn));
  const sources = Array.from({ length: count }, (_, r) => readV(b, (f.Rt + r) & 31));
  const total = count * bytes;
  const stream: V128[] = [];
  for (let at = 0; at < total; at += 16) {
    const from = Array.from({ length: 16 }, (_, i) => {
      const byte = at + i;
      if (byte >= total) return -1;
      const position = Math.floor(byte / element);
      const lane = Math.floor(position / count);
      return (position % count) * 16 + lane * element + (byte % element);
    });
    stream.push(gather(b, sources, from));
  }
  storeStream(b, address, stream, total);
}

/** Post-index: Rn grows by Rm, or by the bytes moved where Rm is 31. */
function postIndex(b: Builder, f: Fields<'Rn' | 'Rm'>, bytes: number): void {
  const step = f.Rm === 31 ? b.const64(bytes) : readX(b, f.Rm);
  writeXsp(b, f.Rn, b.i64_add(readXsp(b, f.Rn), step));
}

// [mnemonic digit, opcode, registers]
const multiples = [
  [4, '0000', 4],
  [1, '0010', 4],
  [3, '0100', 3],
  [1, '0110', 3],
  [1, '0111', 1],
  [2, '1000', 2],
  [1, '1010', 2],
] as const;

// biome-ignore format: a table
const multipleRows = multiples.flatMap(([digit, opcode, count]) =>
  ([0, 1] as const).flatMap((l) => {
    const move = l ? loadMultiple : storeMultiple;
    const name = `${l ? 'LD' : 'ST'}${digit}`;
    // A one-element vector has nothing to interleave with.
    const valid = (f: Multiple) => digit === 1 || f.Q === 1 || f.size < 3;
    return [
      computedRow(name, `0 Q 001100 0 ${l} 000000 ${opcode} size:2 Rn:5 Rt:5`, `{list${count}}, [{XnSP}]`, (b: Builder, f: Multiple) => move(b, f, count, digit > 1), { valid }),
      computedRow(name, `0 Q 001100 1 ${l} 0 Rm:5 ${opcode} size:2 Rn:5 Rt:5`, `{list${count}}, [{XnSP}], {postm${count}}`, (b: Builder, f: Multiple & Fields<'Rm'>) => {
        move(b, f, count, digit > 1);
        postIndex(b, f, count * (f.Q ? 16 : 8));
      }, { valid }),
    ];
  }),
);

// Single structures: one lane of one to four registers.

type Single = Fields<'Q' | 'Rn' | 'Rt'>;
const shapes = ['i8x16', 'i16x8', 'i32x4', 'i64x2'] as const;
// biome-ignore format: a table
const laneLoads = ['i32_load8_u', 'i32_load16_u', 'i32_load', 'i64_load'] as const;
const laneStores = ['i32_store8', 'i32_store16', 'i32_store', 'i64_store'] as const;

function laneOf(b: Builder, scale: number, lane: number, value: V128): number {
  const unsigned = scale < 2 ? '_u' : '';
  const method = `${shapes[scale]!}_extract_lane${unsigned}`;
  return apply(b, method, lane, value);
}

function loadSingle(b: Builder, f: Single, scale: number, lane: number, count: number): void {
  const address = b.i32_wrap_i64(readXsp(b, f.Rn));
  const loaded = Array.from({ length: count }, (_, r) =>
    apply(b, laneLoads[scale]!, address, r << scale),
  );
  for (const [r, value] of loaded.entries()) {
    const t = (f.Rt + r) & 31;
    writeV(b, t, apply(b, `${shapes[scale]!}_replace_lane`, lane, readV(b, t), value));
  }
}

function storeSingle(b: Builder, f: Single, scale: number, lane: number, count: number): void {
  const address = b.i32_wrap_i64(readXsp(b, f.Rn));
  for (let r = 0; r < count; r++) {
    const value = laneOf(b, scale, lane, readV(b, (f.Rt + r) & 31));
    apply(b, laneStores[scale]!, address, value, r << scale);
  }
}

function loadReplicated(b: Builder, f: Single & Fields<'size'>, count: number): void {
  const address = b.i32_wrap_i64(readXsp(b, f.Rn));
  const { size } = f;
  const loaded = Array.from({ length: count }, (_, r) =>
    apply<V128>(b, `${shapes[size]!}_splat`, apply(b, laneLoads[size]!, address, r << size)),
  );
  for (const [r, value] of loaded.entries()) {
    const whole = f.Q ? value : loadedHalf(b, value);
    writeV(b, (f.Rt + r) & 31, whole);
  }
}

function loadedHalf(b: Builder, value: V128): V128 {
  return b.i64x2_replace_lane(0, zeroV(b), b.i64x2_extract_lane(0, value));
}

// [log2 of element bytes, opcode<2:1> and the bits after R, lane number from the fields]
type Lane = Fields<'Q' | 'S' | 'size'>;
// biome-ignore format: a table
const singles: readonly (readonly [number, string, string, (f: Lane) => number])[] = [
  [0, '00', 'S size:2', (f) => (f.Q << 3) | (f.S << 2) | f.size],
  [1, '01', 'S size 0', (f) => (f.Q << 2) | (f.S << 1) | f.size],
  [2, '10', 'S 00', (f) => (f.Q << 1) | f.S],
  [3, '10', '0 01', (f) => f.Q],
];

// biome-ignore format: a table
const singleRows = singles.flatMap(([scale, opcode, bits, lane]) =>
  [1, 2, 3, 4].flatMap((count) =>
    ([0, 1] as const).flatMap((l) => {
      const move = l ? loadSingle : storeSingle;
      const name = `${l ? 'LD' : 'ST'}${count}`;
      const r = (count - 1) & 1;
      const o = (count - 1) >> 1;
      return [
        computedRow(name, `0 Q 001101 0 ${l} ${r} 00000 ${opcode} ${o} ${bits} Rn:5 Rt:5`, `{lane${count}${'bhsd'[scale]}}, [{XnSP}]`, (b: Builder, f: Single & Lane) => move(b, f, scale, lane(f), count)),
        computedRow(name, `0 Q 001101 1 ${l} ${r} Rm:5 ${opcode} ${o} ${bits} Rn:5 Rt:5`, `{lane${count}${'bhsd'[scale]}}, [{XnSP}], {postlane${count << scale}}`, (b: Builder, f: Single & Lane & Fields<'Rm'>) => {
          move(b, f, scale, lane(f), count);
          postIndex(b, f, count << scale);
        }),
      ];
    }),
  ),
);

// biome-ignore format: a table
const replicateRows = [1, 2, 3, 4].flatMap((count) => {
  const r = (count - 1) & 1;
  const o = (count - 1) >> 1;
  type Replicate = Single & Fields<'size'>;
  return [
    computedRow(`LD${count}R`, `0 Q 001101 0 1 ${r} 00000 11 ${o} 0 size:2 Rn:5 Rt:5`, `{list${count}}, [{XnSP}]`, (b: Builder, f: Replicate) => loadReplicated(b, f, count)),
    computedRow(`LD${count}R`, `0 Q 001101 1 1 ${r} Rm:5 11 ${o} 0 size:2 Rn:5 Rt:5`, `{list${count}}, [{XnSP}], {postrep${count}}`, (b: Builder, f: Replicate & Fields<'Rm'>) => {
      loadReplicated(b, f, count);
      postIndex(b, f, count << f.size);
    }),
  ];
});

export const structureRows: readonly PatternRow[] = [
  ...multipleRows,
  ...singleRows,
  ...replicateRows,
];
