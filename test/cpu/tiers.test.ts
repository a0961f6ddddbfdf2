import { expect, test } from 'vitest';
import { createTranslationCache, type TierPolicy } from '../../src/cpu/cpu.ts';
import type { Helper } from '../../src/cpu/isa/isa.ts';
import { random, randomProgram } from './random_program.ts';
import { toyIsa } from './toy_isa.ts';
import { ToyMachine } from './toy_machine.ts';

/** Reads and writes state as a real helper does: r3 and, every third time, w1. */
const meddle: Helper = (context, x, y, z) => {
  const view = context.view();
  const [r3, w1] = [0x100 + 3 * 8, 0x100 + 16 * 8 + 4];
  view.setBigUint64(r3, view.getBigUint64(r3, true) + x, true);
  if ((y & 3n) === 0n) view.setInt32(w1, Number(z & 0xffn), true);
  return x ^ (y << 1n) ^ context.instructionCount();
};

/** Runs in quanta; the log holds every stop with the whole state. */
function trace(seed: number, tier: TierPolicy, checked: boolean): string[] {
  const isa = toyIsa([meddle]);
  const next = random(seed);
  const machine = new ToyMachine(
    isa,
    randomProgram(isa, seed, 30 + (seed % 50)),
    tier,
    createTranslationCache(),
    checked,
  );
  for (const slot of isa.slots) {
    machine.set(slot, (BigInt(next()) << 32n) | BigInt(next()));
    // Floats start as numbers; NaN payloads are not compared.
    if (slot.type === 'f32') machine.view.setFloat32(slot.offset, (next() | 0) / 1024, true);
    if (slot.type === 'f64') machine.view.setFloat64(slot.offset, (next() | 0) / 1024, true);
  }
  machine.set(isa.w[7]!, 3000n);
  machine.set(isa.r[15]!, 0n);
  const log: string[] = [];
  for (let i = 0; i < 12; i++) {
    const trap = machine.cpu.run(next() % 500);
    log.push(
      `${JSON.stringify(trap)} ${machine.cpu.executed} ${machine.state()} ${machine.data(0x3000).length} ${hash(machine.data(0x3000))}`,
    );
    if (trap.kind !== 'fuel') break;
  }
  return log;
}

function hash(text: string): number {
  let h = 0;
  for (let i = 0; i < text.length; i++) h = (Math.imul(h, 31) + text.charCodeAt(i)) | 0;
  return h;
}

/** The words in which two lines differ. */
function differences(actual: string, expected: string): string[] {
  const words = expected.split(' ');
  return actual
    .split(' ')
    .flatMap((word, n) => (word === words[n] ? [] : [`${word} not ${words[n]}`]));
}

const seeds = 150;

test(`${seeds} random programs do the same in every tier, preempted at the same instructions`, () => {
  for (let seed = 1; seed <= seeds; seed++) {
    const expected = trace(seed, 'interpreter', false);
    for (const [tier, checked] of [
      ['translator', false],
      ['translator', true],
      ['eager', false],
    ] as const) {
      const actual = trace(seed, tier, checked);
      const at = expected.findIndex((line, n) => line !== actual[n]);
      const where = `seed=${seed} tier=${tier} checked=${checked} stop=${at}`;
      expect(differences(actual[at] ?? '', expected[at] ?? ''), where).toEqual([]);
      expect(actual.length, where).toBe(expected.length);
    }
  }
});
