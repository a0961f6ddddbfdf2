/** s390x for the fuzzer: cases of `test/isa/s390x_programs.ts` and of `s390x_special.ts`. */

import { encode, format, type Row, readBits } from '../../../src/cpu/isa/s390x/row.ts';
import { instructions, s390x as isa } from '../../../src/cpu/isa/s390x/s390x.ts';
import {
  blockBytes,
  buildProgram,
  type Case,
  nameOf,
  ordinaryRows,
  Random,
  randomCase,
  stateWords,
} from '../../isa/s390x_programs.ts';
import { qemuWrong } from '../../isa/s390x_qemu_wrong.ts';
import { specialCase } from '../../isa/s390x_special.ts';
import { type CaseOptions, hexAt, type InstructionSet, type RowName } from './instruction_set.ts';

const casesOfProgram = 400;

/** Floating-point control words: rounding modes (bits 29…31), and no exception flags at first. */
const controls = [0, 0, 0, 0x00080000, 1, 2, 3, 7];

function cases({ seed, only }: CaseOptions): Case[] {
  const random = new Random(seed);
  const rows = only ? ordinaryRows.filter((row) => only.test(row.mnemonic)) : ordinaryRows;
  return Array.from({ length: casesOfProgram }, (_, n) => {
    if (!only && random.below(5) === 0) return specialCase(random, n);
    const length = random.below(3) ? 1 + random.below(8) : 1 + random.below(64);
    return randomCase(random, n, length, rows, random.pick(controls));
  });
}

function listing({ code }: Case): string[] {
  return code.map(([row, fields]) => {
    const bytes = encode(row, fields);
    const { high, low } = readBits(new DataView(bytes.buffer), 0);
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    return `${hex.padEnd(12)}  ${format(row, high, low, 0)}`;
  });
}

const ordinary = new Set(ordinaryRows);

function rowName(row: Row): RowName {
  const name = row.mnemonic;
  if (ordinary.has(row)) return { name };
  const wrong = qemuWrong.get(name);
  const why = wrong ? `QEMU is wrong: ${wrong.why}` : `needs preparation (${row.notes.by})`;
  return { name, apart: why };
}

/** The set as the fuzzer wants it. */
export const s390x: InstructionSet<Case> = {
  name: 's390x',
  rows: instructions.rows.map(rowName),
  reference: { arch: 's390x', cpu: 'max', native: false },
  cases,
  program: (list) => ({
    elf: buildProgram(list),
    isa,
    rows: list.map(({ code }) => code.map(([row]) => row.mnemonic)),
  }),
  result: (output, n) => output.slice(n * blockBytes, (n + 1) * blockBytes),
  parts: ({ code }) => ({ instructions: code.length, words: stateWords }),
  reduced(one, kept) {
    const block = one.block.slice();
    for (const at of stateWords) if (!kept.words.has(at)) block.fill(0, at, at + 8);
    return { block, code: one.code.filter((_, n) => kept.instructions.has(n)) };
  },
  listing,
  inputs({ block }) {
    const view = new DataView(block.buffer, block.byteOffset, block.length);
    const used = stateWords.filter((at) => view.getBigUint64(at) !== 0n);
    return used.map((at) => `${nameOf(at)}=${hexAt(view, at, 8, false)}`);
  },
  differences(expected, got) {
    const [a, b] = [expected, got].map((x) => new DataView(x.buffer, x.byteOffset, x.length));
    const lines: string[] = [];
    for (let at = 0; at < blockBytes; at += 8) {
      const [x, y] = [hexAt(a!, at, 8, false), hexAt(b!, at, 8, false)];
      if (x !== y) lines.push(`${nameOf(at)}: expected ${x}, got ${y}`);
    }
    return lines;
  },
};
