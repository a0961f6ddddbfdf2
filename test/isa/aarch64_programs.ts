/**
 * Random AArch64 programs made from the instruction rows. One ELF file holds many cases; each
 * loads a random state (registers, flags, 2 KiB of memory), runs some random instructions and
 * leaves the state where it was. The program prints all states.
 */

import { aarch64Table } from '../../src/cpu/isa/aarch64/aarch64.ts';
import { type CompiledRow, type Field, randomEncoding } from '../../src/cpu/isa/pattern.ts';
import { isWrongInQemu } from './aarch64_qemu_wrong.ts';
import { dataOffset, elfBase, writeElf } from './elf_writer.ts';

/** Uniform 32-bit integers from a seed (xorshift32). */
export function generator(seed: number): () => number {
  let state = (seed ^ 0x9e3779b9) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state | 0;
  };
}

/**
 * Bytes of one state: x0…x27, x29, x30, sp, NZCV, FPSR and initial FPCR at 248, V0…V31 at 256,
 * digest at 768.
 */
export const stateBlockBytes = 784;
/** Memory the instructions work on. Bytes; the digest covers it. */
const windowBytes = 2048;
/** Room around the window for addresses that leave it. */
const marginBytes = 0x8000;

const windowAddress = elfBase + dataOffset + marginBytes;
const statesAddress = windowAddress + windowBytes + marginBytes;

/** Registers a random instruction may write; x22…x28 keep addresses and indexes. */
const writable = 22;
const pointers = [24, 25, 31] as const;

// biome-ignore format: a table
const edges: readonly (readonly [low: number, high: number])[] = [
  [0, 0], [1, 0], [-1, -1], [0, -0x80000000], [-1, 0x7fffffff], [-0x80000000, 0], [0x7fffffff, 0], [-0x80000000, -1],
  [0, 0x3ff00000], [0, 0xbff00000 | 0], [0, 0x7ff00000], [0, 0xfff00000 | 0], [0, 0x7ff80000], [1, 0x7ff00000], [5, 0xfff40000 | 0], [3, 0x7ffc0000],
  [1, 0], [-1, 0x000fffff], [0, 0x00100000], [-1, 0x7fefffff], [0, 0x3fe00000], [0, 0x40040000], [0, 0x43e00000], [0, 0xc3e00000 | 0],
  [0x3f800000, 0x3f800000], [0xbf800000 | 0, 0x3f000000], [0x7f800000, 0xff800000 | 0], [0x7fc00000, 0x7f800001], [0xffa00003 | 0, 0x7fc00007], [1, 0x80000001 | 0],
  [0x007fffff, 0x00800000], [0x7f7fffff, 0xff7fffff | 0], [0x4f000000, 0xcf000000 | 0], [0x3fc00000, 0x40200000], [0x5f000000, 0x34000000],
  [0x7fff8000, 0x80007fff | 0], [0x7f807f80, 0x80ff80ff | 0], [0x3c003c00, 0x7c00fc00], [0x7e007d01, 0x00010400],
  [0x01010101, 0x01010101], [0xffff, 0xffff0000 | 0], [0x12345678, 0x9abcdef0 | 0],
];

/** Two halves: zeros, denormals, ones, infinities, NaNs, or any. */
function halves(random: () => number): number {
  const edge = [0, 1, 0x3ff, 0x400, 0x3c00, 0x3c01, 0x7bff, 0x7c00, 0x7d01, 0x7e00, 0x4d00, 0x3800];
  const one = (): number => {
    const pick = (random() >>> 4) & 31;
    const bits = edge[pick] ?? random() & 0x7fff;
    return bits | (random() & 0x8000);
  };
  return one() | (one() << 16);
}

function value(random: () => number): [number, number] {
  const kind = random() >>> 29;
  if (kind < 3) return [random(), random()];
  const edge = edges[(random() >>> 1) % edges.length]!;
  if (kind === 3) return [edge[0], random()];
  if (kind === 4) return random() & 1 ? [random() & 0xff, 0] : [halves(random), halves(random)];
  if (kind === 5) {
    // Moderate doubles and singles, so that sums and products stay in range.
    const exponent = (): number => 0x3f800000 + ((random() & 15) - 8) * 0x800000;
    return random() & 1
      ? [random(), 0x3ff00000 + ((random() & 31) - 16) * 0x100000 + (random() & 0xfffff)]
      : [exponent() + (random() & 0x7fffff), exponent() + (random() & 0x7fffff)];
  }
  return [edge[0], edge[1]];
}

/**
 * Rows that leave the program, or depend on what differs between machines: the block of DC ZVA;
 * QEMU's user mode lacks DC CVAP.
 */
const excluded = /^(SVC|BRK|HLT|UDF|DC ZVA|DC CVAP)\b/;

/** System registers that mean the same on every machine: op0:op1:CRn:CRm:op2 as in the word. */
const systemRegisters = {
  nzcv: 0x1b4200,
  fpcr: 0x1b4400,
  fpsr: 0x1b4420,
  tpidr: 0x1bd040,
} as const;
const moveFromSystem = 0xd5200000 | 0;

/** MRS or MSR of one of them. FPSR is never set but to zero, and only with `exact`. */
function systemMove(isRead: boolean, random: () => number, exact: boolean): number {
  const { nzcv, fpcr, fpsr, tpidr } = systemRegisters;
  const target = (random() >>> 4) % writable;
  if (isRead) {
    const names = [nzcv, fpcr, fpsr, tpidr];
    return moveFromSystem | names[(random() >>> 4) % names.length]! | target;
  }
  const names = exact ? [nzcv, fpsr, tpidr] : [nzcv, tpidr];
  const name = names[(random() >>> 4) % names.length]!;
  return (moveFromSystem & ~(1 << 21)) | name | (name === fpsr ? 31 : target);
}

/** The rows random programs are made of. */
export function fuzzedRows(): CompiledRow[] {
  return aarch64Table().rows.filter(
    (r) => !excluded.test(r.row.mnemonic) && !isWrongInQemu(r.valueHigh),
  );
}

/** Chooses field values so that an instruction stays within memory and reserved registers. */
function chooser(row: CompiledRow, random: () => number): (field: Field, value: number) => number {
  const { mnemonic, pattern, syntax } = row.row;
  const atomic =
    syntax.includes('[{XnSP}]') && !syntax.includes('list') && !syntax.includes('lane');
  const memory = atomic || /[[]|address|post|pre\d|indexed/.test(syntax);
  const vector = isVectorTransfer(pattern);
  const branch = /label/.test(syntax) && !/^(LDR|PRFM)/.test(mnemonic);
  return ({ name, width }, drawn) => {
    switch (name) {
      case 'Rn':
        if (/^(BR|BLR|RET)$/.test(mnemonic)) return drawn % writable;
        if (!memory) return drawn;
        return atomic ? 26 : pointers[(drawn >>> 0) % 3]!;
      case 'Rm':
        if (memory) return drawn & 1 ? 22 : 23;
        return drawn;
      case 'Rt':
      case 'Rt2':
        if (/^(DC|IC) /.test(mnemonic)) return 24;
        if (vector) return drawn;
        return drawn % writable === 0 && drawn & 1 ? 31 : drawn % writable;
      case 'Rs':
        return drawn % writable;
      case 'Rd':
        if (usesVectors(syntax)) return drawn;
        if (/SP\b/.test(/\{Rd\w*\}/.exec(syntax)?.[0] ?? '')) return drawn % writable;
        return drawn % 25 >= writable ? 31 : drawn % writable;
      case 'imm12':
        return memory ? drawn & 63 : drawn;
      case 'imm9':
        return (random() & 7) === 0 ? drawn : ((drawn << 25) >> 25) & 0x1ff;
      case 'imm7':
        return ((drawn << 28) >> 28) & 0x7f;
      case 'imm19':
      case 'imm14':
      case 'imm26':
        return branch ? 1 + (drawn & 3) : drawn & (width > 6 ? 63 : 1);
      default:
        return drawn;
    }
  };
}

/** Whether Rd of the row is a vector register. */
function usesVectors(syntax: string): boolean {
  return /\{([VBHSDQ]d|Sd_\w+|Sh?d|Shdw?|Fd|Fzd|S5d|modified(64)?)\}/.test(syntax.split(',')[0]!);
}

/** Bit 26 of loads and stores: the transferred registers are vectors. */
function isVectorTransfer(pattern: string): boolean {
  return (aarch64Table().rows.find((r) => r.row.pattern === pattern)!.valueHigh & (1 << 26)) !== 0;
}

/** Combinations the architecture leaves open (CONSTRAINED UNPREDICTABLE). */
function unpredictable(row: CompiledRow, high: number): boolean {
  const f = row.extract(high, 0)!;
  const { mnemonic } = row.row;
  if (/^(LDP|LDNP|LD\{o0a\}XP)/.test(mnemonic) && f.Rt === f.Rt2) return true;
  if (mnemonic.startsWith('ST{o0l}X') && (f.Rs === f.Rt || f.Rs === f.Rt2)) return true;
  return false;
}

/** A random instruction word of a row. */
export function randomInstruction(row: CompiledRow, random: () => number, exact = false): number {
  const { mnemonic } = row.row;
  if (mnemonic === 'MRS' || mnemonic === 'MSR')
    return systemMove(mnemonic === 'MRS', random, exact);
  const choose = chooser(row, random);
  for (;;) {
    const { high } = randomEncoding(row, random, choose);
    if (!unpredictable(row, high)) return high;
  }
}

const nop = 0xd503201f | 0;

function moveAddress(register: number, address: number): number[] {
  const low = 0xd2800000 | ((address & 0xffff) << 5) | register;
  return [low, 0xf2a00000 | ((address >>> 16) << 5) | register];
}

/**
 * Fills the window, then loads all state from the block at x28. With `exact` FPCR is random and
 * FPSR zero; else FPCR is zero and FPSR.IXC set, where most floating-point instructions are wasm's.
 */
function prologue(exact: boolean): number[] {
  const words = [
    ...moveAddress(0, windowAddress),
    0xd2802001 | 0, // mov x1, #256
    0xf9400382 | 0, // ldr x2, [x28]
    0xf9400783 | 0, // ldr x3, [x28, #8]
    0xf8008402 | 0, // str x2, [x0], #8
    0x8b030042 | 0, // add x2, x2, x3
    0xf1000421 | 0, // subs x1, x1, #1
    0x54ffffa1, // b.ne −3 instructions
    0xf9407f80 | 0, // ldr x0, [x28, #248]
    0xd51b4200 | 0, // msr nzcv, x0
    ...(exact
      ? // lsr x0, x0, #32; msr fpcr, x0; msr fpsr, xzr
        [0xd360fc00 | 0, 0xd51b4400 | 0, 0xd51b443f | 0]
      : [0xd2800200 | 0, 0xd51b4420 | 0]), // mov x0, #16; msr fpsr, x0
    0xd5033f5f | 0, // clrex
    0xf9407b80 | 0, // ldr x0, [x28, #240]
    0x9100001f | 0, // mov sp, x0
  ];
  for (let n = 0; n < 32; n++) words.push(0x3dc00000 | ((16 + n) << 10) | (28 << 5) | n);
  for (let n = 0; n < 28; n++) words.push(0xf9400000 | (n << 10) | (28 << 5) | n);
  words.push(0xf9400000 | (28 << 10) | (28 << 5) | 29, 0xd65f03c0 | 0);
  return words;
}

/** Stores all state (x30 but for its last value) into the block at x28, and the window's digest. */
function epilogue(): number[] {
  const words: number[] = [];
  for (let n = 0; n < 28; n++) words.push(0xf9000000 | (n << 10) | (28 << 5) | n);
  words.push(0xf9000000 | (28 << 10) | (28 << 5) | 29);
  for (let n = 0; n < 32; n++) words.push(0x3d800000 | ((16 + n) << 10) | (28 << 5) | n);
  words.push(
    0x910003e0 | 0, // mov x0, sp
    0xf9007b80 | 0, // str x0, [x28, #240]
    0xd53b4200 | 0, // mrs x0, nzcv
    0xd53b4421 | 0, // mrs x1, fpsr
    0xaa010000 | 0, // orr x0, x0, x1
    0xf9007f80 | 0, // str x0, [x28, #248]
    ...moveAddress(0, windowAddress),
    0xd2802001 | 0, // mov x1, #256
    0xd2800002 | 0, // mov x2, #0
    0xf8408403 | 0, // ldr x3, [x0], #8
    0x93c21c42 | 0, // ror x2, x2, #7
    0x8b030042 | 0, // add x2, x2, x3
    0xf1000421 | 0, // subs x1, x1, #1
    0x54ffff81, // b.ne −4 instructions
    0xf9018382 | 0, // str x2, [x28, #768]
    0xd65f03c0 | 0, // ret
  );
  return words;
}

export interface Case {
  readonly words: readonly number[];
  readonly state: Uint8Array;
}

export interface ProgramOptions {
  readonly seed: number;
  readonly cases: number;
  /** Most instructions of a case. */
  readonly instructionsMax: number;
  /** Number of the row the first case starts with. */
  readonly firstRow?: number;
  /** Only rows whose mnemonic matches. */
  readonly only?: RegExp;
  /** Random FPCR; FPSR is cleared, and may be set to zero. */
  readonly exact?: boolean;
}

function isStoreExclusive(row: CompiledRow): boolean {
  return row.row.mnemonic.startsWith('ST{o0l}X');
}

/**
 * What comes before a store-exclusive: the matching load, or CLREX; after a load of another size
 * the architecture leaves the outcome open.
 */
function exclusiveBefore(store: number, random: () => number): number {
  const pair = (store & (1 << 21)) !== 0;
  const sameRegisters = (store & 31) === ((store >>> 10) & 31);
  if ((random() & 3) === 0 || (pair && sameRegisters)) return 0xd5033f5f | 0;
  return store | (1 << 22) | (31 << 16);
}

function isIndirectBranch(row: CompiledRow): boolean {
  return /^(BR|BLR|RET)$/.test(row.row.mnemonic);
}

/** BR, BLR or RET to the next instruction or over one, by an address ADR gives. */
function indirectBranch(branch: number, random: () => number): number[] {
  const register = (branch >>> 5) & 31;
  const over = random() & 1;
  const address = 0x10000040 | (over << 5) | register;
  return over ? [address, branch, 0xd2800000 | (random() & 15)] : [address, branch];
}

/** Words a branch at `word` skips, itself included; 1 for what is no direct branch. */
function branchLength(word: number): number {
  if ((word & 0x7c000000) === 0x14000000) return (word << 6) >> 6;
  const is19 = (word & 0xff000010) === 0x54000000 || (word & 0x7e000000) === 0x34000000;
  if (is19) return (word << 8) >> 13;
  return (word & 0x7e000000) === 0x36000000 ? (word << 13) >> 18 : 1;
}

/** A branch that would skip the ADR before an indirect branch becomes a NOP. */
function withoutBadJumps(words: readonly number[]): number[] {
  const isIndirect = (word = 0): boolean => (word & 0xff8ffc1f) === (0xd60f0000 | 0);
  return words.map((word, n) => {
    const length = branchLength(word);
    return length !== 1 && isIndirect(words[n + length]) ? nop : word;
  });
}

/** Random cases; case n begins with row `firstRow + n`, so that every row is reached. */
export function randomCases(options: ProgramOptions): Case[] {
  const random = generator(options.seed);
  for (let n = 0; n < 16; n++) random();
  const rows = fuzzedRows().filter((r) => !options.only || options.only.test(r.row.mnemonic));
  return Array.from({ length: options.cases }, (_, n) => {
    const length = 1 + ((random() >>> 1) % options.instructionsMax);
    const words = Array.from({ length }, (_, i) => {
      const pick = i === 0 ? (options.firstRow ?? 0) + n : random() >>> 1;
      const row = rows[pick % rows.length]!;
      const word = randomInstruction(row, random, options.exact);
      if (isIndirectBranch(row)) return indirectBranch(word, random);
      return isStoreExclusive(row) ? [exclusiveBefore(word, random), word] : [word];
    }).flat();
    return { words: withoutBadJumps(words), state: randomState(random, options.exact ?? false) };
  });
}

/** Rounding mode, and each of AHP, DN, FZ and FZ16 in one of four. */
function randomFpcr(random: () => number): number {
  let fpcr = (random() & 3) << 22;
  for (const bit of [19, 24, 25, 26]) if ((random() & 0x300) === 0) fpcr |= 1 << bit;
  return (random() & 0x700) === 0 ? 0 : fpcr;
}

function randomState(random: () => number, exact: boolean): Uint8Array {
  const state = new Uint8Array(stateBlockBytes);
  const view = new DataView(state.buffer);
  const put = (at: number, [low, high]: readonly [number, number]): void => {
    view.setInt32(at, low, true);
    view.setInt32(at + 4, high, true);
  };
  for (let n = 0; n < 30; n++) put(n * 8, value(random));
  const middle = windowAddress + windowBytes / 2;
  put(22 * 8, [(random() & 15) * 16, 0]);
  put(23 * 8, [(random() & 7) * 16, 0]);
  for (const n of [24, 25, 26, 30]) put(n * 8, [middle + (random() & 31) * 16, 0]);
  put(248, [random() & -0x10000000, exact ? randomFpcr(random) : 0]);
  for (let n = 0; n < 64; n++) put(256 + n * 8, value(random));
  return state;
}

/** The ELF file that runs the cases and prints their states. */
export function buildProgram(cases: readonly Case[], exact = false): Uint8Array<ArrayBuffer> {
  const words: number[] = [0]; // b main
  const prologueAt = words.length;
  words.push(...prologue(exact));
  const epilogueAt = words.length;
  words.push(...epilogue());
  words[0] = 0x14000000 | words.length;
  const call = (target: number): void => {
    words.push(0x94000000 | ((target - words.length) & 0x3ffffff));
  };
  for (const [n, { words: tested }] of cases.entries()) {
    words.push(...moveAddress(28, statesAddress + n * stateBlockBytes));
    call(prologueAt);
    // A forward branch from the last instruction lands on the last nop at the latest.
    words.push(...tested, nop, nop, nop, nop);
    words.push(0xf9000000 | (29 << 10) | (28 << 5) | 30); // str x30, [x28, #232]
    call(epilogueAt);
  }
  words.push(
    0xd2800020 | 0, // mov x0, #1
    ...moveAddress(1, statesAddress),
    ...moveAddress(2, cases.length * stateBlockBytes),
    0xd2800808 | 0, // mov x8, #64: write
    0xd4000001 | 0, // svc #0
    0xd2800000 | 0, // mov x0, #0
    0xd2800ba8 | 0, // mov x8, #93: exit
    0xd4000001 | 0,
  );
  const code = new Uint8Array(Int32Array.from(words).buffer);
  const before = statesAddress - elfBase - dataOffset;
  const data = new Uint8Array(before + cases.length * stateBlockBytes);
  for (const [n, { state }] of cases.entries()) data.set(state, before + n * stateBlockBytes);
  return writeElf({ machine: 'aarch64', littleEndian: true, code, data });
}
