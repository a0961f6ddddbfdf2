/**
 * A program whose instructions fault, for s390x: as `faults_x86.ts`. What QEMU signals otherwise
 * than Linux is tested by `s390x_unit.test.ts` and `s390x_float.test.ts`.
 */

import { encode } from '../../src/cpu/isa/s390x/row.ts';
import { dataOffset, elfBase, writeElf } from './elf_writer.ts';
import { type FaultSet, signals, turns } from './precise_faults.ts';
import { type Fields, rowOf } from './s390x_programs.ts';

const data = elfBase + dataOffset;
const dataBytes = 0x10000;
const at = {
  /** Where the handler makes the program go on. */
  resume: data,
  logPointer: data + 8,
  stackPointer: data + 16,
  action: data + 0x40,
  /** Registers to start a case with: 16 general ones, f0. */
  registers: data + 0x80,
  after: data + 0x200,
  log: data + 0x1000,
  pointers: data + 0x4000,
  divisors: data + 0x5000,
  valid: data + 0x6000,
  stack: data + 0xf000,
} as const;

const recordBytes = 192;
const afterBytes = 48;
const saSiginfo = 4;
const calls = { exit: 1, write: 4, sigaction: 174 } as const;
/** Offsets in struct ucontext (arch/s390/include/uapi/asm/{ucontext,sigcontext}.h). */
const context = { psw: 40, general: 56, fpc: 248, f0: 256 } as const;

type Step = readonly [mnemonic: string, fields?: Fields] | readonly number[];

/** A loop of `turns` rounds by r7 around `body`, with the round's pointer in r8. */
function hot(...body: Step[]): Step[] {
  const steps: Step[] = [
    ['SLLG', { r1: 9, r3: 7, d2: 3 }],
    ['LG', { r1: 8, x2: 9, b2: 10, d2: 0 }],
    ['MSGR', { r1: 4, r2: 7 }],
    ['AGHI', { r1: 5, i2: 3 }],
    ...body,
  ];
  const bytes = steps.reduce((sum, step) => sum + stepBytes(step).length, 0);
  return [
    ['LGHI', { r1: 7, i2: turns }],
    ['LLILF', { r1: 10, i2: at.pointers }],
    ...steps,
    ['BRCTG', { r1: 7, ri2: -bytes / 2 }],
  ];
}

const isCode = (step: Step): step is readonly number[] => typeof step[0] === 'number';
function stepBytes(step: Step): Uint8Array {
  if (isCode(step)) return Uint8Array.from(step);
  const [mnemonic, fields = {}] = step;
  return encode(rowOf(mnemonic), fields);
}
const zero: Step = ['LGHI', { r1: 1, i2: 0 }];
const enable = (mask: number): Step[] => [
  ['LLILH', { r1: 1, i2: mask << 8 }],
  ['SFPC', { r1: 1 }],
];

/** What faults; each starts with its own values in all registers. */
// biome-ignore format: a table
const cases: readonly (readonly [name: string, steps: readonly Step[]])[] = [
  ['load', [['LGHI', { r1: 1, i2: 16 }], ['LG', { r1: 2, b2: 1, d2: 8 }]]],
  ['load by index', [['LGHI', { r1: 1, i2: 16 }], ['LGHI', { r1: 3, i2: 40 }], ['AH', { r1: 2, x2: 3, b2: 1, d2: 3 }]]],
  ['store', [zero, ['STG', { r1: 2, b2: 1, d2: 32 }]]],
  ['store halfword', [zero, ['STHY', { r1: 2, b2: 1, d2: 32 }]]],
  ['add to storage', [zero, ['AGSI', { b1: 1, d1: 32, i2: 1 }]]],
  ['load multiple', [zero, ['LMG', { r1: 2, r3: 5, b2: 1, d2: 64 }]]],
  ['store multiple', [zero, ['STMG', { r1: 2, r3: 5, b2: 1, d2: 64 }]]],
  ['move', [zero, ['LLILF', { r1: 2, i2: at.valid }], ['MVC', { l1: 15, b1: 2, d1: 0, b2: 1, d2: 8 }]]],
  ['move to', [zero, ['LLILF', { r1: 2, i2: at.valid }], ['MVC', { l1: 99, b1: 1, d1: 16, b2: 2, d2: 0 }]]],
  ['compare', [zero, ['LLILF', { r1: 2, i2: at.valid }], ['CLC', { l1: 12, b1: 2, d1: 0, b2: 1, d2: 8 }]]],
  ['vector load', [zero, ['VL', { v1: 0, b2: 1, d2: 16 }]]],
  ['floating load', [zero, ['ADB', { r1: 0, b2: 1, d2: 8 }]]],
  ['compare and swap', [zero, ['CSG', { r1: 2, r3: 3, b2: 1, d2: 8 }]]],
  ['long move', [['LGHI', { r1: 2, i2: 64 }], ['LGHI', { r1: 3, i2: 9 }], ['LLILF', { r1: 4, i2: at.valid }], ['LGHI', { r1: 5, i2: 9 }], ['MVCLE', { r1: 2, r3: 4, d2: 0 }]]],
  ['string search', [['LGHI', { r1: 0, i2: 1 }], ['LGHI', { r1: 2, i2: 96 }], ['LGHI', { r1: 3, i2: 64 }], ['SRST', { r1: 2, r2: 3 }]]],
  ['jump to nowhere', [['LGHI', { r1: 1, i2: 64 }], ['BCR', { m1: 15, r2: 1 }]]],
  ['division by zero', [zero, ['DSGR', { r1: 2, r2: 1 }]]],
  ['division too large', [['LLIHF', { r1: 3, i2: -0x80000000 }], ['LGHI', { r1: 1, i2: -1 }], ['DSGR', { r1: 2, r2: 1 }]]],
  ['undefined', [[0, 0]]],
  ['undefined, six bytes', [[0xe3, 0, 0, 0, 0, 0xff]]],
  ['breakpoint', [[0, 1]]],
  ['odd register', [[0xb9, 0x86, 0, 0x32]]],
  ['not aligned', [['LLILF', { r1: 1, i2: at.valid }], ['LPQ', { r1: 2, b2: 1, d2: 8 }]]],
  ['division, enabled', [...enable(0x40), ['LZDR', { r1: 2 }], ['LGHI', { r1: 3, i2: 1 }], ['CDGBR', { r1: 0, r2: 3 }], ['DDBR', { r1: 0, r2: 2 }]]],
  ['invalid, enabled', [...enable(0x80), ['LZDR', { r1: 0 }], ['LZDR', { r1: 2 }], ['DDBR', { r1: 0, r2: 2 }]]],
  ['inexact, enabled', [...enable(0x08), ['LGHI', { r1: 3, i2: 1 }], ['CDGBR', { r1: 0, r2: 3 }], ['LGHI', { r1: 3, i2: 3 }], ['CDGBR', { r1: 2, r2: 3 }], ['DDBR', { r1: 0, r2: 2 }]]],
  ['executed', [zero, ['BRC', { m1: 15, ri2: 5 }], ['LG', { r1: 2, b2: 1, d2: 8 }], ['EXRL', { r1: 0, ri2: -3 }]]],
  ['hot load', hot(['LG', { r1: 6, b2: 8, d2: 8 }], ['XGR', { r1: 3, r2: 6 }])],
  ['hot store', hot(['STG', { r1: 4, b2: 8, d2: 8 }])],
  ['hot add to storage', hot(['AGSI', { b1: 8, d1: 0, i2: 1 }])],
  ['hot move', hot(['MVC', { l1: 7, b1: 8, d1: 8, b2: 8, d2: 0 }])],
  ['hot compare', hot(['CLGR', { r1: 4, r2: 5 }], ['CLC', { l1: 7, b1: 8, d1: 8, b2: 8, d2: 0 }])],
  ['hot load multiple', hot(['LMG', { r1: 0, r3: 2, b2: 8, d2: 0 }])],
  ['hot division', hot(['LGR', { r1: 3, r2: 4 }], ['LG', { r1: 6, x2: 9, b2: 10, d2: at.divisors - at.pointers - 0x800 }], ['DSGR', { r1: 2, r2: 6 }])],
  ['hot undefined', [...hot(['XGR', { r1: 3, r2: 4 }]), [0, 0]]],
];

/** An unmistakable value of register n in case k. */
function pattern(n: number, k: number): bigint {
  return BigInt.asUintN(64, 0x0101_0101_0101_0101n * BigInt(n + 1) + (BigInt(k) << 32n) + 0x8000n);
}

class FaultProgram {
  readonly #code: number[] = [];
  readonly #view = new DataView(new ArrayBuffer(dataBytes));

  #set(address: number, value: number | bigint): void {
    this.#view.setBigUint64(address - data, BigInt(value));
  }
  get #here(): number {
    return elfBase + this.#code.length;
  }
  #op(mnemonic: string, fields: Fields = {}): void {
    this.#code.push(...encode(rowOf(mnemonic), fields));
  }
  #address(r1: number, address: number): void {
    this.#op('LARL', { r1, ri2: (address - this.#here) / 2 });
  }
  #move(to: number, d1: number, from: number, d2: number, bytes: number): void {
    this.#op('MVC', { l1: bytes - 1, b1: to, d1, b2: from, d2 });
  }

  build(): Uint8Array {
    // A branch to the main program.
    this.#op('BRCL', { m1: 15, ri2: 0 });
    const handler = this.#here;
    this.#handler();
    const main = encode(rowOf('BRCL'), { m1: 15, ri2: this.#code.length / 2 });
    this.#code.splice(0, main.length, ...main);
    this.#prepare(handler);
    cases.forEach(([, steps], k) => {
      this.#case(steps, k);
    });
    const bytes = at.log + cases.length * recordBytes - at.after;
    this.#op('LGHI', { r1: 2, i2: 1 });
    this.#address(3, at.after);
    this.#op('LLILF', { r1: 4, i2: bytes });
    this.#op('SVC', { i1: calls.write });
    this.#op('LGHI', { r1: 2, i2: 0 });
    this.#op('SVC', { i1: calls.exit });
    const code = Uint8Array.from(this.#code);
    const contents = new Uint8Array(this.#view.buffer);
    return writeElf({ machine: 's390x', littleEndian: false, code, data: contents });
  }

  /** r2: signal, r3: siginfo_t, r4: ucontext_t. */
  #handler(): void {
    this.#address(1, at.resume);
    this.#op('LG', { r1: 5, b2: 1, d2: at.logPointer - at.resume });
    this.#op('ST', { r1: 2, b2: 5, d2: 0 });
    this.#move(5, 4, 3, 8, 4);
    this.#move(5, 8, 3, 16, 8);
    this.#move(5, 16, 4, context.psw, 16 + 128);
    this.#move(5, 160, 4, context.fpc, 16);
    // In the frame: f0 = 0x77, r7 += 1, r6 ^= 0x5a, r15, psw: code 3, address; no exceptions.
    this.#op('MVGHI', { b1: 4, d1: context.f0, i2: 0x77 });
    this.#op('MVHI', { b1: 4, d1: context.fpc, i2: 0 });
    this.#op('AGSI', { b1: 4, d1: context.general + 8 * 7, i2: 1 });
    this.#op('XI', { b1: 4, d1: context.general + 8 * 6 + 7, i2: 0x5a });
    this.#move(4, context.general + 8 * 15, 1, at.stackPointer - at.resume, 8);
    this.#op('OI', { b1: 4, d1: context.psw + 2, i2: 0x30 });
    this.#move(4, context.psw + 8, 1, 0, 8);
    this.#op('BCR', { m1: 15, r2: 14 });
  }

  #prepare(handler: number): void {
    this.#set(at.stackPointer, at.stack);
    this.#set(at.action, handler);
    this.#set(at.action + 8, saSiginfo);
    for (let n = 0; n <= turns; n++) {
      this.#set(at.pointers + 8 * n, n === 1 ? 0x20 : at.valid + 32 * (n & 7));
      // The displacement of a load reaches 0x800 less far than the table.
      this.#set(at.divisors - 0x800 + 8 * n, n === 1 ? 0 : n + 7);
    }
    for (let n = 0; n < 32; n++) this.#set(at.valid + 8 * n, pattern(n, 40));
    for (const signal of Object.values(signals)) {
      this.#op('LGHI', { r1: 2, i2: signal });
      this.#address(3, at.action);
      this.#op('LGHI', { r1: 4, i2: 0 });
      this.#op('LGHI', { r1: 5, i2: 8 });
      this.#op('SVC', { i1: calls.sigaction });
    }
  }

  #case(steps: readonly Step[], k: number): void {
    // The addresses of what comes after and of the record.
    this.#address(1, at.resume);
    const fix = this.#code.length;
    this.#op('LLILF', { r1: 2, i2: 0 });
    this.#op('STG', { r1: 2, b2: 1, d2: 0 });
    this.#op('LLILF', { r1: 2, i2: at.log + k * recordBytes });
    this.#op('STG', { r1: 2, b2: 1, d2: 8 });
    // r15 is the stack; the others and f0 have patterns of their own.
    this.#op('LG', { r1: 15, b2: 1, d2: at.stackPointer - at.resume });
    for (let n = 14; n >= 0; n--) this.#constant(n, pattern(n, k));
    this.#op('LDGR', { r1: 0, r2: 2 });
    this.#op('SPM', { r1: 0 });
    for (const step of steps) this.#code.push(...stepBytes(step));
    const patch = encode(rowOf('LLILF'), { r1: 2, i2: this.#here });
    this.#code.splice(fix, patch.length, ...patch);
    this.#address(1, at.after + afterBytes * k);
    this.#op('STMG', { r1: 6, r3: 7, b2: 1, d2: 0 });
    this.#op('STG', { r1: 15, b2: 1, d2: 16 });
    this.#op('STD', { r1: 0, b2: 1, d2: 24 });
    this.#op('IPM', { r1: 0 });
    this.#op('ST', { r1: 0, b2: 1, d2: 32 });
    this.#op('STFPC', { b2: 1, d2: 36 });
  }

  #constant(r1: number, value: bigint): void {
    this.#op('LLIHF', { r1, i2: Number(BigInt.asIntN(32, value >> 32n)) });
    this.#op('IILF', { r1, i2: Number(BigInt.asIntN(32, value)) });
  }
}

/** The text of a record. SIGSEGV tells the page; of the PSW mask only the code is compared. */
function recordText(view: DataView, n: number): string {
  const from = at.log - at.after + n * recordBytes;
  const wide = (offset: number): bigint => view.getBigUint64(from + offset);
  const signal = view.getInt32(from);
  const address = signal === signals.segv ? wide(8) & -4096n : wide(8);
  const code = (wide(16) >> 44n) & 3n;
  const registers = Array.from({ length: 16 }, (_, k) => `r${k}=${wide(32 + 8 * k).toString(16)}`);
  const head = `signal ${signal} code ${view.getInt32(from + 4)} address ${address.toString(16)}`;
  const psw = `psw=${code}:${wide(24).toString(16)} fpc=${view.getUint32(from + 160).toString(16)}`;
  const after = (offset: number): string => view.getBigUint64(n * afterBytes + offset).toString(16);
  const state = view.getUint32(n * afterBytes + 32) >>> 28;
  const left = `r6=${after(0)} r7=${after(8)} r15=${after(16)} f0=${after(24)} cc=${state}`;
  return `${head} ${psw} ${registers.join(' ')} f0=${wide(168).toString(16)} then ${left}`;
}

/** The s390x program of `precise_faults.test.ts`. */
export const s390xFaults: FaultSet = {
  architecture: 's390x',
  qemu: 's390x',
  build: () => new FaultProgram().build(),
  qemuWrong: new Map([
    ['inexact, enabled', 'QEMU 7.2 suppresses what is to be completed (PoP chapter 6, table 6-4)'],
  ]),
  lines(output) {
    const view = new DataView(output.buffer, output.byteOffset, output.byteLength);
    return cases.map(([name], n) => `${name}: ${recordText(view, n)}`);
  },
};
