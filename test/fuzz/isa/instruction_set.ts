/** What an instruction set gives the fuzzer: random cases, and how to take them apart. */

import type { Isa } from '../../../src/cpu/isa/isa.ts';

/** A row of the instruction table. */
export interface RowName {
  readonly name: string;
  /** Why random programs leave the row out; missing where they must reach it. */
  readonly apart?: string;
}

/** A static ELF file that runs cases one after the other and writes their final states. */
export interface Program {
  readonly elf: Uint8Array;
  readonly isa: Isa;
  /** Names of the rows of each case's instructions. */
  readonly rows: readonly (readonly string[])[];
}

/** What random cases are made of. */
export interface CaseOptions {
  /** The same seed and filter make the same cases. */
  readonly seed: number;
  /** Only rows whose name matches. */
  readonly only?: RegExp;
}

/** What is kept of a case; all of what is missing here. */
export interface Reduction {
  /** Numbers of instructions. */
  readonly instructions: ReadonlySet<number>;
  /** Words of initial state; the others are zero. */
  readonly words: ReadonlySet<number>;
}

/**
 * `Case` is the set's own: a state and some instructions. Cases know nothing of each other, so any
 * of one seed may be put together to a program.
 */
export interface InstructionSet<Case> {
  /** As of `--set`. */
  readonly name: string;
  readonly rows: readonly RowName[];
  /** QEMU's name of the architecture, its `-cpu`, and whether the host may stand in for it. */
  readonly reference: { readonly arch: string; readonly cpu: string; readonly native: boolean };
  /** Names of the rows QEMU is right about; all where missing. */
  readonly rightInQemu?: RegExp;
  cases(options: CaseOptions): readonly Case[];
  program(cases: readonly Case[]): Program;
  /** The bytes of the output that are compared for case n, undefined ones made equal. */
  result(output: Uint8Array, n: number): Uint8Array;
  /** Numbers of instructions and of words of state a reduction may name. */
  parts(one: Case): { readonly instructions: number; readonly words: readonly number[] };
  reduced(one: Case, kept: Reduction): Case;
  /** The instructions as text, one a line. */
  listing(one: Case): readonly string[];
  /** The words of initial state that are not zero, as text. */
  inputs(one: Case): readonly string[];
  /** What two results differ in, as text. */
  differences(expected: Uint8Array, got: Uint8Array): readonly string[];
}

/** `0x` and a value of `bytes` bytes at `at`. */
export function hexAt(view: DataView, at: number, bytes: number, littleEndian: boolean): string {
  const digits = Array.from({ length: bytes }, (_, n) =>
    view
      .getUint8(at + n)
      .toString(16)
      .padStart(2, '0'),
  );
  return `0x${(littleEndian ? digits.reverse() : digits).join('')}`;
}
