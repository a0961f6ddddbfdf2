/**
 * Long runs of random x86-64 programs against the host itself or QEMU:
 *   node scripts/run.js test/isa/x86_fuzz.ts [--seed N] [--programs N] [--tier T] [--only REGEXP]
 * [--qemu] [--exact]
 * Prints every difference minimised, with the seed to repeat it. With `--record FILE` it writes the
 * transcript
 * of the fixed programs instead, from the host's own processor.
 */

import { writeFileSync } from 'node:fs';
import type { TierPolicy } from '../../src/cpu/cpu.ts';
import { aluRows } from '../../src/cpu/isa/x86/alu.ts';
import { avxRows } from '../../src/cpu/isa/x86/avx.ts';
import { bitRows } from '../../src/cpu/isa/x86/bits.ts';
import { bmiRows } from '../../src/cpu/isa/x86/bmi.ts';
import { controlRows } from '../../src/cpu/isa/x86/control.ts';
import { cryptoRows } from '../../src/cpu/isa/x86/crypto.ts';
import { fmaRows } from '../../src/cpu/isa/x86/fma.ts';
import { moveRows } from '../../src/cpu/isa/x86/move.ts';
import type { Row } from '../../src/cpu/isa/x86/row.ts';
import { shiftRows } from '../../src/cpu/isa/x86/shift.ts';
import { sseFloatRows } from '../../src/cpu/isa/x86/sse_float.ts';
import { sseIntegerRows } from '../../src/cpu/isa/x86/sse_integer.ts';
import { sseStringRows } from '../../src/cpu/isa/x86/sse_string.ts';
import { stringRows } from '../../src/cpu/isa/x86/string.ts';
import { systemRows } from '../../src/cpu/isa/x86/system.ts';
import { vexFormRows } from '../../src/cpu/isa/x86/vex.ts';
import { table, x86_64 } from '../../src/cpu/isa/x86/x86_64.ts';
import { x87Rows } from '../../src/cpu/isa/x86/x87.ts';
import { runBare } from './bare_machine.ts';
import { runReference } from './qemu.ts';
import {
  caseHash,
  caseResult,
  makeProgram,
  type Program,
  type ProgramOptions,
  transcriptOptions,
  transcriptPrograms,
} from './x86_generate.ts';

const argument = (name: string, fallback: string): string => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : (process.argv[at + 1] ?? '');
};

const seed = Number(argument('seed', '1'));
const programs = Number(argument('programs', '20'));
const cases = Number(argument('cases', '200'));
const length = Number(argument('length', '12'));
const tier = argument('tier', 'interpreter') as TierPolicy;
const only = new RegExp(argument('only', '.'));
const exact = process.argv.includes('--exact');
const native = !process.argv.includes('--qemu');
const parts = {
  alu: aluRows,
  shift: shiftRows,
  move: moveRows,
  bits: bitRows,
  bmi: bmiRows,
  string: stringRows,
  control: controlRows,
  system: systemRows,
  float: sseFloatRows,
  integer: sseIntegerRows,
  sse42: sseStringRows,
  x87: x87Rows,
  vex: vexFormRows,
  avx: avxRows,
  fma: fmaRows,
  crypto: cryptoRows,
};
const chosen = argument('parts', Object.keys(parts).join(',')).split(',') as (keyof typeof parts)[];
const encodings = new Set(chosen.flatMap((name) => parts[name].map((row) => row[0])));
const rows: readonly Row[] = table.rows.filter(
  (row) => encodings.has(row.encoding) && only.test(`${row.encoding} ${row.syntax}`),
);
const reportsMax = 12;

function reference(program: Program): Uint8Array | undefined {
  const result = runReference(program.elf, 'x86_64', { native, cpu: 'max' });
  if (result?.exitCode !== 0) {
    console.log(`reference ended with ${result?.exitCode} ${result?.signal}`);
    return undefined;
  }
  return result.stdout;
}

function ours(program: Program): Uint8Array | undefined {
  const result = runBare(program.elf, x86_64, tier);
  if (result.exitCode === 0) return result.stdout;
  console.log(`trap ${JSON.stringify(result.trap)}`);
  return undefined;
}

function disassembly(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { text, bytes: size } = x86_64.disassemble(view, at, at);
    const hex = Array.from(bytes.slice(at, at + size), (b) => b.toString(16).padStart(2, '0'));
    lines.push(`    ${hex.join(' ').padEnd(32)} ${text}`);
    at += Math.max(size, 1);
  }
  return lines.join('\n');
}

const fieldName = (at: number): string => {
  if (at < 32) return `fx+${at}`;
  if (at < 160) return `st${(at - 32) >> 4}`;
  if (at < 416) return `xmm${(at - 160) >> 4}`;
  if (at < 512) return `fx+${at}`;
  if (at < 640) return `r${(at - 512) >> 3}`;
  if (at < 656) return 'rflags';
  return at < 912 ? `ymm${(at - 656) >> 4}` : `memory+${at - 912}`;
};

function showDifference(a: Uint8Array, b: Uint8Array): string {
  const unit = (at: number): number => (at < 32 ? 2 : at < 416 || (at >= 656 && at < 912) ? 16 : 8);
  const lines: string[] = [];
  for (let at = 0; at < a.length; at += unit(at)) {
    const [p, q] = [a.slice(at, at + unit(at)), b.slice(at, at + unit(at))];
    const text = (x: Uint8Array): string =>
      Array.from(x, (v) => v.toString(16).padStart(2, '0'))
        .reverse()
        .join('');
    if (text(p) !== text(q)) lines.push(`    ${fieldName(at)}: expected ${text(p)} got ${text(q)}`);
  }
  return lines.join('\n');
}

function differs(options: ProgramOptions, index: number): [Uint8Array, Uint8Array] | undefined {
  const program = makeProgram(options);
  const [expected, got] = [reference(program), ours(program)];
  if (!expected) return undefined;
  const [a, b] = [caseResult(expected, index), got ? caseResult(got, index) : new Uint8Array(0)];
  return Buffer.compare(a, b) === 0 ? undefined : [a, b];
}

/** Drops instructions one by one while the difference stays. */
function minimise(options: ProgramOptions, index: number): void {
  let kept = new Set(Array.from({ length }, (_, n) => n));
  const attempt = (instructions: Set<number>): [Uint8Array, Uint8Array] | undefined =>
    differs({ ...options, only: [{ index, instructions }] }, 0);
  for (let n = length - 1; n >= 0; n--) {
    const fewer = new Set(kept);
    fewer.delete(n);
    if (attempt(fewer)) kept = fewer;
  }
  const result = attempt(kept);
  const program = makeProgram({ ...options, only: [{ index, instructions: kept }] });
  console.log(`seed ${options.seed} case ${index}:\n${disassembly(program.code[0]!)}`);
  if (result) console.log(showDifference(...result));
}

/** Names the case that ends the reference. */
function reportFault(options: ProgramOptions): void {
  for (let index = 0; index < options.cases; index++) {
    const program = makeProgram({ ...options, only: [{ index }] });
    if (reference(program)) continue;
    console.log(`seed ${options.seed} case ${index}:\n${disassembly(program.code[0]!)}`);
    return;
  }
}

/** Writes what the host itself answers to the fixed programs. */
function record(file: string): void {
  const hashes: string[] = [];
  for (let n = 0; n < transcriptPrograms.programs; n++) {
    const program = makeProgram(transcriptOptions(table.rows, n));
    const output = reference(program);
    if (!output) throw new Error(`program ${n} does not run here`);
    const { cases } = transcriptPrograms;
    hashes.push(Array.from({ length: cases }, (_, index) => caseHash(output, index)).join(''));
  }
  writeFileSync(file, `${JSON.stringify({ ...transcriptPrograms, hashes }, null, 1)}\n`);
}

function fuzz(): void {
  let total = 0;
  let reports = 0;
  for (let n = 0; n < programs && reports < reportsMax; n++) {
    const options: ProgramOptions = { seed: seed + n, cases, length, rows, exact };
    const program = makeProgram(options);
    total += program.instructions;
    const expected = reference(program);
    if (!expected) {
      reportFault(options);
      reports++;
      break;
    }
    const got = ours(program);
    for (let index = 0; index < cases && reports < reportsMax; index++) {
      const a = caseResult(expected, index);
      const b = got ? caseResult(got, index) : new Uint8Array(0);
      if (Buffer.compare(a, b) === 0) continue;
      minimise(options, index);
      reports++;
    }
  }
  console.log(`${total} instructions, ${rows.length} rows, ${reports} differences reported`);
  if (reports) process.exitCode = 1;
}

const transcript = argument('record', '');
if (transcript) record(transcript);
else fuzz();
