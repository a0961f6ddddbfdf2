/**
 * Random x86-64 programs made from the instruction rows: one static ELF file holds many independent
 * cases. A case loads a random state, runs a few random instructions, and stores the state; the
 * program writes the stored states out. The same file runs natively, under QEMU and under stiletto.
 */

import type { Operand, Row } from '../../src/cpu/isa/x86/row.ts';
import { dataOffset, elfBase, writeElf } from './elf_writer.ts';
import { Assembler, type Random, random } from './x86_assemble.ts';

/** Bytes of a stored state: FXSAVE image, general registers, RFLAGS, upper halves of ymm. */
export const stateBytes: number = 512 + 128 + 16 + 256;
const ymmAt = 656;
/** Memory an instruction may use, and the stack below it. Bytes. */
const memoryBytes = 256;
const stackBytes = 768;
const caseBytes = 2 * stateBytes + memoryBytes + stackBytes;

/** A generated program. */
export interface Program {
  readonly elf: Uint8Array;
  /** Initial states and memory, one block a case. */
  readonly data: Uint8Array;
  /** Code bytes of each case's instructions, for reports. */
  readonly code: readonly Uint8Array[];
  readonly instructions: number;
  /** Rows used. */
  readonly reached: ReadonlySet<Row>;
  /** Rows of each case. */
  readonly rows: readonly (readonly Row[])[];
}

/** A case of a program, or a part of it, for minimising. */
export interface Choice {
  /** Number of the case among those of the seed. */
  readonly index: number;
  /** Numbers of the instructions kept; all of them where missing. */
  readonly instructions?: ReadonlySet<number>;
  /** Those of `stateWords` that are not cleared. */
  readonly words?: ReadonlySet<number>;
}

/** What to generate. */
export interface ProgramOptions {
  readonly seed: number;
  readonly cases: number;
  /** Most instructions of a case. */
  readonly length: number;
  readonly rows: readonly Row[];
  /** All of MXCSR is exercised: rounding, FTZ, DAZ, exception flags. */
  readonly exact?: boolean;
  /** What the program is made of instead of all cases of its seed. */
  readonly only?: readonly Choice[];
}

// biome-ignore format: a table
const integers: readonly bigint[] = [
  0n, 1n, -1n, 2n, 0x7fn, 0x80n, 0xffn, 0x7fffn, 0x8000n, 0xffffn, 0x7fffffffn, 0x80000000n, 0xffffffffn,
  0x7fffffffffffffffn, 0x8000000000000000n, -2n, 0x100000000n, 0x0f0f0f0f0f0f0f0fn, 0x5555555555555555n, -128n, -32768n,
];
// biome-ignore format: a table
const doubles: readonly number[] = [
  0, -0, 1, -1, 0.5, 1.5, 2.5, -2.5, 3, 1e10, 2147483647.5, -2147483648.5, 4294967296, 9.3e18, -9.3e18, 1e300, -1e300, 5e-324, 2.2e-308, 1e-310,
  Infinity, -Infinity, Math.PI, 0.1, 1e-40, 3.4e38, 1.17549435e-38,
];
const nanBits: readonly bigint[] = [
  0x7ff8000000000000n,
  0xfff8000000000001n,
  0x7ff0000000000001n,
  0xfff4000000000123n,
  0x7fc000007f800001n,
  0xffc12345ff800000n,
];

function integerValue(r: Random): bigint {
  if (r.below(2)) return r.pick(integers);
  if (r.below(2)) return BigInt(r.below(64) - 32);
  return r.bits64();
}

const half = new DataView(new ArrayBuffer(8));

function vectorHalf(r: Random): bigint {
  const view = half;
  switch (r.below(5)) {
    case 0:
      view.setFloat64(0, r.pick(doubles));
      break;
    case 1:
      view.setFloat32(0, r.pick(doubles));
      view.setFloat32(4, r.pick(doubles));
      break;
    case 2:
      view.setBigUint64(0, BigInt.asUintN(64, integerValue(r)));
      break;
    case 3:
      view.setBigUint64(0, r.below(3) ? r.bits64() : r.pick(nanBits));
      break;
    default:
      view.setFloat64(0, (r.below(2000) - 1000) / (1 << r.below(8)));
  }
  return view.getBigUint64(0);
}

/** An 80-bit value: [significand, exponent]. */
function extendedValue(r: Random): [bigint, number] {
  const sign = r.below(2) << 15;
  const top = 1n << 63n;
  switch (r.below(8)) {
    case 0:
      return [0n, sign];
    case 1:
      return [top, sign | 0x7fff];
    case 2:
      return [r.bits64() | top, sign | 0x7fff];
    case 3:
      return [r.bits64() >> BigInt(r.below(63)), sign];
    case 4:
      return [r.bits64(), sign | r.below(0x8000)];
    case 5:
      return [r.bits64() | top, sign | (16383 + r.below(70) - 3)];
    case 6:
      return [
        BigInt.asUintN(64, (r.bits64() | top) << BigInt(r.below(40))) | top,
        sign | (16383 + r.below(64)),
      ];
    default:
      return [r.bits64() | top, sign | (16383 - 40 + r.below(80))];
  }
}

const initialFlags = 0x202;

/** Writes the initial state of a case. */
function writeState(view: DataView, at: number, r: Random, exact: boolean, stack: number): void {
  const controls = [0x37f, 0x37f, 0x27f, 0x07f];
  const control = r.pick(controls) | (r.below(3) ? 0 : r.below(4) << 10);
  view.setUint16(at, control, true);
  view.setUint16(at + 2, r.below(8) << 11, true);
  view.setUint8(at + 4, r.pick([0, 0xff, 0xff, r.below(256)]));
  const mxcsr = exact ? (r.below(4) << 13) | r.pick([0, 0, 0x40, 0x8000, 0x8040, 0x20]) : 0;
  view.setUint32(at + 24, 0x1f80 | mxcsr, true);
  for (let n = 0; n < 8; n++) {
    const [significand, exponent] = extendedValue(r);
    view.setBigUint64(at + 32 + 16 * n, significand, true);
    view.setUint16(at + 40 + 16 * n, exponent, true);
  }
  for (let n = 0; n < 32; n++) view.setBigUint64(at + 160 + 8 * n, vectorHalf(r), true);
  for (let n = 0; n < 16; n++) {
    view.setBigInt64(at + 512 + 8 * n, BigInt.asIntN(64, integerValue(r)), true);
  }
  for (let n = 0; n < 32; n++) view.setBigUint64(at + ymmAt + 8 * n, vectorHalf(r), true);
  view.setBigUint64(at + 512 + 32, BigInt(stack), true);
  const flags = initialFlags | (r.below(0x1000) & 0x8d5);
  view.setBigUint64(at + 640, BigInt(flags), true);
}

const wordsOf = (from: number, to: number): number[] =>
  Array.from({ length: (to - from) / 8 }, (_, n) => from + 8 * n);

/** Offsets, in a case, of 8 bytes of initial state that may as well be zero. */
export const stateWords: readonly number[] = [
  ...wordsOf(32, 416),
  ...wordsOf(512, 544),
  ...wordsOf(552, 648),
  ...wordsOf(ymmAt, stateBytes),
  ...wordsOf(2 * stateBytes, caseBytes),
];

function clearWords(view: DataView, at: number, kept: ReadonlySet<number>): void {
  for (const word of stateWords) if (!kept.has(word)) view.setBigUint64(at + word, 0n);
}

/** Whether random programs may use a row: its result is exact and it stays in its sandbox. */
export const usable = (row: Row): boolean =>
  !row.notes.includes('skip') && !row.notes.includes('approximate');

/** Makes a program. The same options make the same bytes. */
export function makeProgram(options: ProgramOptions): Program {
  const rows = options.rows.filter(usable);
  const choices: readonly Choice[] =
    options.only ?? Array.from({ length: options.cases }, (_, index) => ({ index }));
  const data = new Uint8Array(choices.length * caseBytes);
  const view = new DataView(data.buffer);
  const out = new Assembler(elfBase);
  const code: Uint8Array[] = [];
  let instructions = 0;
  const used: Row[][] = [];
  const base = elfBase + dataOffset;
  for (const [n, choice] of choices.entries()) {
    const r = random(options.seed * 7919 + choice.index);
    const at = n * caseBytes;
    const memory = at + 2 * stateBytes;
    const stack = base + memory + memoryBytes + stackBytes / 2;
    writeState(view, at, r, options.exact ?? false, stack);
    for (let k = 0; k < memoryBytes + stackBytes; k += 8) {
      view.setBigUint64(memory + k, r.below(3) ? vectorHalf(r) : r.bits64(), true);
    }
    if (choice.words) clearWords(view, at, choice.words);
    loadState(out, base + at);
    const start = out.length;
    const count = 1 + r.below(options.length);
    const body = new CaseWriter(out, r, base + memory);
    const rowsOfCase: Row[] = [];
    for (let k = 0; k < count; k++) {
      const mark = out.length;
      const row = r.pick(rows);
      body.instruction(row);
      if (choice.instructions && !choice.instructions.has(k)) {
        out.truncate(mark);
        body.forget();
      } else rowsOfCase.push(row);
    }
    body.finish();
    instructions += rowsOfCase.length;
    used.push(rowsOfCase);
    code.push(out.bytes(start));
    storeState(out, base + at + stateBytes);
  }
  writeOut(out, base, data.length);
  const elf = writeElf({ machine: 'x86_64', littleEndian: true, code: out.bytes(), data });
  return { elf, data, code, instructions, reached: new Set(used.flat()), rows: used };
}

function loadState(out: Assembler, at: number): void {
  out.emit(0x0f, 0xae, 0x0c, 0x25).emit32(at); // fxrstor [at]
  // vinsertf128 ymm, ymm, [upper half], 1
  for (let n = 0; n < 16; n++) {
    const last = ((n ^ 15) << 3) | 5;
    out.emit(0xc4, n < 8 ? 0xe3 : 0x63, last, 0x18, 4 | ((n & 7) << 3), 0x25);
    out.emit32(at + ymmAt + 16 * n).emit(1);
  }
  out
    .emit(0xbc)
    .emit32(at + 640)
    .emit(0x9d); // mov esp, …; popfq
  for (let n = 0; n < 16; n++) {
    out.emit(n < 8 ? 0x48 : 0x4c, 0x8b, 4 | ((n & 7) << 3), 0x25).emit32(at + 512 + 8 * n);
  }
}

function storeState(out: Assembler, at: number): void {
  for (let n = 0; n < 16; n++) {
    out.emit(n < 8 ? 0x48 : 0x4c, 0x89, 4 | ((n & 7) << 3), 0x25).emit32(at + 512 + 8 * n);
  }
  out
    .emit(0xbc)
    .emit32(at + 648)
    .emit(0x9c, 0xfc); // mov esp, …; pushfq; cld
  out.emit(0x0f, 0xae, 0x04, 0x25).emit32(at); // fxsave [at]
  // vextractf128 [upper half], ymm, 1
  for (let n = 0; n < 16; n++) {
    out.emit(0xc4, n < 8 ? 0xe3 : 0x63, 0x7d, 0x19, 4 | ((n & 7) << 3), 0x25);
    out.emit32(at + ymmAt + 16 * n).emit(1);
  }
}

/** write(1, data, bytes); exit(0). */
function writeOut(out: Assembler, at: number, bytes: number): void {
  out.emit(0xb8).emit32(1).emit(0xbf).emit32(1).emit(0xbe).emit32(at).emit(0xba).emit32(bytes);
  out.emit(0x0f, 0x05, 0xb8).emit32(60).emit(0x31, 0xff, 0x0f, 0x05);
}

/** The bytes of one case's results that are defined: state stored and memory. */
export function caseResult(output: Uint8Array, index: number): Uint8Array {
  const at = index * caseBytes + stateBytes;
  const result = output.slice(at, at + stateBytes + memoryBytes + stackBytes);
  // FOP, FIP, FDP, reserved bytes.
  result.fill(0, 6, 24);
  result.fill(0, 28, 32);
  result.fill(0, 416, 512);
  for (let n = 0; n < 8; n++) result.fill(0, 42 + 16 * n, 48 + 16 * n);
  return result;
}

const opSizes = [16, 32, 64] as const;

/** Appends random instructions of one case. */
class CaseWriter {
  readonly #out: Assembler;
  readonly #r: Random;
  readonly #memory: number;
  /** Where a branch waits for its displacement: the next instruction's end. */
  #pending = -1;
  #sinceBranch = 0;

  constructor(out: Assembler, r: Random, memory: number) {
    this.#out = out;
    this.#r = r;
    this.#memory = memory;
  }

  instruction(row: Row): void {
    const branch = row.notes.includes('branch');
    if (!branch || this.#pending < 0) {
      const size = this.#size(row);
      this.#prepare(row, size);
      this.#encode(row, size);
      if (branch) {
        this.#pending = this.#out.length;
        this.#sinceBranch = 0;
        return;
      }
      this.#settle(row);
    }
    if (this.#pending >= 0 && ++this.#sinceBranch >= 2) this.finish();
  }

  /** The last instruction was removed; if it was a branch, it waits no more. */
  forget(): void {
    if (this.#pending > this.#out.length) this.#pending = Number.POSITIVE_INFINITY;
  }

  /** Makes a waiting branch end here. */
  finish(): void {
    if (this.#pending < 0) return;
    if (this.#pending === Number.POSITIVE_INFINITY) {
      this.#pending = -1;
      return;
    }
    const distance = this.#out.length - this.#pending;
    this.#out.patchBranch(this.#pending, distance);
    this.#pending = -1;
  }

  #size(row: Row): 16 | 32 | 64 {
    const only64 = row.notes.some((note) =>
      ['branch', 'f64', 'leave', 'enter', 'popf'].includes(note),
    );
    if (row.default64) return this.#r.below(6) || only64 ? 64 : 16;
    const wide = row.operands.some((operand) => operand.bits === 0 && operand.file !== 'none');
    const plain = row.operands.length === 0 && row.map === 0 && !row.hasModrm;
    const sized = wide || plain || row.operands.some((operand) => operand.text === 'm');
    if (!sized && !row.operands.some((operand) => operand.bits === 1)) return 32;
    if (!sized) return this.#r.below(2) ? 64 : 32;
    return this.#r.pick(opSizes);
  }

  /** Undefined flags are set to zero, so that they do not spread. */
  #settle(row: Row): void {
    const bits: Readonly<Record<string, number>> = {
      o: 0x800,
      s: 0x80,
      z: 0x40,
      a: 0x10,
      p: 4,
      c: 1,
    };
    let mask = 0;
    for (const letter of row.undefinedFlags) mask |= bits[letter]!;
    if (!mask) return;
    // pushfq; and qword [rsp], ~mask; popfq
    this.#out.emit(0x9c, 0x48, 0x81, 0x24, 0x24).emit32(~mask).emit(0x9d);
  }

  /** Setup that keeps an instruction from faulting or from leaving its memory. */
  #prepare(row: Row, size: number): void {
    const out = this.#out;
    const r = this.#r;
    if (row.notes.includes('string')) {
      out.emit(0xbe).emit32(this.#memory + 96 + r.below(40));
      out.emit(0xbf).emit32(this.#memory + 96 + r.below(40));
      out.emit(0xb9).emit32(r.below(9));
    }
    if (row.notes.includes('div')) this.#prepareDivision(row, size);
    this.#prepareStack(row);
    if (row.notes.includes('narrow') && size === 16 && row.operands[2]!.place === 'fixed') {
      out.emit(0x80, 0xe1, 0x0f); // and cl, 15
    }
  }

  /** Values that instructions using the stack implicitly, and XLAT, find. */
  #prepareStack(row: Row): void {
    const out = this.#out;
    const has = (note: string): boolean => row.notes.includes(note);
    if (has('popf')) out.emit(0x68).emit32(this.#r.below(0x1000) & 0x8d5); // push flags
    if (has('leave') || has('enter')) out.emit(0x48, 0x8d, 0x6c, 0x24, 0xf8); // lea rbp, [rsp-8]
    if (has('xlat')) out.emit(0xbb).emit32(this.#memory - 100); // mov ebx, …
    // push the address after RET
    if (has('ret')) out.emit(0x68).emit32(out.address + 4 + (row.immediates.length ? 3 : 1));
  }

  /** A dividend whose quotient fits whatever the divisor, which #encode makes non-zero. */
  #prepareDivision(row: Row, size: number): void {
    const out = this.#out;
    const signed = row.mnemonic === 'IDIV';
    const byte = row.operands[0]!.bits === 8;
    const prefix = size === 64 ? [0x48] : size === 16 ? [0x66] : [];
    if (byte) {
      if (signed)
        out.emit(0xd0, 0xf8, 0x66, 0x98); // sar al, 1; cbw
      else out.emit(0x0f, 0xb6, 0xc0); // movzx eax, al
    } else if (!signed && this.#r.below(2)) {
      out.emit(0xba).emit32(this.#r.below(100)); // mov edx, small
    } else if (signed) {
      out.emit(...prefix, 0xd1, 0xf8, ...prefix, 0x99); // sar rax, 1; cqo
    } else {
      out.emit(0x31, 0xd2); // xor edx, edx
    }
  }

  #encode(row: Row, size: 16 | 32 | 64): void {
    const r = this.#r;
    const registers: (number | undefined)[] = row.operands.map((operand) =>
      this.#register(row, operand),
    );
    let modrm = -1;
    let memoryTail: Uint8Array | undefined;
    let rex = size === 64 && !row.default64 ? 8 : 0;
    if (row.w === 1) rex |= 8;
    if (row.w === 0) rex &= 7;
    const rm = row.operands.findIndex((operand) => operand.place === 'rm');
    const reg = row.operands.findIndex((operand) => operand.place === 'reg');
    const regNumber = reg >= 0 ? registers[reg]! : (row.modrmValue >> 3) & 7;
    const div = row.notes.includes('div');
    if (row.hasModrm) {
      const toMemory =
        rm >= 0 && row.form !== 2 && row.modrmMask < 0xf8 && (row.form === 1 || r.below(2) === 1);
      if (row.modrmMask >= 0xf8) {
        modrm = row.modrmValue | (row.modrmMask === 0xf8 ? r.below(8) : 0);
      } else if (toMemory) {
        const operand = row.operands[rm]!;
        this.#bitOffset(row, registers[reg]);
        const target = this.#target(operand, size, div);
        const vsib = row.notes.includes('vsib');
        const form = vsib ? this.#gathered(row, registers) : this.#addressing(target, regNumber);
        rex |= form.rex;
        modrm = form.modrm;
        memoryTail = form.tail;
      } else {
        const number = rm >= 0 ? registers[rm]! : r.below(8);
        modrm = 0xc0 | (number & 7);
        if (number & 8) rex |= 1;
        if (div) this.#nonZero(row, number, size);
      }
      if (reg >= 0 && regNumber & 8) rex |= 4;
      if (row.modrmMask < 0xf8) modrm |= (regNumber & 7) << 3;
    }
    const inOpcode = row.operands.findIndex((operand) => operand.place === 'opcode');
    const opcodeNumber = inOpcode >= 0 ? registers[inOpcode]! : 0;
    if (opcodeNumber & 8) rex |= 1;
    const usesByte = row.operands.some(
      (operand, n) =>
        operand.bits === 8 &&
        operand.file === 'gpr' &&
        operand.place !== 'fixed' &&
        registers[n]! < 8 &&
        registers[n]! >= 4,
    );
    if (row.map < 4 && !usesByte && !row.notes.includes('ret') && r.below(20) === 0) rex |= 0x40;
    if (row.map > 3) {
      this.#vex(row, rex, registers);
    } else {
      this.#prefixes(row, size, memoryTail !== undefined);
      if (rex) this.#out.emit(0x40 | rex);
      if (row.map > 0) this.#out.emit(0x0f);
      if (row.map === 2) this.#out.emit(0x38);
      if (row.map === 3) this.#out.emit(0x3a);
    }
    const plus = row.plus === 'r' ? opcodeNumber & 7 : row.plus === 'cc' ? r.below(16) : 0;
    this.#out.emit(row.opcode + plus);
    this.#tail(row, size, modrm, memoryTail);
  }

  /** The three-byte VEX prefix, or the two-byte one where that can say the same. */
  #vex(row: Row, rex: number, registers: readonly (number | undefined)[]): void {
    const operand = row.operands.findIndex((candidate) => candidate.place === 'vvvv');
    const vvvv = operand < 0 ? 0 : registers[operand]!;
    const pp = row.prefixes === 2 ? 1 : row.prefixes === 4 ? 2 : row.prefixes === 8 ? 3 : 0;
    const length = row.vectorLength < 0 ? this.#r.below(2) : row.vectorLength;
    const last = ((vvvv ^ 15) << 3) | (length << 2) | pp;
    const short = row.map === 5 && (rex & 0xb) === 0 && this.#r.below(2) === 1;
    if (short) this.#out.emit(0xc5, (rex & 4 ? 0 : 0x80) | last);
    else this.#out.emit(0xc4, ((rex & 7) ^ 7) * 32 + row.map - 4, ((rex & 8) << 4) | last);
  }

  #tail(row: Row, size: number, modrm: number, memoryTail: Uint8Array | undefined): void {
    const out = this.#out;
    if (modrm >= 0) out.emit(modrm);
    const immediates = this.#immediates(row, size);
    if (memoryTail) {
      // RIP-relative displacements are relative to the instruction's end.
      const view = new DataView(memoryTail.buffer);
      if ((modrm & 0xc7) === 5) {
        view.setInt32(0, view.getInt32(0, true) - (out.address + 4 + immediates.length), true);
      }
      out.emit(...memoryTail);
    }
    out.emit(...immediates);
  }

  #prefixes(row: Row, size: number, inMemory: boolean): void {
    const out = this.#out;
    const r = this.#r;
    if (row.lockable && inMemory && r.below(4) === 0) out.emit(0xf0);
    if (row.notes.includes('string')) {
      const kind = r.below(3);
      if (kind === 1) out.emit(0xf3);
      if (kind === 2)
        out.emit(row.mnemonic.startsWith('CMPS') || row.mnemonic.startsWith('SCAS') ? 0xf2 : 0xf3);
    }
    if (size === 16 && row.prefixes !== 2) out.emit(0x66);
    if (row.prefixes & 2) out.emit(0x66);
    if (row.prefixes & 4) out.emit(0xf3);
    if (row.prefixes & 8) out.emit(0xf2);
  }

  /** A random register for an operand; rsp is left to the stack. */
  #register(row: Row, operand: Operand): number | undefined {
    if (operand.place === 'fixed' || operand.place === 'immediate') return operand.number;
    if (operand.file === 'xmm') return this.#r.below(16);
    if (operand.file !== 'gpr') return this.#r.below(8);
    const byte = operand.bits === 8;
    for (;;) {
      // Byte registers 4…7 without REX are AH…BH; with REX they would be SPL…DIL.
      const n = byte ? this.#r.below(8) : this.#r.below(16);
      if (n === 4 && !byte) continue;
      if (row.notes.includes('div') && (n === 0 || n === 2 || (byte && (n & 3) === 0))) continue;
      return n;
    }
  }

  /** A bit-offset register is made small first. */
  #bitOffset(row: Row, register: number | undefined): void {
    if (!row.notes.includes('bit') || register === undefined) return;
    const rex = 0x48 | (register >> 3);
    this.#out.emit(rex, 0xc7, 0xc0 | (register & 7)).emit32(this.#r.below(256) - 128);
  }

  #nonZero(row: Row, register: number, size: number): void {
    const out = this.#out;
    const rex = (size === 64 ? 0x48 : 0x40) | (register >> 3);
    if (row.operands[0]!.bits === 8) {
      out.emit(0x80, 0xc8 | register, row.mnemonic === 'DIV' ? 0x80 | this.#r.below(128) : 1);
      return;
    }
    if (size === 16) out.emit(0x66);
    // or r, imm8: for DIV sign-extended so that the divisor exceeds any small rdx.
    out.emit(
      rex,
      0x83,
      0xc8 | (register & 7),
      row.mnemonic === 'DIV' ? 0x80 | this.#r.below(128) : 1,
    );
  }

  /** An address inside the case's memory for a memory operand. */
  #target(operand: Operand, size: number, div: boolean): number {
    const bits = operand.bits === 0 ? size : operand.bits;
    const r = this.#r;
    let at = 40 + r.below(160);
    if (bits === 128 || operand.text === 'mem') at &= ~15;
    if (bits === 256) at &= ~31;
    if (div) {
      at &= ~7;
      // mov dword [at], a divisor; its upper half too
      this.#out
        .emit(0xc7, 0x04, 0x25)
        .emit32(this.#memory + at)
        .emit32(0x81818181 - r.below(100));
      this.#out
        .emit(0xc7, 0x04, 0x25)
        .emit32(this.#memory + at + 4)
        .emit32(0xfff00000 + r.below(1000));
    }
    return this.#memory + at;
  }

  #addressing(target: number, reg: number): { modrm: number; rex: number; tail: Uint8Array } {
    const r = this.#r;
    const word = (n: number): number[] => [
      n & 255,
      (n >> 8) & 255,
      (n >> 16) & 255,
      (n >>> 24) & 255,
    ];
    const kind = r.below(6);
    if (kind === 0) return { modrm: 4, rex: 0, tail: Uint8Array.from([0x25, ...word(target)]) };
    if (kind === 1) return { modrm: 5, rex: 0, tail: Uint8Array.from(word(target)) };
    const bases = [5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15].filter((n) => n !== reg);
    const base = r.pick(bases);
    const index = kind >= 4 ? r.pick(bases.filter((n) => n !== base)) : -1;
    const scale = r.below(4);
    const indexValue = index < 0 ? 0 : r.below(64) - 32;
    const small = kind & 1;
    const displacement = small ? r.below(256) - 128 : r.below(0x10000) - 0x8000;
    const value = target - displacement - indexValue * (1 << scale);
    this.#load(base, value);
    if (index >= 0) this.#load(index, indexValue);
    const rex = (base >> 3) | (index >= 8 ? 2 : 0);
    const mod = small ? 0x40 : 0x80;
    const tail = small ? [displacement & 255] : word(displacement);
    if (index < 0 && (base & 7) !== 4)
      return { modrm: mod | (base & 7), rex, tail: Uint8Array.from(tail) };
    const sib = (scale << 6) | ((index < 0 ? 4 : index & 7) << 3) | (base & 7);
    return { modrm: mod | 4, rex, tail: Uint8Array.from([sib, ...tail]) };
  }

  /** A base register and a vector of small indexes, written to memory and loaded. */
  #gathered(
    row: Row,
    registers: (number | undefined)[],
  ): { modrm: number; rex: number; tail: Uint8Array } {
    const out = this.#out;
    const r = this.#r;
    const distinct = (...taken: (number | undefined)[]): number => {
      for (;;) {
        const n = r.below(16);
        if (!taken.includes(n)) return n;
      }
    };
    registers[2] = distinct(registers[0]);
    const index = distinct(registers[0], registers[2]);
    const quad = row.notes.includes('i64');
    let previous = 0;
    for (let at = 0; at < 32; at += 4) {
      const upper = quad && at % 8 === 4;
      const value = upper ? previous >> 31 : r.below(16) - 8;
      previous = value;
      // mov dword [memory + at], value
      out
        .emit(0xc7, 0x04, 0x25)
        .emit32(this.#memory + at)
        .emit32(value);
    }
    // vmovdqu ymm, [memory]
    out.emit(0xc5, index < 8 ? 0xfe : 0x7e, 0x6f, 4 | ((index & 7) << 3), 0x25);
    out.emit32(this.#memory);
    const base = r.pick([5, 6, 7, 8, 9]);
    this.#load(base, this.#memory + 120);
    const rex = (base >> 3) | (index >= 8 ? 2 : 0);
    const sib = (r.below(4) << 6) | ((index & 7) << 3) | (base & 7);
    return { modrm: 0x44, rex, tail: Uint8Array.from([sib, r.below(16)]) };
  }

  /** mov r64, simm32 */
  #load(register: number, value: number): void {
    this.#out.emit(0x48 | (register >> 3), 0xc7, 0xc0 | (register & 7)).emit32(value);
  }

  #immediates(row: Row, size: number): number[] {
    const r = this.#r;
    return row.immediates.flatMap((kind) => {
      let bytes = 4;
      if (row.notes.includes('ret')) return [8 * r.below(3), 0];
      if (row.notes.includes('enter')) return kind === 'ib' ? [r.below(3)] : [r.below(9), 0];
      if (kind === 'cb') return [0];
      if (kind === 'cd') return [0, 0, 0, 0];
      if (kind === 'mo') {
        const target = this.#memory + 40 + r.below(100);
        return [0, 8, 16, 24].map((n) => (target >>> n) & 255).concat(0, 0, 0, 0);
      }
      if (kind === 'ib') bytes = 1;
      else if (kind === 'iw' || size === 16) bytes = 2;
      else if (kind === 'iv' && size === 64) bytes = 8;
      let value = BigInt.asUintN(64, integerValue(r));
      if (row.notes.includes('narrow') && size === 16) value &= 15n;
      return Array.from({ length: bytes }, (_, n) => Number((value >> BigInt(8 * n)) & 255n));
    });
  }
}

/** FNV-1a of a case's result as eight hexadecimal digits: what transcripts hold. */
export function caseHash(output: Uint8Array, index: number): string {
  let hash = 0x811c9dc5;
  for (const byte of caseResult(output, index)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

/** The fixed programs of the test suite, see `x86.transcript.json`. */
export const transcriptPrograms = { seed: 20_000, programs: 40, cases: 120, length: 8 } as const;

/** Options of fixed program n. */
export function transcriptOptions(rows: readonly Row[], n: number): ProgramOptions {
  const { seed, cases, length } = transcriptPrograms;
  return { seed: seed + n, cases, length, rows, exact: n % 4 === 3 };
}
