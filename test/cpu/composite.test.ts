import { describe, expect, test } from 'vitest';
import { createTranslationCache, type TierPolicy } from '../../src/cpu/cpu.ts';
import type { Builder, I32, I64, V128 } from '../../src/cpu/ir/builder.ts';
import { lanes } from '../../src/cpu/ir/ops.ts';
import { guestBias } from '../../src/cpu/state.ts';
import { toyIsa } from './toy_isa.ts';
import { dataBase, memoryEnd, ToyMachine } from './toy_machine.ts';

const u64 = (x: bigint): bigint => BigInt.asUintN(64, x);
const edges = [
  0n,
  1n,
  0x80n,
  0xff01n,
  0x7fffffffn,
  0x80000000n,
  0x0123456789abcdefn,
  1n << 63n,
  -1n,
];

/** What `write` leaves in r2 with r0 = x, r1 = y. */
function evaluate(
  tier: TierPolicy,
  write: (b: Builder, x: I64, y: I64) => I64,
  inputs: readonly (readonly [bigint, bigint])[],
  prepare?: (bytes: Uint8Array) => void,
): { results: bigint[]; machine: ToyMachine } {
  const isa = toyIsa();
  const machine = new ToyMachine(
    isa,
    [(b) => b.put(isa.r[2]!, write(b, b.get(isa.r[0]!), b.get(isa.r[1]!))), (b) => b.syscall()],
    tier,
  );
  prepare?.(new Uint8Array(machine.memory.buffer));
  const start = machine.pc;
  const results = inputs.map(([x, y]) => {
    machine.set(isa.r[0]!, x);
    machine.set(isa.r[1]!, y);
    machine.pc = start;
    expect(machine.cpu.run(10).kind).toBe('syscall');
    return machine.get(isa.r[2]!);
  });
  return { results, machine };
}

const pairs = edges.flatMap((x) => edges.map((y) => [x, y] as const));

function reverseBits(x: bigint, bits: number): bigint {
  return BigInt(`0b${[...x.toString(2).padStart(bits, '0')].reverse().join('')}`);
}

function reverseBytes(x: bigint, bytes: number): bigint {
  const pairsOf = x
    .toString(16)
    .padStart(bytes * 2, '0')
    .match(/../g)!;
  return BigInt(`0x${pairsOf.reverse().join('')}`);
}

const low = (b: Builder, x: I64): I32 => b.i32_wrap_i64(x);
const wide = (b: Builder, x: I32): I64 => b.i64_extend_i32_u(x);

type Case = readonly [
  name: string,
  write: (b: Builder, x: I64, y: I64) => I64,
  reference: (x: bigint, y: bigint) => bigint,
];

// biome-ignore format: a table
const cases: readonly Case[] = [
  ['i32_bswap16', (b, x) => wide(b, b.i32_bswap16(low(b, x))), (x) => reverseBytes(x & 0xffffn, 2)],
  ['i32_bswap', (b, x) => wide(b, b.i32_bswap(low(b, x))), (x) => reverseBytes(x & 0xffffffffn, 4)],
  ['i64_bswap', (b, x) => b.i64_bswap(x), (x) => reverseBytes(x, 8)],
  ['v128_bswap', (b, x) => b.i64x2_extract_lane(1, b.v128_bswap(b.i64x2_splat(x))), (x) => reverseBytes(x, 8)],
  ['i32_bitreverse', (b, x) => wide(b, b.i32_bitreverse(low(b, x))), (x) => reverseBits(x & 0xffffffffn, 32)],
  ['i64_bitreverse', (b, x) => b.i64_bitreverse(x), (x) => reverseBits(x, 64)],
  ['i64_mulhi_u', (b, x, y) => b.i64_mulhi_u(x, y), (x, y) => (x * y) >> 64n],
  ['i64_mulhi_s', (b, x, y) => b.i64_mulhi_s(x, y), (x, y) => (BigInt.asIntN(64, x) * BigInt.asIntN(64, y)) >> 64n],
  ['i64_select', (b, x, y) => b.i64_select(x, y, low(b, y)), (x, y) => ((y & 0xffffffffn) === 0n ? y : x)],
  ['i32_select', (b, x, y) => wide(b, b.i32_select(low(b, x), low(b, y), low(b, y))), (x, y) => ((y & 0xffffffffn) === 0n ? y : x) & 0xffffffffn],
  ['v128_select', (b, x, y) => b.i64x2_extract_lane(0, b.v128_select(b.i64x2_splat(x), b.i64x2_splat(y), low(b, y))), (x, y) => ((y & 0xffffffffn) === 0n ? y : x)],
  ['shuffle', (b, x, y) => b.i64x2_extract_lane(0, b.shuffle(b.i64x2_splat(x), b.i64x2_splat(y), [0, 17, 2, 19, 4, 21, 6, 23, 0, 0, 0, 0, 0, 0, 0, 0])), (x, y) => (x & 0x00ff00ff00ff00ffn) | (y & 0xff00ff00ff00ff00n)],
  ['constv128', (b, x) => b.i64_add(x, b.i64x2_extract_lane(1, b.constV128(1, 2, 3, 4))), (x) => x + 0x0000000400000003n],
  ['const64', (b, x) => b.i64_add(x, b.const64(-3)), (x) => x - 3n],
];

describe.for(['interpreter', 'translator'] as const)('%s', (tier) => {
  test.for(cases)('%s', ([, write, reference]) => {
    const { results } = evaluate(tier, write, pairs);
    const inputs = pairs.map(([x, y]) => [u64(x), u64(y)] as const);
    expect(results).toEqual(inputs.map(([x, y]) => u64(reference(x, y))));
  });

  test('lanes', () => {
    for (const [name, [, operands, count]] of Object.entries(lanes)) {
      if (operands[0] !== 'v128' || name.startsWith('f') || operands.length === 2) continue;
      const bits = 128 / count;
      for (let lane = 0; lane < count; lane++) {
        const write = (b: Builder, x: I64, y: I64): I64 => {
          const vector = b.i64x2_replace_lane(1, b.i64x2_splat(x), y) as V128;
          const extract = b[name as 'i8x16_extract_lane_s'](lane, vector);
          return bits === 64 ? (extract as never as I64) : b.i64_extend_i32_s(extract);
        };
        const whole = (x: bigint, y: bigint): bigint => u64(x) | (u64(y) << 64n);
        const { results } = evaluate(tier, write, pairs.slice(0, 30));
        const signed = name.endsWith('_s') || bits >= 32;
        const expected = pairs.slice(0, 30).map(([x, y]) => {
          const value = BigInt.asUintN(bits, whole(x, y) >> BigInt(lane * bits));
          return u64(signed ? BigInt.asIntN(bits, value) : value);
        });
        expect(results, `${name} ${lane}`).toEqual(expected);
      }
    }
  });

  test('loads and stores of either byte order', () => {
    const bytes = [0x81, 0x92, 0xa3, 0xb4, 0xc5, 0xd6, 0xe7, 0xf8];
    const fill = (memory: Uint8Array): void => memory.set(bytes, dataBase - guestBias + 5);
    const address = (b: Builder): I32 => b.const32(dataBase + 8);
    for (const size of [1, 2, 4, 8]) {
      for (const order of size === 1 ? [''] : ['', '_be']) {
        for (const sign of size === 8 ? [''] : ['_u', '_s']) {
          const name = `i64_load${size === 8 ? '' : size * 8}${sign}${order}` as 'i64_load8_u';
          const { results } = evaluate(tier, (b) => b[name](address(b), -3), [[0n, 0n]], fill);
          const text = bytes.slice(0, size).map((byte) => byte.toString(16));
          const value = BigInt(`0x${(order ? text : text.reverse()).join('')}`);
          expect(results[0], name).toBe(
            u64(sign === '_s' ? BigInt.asIntN(size * 8, value) : value),
          );
        }
        const store = `i64_store${size === 8 ? '' : size * 8}${order}` as 'i64_store8';
        const { machine } = evaluate(
          tier,
          (b, x) => {
            b[store](address(b), x, -3);
            return x;
          },
          [[0x1122334455667788n, 0n]],
        );
        const text = ['88', '77', '66', '55', '44', '33', '22', '11'].slice(0, size);
        const at = dataBase - guestBias + 5;
        const stored = [...new Uint8Array(machine.memory.buffer).subarray(at, at + size)];
        const expected = (order ? text.reverse() : text).map((hex) => Number.parseInt(hex, 16));
        expect(stored, store).toEqual(expected);
      }
    }
  });

  test('operations on ranges', () => {
    const start = dataBase - guestBias;
    const fill = (memory: Uint8Array): void => {
      for (let i = 0; i < 64; i++) memory[start + i] = i;
    };
    const run = (
      name: 'memory_copy' | 'memory_copy_forward',
      to: number,
      from: number,
    ): number[] => {
      const { machine } = evaluate(
        tier,
        (b, x) => {
          b[name](b.const32(dataBase + to), b.const32(dataBase + from), b.const32(8));
          return x;
        },
        [[0n, 0n]],
        fill,
      );
      return [...new Uint8Array(machine.memory.buffer).subarray(start, start + 16)];
    };
    expect(run('memory_copy', 2, 0).slice(0, 12)).toEqual([0, 1, 0, 1, 2, 3, 4, 5, 6, 7, 10, 11]);
    expect(run('memory_copy_forward', 1, 0).slice(0, 10)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 9]);
    expect(run('memory_copy_forward', 3, 0).slice(0, 12)).toEqual([
      0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 11,
    ]);
    expect(run('memory_copy_forward', 0, 2).slice(0, 10)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 8, 9]);
    const mismatch = (length: number, at: number): bigint =>
      evaluate(
        tier,
        (b) => {
          const [a, other] = [b.const32(dataBase), b.const32(dataBase + 256)];
          b.memory_copy(other, a, b.const32(64));
          b.i32_store8(other, b.const32(99), at);
          return wide(b, b.memory_mismatch(a, other, b.const32(length)));
        },
        [[0n, 0n]],
        fill,
      ).results[0]!;
    const find = (length: number, at: number): bigint =>
      evaluate(
        tier,
        (b) =>
          wide(b, b.memory_find(b.const32(dataBase), b.const32(at + 0x100), b.const32(length))),
        [[0n, 0n]],
        fill,
      ).results[0]!;
    for (const at of [0, 1, 7, 8, 15, 16, 39]) {
      expect(mismatch(40, at)).toBe(BigInt(at));
      expect(mismatch(at, at)).toBe(BigInt(at));
      expect(find(40, at)).toBe(BigInt(at));
      expect(find(at, at)).toBe(BigInt(at));
    }
  });

  test('an access over the end of memory or in the null page faults exactly', () => {
    for (const checked of tier === 'translator' ? [true] : [true, false]) {
      const isa = toyIsa();
      const [r0, r1] = [isa.r[0]!, isa.r[1]!];
      const faults: [number, boolean, (b: Builder, address: I32) => void][] = [
        [0, false, (b, a) => b.put(r1, b.i64_load(a))],
        [-4, false, (b, a) => b.put(r1, b.i64_load32_u_be(a, -4))],
        [8, true, (b, a) => b.i64_store_be(a, b.const64(5), 8)],
        [0, true, (b, a) => b.memory_fill(a, b.const32(1), b.const32(16))],
        [0, false, (b, a) => b.memory_copy(b.const32(dataBase), a, b.const32(16))],
        [0, true, (b, a) => b.memory_copy_forward(a, b.const32(dataBase), b.const32(16))],
      ];
      for (const address of [0x10, 0xb000, 0xfff00000, 0x7fffff00]) {
        for (const [displacement, write, access] of faults) {
          const machine = new ToyMachine(
            isa,
            [
              (b) => b.put(r0, b.const64(7)),
              (b) => {
                access(b, b.i32_wrap_i64(b.get(isa.r[2]!)));
                b.put(r1, b.const64(1));
                b.put(r0, b.i64_add(b.get(r0), b.const64(1)));
              },
              (b) => b.syscall(),
            ],
            tier,
            createTranslationCache(),
            checked,
          );
          machine.set(isa.r[2]!, BigInt(address));
          const trap = machine.cpu.run(100);
          const expected = { kind: 'memory', address: (address + displacement) >>> 0, write };
          expect(trap).toMatchObject({ ...expected, pc: machine.pc });
          expect(machine.cpu.executed).toBe(1);
          expect([machine.get(r0), machine.get(r1)]).toEqual([7n, 0n]);
        }
      }
    }
    expect(memoryEnd).toBeGreaterThan(dataBase);
  });
});
