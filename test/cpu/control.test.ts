import { describe, expect, test } from 'vitest';
import { createTranslationCache, type TierPolicy } from '../../src/cpu/cpu.ts';
import { arenaBytesMax } from '../../src/cpu/interpreter/arena.ts';
import type { Builder } from '../../src/cpu/ir/builder.ts';
import { GuestTrap } from '../../src/cpu/trap.ts';
import { type ToyInstruction, type ToyIsa, toyAddress, toyIsa } from './toy_isa.ts';
import { allocator, dataBase, ToyMachine } from './toy_machine.ts';

const at = toyAddress;

/** Stack operations over r15, which holds a guest address. */
function stack(isa: ToyIsa): {
  push: (b: Builder, v: number) => void;
  popJump: (b: Builder) => void;
} {
  const sp = isa.r[15]!;
  return {
    push(b, value) {
      const next = b.i64_sub(b.get(sp), b.const64(8));
      b.put(sp, next);
      b.i64_store(b.i32_wrap_i64(next), b.const64(value));
    },
    popJump(b) {
      const old = b.get(sp);
      b.put(sp, b.i64_add(old, b.const64(8)));
      b.jumpIndirect(b.i32_load(b.i32_wrap_i64(old)), 'return');
    },
  };
}

/** fib(r0) → r1 by double recursion; saves on the stack. */
function fib(isa: ToyIsa): ToyInstruction[] {
  const [r0, r1, sp] = [isa.r[0]!, isa.r[1]!, isa.r[15]!];
  const { push, popJump } = stack(isa);
  const top = (b: Builder): ReturnType<Builder['i32_wrap_i64']> => b.i32_wrap_i64(b.get(sp));
  return [
    (b) => {
      push(b, at(1));
      b.call(at(2));
    },
    (b) => b.syscall(1),
    // 2: if r0 < 2 return r0
    (b) => b.branch(b.i64_lt_s(b.get(r0), b.const64(2)), at(9)),
    (b) => {
      b.put(sp, b.i64_sub(b.get(sp), b.const64(16)));
      b.i64_store(top(b), b.get(r0));
      b.put(r0, b.i64_sub(b.get(r0), b.const64(1)));
    },
    (b) => {
      push(b, at(5));
      b.call(at(2));
    },
    (b) => {
      b.put(r0, b.i64_sub(b.i64_load(top(b)), b.const64(2)));
      b.i64_store(top(b), b.get(r1), 8);
    },
    (b) => {
      push(b, at(7));
      b.call(at(2));
    },
    (b) => {
      b.put(r1, b.i64_add(b.get(r1), b.i64_load(top(b), 8)));
      b.put(sp, b.i64_add(b.get(sp), b.const64(16)));
    },
    (b) => popJump(b),
    (b) => b.put(r1, b.get(r0)),
    (b) => popJump(b),
  ];
}

const stackTop = BigInt(dataBase + 0x30000);

describe.for(['interpreter', 'translator', 'tiered'] as const)('%s', (tier: TierPolicy) => {
  test('recursion, in quanta of every size', () => {
    const counts = [1, 7, 1000, 10_000_000].map((quantum) => {
      const isa = toyIsa();
      const machine = new ToyMachine(isa, fib(isa), tier);
      machine.set(isa.r[0]!, 15n);
      machine.set(isa.r[15]!, stackTop);
      let stops = 0;
      while (machine.cpu.run(quantum).kind === 'fuel') stops++;
      expect(machine.get(isa.r[1]!)).toBe(610n);
      expect(machine.get(isa.r[15]!)).toBe(stackTop);
      if (quantum === 1) expect(stops).toBeGreaterThan(1000);
      return machine.cpu.instructionCount;
    });
    expect(new Set(counts).size).toBe(1);
  });

  test('guest calls stay host calls: no code is entered where it returns to', () => {
    const isa = toyIsa();
    const cache = createTranslationCache();
    const machine = new ToyMachine(isa, fib(isa), tier, cache);
    machine.set(isa.r[0]!, 20n);
    machine.set(isa.r[15]!, stackTop);
    expect(machine.cpu.run(1_000_000).kind).toBe('syscall');
    // The function, and its caller.
    const expected = { interpreter: 0, translator: 2, eager: 1, tiered: 1 }[tier];
    expect(cache.statistics.regionsCompiled).toBe(expected);
  });

  test('recursion deeper than the host stack', () => {
    const isa = toyIsa();
    const { push, popJump } = stack(isa);
    const [r0, r1] = [isa.r[0]!, isa.r[1]!];
    const program: ToyInstruction[] = [
      (b) => {
        push(b, at(1));
        b.call(at(2));
      },
      (b) => b.syscall(),
      (b) => b.branch(b.i64_eqz(b.get(r0)), at(6)),
      (b) => b.put(r0, b.i64_sub(b.get(r0), b.const64(1))),
      (b) => {
        push(b, at(5));
        b.call(at(2));
      },
      (b) => b.put(r1, b.i64_add(b.get(r1), b.const64(1))),
      (b) => popJump(b),
    ];
    const machine = new ToyMachine(isa, program, tier);
    machine.set(r0, 20_000n);
    machine.set(isa.r[15]!, stackTop);
    expect(machine.cpu.run(1_000_000).kind).toBe('syscall');
    expect(machine.get(r1)).toBe(20_000n);
    expect(machine.cpu.instructionCount).toBe(BigInt(1 + 20_000 * 5 + 2 + 1));
  });

  test('a return to somewhere else unwinds, as longjmp does', () => {
    const isa = toyIsa();
    const { push, popJump } = stack(isa);
    const [r0, r1, sp] = [isa.r[0]!, isa.r[1]!, isa.r[15]!];
    const program: ToyInstruction[] = [
      (b) => {
        push(b, at(7));
        b.call(at(2));
      },
      (b) => b.syscall(1),
      // 2: calls 4, which calls 5, which returns straight to 6 with the outermost stack
      (b) => {
        push(b, at(7));
        b.call(at(4));
      },
      (b) => b.trap('illegal'),
      (b) => {
        push(b, at(7));
        b.call(at(5));
      },
      (b) => {
        b.put(sp, b.const64(Number(stackTop) - 8));
        b.i64_store(b.const32(Number(stackTop) - 8), b.const64(at(6)));
        popJump(b);
      },
      (b) => {
        b.put(r1, b.i64_add(b.get(r1), b.const64(1)));
        b.put(r0, b.i64_sub(b.get(r0), b.const64(1)));
        b.branch(b.i64_ne(b.get(r0), b.const64(0)), at(0), at(1));
      },
      (b) => b.trap('illegal'),
    ];
    const machine = new ToyMachine(isa, program, tier);
    machine.set(r0, 300n);
    machine.set(sp, stackTop);
    expect(machine.cpu.run(100_000)).toMatchObject({ kind: 'syscall', detail: 1 });
    expect(machine.get(r1)).toBe(300n);
  });

  test('a jump table with many targets, some found late', () => {
    const isa = toyIsa();
    const [r0, r1, r2] = [isa.r[0]!, isa.r[1]!, isa.r[2]!];
    const targets = 40;
    const program: ToyInstruction[] = [
      (b) => {
        b.put(r0, b.i64_sub(b.get(r0), b.const64(1)));
        b.branch(b.i64_eqz(b.get(r0)), at(2 + targets));
      },
      (b) => {
        // The upper half of the targets is only used after 2000 rounds.
        const late = b.i64_lt_s(b.get(r0), b.const64(2000));
        const mask = b.i64_select(b.const64(31), b.const64(15), late);
        const n = b.i32_wrap_i64(b.i64_and(b.i64_add(b.get(r0), b.get(r2)), mask));
        b.jumpIndirect(b.i32_add(b.i32_mul(n, b.const32(8)), b.const32(at(2))), 'jump');
      },
      ...Array.from({ length: targets }, (_, n) => (b: Builder) => {
        b.put(r1, b.i64_add(b.i64_mul(b.get(r1), b.const64(3)), b.const64(n)));
        b.jump(at(0));
      }),
      (b) => b.syscall(),
    ];
    const machine = new ToyMachine(isa, program, tier);
    machine.set(r0, 4000n);
    machine.set(r2, 3n);
    expect(machine.cpu.run(100_000).kind).toBe('syscall');
    let expected = 0n;
    for (let n = 3999n; n > 0n; n--) {
      expected = BigInt.asUintN(64, expected * 3n + ((n + 3n) & (n < 2000n ? 31n : 15n)));
    }
    expect(machine.get(r1)).toBe(expected);
  });

  test('changed code runs after invalidate, in loops already translated too', () => {
    const isa = toyIsa();
    const [r0, r1] = [isa.r[0]!, isa.r[1]!];
    const adds = (n: number) => (b: Builder) => b.put(r1, b.i64_add(b.get(r1), b.const64(n)));
    const machine = new ToyMachine(
      isa,
      [
        (b) => b.jump(at(1)),
        adds(1),
        (b) => {
          b.put(r0, b.i64_sub(b.get(r0), b.const64(1)));
          b.branch(b.i64_ne(b.get(r0), b.const64(0)), at(0));
        },
        (b) => b.syscall(),
      ],
      tier,
    );
    for (const [step, expected] of [
      [1, 500n],
      [1000, 500_500n],
      [1, 501_000n],
    ] as const) {
      isa.place(machine.memory, [adds(step)], at(1));
      machine.cpu.invalidate(at(1), at(2));
      machine.set(r0, 500n);
      machine.pc = at(0);
      expect(machine.cpu.run(100_000).kind).toBe('syscall');
      expect(machine.get(r1)).toBe(expected);
    }
  });

  test('code that changes itself and says so runs as changed', () => {
    const isa: ToyIsa = toyIsa([
      (context, x, y) => {
        context.invalidate?.(Number(x), Number(y));
        return 0n;
      },
    ]);
    const [r0, r1] = [isa.r[0]!, isa.r[1]!];
    const adds = (n: number) => (b: Builder) => b.put(r1, b.i64_add(b.get(r1), b.const64(n)));
    const numbers = [1, 1000].map((n) => isa.define(adds(n)));
    const machine = new ToyMachine(
      isa,
      [
        (b) => {
          // Every round writes the other addition into instruction 2.
          const odd = b.i64_and(b.get(r0), b.const64(1));
          const low = b.i64_select(
            b.const64(numbers[1]!),
            b.const64(numbers[0]!),
            b.i32_wrap_i64(odd),
          );
          b.i64_store(b.const32(at(2)), low);
        },
        (b) => {
          b.helper(0, b.const64(at(2)), b.const64(at(3)), b.const64(0));
          b.jumpIndirect(b.const32(b.nextAddress), 'return');
        },
        adds(5),
        (b) => {
          b.put(r0, b.i64_sub(b.get(r0), b.const64(1)));
          b.branch(b.i64_ne(b.get(r0), b.const64(0)), at(0));
        },
        (b) => b.syscall(),
      ],
      tier,
    );
    machine.set(r0, 300n);
    expect(machine.cpu.run(100_000).kind).toBe('syscall');
    expect(machine.get(r1)).toBe(150n * 1001n);
    expect(machine.cpu.executed).toBe(1201);
  });

  test('a forked processor goes on where its parent was, and both are independent', () => {
    const isa = toyIsa();
    const cache = createTranslationCache();
    const machine = new ToyMachine(isa, fib(isa), tier, cache);
    machine.set(isa.r[0]!, 15n);
    machine.set(isa.r[15]!, stackTop);
    expect(machine.cpu.run(9000).kind).toBe('fuel');
    const memory = new WebAssembly.Memory({
      initial: machine.memory.buffer.byteLength / 0x10000,
      maximum: 4096,
    });
    new Uint8Array(memory.buffer).set(new Uint8Array(machine.memory.buffer));
    const child = machine.cpu.fork(memory, allocator(memory));
    expect(child.run(1_000_000).kind).toBe('syscall');
    expect(new DataView(memory.buffer).getBigUint64(isa.r[1]!.offset, true)).toBe(610n);
    const { blocksDecoded, modulesCompiled } = cache.statistics;
    expect(machine.cpu.run(1_000_000).kind).toBe('syscall');
    expect(machine.get(isa.r[1]!)).toBe(610n);
    // What the child decoded and compiled serves its parent too.
    expect(cache.statistics).toMatchObject({ blocksDecoded, modulesCompiled });
  });

  test('helpers see exact state and may trap', () => {
    const isa: ToyIsa = toyIsa([
      (context, x) => {
        const value = context.view().getBigUint64(isa.r[1]!.offset, true);
        if (value === 900n) throw new GuestTrap('alignment', 0x1234);
        return x + context.instructionCount();
      },
    ]);
    const [r1, r2] = [isa.r[1]!, isa.r[2]!];
    const program: ToyInstruction[] = [
      (b) => b.put(r1, b.i64_add(b.get(r1), b.const64(1))),
      (b) => b.put(r2, b.helper(0, b.get(r2), b.const64(0), b.const64(0))),
      (b) => b.jump(at(0)),
    ];
    const machine = new ToyMachine(isa, program, tier);
    const trap = { kind: 'alignment', address: 0x1234, pc: at(1) };
    expect(machine.cpu.run(100_000)).toMatchObject(trap);
    expect(machine.pc).toBe(at(1));
    expect(machine.get(r1)).toBe(900n);
    expect(machine.cpu.executed).toBe(900 * 3 - 2);
    // Sum of the counts before the 1st … 899th call: 1, 4, 7, …
    expect(machine.get(r2)).toBe(899n + (3n * 899n * 898n) / 2n);
  });

  test('undefined code, and code outside memory', () => {
    const isa = toyIsa();
    const machine = new ToyMachine(isa, [(b) => b.jump(0x10)], tier);
    expect(machine.cpu.run(10)).toMatchObject({ kind: 'memory', pc: 0x10, address: 0x10 });
    expect(machine.cpu.executed).toBe(1);
    machine.pc = dataBase;
    expect(machine.cpu.run(10)).toMatchObject({ kind: 'illegal', pc: dataBase });
    machine.pc = 0xf0000000;
    expect(machine.cpu.run(10)).toMatchObject({ kind: 'memory', address: 0xf0000000 });
  });
});

test('more code than the arena holds', () => {
  const isa = toyIsa();
  const [r0, r1] = [isa.r[0]!, isa.r[1]!];
  const count = Math.ceil(arenaBytesMax / 10_000);
  const machine = new ToyMachine(
    isa,
    Array.from({ length: count }, (_, n) => (b: Builder) => {
      let value = b.get(r1);
      for (let i = 0; i < 340; i++) value = b.i64_add(value, b.const64(1));
      b.put(r1, value);
      if (n < count - 1) {
        b.jump(b.nextAddress);
        return;
      }
      b.put(r0, b.i64_sub(b.get(r0), b.const64(1)));
      b.branch(b.i64_ne(b.get(r0), b.const64(0)), at(0), 0);
    }),
    'tiered',
  );
  machine.set(r0, 2n);
  expect(machine.cpu.run(1_000_000)).toMatchObject({ kind: 'memory', pc: 0 });
  expect(machine.get(r1)).toBe(BigInt(2 * 340 * count));
  expect(machine.cpu.executed).toBe(2 * count);
  expect(machine.memory.buffer.byteLength).toBeLessThan(arenaBytesMax + 0x400000);
});
