/** AArch64 for the fuzzer: cases of `test/isa/aarch64_programs.ts`. */

import { aarch64Table, aarch64 as isa } from '../../../src/cpu/isa/aarch64/aarch64.ts';
import type { CompiledRow } from '../../../src/cpu/isa/pattern.ts';
import {
  buildProgram,
  fuzzedRows,
  type Case as Plain,
  randomCases,
  stateBlockBytes,
} from '../../isa/aarch64_programs.ts';
import { type CaseOptions, hexAt, type InstructionSet } from './instruction_set.ts';

interface Case extends Plain {
  /** Whether the program sets FPCR and all of FPSR counts. */
  readonly exact: boolean;
}

const casesOfProgram = 800;
/** Most instructions of a case, by the seed. */
const lengths = [8, 24, 24, 32, 64];

const nameOf = ({ row }: CompiledRow): string => `${row.mnemonic} ${row.pattern}`;

function cases({ seed, only }: CaseOptions): Case[] {
  const exact = seed % 2 === 1;
  const list = randomCases({
    seed,
    cases: casesOfProgram,
    instructionsMax: lengths[seed % lengths.length]!,
    firstRow: seed * casesOfProgram,
    exact,
    ...(only ? { only } : {}),
  });
  return list.map((one) => ({ ...one, exact }));
}

function listing({ words }: Case): string[] {
  const view = new DataView(Int32Array.from(words).buffer);
  return words.map((word, n) => {
    const { text } = isa.disassemble(view, n * 4, n * 4);
    return `${(word >>> 0).toString(16).padStart(8, '0')}  ${text}`;
  });
}

function fieldName(at: number): string {
  if (at >= 768) return 'digest of the memory';
  if (at >= 256) return `v${(at - 256) >> 4}.d[${(at >> 3) & 1}]`;
  return at === 240 ? 'sp' : at === 248 ? 'nzcv, fpcr or fpsr' : `x${at >> 3}`;
}

/** Registers that may be cleared: not those that hold addresses, nor the control word. */
const words = Array.from({ length: 96 }, (_, n) => n * 8).filter(
  (at) => (at < 24 * 8 || at > 31 * 8) && at !== 248,
);

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** The set as the fuzzer wants it. */
export const aarch64: InstructionSet<Case> = {
  name: 'aarch64',
  rows: aarch64Table().rows.map((row) => ({
    name: nameOf(row),
    ...(fuzzedRows().includes(row) ? {} : { apart: 'leaves the program, or QEMU is wrong' }),
  })),
  reference: { arch: 'aarch64', cpu: 'max,pauth=off', native: false },
  cases,
  program(list) {
    const exact = list[0]!.exact;
    return {
      elf: buildProgram(list, exact),
      isa,
      rows: list.map(({ words }) =>
        words.flatMap((word) => {
          const row = aarch64Table().decode(word)?.compiled;
          return row ? [nameOf(row)] : [];
        }),
      ),
    };
  },
  result: (output, n) => output.slice(n * stateBlockBytes, (n + 1) * stateBlockBytes),
  parts: (one) => ({ instructions: one.words.length, words }),
  reduced(one, kept) {
    const state = one.state.slice();
    for (const at of words) if (!kept.words.has(at)) state.fill(0, at, at + 8);
    return { ...one, state, words: one.words.filter((_, n) => kept.instructions.has(n)) };
  },
  listing,
  inputs({ state }) {
    const view = viewOf(state);
    const used = [...words, 248].filter((at) => view.getBigUint64(at, true) !== 0n);
    return used.sort((a, b) => a - b).map((at) => `${fieldName(at)}=${hexAt(view, at, 8, true)}`);
  },
  differences(expected, got) {
    const [a, b] = [viewOf(expected), viewOf(got)];
    const lines: string[] = [];
    for (let at = 0; at < stateBlockBytes; at += 8) {
      const [x, y] = [hexAt(a, at, 8, true), hexAt(b, at, 8, true)];
      if (x !== y) lines.push(`${fieldName(at)}: expected ${x}, got ${y}`);
    }
    return lines;
  },
};
