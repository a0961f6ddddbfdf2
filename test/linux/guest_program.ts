/**
 * Tiny guest programs written as lists of system calls, in machine code of any architecture here,
 * so that one test runs under stiletto and, where installed, natively and under qemu-user.
 *
 * Results live in slots of the data segment; what is reported is written to standard output as
 * 64-bit numbers at the end.
 */

import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { abis } from '../../src/linux/abi/registry.ts';
import type { ExecRequest, ExecResult } from '../../src/machine/machine.ts';
import type { TranslatorOptions } from '../../src/machine/translator.ts';
import { createTranslatorMachine } from '../../src/machine/translator.ts';
import { memoryContent } from '../../src/rootfs/content.ts';
import type { DirectoryNode, Node } from '../../src/rootfs/node.ts';
import { elfBase, writeElf } from '../isa/elf_writer.ts';
import { type Assembler, assemblers } from './guest_assembler.ts';

export type Architecture = 'amd64' | 'arm64' | 's390x';
export const architectures: readonly Architecture[] = ['amd64', 'arm64', 's390x'];

/** A slot that holds a call's result. */
export interface Slot {
  readonly slot: number;
}

export type Argument = number | bigint | Slot;

const dataBase = elfBase + 0x200000;
/** Free guest memory for buffers: zeroed, 32 KiB. */
export const scratch: number = dataBase + 0x8000;

export class GuestProgram {
  readonly architecture: Architecture;
  readonly #assembler: Assembler;
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #reported: number[] = [];
  readonly #data: Uint8Array = new Uint8Array(0x8000);
  #slots = 0;

  constructor(architecture: Architecture) {
    this.architecture = architecture;
    const abi = abis.find((one) => one.architecture === architecture)!;
    this.#numbers = new Map(Array.from(abi.syscalls, ([number, name]) => [name, number]));
    this.#assembler = assemblers[architecture]();
  }

  get littleEndian(): boolean {
    return this.architecture !== 's390x';
  }

  #address(slot: number): number {
    return dataBase + 8 * slot;
  }

  /** A slot with an initial value. */
  value(value: bigint | number): Slot {
    const slot = this.#slots++;
    const view = new DataView(this.#data.buffer);
    view.setBigInt64(8 * slot, BigInt(value), this.littleEndian);
    return { slot };
  }

  /** Guest address of a slot. */
  addressOf({ slot }: Slot): number {
    return this.#address(slot);
  }

  /** Bytes in the data segment; returns their guest address. */
  bytes(bytes: Uint8Array): number {
    const address = this.#address(this.#slots);
    this.#data.set(bytes, 8 * this.#slots);
    this.#slots += Math.ceil(bytes.length / 8);
    return address;
  }

  /** A zero-terminated string. */
  text(text: string): number {
    return this.bytes(new TextEncoder().encode(`${text}\0`));
  }

  /** 64-bit words in the guest's byte order. */
  words(...words: readonly (number | bigint)[]): number {
    const bytes = new Uint8Array(8 * words.length);
    const view = new DataView(bytes.buffer);
    words.forEach((word, n) => {
      view.setBigUint64(8 * n, BigInt.asUintN(64, BigInt(word)), this.littleEndian);
    });
    return this.bytes(bytes);
  }

  /** Makes a system call and keeps its result. */
  call(name: string, ...args: readonly Argument[]): Slot {
    const number = this.#numbers.get(name);
    if (number === undefined) throw new Error(`${this.architecture} has no call ${name}`);
    const result = this.value(0);
    args.forEach((argument, n) => {
      if (typeof argument === 'object')
        this.#assembler.loadArgument(n, this.#address(argument.slot));
      else this.#assembler.setArgument(n, BigInt(argument));
    });
    this.#assembler.syscall(number, this.#address(result.slot));
    return result;
  }

  /** fork through clone, whose argument order differs. */
  fork(flags: number = 17): Slot {
    const args = this.architecture === 's390x' ? [0, flags] : [flags, 0];
    return this.call('clone', ...args, 0, 0, 0);
  }

  /** Code that runs only where a slot is zero (the child of a fork). */
  ifZero({ slot }: Slot, body: () => void): void {
    const patch = this.#assembler.skipUnlessZero(this.#address(slot));
    body();
    patch();
  }

  /** Reads a 64-bit word of guest memory into a new slot. */
  load(address: number): Slot {
    const result = this.value(0);
    this.#assembler.copyWord(address, this.#address(result.slot));
    return result;
  }

  /** Writes a slot's value to guest memory. */
  store({ slot }: Slot, address: number): void {
    this.#assembler.copyWord(this.#address(slot), address);
  }

  /**
   * A signal handler that stores the signal's number to a slot and returns; with `skip` it first
   * moves the interrupted pc over a faulting instruction. Returns the handler's guest address.
   */
  handler(into: Slot, skip: number = 0): number {
    return elfBase + this.#assembler.handler(this.#address(into.slot), skip);
  }

  /** Guest address of code that calls rt_sigreturn, for SA_RESTORER. */
  restorer(): number {
    return elfBase + this.#assembler.restorer();
  }

  /** rt_sigaction with SA_SIGINFO and SA_RESTORER (s390x has another frame without SA_SIGINFO). */
  action(signal: number, handler: number, flags: number = 0, mask: bigint = 0n): Slot {
    const action = this.words(handler, flags | 0x04000004, this.restorer(), mask);
    return this.call('rt_sigaction', signal, action, 0, 8);
  }

  /** An instruction that faults; returns its length for `handler`'s `skip`. */
  fault(kind: 'memory' | 'illegal' | 'divide', emit: boolean = true): number {
    return this.#assembler.fault(kind, emit);
  }

  /** Puts a slot into the program's output. */
  report(...slots: readonly Slot[]): void {
    for (const { slot } of slots) this.#reported.push(slot);
  }

  /** The ELF file: ends with the report and exit_group(0). */
  build(): Uint8Array {
    for (const slot of this.#reported) this.call('write', 1, this.#address(slot), 8);
    this.call('exit_group', 0);
    const machine = { amd64: 'x86_64', arm64: 'aarch64', s390x: 's390x' } as const;
    return writeElf({
      machine: machine[this.architecture],
      littleEndian: this.littleEndian,
      code: this.#assembler.code(),
      data: this.#data,
    });
  }
}

/** Reported slots as signed numbers. */
export function decodeReport(program: GuestProgram, output: Uint8Array): number[] {
  const view = new DataView(output.buffer, output.byteOffset, output.byteLength);
  return Array.from({ length: output.length >> 3 }, (_, n) =>
    Number(view.getBigInt64(8 * n, program.littleEndian)),
  );
}

const metadata = { mode: 0o755, uid: 0, gid: 0, mtime: 0n };

/** A directory node. */
export function directory(entries: Record<string, Node>): DirectoryNode {
  const sorted = Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1));
  return { kind: 'directory', ...metadata, entries: new Map(sorted) };
}

/** An executable file, or one with another mode. */
export function file(bytes: Uint8Array | string, mode: number = 0o755): Node {
  const content = memoryContent(
    typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes,
  );
  return { kind: 'file', ...metadata, mode, content };
}

export interface RunResult extends ExecResult {
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

/** Runs a command of a tree in a fresh machine. */
export async function runTree(
  tree: Record<string, Node>,
  request: Partial<ExecRequest> & { readonly args: readonly string[] },
  options: Partial<TranslatorOptions> = {},
): Promise<RunResult> {
  const out: Uint8Array[] = [];
  const errors: Uint8Array[] = [];
  const machine = createTranslatorMachine({
    seed: 1n,
    epoch: 1_600_000_000_000_000_000n,
    ...options,
  });
  const result = await machine.exec({
    platform: { os: 'linux', architecture: 'amd64' },
    rootfs: directory({ tmp: directory({}), ...tree }),
    mounts: [],
    env: [],
    cwd: '/',
    uid: 0,
    gid: 0,
    groups: [],
    hostname: 'guest',
    stdout: (bytes) => out.push(bytes),
    stderr: (bytes) => errors.push(bytes),
    ...request,
  });
  return { ...result, stdout: join8(out), stderr: new TextDecoder().decode(join8(errors)) };
}

function join8(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** Runs a program in stiletto: its reported numbers. */
export async function run(
  program: GuestProgram,
  options?: Partial<TranslatorOptions>,
): Promise<number[]> {
  const { architecture } = program;
  const tree = { program: file(program.build()) };
  const platform = { os: 'linux', architecture };
  const result = await runTree(tree, { args: ['/program'], platform }, options);
  return decodeReport(program, result.stdout);
}

const emulators = {
  amd64: undefined,
  arm64: '/usr/bin/qemu-aarch64-static',
  s390x: '/usr/bin/qemu-s390x-static',
} as const;

/** Runs a program on real Linux: its numbers, or undefined where that is not possible here. */
export function runOnLinux(program: GuestProgram): number[] | undefined {
  const emulator = emulators[program.architecture];
  const native = process.platform === 'linux' && process.arch === 'x64';
  if (!native || (emulator && !existsSync(emulator))) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'stiletto-program-'));
  try {
    const path = join(folder, 'program');
    writeFileSync(path, program.build());
    chmodSync(path, 0o755);
    const command = emulator ? [emulator, path] : [path];
    const { stdout } = spawnSync(command[0]!, command.slice(1), { timeout: 20_000 });
    return decodeReport(program, new Uint8Array(stdout));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Runs a program here and, where possible, on real Linux; both must report `expected`. Where QEMU
 * is known to be wrong, `qemuWrong` says why and only native programs are compared.
 */
export async function check(
  program: GuestProgram,
  expected: readonly number[],
  qemuWrong?: string,
): Promise<void> {
  expect(await run(program)).toEqual(expected);
  if (qemuWrong && program.architecture !== 'amd64') return;
  const real = runOnLinux(program);
  if (real) expect(real, 'real Linux').toEqual(expected);
}
