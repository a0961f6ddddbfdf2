/** Runs the cases of a program in several machines and says which results differ. */

import type { TierPolicy } from '../../../src/cpu/cpu.ts';
import { runBare } from '../../isa/bare_machine.ts';
import { runReference } from '../../isa/qemu.ts';
import type { InstructionSet, Program } from './instruction_set.ts';

/** The final state of a case, or how its program ended instead. */
export type Outcome = Uint8Array | { readonly fault: string };

/** A machine under test, or the one that is right. */
export interface Machine {
  readonly name: string;
  /** Gives the output, or how the program ended otherwise than by exit(0). */
  run(program: Program): Outcome;
}

/** Limits of a case, which has no loops worth mentioning; a part of one may run for ever. */
const instructionsMax = 100_000;
const referenceMs = 20;
/** Time in which the reference surely starts. */
const startMs = 1000;

/** stiletto with one tier: `interpreter` runs cold, `translator` compiles all it meets. */
export function bareMachine(tier: TierPolicy): Machine {
  return {
    name: tier,
    run({ elf, isa, rows }) {
      try {
        const limits = { instructionsMax: instructionsMax * rows.length };
        const { stdout, exitCode, trap } = runBare(elf, isa, tier, limits);
        if (exitCode === 0) return stdout;
        return { fault: trap ? `trap ${JSON.stringify(trap)}` : `exit status ${exitCode}` };
      } catch (error) {
        return { fault: error instanceof Error ? (error.stack ?? error.message) : String(error) };
      }
    },
  };
}

/** The host where it has the architecture and `emulated` is false, else QEMU. */
export function referenceMachine<Case>(set: InstructionSet<Case>, emulated: boolean): Machine {
  const { arch, cpu } = set.reference;
  const native = set.reference.native && !emulated;
  return {
    name: native ? 'this processor' : `qemu-${arch}`,
    run({ elf, rows }) {
      const timeoutMs = startMs + referenceMs * rows.length;
      try {
        const result = runReference(elf, arch, { cpu, native, timeoutMs });
        if (!result) throw new Error(`the reference of ${set.name} is missing`);
        if (result.exitCode === 0) return result.stdout;
        return { fault: result.signal ?? `exit status ${result.exitCode}` };
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ETIMEDOUT') {
          return { fault: `no end within ${timeoutMs} ms` };
        }
        throw error;
      }
    },
  };
}

const programs = new WeakMap<readonly unknown[], Program>();

/** The program of a list of cases, made once. */
export function programOf<Case>(set: InstructionSet<Case>, cases: readonly Case[]): Program {
  let program = programs.get(cases);
  if (!program) programs.set(cases, (program = set.program(cases)));
  return program;
}

/** What becomes of each case. A program that does not end well is halved until it is one case. */
export function outcomes<Case>(
  set: InstructionSet<Case>,
  cases: readonly Case[],
  machine: Machine,
): Outcome[] {
  if (cases.length === 0) return [];
  const output = machine.run(programOf(set, cases));
  if (output instanceof Uint8Array) return cases.map((_, n) => set.result(output, n));
  if (cases.length === 1) return [output];
  const middle = cases.length >> 1;
  return [
    ...outcomes(set, cases.slice(0, middle), machine),
    ...outcomes(set, cases.slice(middle), machine),
  ];
}

/** Whether two results are different; never where the reference itself faults. */
export function differ(expected: Outcome, got: Outcome): boolean {
  if (!(expected instanceof Uint8Array)) return false;
  return !(got instanceof Uint8Array) || Buffer.compare(expected, got) !== 0;
}

/** What two results differ in, as text. */
export function explain<Case>(
  set: InstructionSet<Case>,
  expected: Outcome,
  got: Outcome,
): readonly string[] {
  if (!(expected instanceof Uint8Array)) return [`the reference ended with ${expected.fault}`];
  if (!(got instanceof Uint8Array)) return [`expected no fault, got ${got.fault}`];
  return set.differences(expected, got);
}
