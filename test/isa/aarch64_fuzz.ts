/**
 * Compares random AArch64 programs under QEMU, our interpreter and our translator until stopped:
 * node scripts/run.js test/isa/aarch64_fuzz.ts [SEED [PROGRAMS [INSTRUCTIONS-OF-A-CASE
 * [MNEMONICS]]]]
 * With EXACT=1 in the environment FPCR is random and FPSR starts at zero.
 */

import { aarch64 } from '../../src/cpu/isa/aarch64/aarch64.ts';
import { buildProgram, type Case, randomCases, stateBlockBytes } from './aarch64_programs.ts';
import { runBare } from './bare_machine.ts';
import { runReference } from './qemu.ts';

const [seedText = '1', programsText = '1000000', lengthText = '32', only] = process.argv.slice(2);
// biome-ignore lint/complexity/useLiteralKeys: an index signature.
const exact = process.env['EXACT'] === '1';
const casesOfProgram = 830;
const referenceOptions = { cpu: 'max,pauth=off' };

function stateOf(stdout: Uint8Array, n: number): DataView {
  return new DataView(stdout.buffer, stdout.byteOffset + n * stateBlockBytes, stateBlockBytes);
}

function fieldName(at: number): string {
  if (at >= 768) return 'memory';
  if (at >= 256) return `v${(at - 256) >> 4}.d[${(at >> 3) & 1}]`;
  return at === 240 ? 'sp' : at === 248 ? 'fpcr:nzcv,fpsr' : `x${at >> 3}`;
}

/** Names and values of what differs in case n. */
function differences(expected: Uint8Array, got: Uint8Array, n: number): string[] {
  const a = stateOf(expected, n);
  const b = stateOf(got, n);
  const found: string[] = [];
  for (let at = 0; at < stateBlockBytes; at += 8) {
    const [x, y] = [a.getBigUint64(at, true), b.getBigUint64(at, true)];
    if (x !== y) found.push(`${fieldName(at)}: ${x.toString(16)} is ${y.toString(16)}`);
  }
  return found;
}

function listing({ words }: Case): string[] {
  const view = new DataView(Int32Array.from(words).buffer);
  return words.map((word, n) => {
    const { text } = aarch64.disassemble(view, n * 4, 0);
    return `  ${(word >>> 0).toString(16).padStart(8, '0')}  ${text}`;
  });
}

/** Sources of a case: registers its first instruction may read, for a report. */
function inputs(one: Case): string {
  const view = new DataView(one.state.buffer);
  const word = one.words[0]!;
  const registers = [word & 31, (word >> 5) & 31, (word >> 16) & 31];
  const wide = (at: number): string => view.getBigUint64(at, true).toString(16);
  const text = registers.map((n) => {
    const x = n < 31 ? ` x${n}=${wide(n * 8)}` : '';
    return `${x} v${n}=${wide(256 + n * 16 + 8)}:${wide(256 + n * 16)}`;
  });
  return `  input nzcv=${wide(248)}${text.join('')}`;
}

/** The case with every instruction removed that is not needed for a difference. */
function minimised(one: Case, tier: 'interpreter' | 'translator'): Case {
  let words = one.words;
  for (;;) {
    const shorter = words.map((_, n) => ({ ...one, words: words.filter((_, i) => i !== n) }));
    const elf = buildProgram(shorter, exact);
    const reference = runReference(elf, 'aarch64', referenceOptions);
    const ours = runBare(elf, aarch64, tier);
    if (!reference || ours.stdout.length !== reference.stdout.length) break;
    const smaller = shorter.find((_, n) => differences(reference.stdout, ours.stdout, n).length);
    if (!smaller) break;
    words = smaller.words;
  }
  return { ...one, words };
}

let programs = 0;
let instructions = 0;
let failures = 0;
for (let seed = Number(seedText); programs < Number(programsText); seed++, programs++) {
  const cases = randomCases({
    seed,
    cases: casesOfProgram,
    instructionsMax: Number(lengthText),
    firstRow: seed * casesOfProgram,
    exact,
    ...(only ? { only: new RegExp(only) } : {}),
  });
  const elf = buildProgram(cases, exact);
  const reference = runReference(elf, 'aarch64', referenceOptions);
  if (!reference) break;
  if (reference.exitCode !== 0) console.log(`seed ${seed}: QEMU ended with ${reference.signal}`);
  for (const tier of ['interpreter', 'translator'] as const) {
    const ours = runBare(elf, aarch64, tier);
    if (ours.exitCode !== 0) {
      console.log(`seed ${seed} ${tier}: trap ${JSON.stringify(ours.trap)}`);
      failures++;
    }
    const seen = new Set<string>();
    for (const [n, one] of cases.entries()) {
      if (ours.stdout.length === 0) break;
      const found = differences(reference.stdout, ours.stdout, n);
      if (found.length === 0) continue;
      failures++;
      const name = listing(one)[0]!.slice(12).split(' ')[0]!;
      if (seen.has(name)) continue;
      seen.add(name);
      console.log(`seed ${seed} case ${n} ${tier}:`, found.slice(0, 4).join('; '));
      const small = minimised(one, tier);
      console.log([...listing(small), inputs(small)].join('\n'));
    }
  }
  instructions += cases.reduce((sum, { words }) => sum + words.length, 0);
  if (programs % 10 === 9) console.log(`${instructions} instructions, ${failures} failures`);
}
console.log(`${instructions} instructions, ${failures} failures`);
process.exitCode = failures ? 1 : 0;
