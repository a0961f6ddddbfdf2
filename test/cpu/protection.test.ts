/** Rights of pages in both tiers: exact faults, and code that is written while it runs. */

import { describe, expect, test } from 'vitest';
import { createTranslationCache, type TierPolicy } from '../../src/cpu/cpu.ts';
import type { Builder, I32 } from '../../src/cpu/ir/builder.ts';
import { pageBytes, right } from '../../src/cpu/protection.ts';
import { guestBias } from '../../src/cpu/state.ts';
import { toyAddress, toyBase, toyIsa } from './toy_isa.ts';
import { dataBase, ToyMachine } from './toy_machine.ts';

const tiers: readonly TierPolicy[] = ['interpreter', 'translator', 'tiered'];
const rw: number = right.read | right.write;
/** The page that has rights of its own; those around it can be read and written. */
const guard: number = dataBase + 4 * pageBytes;

type Access = (b: Builder, address: I32) => void;
// biome-ignore format: a table
const accesses: readonly (readonly [name: string, bytes: number, write: boolean, access: Access])[] = [
  ['load8', 1, false, (b, a) => void b.put(r(1), b.i64_load8_u(a))],
  ['load64', 8, false, (b, a) => void b.put(r(1), b.i64_load(a))],
  ['load64_be', 8, false, (b, a) => void b.put(r(1), b.i64_load_be(a))],
  ['store8', 1, true, (b, a) => b.i64_store8(a, b.const64(1))],
  ['store32', 4, true, (b, a) => b.i64_store32(a, b.const64(1))],
  ['store128', 16, true, (b, a) => b.v128_store(a, b.constV128(1, 2, 3, 4))],
  ['fill', 100, true, (b, a) => b.memory_fill(a, b.const32(1), b.const32(100))],
  ['copy from', 100, false, (b, a) => b.memory_copy(b.const32(dataBase), a, b.const32(100))],
  ['copy to', 100, true, (b, a) => b.memory_copy_forward(a, b.const32(dataBase), b.const32(100))],
];
const isa = toyIsa();
const r = (n: number) => isa.r[n]!;
/** Counts down in r3, with the access at r2 in each round; then stops. */
function loopOf(access: Access): ((b: Builder) => void)[] {
  const address = (b: Builder): I32 => b.i32_wrap_i64(b.get(r(2)));
  return [
    (b) => b.put(r(0), b.i64_add(b.get(r(0)), b.const64(1))),
    (b) => access(b, address(b)),
    (b) => {
      const left = b.i64_sub(b.get(r(3)), b.const64(1));
      b.put(r(3), left);
      b.put(r(2), b.i64_add(b.get(r(2)), b.get(r(4))));
      b.branch(b.i64_ne(left, b.const64(0)), toyBase);
    },
    (b) => b.syscall(),
  ];
}

function machineOf(program: readonly ((b: Builder) => void)[], tier: TierPolicy): ToyMachine {
  return new ToyMachine(isa, program, tier, createTranslationCache(), true);
}

describe.each(tiers)('%s', (tier) => {
  test.each(accesses)('%s faults where its page ends', (_name, bytes, write, access) => {
    for (const rights of [0, right.read]) {
      const machine = machineOf(loopOf(access), tier);
      machine.cpu.protect(guard, guard + pageBytes, rights);
      const rounds = 150;
      // The last round's last byte is the first of the guarded page.
      machine.set(r(2), BigInt(guard - bytes + 1 - (rounds - 1) * 16));
      machine.set(r(3), BigInt(rounds));
      machine.set(r(4), 16n);
      const trap = machine.cpu.run(100_000);
      if (rights === right.read && !write) {
        expect(trap.kind).toBe('syscall');
        continue;
      }
      const pc = toyAddress(1);
      expect(trap).toMatchObject({ kind: 'memory', pc, address: guard, write });
      expect(machine.cpu.executed).toBe(3 * (rounds - 1) + 1);
      expect([machine.get(r(0)), machine.get(r(3))]).toEqual([BigInt(rounds), 1n]);
      // With rights the same instruction goes on.
      machine.cpu.protect(guard, guard + pageBytes, rw);
      expect(machine.cpu.run(1000).kind).toBe('syscall');
    }
  });

  test('the processor has no rights to its own state and tables', () => {
    const [, , , store] = accesses;
    for (const address of [0, 0xc000, guestBias + 0x30, 0x7fff_ffff, 0xffff_ffff]) {
      const machine = machineOf(loopOf(store![3]), tier);
      machine.set(r(2), BigInt(address));
      machine.set(r(3), 1n);
      const expected = { kind: 'memory', address, write: true };
      expect(machine.cpu.run(100)).toMatchObject(expected);
    }
  });

  test('what is not executable faults before it is executed', () => {
    const machine = machineOf([(b) => b.jump(guard)], tier);
    machine.cpu.protect(guard, guard + pageBytes, rw);
    const expected = { kind: 'memory', pc: guard, address: guard, write: false };
    expect(machine.cpu.run(100)).toMatchObject(expected);
    expect(machine.cpu.executed).toBe(1);
  });

  test('code may be written to, the block that runs too', () => {
    const add = (value: number) => (b: Builder) =>
      b.put(r(1), b.i64_add(b.get(r(1)), b.const64(value)));
    const [one, hundred] = [isa.define(add(1)), isa.define(add(100))];
    // Round by round the instruction after the store is another one.
    const program = [
      (b: Builder) => {
        const odd = b.i64_and(b.get(r(3)), b.const64(1));
        const chosen = b.i64_add(b.const64(one), b.i64_mul(odd, b.const64(hundred - one)));
        b.i64_store32(b.const32(toyAddress(1)), chosen);
      },
      add(5000),
      ...loopOf(() => {}).slice(2),
    ];
    const machine = machineOf(program, tier);
    machine.set(r(3), 300n);
    expect(machine.cpu.run(100_000).kind).toBe('syscall');
    expect(machine.get(r(1))).toBe(BigInt(150 * 1 + 150 * 100));
    expect(machine.cpu.executed).toBe(300 * 3 + 1);
  });

  test('code of another page is dropped when it is written to', () => {
    const add = (value: number) => (b: Builder) =>
      b.put(r(1), b.i64_add(b.get(r(1)), b.const64(value)));
    const back = isa.define((b) => b.jump(toyAddress(2)));
    const numbers = Array.from({ length: 40 }, (_, n) => isa.define(add(n)));
    const program = [
      (b: Builder) =>
        b.i64_store32(b.const32(guard), b.i64_add(b.get(r(5)), b.const64(numbers[0]!))),
      (b: Builder) => b.jump(guard),
      (b: Builder) => b.put(r(5), b.i64_add(b.get(r(5)), b.const64(1))),
      ...loopOf(() => {}).slice(2),
    ];
    const machine = machineOf(program, tier);
    machine.view.setUint32(guard - guestBias + 8, back, true);
    machine.set(r(3), 40n);
    expect(machine.cpu.run(100_000).kind).toBe('syscall');
    expect(machine.get(r(1))).toBe(780n);
  });
});
