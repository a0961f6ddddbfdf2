/** The machine as a whole: starting, ending, refusing, being cancelled. */

import { describe, expect, test } from 'vitest';
import { parseScriptLine } from '../../src/linux/loader/program.ts';
import { commandCandidates } from '../../src/machine/command_lookup.ts';
import { createTranslatorMachine } from '../../src/machine/translator.ts';
import { writeElf } from '../isa/elf_writer.ts';
import {
  architectures,
  directory,
  file,
  GuestProgram,
  run,
  runTree,
  scratch,
} from './guest_program.ts';

/** A program that exits with a status. */
function exits(status: number): Uint8Array {
  const p = new GuestProgram('amd64');
  p.call('exit_group', status);
  return p.build();
}

test('platforms: three architectures of Linux', () => {
  const machine = createTranslatorMachine({ seed: 1n, epoch: 0n });
  for (const architecture of architectures) {
    expect(machine.supports({ os: 'linux', architecture })).toBe(true);
  }
  expect(machine.supports({ os: 'linux', architecture: 'riscv64' })).toBe(false);
  expect(machine.supports({ os: 'windows', architecture: 'amd64' })).toBe(false);
});

test('the exit status is the program’s; a deadly signal gives 128 + n', async () => {
  expect((await runTree({ a: file(exits(42)) }, { args: ['/a'] })).exitCode).toBe(42);
  const p = new GuestProgram('amd64');
  p.fault('memory');
  expect((await runTree({ a: file(p.build()) }, { args: ['/a'] })).exitCode).toBe(139);
});

test('a name is looked up in PATH; a missing command is 127', async () => {
  const tree = { bin: directory({ tool: file(exits(3)) }) };
  const env = ['PATH=/nowhere:/bin'];
  expect((await runTree(tree, { args: ['tool'], env })).exitCode).toBe(3);
  const missing = await runTree(tree, { args: ['absent'], env });
  expect(missing.exitCode).toBe(127);
  expect(missing.stderr).toBe('absent: not found\n');
  expect(commandCandidates('x', ['PATH=:/a'])).toEqual(['./x', '/a/x']);
});

test('what cannot be executed is 126: no permission, no program, unknown machine', async () => {
  const riscv = writeElf({ machine: 'riscv64', littleEndian: true, code: new Uint8Array(4) });
  const tree = {
    closed: file(exits(0), 0o644),
    text: file('hello'),
    riscv: file(riscv),
    folder: directory({}),
  };
  const line = async (name: string): Promise<[number, string]> => {
    const { exitCode, stderr } = await runTree(tree, { args: [name] });
    return [exitCode, stderr];
  };
  expect(await line('/closed')).toEqual([126, '/closed: Permission denied\n']);
  expect(await line('/folder')).toEqual([126, '/folder: Permission denied\n']);
  expect(await line('/text')).toEqual([126, '/text: exec format error\n']);
  const refused = '/riscv: exec format error (no machine for riscv programs)\n';
  expect(await line('/riscv')).toEqual([126, refused]);
});

test('#! lines name an interpreter, five deep at most', async () => {
  const tree: Record<string, ReturnType<typeof file>> = { program: file(exits(9)) };
  for (let n = 1; n <= 6; n++) {
    tree[`s${n}`] = file(`#! ${n === 1 ? '/program' : `/s${n - 1}`} one argument\n`);
  }
  expect((await runTree(tree, { args: ['/s5'] })).exitCode).toBe(9);
  expect((await runTree(tree, { args: ['/s6'] })).exitCode).toBe(126);
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  expect(parseScriptLine(encode('#! /bin/sh -e x \n'))).toEqual({
    interpreter: '/bin/sh',
    argument: encode('-e x'),
  });
  expect(parseScriptLine(encode('#!\n'))).toBeUndefined();
});

test('a missing working directory is EXEC_FAILED', async () => {
  const running = runTree({ a: file(exits(0)) }, { args: ['/a'], cwd: '/absent' });
  await expect(running).rejects.toMatchObject({ code: 'EXEC_FAILED' });
});

test('a program that waits for ever is a deadlock that names its call', async () => {
  const p = new GuestProgram('amd64');
  p.call('rt_sigsuspend', p.words(0), 8);
  const running = runTree({ a: file(p.build()) }, { args: ['/a'] });
  await expect(running).rejects.toMatchObject({ code: 'DEADLOCK' });
  await expect(running).rejects.toThrow('pid 1 (a) is in rt_sigsuspend');
});

test('an endless program can be cancelled', async () => {
  const controller = new AbortController();
  // jmp .
  const code = Uint8Array.of(0xeb, 0xfe);
  const loop = writeElf({ machine: 'x86_64', littleEndian: true, code });
  const running = runTree({ a: file(loop) }, { args: ['/a'], cancel: controller.signal });
  setTimeout(() => controller.abort(), 50);
  await expect(running).rejects.toMatchObject({ code: 'CANCELLED' });
});

test('children left behind end with pid 1', async () => {
  const p = new GuestProgram('amd64');
  const child = p.fork();
  p.ifZero(child, () => {
    p.call('rt_sigsuspend', p.words(0), 8);
  });
  p.call('exit_group', 4);
  expect((await runTree({ a: file(p.build()) }, { args: ['/a'] })).exitCode).toBe(4);
});

test('an amd64 program executes an arm64 one that is in the same tree', async () => {
  const other = new GuestProgram('arm64');
  other.call('exit_group', 21);
  const p = new GuestProgram('amd64');
  const path = p.text('/other');
  p.call('execve', path, p.words(path, 0), 0);
  const tree = { a: file(p.build()), other: file(other.build()) };
  expect((await runTree(tree, { args: ['/a'] })).exitCode).toBe(21);
});

test('strace lines come from the rows', async () => {
  const p = new GuestProgram('amd64');
  p.call('openat', -100, p.text('/absent'), 0, 0);
  p.call('write', 1, p.text('a\n'), 2);
  const lines: string[] = [];
  await runTree({ a: file(p.build()) }, { args: ['/a'] }, { trace: (line) => lines.push(line) });
  expect(lines).toContain('[1] openat(AT_FDCWD, "/absent", O_RDONLY, 00) = -1 ENOENT');
  expect(lines).toContain('[1] write(1, "a\\n", 2) = 2');
  expect(lines.at(-1)).toBe('[1] exit_group(0) = ?');
});

describe.each(architectures)('linux/%s', (architecture) => {
  test('randomness is a function of the seed', async () => {
    const program = (): GuestProgram => {
      const p = new GuestProgram(architecture);
      const size = p.call('getrandom', scratch, 8, 0);
      p.report(size, p.load(scratch));
      return p;
    };
    const [size, first] = await run(program(), { seed: 5n });
    expect(size).toBe(8);
    expect((await run(program(), { seed: 5n }))[1]).toBe(first);
    expect((await run(program(), { seed: 6n }))[1]).not.toBe(first);
  });

  test('the interpreter and the translator agree on what a program does', async () => {
    const program = (): GuestProgram => {
      const p = new GuestProgram(architecture);
      const seen = p.value(0);
      p.action(10, p.handler(seen));
      p.call('kill', p.call('getpid'), 10);
      p.report(seen);
      return p;
    };
    const tiers = ['interpreter', 'translator', 'tiered'] as const;
    for (const tier of tiers) expect(await run(program(), { tier }), tier).toEqual([10]);
  });
});
