/**
 * A program whose instructions fault, for AArch64. Its handlers write down what they find in
 * siginfo_t and ucontext_t, change registers there, and go on elsewhere; the main program writes
 * down what it finds then. Everything is at fixed addresses, so all output is the same everywhere.
 */

import { dataOffset, elfBase, writeElf } from './elf_writer.ts';
import { actionFlags, type FaultSet, signals, turns } from './precise_faults.ts';

const data = elfBase + dataOffset;
const dataBytes = 0x10000;
const at = {
  /** Where the handler makes the program go on. */
  resume: data,
  logPointer: data + 8,
  action: data + 0x40,
  after: data + 0x100,
  pointers: data + 0x1000,
  valid: data + 0x2000,
  log: data + 0x4000,
  stack: data + 0xf000,
} as const;

/** A record of the handler: signal, code, address, X0…X30, SP, PC, NZCV; V3 at 288, FPSR at 304. */
const recordBytes = 320;
/** What the program finds then: X0, X28, SP, NZCV, V3. */
const afterBytes = 48;

const calls = { write: 64, exit: 93, tgkill: 131, sigaction: 134, sigreturn: 139, getpid: 172 };

/** Offsets in struct ucontext: arch/arm64/include/uapi/asm/ucontext.h and sigcontext.h. */
const frame = { x: 184, sp: 432, pc: 440, pstate: 448, fpsr: 472, v: 480 } as const;

// Encodings of what is written often; n is a register, `by` an offset in bytes.
const ldr = (t: number, n: number, by = 0): number => 0xf9400000 | ((by >> 3) << 10) | (n << 5) | t;
const str = (t: number, n: number, by = 0): number => 0xf9000000 | ((by >> 3) << 10) | (n << 5) | t;
const ldrQ = (t: number, n: number, by: number): number =>
  0x3dc00000 | ((by >> 4) << 10) | (n << 5) | t;
const strQ = (t: number, n: number, by: number): number =>
  0x3d800000 | ((by >> 4) << 10) | (n << 5) | t;
/** MOVZ and MOVK: always as many words, so that addresses can be filled in later. */
function move(d: number, value: number | bigint, pieces = 2): number[] {
  return Array.from({ length: pieces }, (_, k) => {
    const piece = Number((BigInt.asUintN(64, BigInt(value)) >> BigInt(16 * k)) & 0xffffn);
    return (k === 0 ? 0xd2800000 : 0xf2800000 | (k << 21)) | (piece << 5) | d;
  });
}

/** A loop of `turns` rounds by x19 around `body`; x20 is the table of pointers. */
function hot(body: readonly number[], end: readonly number[] = []): number[] {
  const back = -(body.length + 1) & 0x7ffff;
  return [
    ...move(20, at.pointers),
    ...move(19, turns),
    ...body,
    0xf1000673, // subs x19, x19, #1
    0x54000001 | (back << 5), // b.ne body
    ...end,
  ];
}

const pointer = 0xf8737a86; // ldr x6, [x20, x19, lsl #3]
// mul x10, x10, x19; add x11, x11, #3; add x12, x12, x19
const work = [0x9b137d4a, 0x91000d6b, 0x8b13018c];

/** What faults; each starts with its own values in all registers. */
// biome-ignore format: a table
const cases: readonly (readonly [name: string, words: readonly number[]])[] = [
  ['load', [...move(1, 16), 0xf9400420]], // ldr x0, [x1, #8]
  ['load by index', [...move(1, 16), ...move(2, 3), 0x78e27824]], // ldrsh w4, [x1, x2, lsl #1]
  ['load of a pair, written back', [...move(1, 32), 0xa8c10c22]], // ldp x2, x3, [x1], #16
  ['store', [...move(1, 32), 0xf9000025]], // str x5, [x1]
  ['store, written back', [...move(1, 64), 0xf8008c25]], // str x5, [x1, #8]!
  ['load exclusive', [...move(1, 64), 0xc85f7c22]], // ldxr x2, [x1]
  ['compare and swap', [...move(1, 48), 0xc8e2fc23]], // casal x2, x3, [x1]
  ['atomic add', [...move(1, 56), 0xf8e40025]], // ldaddal x4, x5, [x1]
  ['16 bytes', [...move(1, 80), 0x3dc00023]], // ldr q3, [x1]
  ['four registers, written back', [...move(1, 96), 0x4cdf0820]], // ld4 {v0.4s-v3.4s}, [x1], #64
  ['lanes', [...move(1, 96), 0x4d208423]], // st2 {v3.d, v4.d}[1], [x1]
  ['store of a pair', [...move(1, 96), 0xad3f1023]], // stp q3, q4, [x1, #-32]
  ['jump to nowhere', [...move(1, 256), 0xd61f0020]], // br x1
  ['call of nothing', [...move(1, 512), 0xd63f0020]], // blr x1
  ['jump to an odd address', [...move(1, elfBase + 6), 0xd61f0020]],
  ['exclusive, not aligned', [...move(1, at.valid + 1), 0xc85f7c22]],
  ['undefined', [0]],
  ['privileged', [0xd5381000]], // mrs x0, sctlr_el1
  ['halt', [0xd4400020]], // hlt #1
  ['breakpoint', [0xd42000e0]], // brk #7
  ['load after floats', [0x1e631864, ...move(1, 16), 0xf9400420]], // fdiv d4, d3, d3
  ['hot load', hot([...work, pointer, 0xf94004c7, 0xca070129])], // ldr x7, [x6, #8]; eor x9, x9, x7
  ['hot load of a pair', hot([...work, pointer, 0xa8c120c7, 0xca070129])], // ldp x7, x8, [x6], #16
  ['hot store after compare', hot([...work, 0x6b0b015f, pointer, 0xf90008ca, 0x9a8bb14e])], // cmp w10, w11; …; str x10, [x6, #16]; csel
  ['hot atomic', hot([...work, pointer, 0xf82a00cd, 0xba0a01ef])], // ldadd x10, x13, [x6]; adcs x15, x15, x10
  ['hot vectors', hot([...work, 0x4e65d463, pointer, 0x3dc000c5, 0x4e25cca3])], // fadd v3.2d; ldr q5, [x6]; fmla v3.4s
  ['hot undefined', hot([...work, 0xca0c0129], [0])], // eor x9, x9, x12
];

/** An unmistakable value of register n in case k. */
function pattern(n: number, k: number): bigint {
  return BigInt.asUintN(64, 0x0101_0101_0101_0101n * BigInt(n + 1) + (BigInt(k) << 32n) + 0x8000n);
}

class FaultProgram {
  readonly #words: number[] = [0];
  readonly #view = new DataView(new ArrayBuffer(dataBytes));

  get #address(): number {
    return elfBase + 4 * this.#words.length;
  }

  #emit(...words: readonly number[]): void {
    this.#words.push(...words);
  }

  #set(address: number, value: number | bigint): void {
    this.#view.setBigUint64(address - data, BigInt(value), true);
  }

  /** mov x8, number; svc #0 */
  #call(number: number): void {
    this.#emit(...move(8, number, 1), 0xd4000001);
  }

  /** Writes a constant to memory, by x3 and x4. */
  #store(address: number, value: number): void {
    this.#emit(...move(3, value), ...move(4, address), str(3, 4));
  }

  build(): Uint8Array {
    const handler = this.#address;
    this.#handler();
    const restorer = this.#address;
    this.#call(calls.sigreturn);
    this.#words[0] = 0x14000000 | this.#words.length; // b main
    this.#prepare(handler, restorer);
    cases.forEach(([, words], k) => {
      this.#case(words, k);
    });
    this.#report();
    const code = new Uint8Array(Int32Array.from(this.#words).buffer);
    const bytes = new Uint8Array(this.#view.buffer);
    return writeElf({ machine: 'aarch64', littleEndian: true, code, data: bytes });
  }

  /** x0: signal, x1: siginfo_t, x2: ucontext_t. */
  #handler(): void {
    this.#emit(...move(9, at.logPointer), ldr(9, 9));
    // str w0, [x9]; ldr w3, [x1, #8]; str w3, [x9, #4]
    this.#emit(0xb9000120, 0xb9400823, 0xb9000523);
    this.#emit(ldr(3, 1, 16), 0xb9800824); // ldrsw x4, [x1, #8]
    this.#emit(0xf100009f, 0x9a83b3e3, str(3, 9, 8)); // si_addr, 0 if si_code < 0
    for (let n = 0; n < 34; n++) {
      this.#emit(ldr(3, 2, frame.x + 8 * n));
      if (n === 33) this.#emit(0x92640c63); // and x3, x3, #0xf0000000
      this.#emit(str(3, 9, 16 + 8 * n));
    }
    this.#emit(ldrQ(0, 2, frame.v + 48), strQ(0, 9, 288));
    this.#emit(ldr(3, 2, frame.fpsr), str(3, 9, 304));
    // In the frame: V3 = 0x77, X28 += 1, X0 ^= 0x5a5a, SP = stack, PC = [resume], NZCV = 0110
    this.#emit(...move(3, 0x77, 1), str(3, 2, frame.v + 48), str(31, 2, frame.v + 56));
    this.#emit(ldr(3, 2, frame.x + 8 * 28), 0x91000463, str(3, 2, frame.x + 8 * 28));
    this.#emit(ldr(3, 2, frame.x), ...move(4, 0x5a5a, 1), 0xca040063, str(3, 2, frame.x));
    this.#emit(...move(3, at.stack), str(3, 2, frame.sp));
    this.#emit(...move(3, at.resume), ldr(3, 3), str(3, 2, frame.pc));
    this.#emit(...move(3, 0x60000000), str(3, 2, frame.pstate), 0xd65f03c0);
  }

  #prepare(handler: number, restorer: number): void {
    this.#set(at.action, handler);
    this.#set(at.action + 8, actionFlags);
    this.#set(at.action + 16, restorer);
    for (let n = 0; n <= turns; n++) {
      this.#set(at.pointers + 8 * n, n === 1 ? 0x20 : at.valid + 16 * (n & 7));
    }
    for (let n = 0; n < 32; n++) this.#set(at.valid + 8 * n, pattern(n, 40));
    this.#emit(...move(3, at.stack), 0x9100007f); // mov sp, x3
    for (const signal of Object.values(signals)) {
      this.#emit(...move(0, signal, 1), ...move(1, at.action));
      this.#emit(...move(2, 0, 1), ...move(3, 8, 1));
      this.#call(calls.sigaction);
    }
  }

  /** Puts the place to go on into `resume`, filled in later, and the record into `logPointer`. */
  #expect(k: number): (address: number) => void {
    const from = this.#words.length;
    this.#store(at.resume, 0);
    this.#store(at.logPointer, at.log + k * recordBytes);
    return (address) => this.#words.splice(from, 2, ...move(3, address));
  }

  #case(words: readonly number[], k: number): void {
    const goOn = this.#expect(k);
    this.#emit(0xd51b443f, ...move(3, 0x90000000), 0xd51b4203); // msr fpsr, xzr; msr nzcv, x3
    this.#emit(...move(3, pattern(40, k), 4), 0x9e670063); // fmov d3, x3
    for (let n = 0; n < 31; n++) this.#emit(...move(n, pattern(n, k), 4));
    this.#emit(...words);
    goOn(this.#address);
    this.#emit(...move(4, at.after + afterBytes * k));
    this.#emit(str(0, 4), str(28, 4, 8), 0x910003e3, str(3, 4, 16)); // mov x3, sp
    this.#emit(0xd53b4203, str(3, 4, 24), strQ(3, 4, 32)); // mrs x3, nzcv
  }

  /** SIGBUS by tgkill, whose pc is after the call; then everything is written out. */
  #report(): void {
    const goOn = this.#expect(cases.length);
    for (let n = 0; n < 31; n++) this.#emit(...move(n, pattern(n, cases.length), 4));
    this.#call(calls.getpid);
    this.#emit(0xaa0003e1, ...move(2, signals.bus, 1)); // mov x1, x0
    this.#call(calls.tgkill);
    goOn(this.#address);
    // In the last record, x1 has the process id.
    this.#emit(...move(4, at.log + cases.length * recordBytes), str(31, 4, 24));
    const bytes = at.log + (cases.length + 1) * recordBytes - at.after;
    this.#emit(...move(0, 1, 1), ...move(1, at.after), ...move(2, bytes));
    this.#call(calls.write);
    this.#emit(...move(0, 0, 1));
    this.#call(calls.exit);
  }
}

/** The text of a record. */
function recordText(view: DataView, n: number): string {
  const from = at.log - at.after + n * recordBytes;
  const wide = (offset: number): string => view.getBigUint64(from + offset, true).toString(16);
  const names = [...Array.from({ length: 31 }, (_, k) => `x${k}`), 'sp', 'pc', 'nzcv'];
  const registers = names.map((name, k) => `${name}=${wide(16 + 8 * k)}`).join(' ');
  const head = `signal ${view.getInt32(from, true)} code ${view.getInt32(from + 4, true)}`;
  const floats = `v3=${wide(296)}:${wide(288)} fpsr=${view.getUint32(from + 304, true).toString(16)}`;
  const text = `${head} address ${wide(8)} ${registers} ${floats}`;
  if (n === cases.length) return text;
  const found = [0, 8, 16, 24, 40, 32].map((k) =>
    view.getBigUint64(n * afterBytes + k, true).toString(16),
  );
  const [x0, x28, sp, nzcv, high, low] = found;
  return `${text} then x0=${x0} x28=${x28} sp=${sp} nzcv=${nzcv} v3=${high}:${low}`;
}

/** The AArch64 program of `precise_faults.test.ts`. */
export const aarch64Faults: FaultSet = {
  architecture: 'arm64',
  qemu: 'aarch64',
  // With SVE, QEMU's frames have the vectors twice.
  cpu: 'max,sve=off',
  // arch/arm64/kernel/traps.c, do_el0_undef: ILL_ILLOPC; QEMU says ILL_ILLOPN.
  asLinux: (line) => line.replace('signal 4 code 2', 'signal 4 code 1'),
  build: () => new FaultProgram().build(),
  lines(output) {
    const view = new DataView(output.buffer, output.byteOffset, output.byteLength);
    const names = [...cases.map(([name]) => name), 'sent'];
    return names.map((name, n) => `${name}: ${recordText(view, n)}`);
  },
};
