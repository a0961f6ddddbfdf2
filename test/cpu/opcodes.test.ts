import { expect, test } from 'vitest';
import wabt from 'wabt';
import { writeLoad, writePlain, writeStore } from '../../src/cpu/ir/expansions.ts';
import { loads, numeric, simd, stores, type ValueType } from '../../src/cpu/ir/ops.ts';
import { Routines } from '../../src/cpu/ir/routines.ts';
import { opRows } from '../../src/cpu/ir/rows.ts';
import { Code, WasmModule } from '../../src/cpu/wasm/encoder.ts';

/** The text format's name of a wasm instruction: `i8x16_add_sat_s` is `i8x16.add_sat_s`. */
function textName(name: string): string {
  return name.replace('_', '.');
}

interface Case {
  readonly name: string;
  readonly operands: readonly ValueType[];
  readonly result: ValueType | null;
}

/** Our module and wabt's of one function with the operation. */
function assemble(
  { parseWat }: Awaited<ReturnType<typeof wabt>>,
  { name, operands, result }: Case,
): [Uint8Array, Uint8Array] {
  const row = opRows.find((candidate) => candidate.name === name)!;
  const module = new WasmModule();
  const code = new Code(operands.length);
  for (const n of operands.keys()) code.get(n);
  if (row.kind === 'plain') writePlain(code, row, new Routines(module));
  else if (row.kind === 'load') writeLoad(code, row);
  else writeStore(code, row);
  const signature = { parameters: operands, results: result ? [result] : [] };
  module.exportFunction('f', module.addFunction(signature, code));
  const suffix = row.kind === 'plain' ? '' : ' align=1';
  const text = `(module (import "m" "memory" (memory 0)) (func (export "f")
    ${operands.map((type) => `(param ${type})`).join(' ')} ${result ? `(result ${result})` : ''}
    ${operands.map((_, n) => `local.get ${n}`).join(' ')} ${textName(name)}${suffix}))`;
  const parsed = parseWat('case.wat', text, {
    simd: true,
    sat_float_to_int: true,
    sign_extension: true,
  });
  parsed.validate();
  const binary = parsed.toBinary({}).buffer.slice();
  parsed.destroy();
  return [module.finish(), binary];
}

const plain: readonly Case[] = Object.entries({ ...numeric, ...simd }).map(([name, row]) => ({
  name,
  result: row[0],
  operands: row[1],
}));
const memory: readonly Case[] = [
  ...Object.entries(loads).map(([name, [result]]) => ({
    name,
    result,
    operands: ['i32'] as const,
  })),
  ...Object.entries(stores).map(([name, [value]]) => ({
    name,
    result: null,
    operands: ['i32', value] as const,
  })),
].filter(({ name }) => !name.endsWith('_be'));

test('every operation that is a wasm instruction has its opcode and types', async () => {
  expect(plain.length).toBeGreaterThan(300);
  const tools = await wabt();
  for (const each of [...plain, ...memory]) {
    const [ours, reference] = assemble(tools, each);
    expect([...ours], each.name).toEqual([...reference]);
  }
});
