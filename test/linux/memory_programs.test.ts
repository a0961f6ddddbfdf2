/**
 * What C programs see of memory, on every architecture, against what they saw on real Linux: one
 * program, one transcript. `UPDATE_TRANSCRIPTS=1` records it natively (x86-64 hosts only).
 */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { compilersOf } from '../compiled/build.ts';
import { requireTool } from '../tools.ts';
import { architectures, directory, file, runTree } from './guest_program.ts';

const source = new URL('./programs/memory.c', import.meta.url).pathname;
const transcript = new URL('./transcripts/memory.txt', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'stiletto-memory-'));
afterAll(() => rmSync(folder, { recursive: true }));

function compile(compiler: string): string {
  const program = join(folder, compiler);
  const made = spawnSync(compiler, ['-O1', '-w', '-static', '-o', program, source]);
  expect(String(made.stderr)).toBe('');
  return program;
}

describe.each(architectures)('memory of programs for %s', (architecture) => {
  const [compiler] = compilersOf(architecture);
  test.runIf(requireTool(compiler))('is what it is on Linux', { timeout: 120_000 }, async () => {
    const program = compile(compiler);
    if (architecture === 'amd64' && process.arch === 'x64' && process.platform === 'linux') {
      const native = spawnSync(program, [], { encoding: 'utf8' }).stdout;
      if (process.env.UPDATE_TRANSCRIPTS === '1') writeFileSync(transcript, native);
      expect(native, 'natively').toBe(readFileSync(transcript, 'utf8'));
    }
    const tree = { program: file(readFileSync(program)), tmp: directory({}) };
    const platform = { os: 'linux', architecture } as const;
    const { stdout, exitCode } = await runTree(tree, { args: ['/program'], platform });
    expect(new TextDecoder().decode(stdout)).toBe(readFileSync(transcript, 'utf8'));
    expect(exitCode).toBe(0);
  });
});
