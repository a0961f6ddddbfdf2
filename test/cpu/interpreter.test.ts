import { expect, test } from 'vitest';
import type { Builder } from '../../src/cpu/ir/builder.ts';
import { toyAddress, toyIsa } from './toy_isa.ts';
import { ToyMachine } from './toy_machine.ts';

test('a loop runs, counts instructions and is preempted at its back edge', () => {
  const isa = toyIsa();
  const [r0, r1] = [isa.r[0]!, isa.r[1]!];
  const program = [
    (b: Builder) => b.put(r1, b.i64_add(b.get(r1), b.get(r0))),
    (b: Builder) => {
      const left = b.i64_sub(b.get(r0), b.const64(1));
      b.put(r0, left);
      b.branch(b.i64_ne(left, b.const64(0)), toyAddress(0));
    },
    (b: Builder) => b.syscall(7),
  ];
  const machine = new ToyMachine(isa, program, 'interpreter');
  machine.set(r0, 1000n);
  expect(machine.cpu.run(501)).toMatchObject({ kind: 'fuel', pc: toyAddress(0) });
  expect(machine.cpu.executed).toBe(502);
  expect(machine.get(r0)).toBe(749n);
  expect(machine.cpu.run(1_000_000)).toMatchObject({
    kind: 'syscall',
    detail: 7,
    pc: toyAddress(3),
  });
  expect(machine.get(r1)).toBe(500500n);
  expect(machine.cpu.instructionCount).toBe(2001n);
});
