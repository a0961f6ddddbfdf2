/** x86-64 for the fuzzer: cases of `test/isa/x86_generate.ts`, against the host's processor. */

import type { Row } from '../../../src/cpu/isa/x86/row.ts';
import { table, x86_64 } from '../../../src/cpu/isa/x86/x86_64.ts';
import {
  type Choice,
  caseResult,
  makeProgram,
  type ProgramOptions,
  stateBytes,
  stateWords,
  usable,
} from '../../isa/x86_generate.ts';
import { rightInQemu } from '../../isa/x86_qemu_wrong.ts';
import { type CaseOptions, hexAt, type InstructionSet } from './instruction_set.ts';

interface Case {
  readonly options: ProgramOptions;
  readonly choice: Choice;
}

const nameOf = (row: Row): string => `${row.encoding} ${row.syntax}`;

function apart(row: Row): string | undefined {
  if (usable(row)) return undefined;
  return row.notes.includes('approximate')
    ? 'approximate by definition'
    : 'its result is not of the program alone';
}

const casesOfProgram = 800;
/** Most instructions of a case, by the seed. */
const lengths = [8, 12, 12, 32, 64];

function cases({ seed, only }: CaseOptions): Case[] {
  const rows = only ? table.rows.filter((row) => only.test(nameOf(row))) : table.rows;
  const options: ProgramOptions = {
    seed,
    cases: casesOfProgram,
    length: lengths[seed % lengths.length]!,
    rows,
    exact: seed % 2 === 1,
  };
  return Array.from({ length: casesOfProgram }, (_, index) => ({ options, choice: { index } }));
}

const made = (list: readonly Case[]): ReturnType<typeof makeProgram> =>
  makeProgram({ ...list[0]!.options, only: list.map(({ choice }) => choice) });

function listing(one: Case): string[] {
  const bytes = made([one]).code[0]!;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { text, bytes: size } = x86_64.disassemble(view, at, at);
    const hex = Array.from(bytes.slice(at, at + size), (b) => b.toString(16).padStart(2, '0'));
    lines.push(`${hex.join(' ').padEnd(32)} ${text}`);
    at += Math.max(size, 1);
  }
  return lines;
}

const names = 'rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15'.split(' ');

/** What lies at an offset of a state, and how many bytes of it belong together. */
function fieldAt(at: number): readonly [name: string, bytes: number] {
  if (at < 32) return [`fxsave+${at}`, 2];
  if (at < 160) return [`st${(at - 32) >> 4}`, 16];
  if (at < 416) return [`xmm${(at - 160) >> 4}`, 16];
  if (at < 512) return [`fxsave+${at}`, 8];
  if (at < 640) return [names[(at - 512) >> 3]!, 8];
  if (at < 656) return ['rflags', 8];
  return at < 912 ? [`ymm_high${(at - 656) >> 4}`, 16] : [`memory+${at - 912}`, 8];
}

function differences(expected: Uint8Array, got: Uint8Array): string[] {
  const [a, b] = [expected, got].map((x) => new DataView(x.buffer, x.byteOffset, x.length));
  const lines: string[] = [];
  for (let at = 0; at < expected.length; ) {
    const [name, bytes] = fieldAt(at);
    const [x, y] = [hexAt(a!, at, bytes, true), hexAt(b!, at, bytes, true)];
    if (x !== y) lines.push(`${name}: expected ${x}, got ${y}`);
    at += bytes;
  }
  return lines;
}

/** The words of the initial state of a case that are not zero. */
function inputs(one: Case): string[] {
  const view = new DataView(made([one]).data.buffer);
  const words = stateWords.filter((at) => view.getBigUint64(at, true) !== 0n);
  const control = [`fcw=${hexAt(view, 0, 2, true)}`, `mxcsr=${hexAt(view, 24, 4, true)}`];
  return [
    ...control,
    ...words.map((at) => {
      const [name, bytes] = fieldAt(at < stateBytes ? at : at - stateBytes);
      return `${name}${bytes === 16 ? `[${(at >> 3) & 1}]` : ''}=${hexAt(view, at, 8, true)}`;
    }),
  ];
}

/** The set as the fuzzer wants it. */
export const x86: InstructionSet<Case> = {
  name: 'x86',
  rows: table.rows.map((row) => {
    const reason = apart(row);
    return { name: nameOf(row), ...(reason ? { apart: reason } : {}) };
  }),
  reference: { arch: 'x86_64', cpu: 'max', native: true },
  rightInQemu,
  cases,
  program(list) {
    const { elf, rows } = made(list);
    return { elf, isa: x86_64, rows: rows.map((used) => used.map(nameOf)) };
  },
  result: caseResult,
  parts: ({ options }) => ({ instructions: options.length, words: stateWords }),
  reduced: ({ options, choice: { index } }, kept) => ({ options, choice: { index, ...kept } }),
  listing,
  inputs,
  differences,
};
