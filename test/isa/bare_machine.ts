/**
 * The least that runs a static ELF file: memory, a stack, and the system calls write, brk, exit,
 * exit_group, and what a C library needs before main. For tests of processors; `src/linux` is the
 * real thing.
 */

import type { TranslationCache } from '../../src/cpu/cpu.ts';
import { type Cpu, createCpu, createTranslationCache, type TierPolicy } from '../../src/cpu/cpu.ts';
import type { Isa } from '../../src/cpu/isa/isa.ts';
import { resetRegisters } from '../../src/cpu/isa/x86/x86_64.ts';
import { right, rightsTableBytes } from '../../src/cpu/protection.ts';
import { guestBias, memoryPagesMax, stateOffset } from '../../src/cpu/state.ts';
import type { Trap } from '../../src/cpu/trap.ts';

interface Convention {
  /** Names of slots. */
  readonly number: string;
  readonly args: readonly string[];
  readonly result: string;
  readonly sp: string;
  readonly calls: Readonly<Record<number, 'write' | 'exit' | 'brk' | 'uname' | 'tls' | 'ok'>>;
  /** Whether a system call's number may be the trap's detail. */
  readonly numberInDetail?: boolean;
}

/** System-call conventions: syscall(2), and the architectures' unistd.h. */
// biome-ignore format: a table
const conventions: Readonly<Record<string, Convention>> = {
  x86_64: {
    number: 'rax',
    args: ['rdi', 'rsi', 'rdx'],
    result: 'rax',
    sp: 'rsp',
    calls: {
      1: 'write', 12: 'brk', 60: 'exit', 231: 'exit', 63: 'uname', 158: 'tls',
      // mprotect, getuid, prctl, set_tid_address, prlimit64
      10: 'ok', 102: 'ok', 157: 'ok', 218: 'ok', 302: 'ok',
    },
  },
  aarch64: {
    number: 'x8',
    args: ['x0', 'x1', 'x2'],
    result: 'x0',
    sp: 'sp',
    calls: {
      64: 'write', 214: 'brk', 93: 'exit', 94: 'exit', 160: 'uname',
      226: 'ok', 174: 'ok', 167: 'ok', 96: 'ok', 261: 'ok',
    },
  },
  s390x: {
    number: 'r1',
    args: ['r2', 'r3', 'r4'],
    result: 'r2',
    sp: 'r15',
    calls: {
      4: 'write', 45: 'brk', 1: 'exit', 248: 'exit', 122: 'uname',
      125: 'ok', 199: 'ok', 172: 'ok', 252: 'ok', 334: 'ok',
    },
    numberInDetail: true,
  },
};

export interface BareResult {
  readonly stdout: Uint8Array;
  /** null when the program ended by a trap. */
  readonly exitCode: number | null;
  readonly trap: Trap | null;
  /** Guest instructions executed. */
  readonly instructions: bigint;
  readonly cpu: Cpu;
  readonly memory: WebAssembly.Memory;
}

export interface BareOptions {
  readonly args?: readonly string[];
  /** Instructions of one `run`; small values test preemption. */
  readonly quantum?: number;
  /** Instructions after which the program is stopped with an error. */
  readonly instructionsMax?: number;
  readonly cache?: TranslationCache;
  /** Whether accesses are checked: everything below the end of memory may be read and written. */
  readonly checked?: boolean;
}

const stackBytes = 0x100000;
const heapBytes = 0x400000;
const errnoNoSys = 38;

/** Runs an ELF file until it exits or traps. */
export function runBare(
  elf: Uint8Array,
  isa: Isa,
  tier: TierPolicy = 'tiered',
  options: BareOptions = {},
): BareResult {
  const convention = conventions[isa.name];
  if (!convention) throw new Error(`no system-call convention for ${isa.name}`);
  const memory = new WebAssembly.Memory({ initial: 1, maximum: memoryPagesMax });
  const image = loadElf(elf, isa, memory);
  const stackTop = image.end + heapBytes + stackBytes;
  growTo(memory, stackTop);
  const allocate = (bytes: number): number => {
    const address = memory.buffer.byteLength + guestBias;
    growTo(memory, address + bytes);
    return address;
  };
  const cpu = createCpu({
    isa,
    memory,
    tier,
    cache: options.cache ?? createTranslationCache(),
    entropy: () => 0x0123456789abcdefn,
    allocate,
    ...(options.checked === false ? {} : { rights: allocate(rightsTableBytes) }),
  });
  cpu.protect(0x10000, stackTop, right.read | right.write | right.execute);
  const machine = { isa, memory, convention, cpu, brk: image.end };
  if (isa.name === 'x86_64') resetRegisters(new DataView(memory.buffer));
  const sp = writeStack(machine, stackTop, options.args ?? ['program'], image);
  setSlot(machine, convention.sp, sp);
  if (isa.name === 's390x') setSlot(machine, 'r15', sp);
  new DataView(memory.buffer).setUint32(stateOffset.pc, image.entry, true);
  return execute(machine, options);
}

interface Machine {
  readonly isa: Isa;
  readonly memory: WebAssembly.Memory;
  readonly convention: Convention;
  readonly cpu: Cpu;
  brk: number;
}

function execute(machine: Machine, options: BareOptions): BareResult {
  const { cpu, memory } = machine;
  const chunks: Uint8Array[] = [];
  const limit = BigInt(options.instructionsMax ?? 2_000_000_000);
  const finish = (exitCode: number | null, trap: Trap | null): BareResult => {
    const stdout = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    let at = 0;
    for (const chunk of chunks) {
      stdout.set(chunk, at);
      at += chunk.length;
    }
    return { stdout, exitCode, trap, instructions: cpu.instructionCount, cpu, memory };
  };
  for (;;) {
    const trap = cpu.run(options.quantum ?? 1_000_000);
    if (cpu.instructionCount > limit) throw new Error(`more than ${limit} guest instructions`);
    if (trap.kind === 'fuel') continue;
    if (trap.kind !== 'syscall') return finish(null, trap);
    const exit = systemCall(machine, trap, chunks);
    if (exit !== null) return finish(exit, null);
  }
}

/** Answers a system call; a number is the exit status. */
function systemCall(machine: Machine, trap: Trap, chunks: Uint8Array[]): number | null {
  const { convention, memory } = machine;
  const inRegister = Number(getSlot(machine, convention.number) & 0xffffffffn);
  const number = convention.numberInDetail && trap.detail !== 0 ? trap.detail : inRegister;
  const [a, b, c] = convention.args.map((name) =>
    Number(BigInt.asUintN(32, getSlot(machine, name))),
  ) as [number, number, number];
  switch (convention.calls[number]) {
    case 'write':
      chunks.push(new Uint8Array(memory.buffer).slice(b - guestBias, b - guestBias + c));
      setSlot(machine, convention.result, c);
      return null;
    case 'brk':
      if (a > machine.brk) machine.brk = a;
      setSlot(machine, convention.result, machine.brk);
      return null;
    case 'uname':
      new Uint8Array(memory.buffer).set(utsname(machine.isa.name), a - guestBias);
      setSlot(machine, convention.result, 0);
      return null;
    case 'tls':
      // arch_prctl(ARCH_SET_FS, address)
      setSlot(machine, 'fs_base', b);
      setSlot(machine, convention.result, 0);
      return null;
    case 'ok':
      setSlot(machine, convention.result, 0);
      return null;
    case 'exit':
      return a & 0xff;
    default:
      setSlot(machine, convention.result, -errnoNoSys);
      return null;
  }
}

/** struct new_utsname: six strings of 65 bytes. */
function utsname(machine: string): Uint8Array {
  const bytes = new Uint8Array(6 * 65);
  ['Linux', 'bare', '6.1.0', '#1', machine, ''].forEach((text, n) => {
    bytes.set(new TextEncoder().encode(text), n * 65);
  });
  return bytes;
}

function slotOffset({ isa }: Machine, name: string): number {
  const slot = isa.slots.find((candidate) => candidate.name === name);
  if (!slot) throw new Error(`${isa.name} has no slot ${name}`);
  return slot.offset;
}

function getSlot(machine: Machine, name: string): bigint {
  const view = new DataView(machine.memory.buffer);
  return view.getBigUint64(slotOffset(machine, name), true);
}

function setSlot(machine: Machine, name: string, value: number): void {
  const view = new DataView(machine.memory.buffer);
  view.setBigInt64(slotOffset(machine, name), BigInt(value), true);
}

function growTo(memory: WebAssembly.Memory, guestEnd: number): void {
  const pages = Math.ceil((guestEnd - guestBias) / 0x10000);
  const missing = pages - memory.buffer.byteLength / 0x10000;
  if (missing > 0) memory.grow(missing);
}

interface Image {
  readonly entry: number;
  /** First free guest address. */
  readonly end: number;
  readonly programHeaders: number;
  readonly programHeaderCount: number;
}

/** Copies the PT_LOAD segments of a 64-bit ELF executable to their addresses. */
function loadElf(elf: Uint8Array, isa: Isa, memory: WebAssembly.Memory): Image {
  const view = new DataView(elf.buffer, elf.byteOffset, elf.byteLength);
  const le = view.getUint8(5) === 1;
  if (le !== isa.littleEndian) throw new Error(`file is not of ${isa.name}'s byte order`);
  const wide = (at: number): number => Number(view.getBigUint64(at, le));
  const headers = wide(32);
  const count = view.getUint16(56, le);
  let end = 0;
  let programHeaders = 0;
  for (let n = 0; n < count; n++) {
    const at = headers + n * 56;
    if (view.getUint32(at, le) !== 1) continue;
    const [offset, address] = [wide(at + 8), wide(at + 16)];
    const [fileBytes, memoryBytes] = [wide(at + 32), wide(at + 40)];
    end = Math.max(end, address + memoryBytes);
    growTo(memory, end);
    new Uint8Array(memory.buffer).set(
      elf.subarray(offset, offset + fileBytes),
      address - guestBias,
    );
    if (headers >= offset && headers < offset + fileBytes)
      programHeaders = address + headers - offset;
  }
  const aligned = Math.ceil(end / 0x10000) * 0x10000;
  return { entry: wide(24), end: aligned, programHeaders, programHeaderCount: count };
}

/** argc, argv, envp, auxv as execve(2) leaves them. Gives the stack pointer. */
function writeStack(
  { isa, memory }: Machine,
  top: number,
  args: readonly string[],
  image: Image,
): number {
  const view = new DataView(memory.buffer);
  const bytes = new Uint8Array(memory.buffer);
  let at = top - 64;
  const strings = args.map((arg) => {
    const encoded = new TextEncoder().encode(`${arg}\0`);
    at -= encoded.length;
    bytes.set(encoded, at - guestBias);
    return at;
  });
  const random = top - 48;
  // AT_PHDR, AT_PHENT, AT_PHNUM, AT_PAGESZ, AT_ENTRY, AT_RANDOM, AT_HWCAP, AT_SECURE, AT_NULL
  const auxv = [
    [3, image.programHeaders],
    [4, 56],
    [5, image.programHeaderCount],
    [6, 4096],
    [9, image.entry],
    [25, random],
    [16, 0],
    [23, 0],
    [0, 0],
  ].flat();
  const words = [args.length, ...strings, 0, 0, ...auxv];
  const sp = Math.floor((at - words.length * 8) / 16) * 16;
  words.forEach((word, n) => {
    view.setBigUint64(sp - guestBias + n * 8, BigInt(word), isa.littleEndian);
  });
  return sp;
}
