/**
 * A handler of SIGSEGV, SIGFPE, SIGILL, SIGBUS or SIGTRAP sees the exact pc, fault address and
 * registers, can change them, and the program goes on with what it left: cold, in the interpreter,
 * and hot, in translated code. What real Linux gave is in `precise_faults.transcript.json`;
 * `UPDATE_TRANSCRIPTS=1` records it, natively or by QEMU.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { file, runTree } from '../linux/guest_program.ts';
import { aarch64Faults } from './faults_aarch64.ts';
import { s390xFaults } from './faults_s390x.ts';
import { x86Faults } from './faults_x86.ts';
import type { FaultSet } from './precise_faults.ts';
import { runReference } from './qemu.ts';

const sets: readonly FaultSet[] = [x86Faults, aarch64Faults, s390xFaults];

const transcriptFile = new URL('./precise_faults.transcript.json', import.meta.url);
// biome-ignore lint/complexity/useLiteralKeys: an index signature.
const update = process.env['UPDATE_TRANSCRIPTS'] === '1';

type Transcript = Readonly<Record<string, readonly string[]>>;
const transcript: Transcript = existsSync(transcriptFile)
  ? (JSON.parse(readFileSync(transcriptFile, 'utf8')) as Transcript)
  : {};

/** What real Linux gives here, on this processor or under QEMU, or undefined. */
function reference(set: FaultSet, native: boolean): string[] | undefined {
  const result = runReference(set.build(), set.qemu, { native, cpu: set.cpu ?? 'max' });
  if (!result) return undefined;
  expect(result).toMatchObject({ exitCode: 0, signal: null });
  const lines = set.lines(result.stdout);
  return set.asLinux ? lines.map(set.asLinux) : lines;
}

const withoutWrong = (set: FaultSet, lines: readonly string[]): string[] =>
  lines
    .filter((line) => !set.qemuWrong?.has(line.slice(0, line.indexOf(':'))))
    .map((line) => set.comparable?.(line) ?? line);

describe.each(sets)('precise faults: $architecture', (set) => {
  test.runIf(update)('recorded', () => {
    const lines = reference(set, true);
    expect(lines).toBeDefined();
    const all = { ...transcript, [set.architecture]: lines };
    writeFileSync(transcriptFile, `${JSON.stringify(all, null, 1)}\n`);
  });

  test.each(['interpreter', 'translator', 'tiered'] as const)('%s', async (tier) => {
    const tree = { program: file(set.build()) };
    const platform = { os: 'linux', architecture: set.architecture };
    const { stdout, exitCode } = await runTree(tree, { args: ['/program'], platform }, { tier });
    expect(exitCode).toBe(0);
    expect(set.lines(stdout)).toEqual(transcript[set.architecture]);
  });

  test('the transcript is what this processor and QEMU give today', () => {
    const expected = transcript[set.architecture]!;
    for (const native of [true, false]) {
      const lines = reference(set, native);
      if (!lines) continue;
      // On another processor, both are QEMU's.
      const own = set.architecture === 'amd64' && process.arch === 'x64';
      if (native && own) expect(lines).toEqual(expected);
      else expect(withoutWrong(set, lines)).toEqual(withoutWrong(set, expected));
    }
  });
});
