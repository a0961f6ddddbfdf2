/**
 * A program whose instructions fault, for x86-64. Its handlers write down what they find in
 * siginfo_t and ucontext_t, change registers there, and go on elsewhere; the main program writes
 * down what it finds then. Everything is at fixed addresses, so all output is the same everywhere.
 */

import { dataOffset, elfBase, writeElf } from './elf_writer.ts';
import { actionFlags, type FaultSet, signals, turns } from './precise_faults.ts';
import { Assembler } from './x86_assemble.ts';

const data = elfBase + dataOffset;
const dataBytes = 0x10000;
const at = {
  /** Where the handler makes the program go on. */
  resume: data,
  logPointer: data + 8,
  xmm: data + 0x10,
  /** Words to load control registers from. */
  control: data + 0x20,
  action: data + 0x40,
  after: data + 0x100,
  log: data + 0x1000,
  pointers: data + 0x4000,
  divisors: data + 0x5000,
  valid: data + 0x6000,
  stack: data + 0xf000,
  /** A page of an empty file. */
  beyond: data + 0x100000,
} as const;

const recordBytes = 224;
const afterBytes = 32;

const calls = {
  write: 1,
  mmap: 9,
  sigaction: 13,
  sigreturn: 15,
  getpid: 39,
  exit: 60,
  tgkill: 234,
  memfdCreate: 319,
} as const;

const hex = (text: string): number[] =>
  text
    .replaceAll(' ', '')
    .match(/../g)!
    .map((byte) => Number.parseInt(byte, 16));
const le32 = (value: number): string =>
  [0, 8, 16, 24].map((n) => ((value >>> n) & 255).toString(16).padStart(2, '0')).join('');

/** A loop of `turns` rounds by rcx around `body`, ended by `end`. */
function hot(body: string, end = ''): string {
  const bytes = hex(body).length + 6;
  const back = (256 - bytes).toString(16).padStart(2, '0');
  // mov ecx, turns; body; sub rcx, 1; jnz body
  return `b9 ${le32(turns)} ${body} 48 83 e9 01 75 ${back} ${end}`;
}

const pointer = `48 8b 34 cd ${le32(at.pointers)}`; // mov rsi, [pointers + rcx*8]
const work = '48 0f af d1  48 83 c0 03  48 01 cb'; // imul rdx, rcx; add rax, 3; add rbx, rcx

/** What faults; each starts with its own values in all registers. */
// biome-ignore format: a table
const cases: readonly (readonly [name: string, code: string])[] = [
  ['load',                              `be 10 00 00 00  48 8b 46 08`],                    // mov esi, 16; mov rax, [rsi+8]
  ['load by index',                     `31 f6 b9 03 00 00 00  66 8b 44 8e 01`],           // mov ax, [rsi+rcx*4+1]
  ['store',                             `31 ff  48 89 5f 20`],                             // mov [rdi+32], rbx
  ['read-modify-write',                 `31 ff  48 01 5f 40`],                             // add [rdi+64], rbx
  ['locked exchange',                   `31 ff  f0 48 0f b1 5f 08`],                       // lock cmpxchg [rdi+8], rbx
  ['16 bytes',                          `31 ff  66 0f 58 5f 30`],                          // addpd xmm3, [rdi+48]
  ['32 bytes',                          `31 ff  c5 e5 fe 5f 40`],                          // vpaddd ymm3, ymm3, [rdi+64]
  ['x87 load',                          `db e3 d9 e8 31 ff  dc 47 08`],                    // fninit; fld1; fadd qword [rdi+8]
  ['string move',                       `be ${le32(at.valid)} bf 20 00 00 00 b9 05 00 00 00  f3 48 a5`], // rep movsq
  ['jump to nowhere',                   `31 c0  ff e0`],                                   // jmp rax
  ['call of nothing',                   `31 c0  ff d0`],                                   // call rax
  ['division by zero',                  `31 c9  48 f7 f1`],                                // div rcx
  ['division too large',                `48 b8 00 00 00 00 00 00 00 80 48 99 48 83 c9 ff  48 f7 f9`], // idiv rcx
  ['undefined',                         `0f 0b`],
  ['privileged',                        `f4`],
  ['breakpoint',                        `cc`],
  ['interrupt',                         `cd 03`],                                          // int 3 of two bytes
  ['interrupt of overflow',             `cd 04`],
  ['interrupt not for users',           `cd 81`],                                          // int 0x81
  ['jump to data',                      `b8 ${le32(at.valid)}  ff e0`],                    // mov eax, valid; jmp rax
  ['load beyond a file',                `be ${le32(at.beyond)}  48 8b 46 08`],             // mov rax, [rsi+8]
  ['store beyond a file',               `be ${le32(at.beyond)}  48 01 5e 10`],             // add [rsi+16], rbx
  ['store to code',                     `be ${le32(elfBase)}  48 89 46 18`],                // mov [rsi+24], rax
  ['SSE division by zero, not masked',  `c7 04 25 ${le32(at.control)} 80 1d 00 00 0f ae 14 25 ${le32(at.control)}` + // ldmxcsr
    ' b8 01 00 00 00 f2 0f 2a d8 66 0f ef c0  f2 0f 5e d8'],                               // cvtsi2sd xmm3, eax; pxor xmm0, xmm0; divsd xmm3, xmm0
  ['SSE inexact, not masked',           `c7 04 25 ${le32(at.control)} 80 0f 00 00 0f ae 14 25 ${le32(at.control)}` +
    ' b8 03 00 00 00 f2 0f 2a d8  f2 0f 51 db'],                                           // sqrtsd xmm3, xmm3
  ['x87 division by zero, not masked',  `db e3 c7 04 25 ${le32(at.control)} 7b 03 00 00 d9 2c 25 ${le32(at.control)} d9 e8 d9 ee de f9  9b`], // fdivp; fwait
  ['x87 store, not masked',             `db e3 c7 04 25 ${le32(at.control)} 7e 03 00 00 d9 2c 25 ${le32(at.control)} d9 ee d9 ee d8 f1` + // 0 ÷ 0
    ` dd 1c 25 ${le32(at.valid)}`],                                                         // fstp qword [valid]
  ['hot load',                          hot(`${work} ${pointer}  48 8b 7e 08  48 31 fd`)], // mov rdi, [rsi+8]; xor rbp, rdi
  ['hot store',                         hot(`${work} ${pointer}  48 89 56 10`)],           // mov [rsi+16], rdx
  ['hot read-modify-write',             hot(`${work} ${pointer}  48 11 16`)],              // adc [rsi], rdx
  ['hot push after compare',            hot(`${work} ${pointer}  39 c3  ff 36  41 5a`)],   // cmp ebx, eax; push [rsi]; pop r10
  ['hot 16 bytes',                      hot(`${work} ${pointer}  66 0f fe 1e`)],           // paddd xmm3, [rsi]
  ['hot x87 load',                      hot(`${work} ${pointer}  dd 06 dd d8`)],           // fld qword [rsi]; fstp st(0)
  ['hot division',                      hot(`${work}  31 d2  48 f7 34 cd ${le32(at.divisors)}`)], // div [divisors + rcx*8]
  ['hot undefined',                     hot(`${work} 48 31 dd`, '0f 0b')],
];

/** An unmistakable value of register n in case k. */
function pattern(n: number, k: number): bigint {
  return BigInt.asUintN(64, 0x0101_0101_0101_0101n * BigInt(n + 1) + (BigInt(k) << 32n) + 0x8000n);
}

class FaultProgram {
  readonly #out = new Assembler(elfBase);
  readonly #view = new DataView(new ArrayBuffer(dataBytes));

  #set(address: number, value: number | bigint): void {
    this.#view.setBigUint64(address - data, BigInt(value), true);
  }

  #code(text: string): void {
    this.#out.emit(...hex(text));
  }

  /** mov eax, number; syscall */
  #call(number: number): void {
    this.#code(`b8 ${le32(number)} 0f 05`);
  }

  build(): Uint8Array {
    // jmp main
    this.#code('e9 00 00 00 00');
    const handler = this.#out.address;
    this.#handler();
    const restorer = this.#out.address;
    this.#call(calls.sigreturn);
    const main = this.#out.length;
    this.#prepare(handler, restorer);
    cases.forEach(([, code], k) => {
      this.#case(code, k);
    });
    this.#report();
    const code = this.#out.bytes();
    new DataView(code.buffer).setInt32(1, main - 5, true);
    const bytes = new Uint8Array(this.#view.buffer);
    return writeElf({ machine: 'x86_64', littleEndian: true, code, data: bytes });
  }

  /** rdi: signal, rsi: siginfo_t, rdx: ucontext_t (arch/x86/include/uapi/asm/sigcontext.h). */
  #handler(): void {
    this.#code(`4c 8b 04 25 ${le32(at.logPointer)}`); // mov r8, [logPointer]
    this.#code('41 89 38  8b 46 08  41 89 40 04'); // signal, si_code
    this.#code('48 8b 4e 10  85 c0  79 02  31 c9  49 89 48 08'); // si_addr, 0 if si_code < 0
    for (let n = 0; n < 18; n++) {
      // mov rax, [rdx+40+8n]; mov [r8+16+8n], rax
      if (n === 17)
        this.#code(`8b 82 ${le32(40 + 8 * n)} 25 d5 0c 00 00`); // and eax, flags
      else this.#code(`48 8b 82 ${le32(40 + 8 * n)}`);
      this.#code(`49 89 80 ${le32(16 + 8 * n)}`);
    }
    // err, trapno, oldmask, cr2: mov rax, [rdx+192+8n]; mov [r8+184+8n], rax
    for (let n = 0; n < 4; n++) {
      this.#code(`48 8b 82 ${le32(192 + 8 * n)} 49 89 80 ${le32(184 + 8 * n)}`);
    }
    // mov rax, [rdx+224] (fpstate); movdqu xmm0, [rax+208] (xmm3); movdqu [r8+160], xmm0
    this.#code(`48 8b 82 ${le32(224)} f3 0f 6f 80 ${le32(208)} f3 41 0f 7f 80 ${le32(160)}`);
    this.#code(`8b 48 18 41 89 88 ${le32(176)} 8b 08 41 89 88 ${le32(180)}`); // mxcsr; cw, sw
    // In the frame: xmm3 = 0x77, r15 += 1, rax ^= 0x5a5a, rsp = stack, rip = [resume]
    this.#code(`48 c7 80 ${le32(208)} 77 00 00 00 48 83 82 ${le32(40 + 8 * 7)} 01`);
    this.#code(`48 81 b2 ${le32(40 + 8 * 13)} 5a 5a 00 00`);
    this.#code(`48 c7 82 ${le32(40 + 8 * 15)} ${le32(at.stack)}`);
    this.#code(`48 8b 04 25 ${le32(at.resume)} 48 89 82 ${le32(40 + 8 * 16)}`);
    this.#code('c3');
  }

  #prepare(handler: number, restorer: number): void {
    this.#set(at.action, handler);
    this.#set(at.action + 8, actionFlags);
    this.#set(at.action + 16, restorer);
    for (let n = 0; n <= turns; n++) {
      this.#set(at.pointers + 8 * n, n === 1 ? 0x20 : at.valid + 16 * (n & 7));
      this.#set(at.divisors + 8 * n, n === 1 ? 0 : n + 7);
    }
    for (let n = 0; n < 32; n++) this.#set(at.valid + 8 * n, pattern(n, 40));
    this.#code(`bc ${le32(at.stack)}`); // mov esp, stack
    // memfd_create("", 0); mmap(beyond, 4096, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_FIXED, fd, 0)
    this.#code(`bf ${le32(at.valid + 0x800)} 31 f6`);
    this.#call(calls.memfdCreate);
    this.#code(`41 89 c0 bf ${le32(at.beyond)} be 00 10 00 00 ba 03 00 00 00`);
    this.#code('41 ba 11 00 00 00 45 31 c9');
    this.#call(calls.mmap);
    for (const signal of Object.values(signals)) {
      // rt_sigaction(signal, action, 0, 8)
      this.#code(`bf ${le32(signal)} be ${le32(at.action)} 31 d2 41 ba 08 00 00 00`);
      this.#call(calls.sigaction);
    }
  }

  /** Each case has a record of its own: a fault that does not come leaves it zero. */
  #logTo(k: number): void {
    this.#code(`48 c7 04 25 ${le32(at.logPointer)} ${le32(at.log + k * recordBytes)}`);
  }

  #case(code: string, k: number): void {
    const out = this.#out;
    const fix = out.length + 8;
    this.#code(`48 c7 04 25 ${le32(at.resume)} 00 00 00 00`); // mov qword [resume], after
    this.#logTo(k);
    const low = pattern(20, k);
    this.#code(`48 b8 ${le32(Number(low & 0xffff_ffffn))} ${le32(Number(low >> 32n))}`);
    this.#code(`48 89 04 25 ${le32(at.xmm)} c5 fa 7e 1c 25 ${le32(at.xmm)}`); // vmovq xmm3, [xmm]
    this.#code('68 d5 08 00 00 9d'); // push flags; popfq
    for (let n = 0; n < 16; n++) {
      if (n === 4) continue;
      const value = pattern(n, k);
      this.#code(`${n < 8 ? '48' : '49'} ${(0xb8 + (n & 7)).toString(16)}`);
      this.#code(`${le32(Number(value & 0xffff_ffffn))} ${le32(Number(value >> 32n))}`);
    }
    this.#code(code);
    const after = out.address;
    out.patch32(fix, after);
    const to = at.after + afterBytes * k;
    // rax, r15, rsp, xmm3
    this.#code(`48 89 04 25 ${le32(to)} 4c 89 3c 25 ${le32(to + 8)} 48 89 24 25 ${le32(to + 16)}`);
    this.#code(`66 0f d6 1c 25 ${le32(to + 24)}`);
    // fninit; mov dword [control], 0x1f80; ldmxcsr [control]
    this.#code(`db e3 c7 04 25 ${le32(at.control)} 80 1f 00 00 0f ae 14 25 ${le32(at.control)}`);
  }

  /** SIGBUS by tgkill, whose pc is after the call; then everything is written out. */
  #report(): void {
    const fix = this.#out.length + 8;
    this.#code(`48 c7 04 25 ${le32(at.resume)} 00 00 00 00`);
    this.#logTo(cases.length);
    this.#call(calls.getpid);
    this.#code(`89 c7 89 c6 ba ${le32(signals.bus)}`);
    this.#call(calls.tgkill);
    this.#out.patch32(fix, this.#out.address);
    const bytes = at.log + (cases.length + 1) * recordBytes - at.after;
    // In the last record, rdi and rsi have the process id, rcx and r11 what SYSCALL leaves there.
    const last = at.log + cases.length * recordBytes;
    this.#code('31 c0');
    for (const n of [8, 9, 14, 3]) this.#code(`48 89 04 25 ${le32(last + 16 + 8 * n)}`);
    this.#code(`bf 01 00 00 00 be ${le32(at.after)} ba ${le32(bytes)}`);
    this.#call(calls.write);
    this.#code('31 ff');
    this.#call(calls.exit);
  }
}

/** The text of a record. */
function recordText(view: DataView, n: number): string {
  const from = at.log - at.after + n * recordBytes;
  const wide = (offset: number): string => view.getBigUint64(from + offset, true).toString(16);
  const names = 'r8 r9 r10 r11 r12 r13 r14 r15 rdi rsi rbp rbx rdx rax rcx rsp rip flags'.split(
    ' ',
  );
  const registers = names.map((name, k) => `${name}=${wide(16 + 8 * k)}`).join(' ');
  const head = `signal ${view.getInt32(from, true)} code ${view.getInt32(from + 4, true)}`;
  const floats = `xmm3=${wide(168)}:${wide(160)} mxcsr=${view.getUint32(from + 176, true).toString(16)}`;
  const x87 = `cw=${view.getUint16(from + 180, true).toString(16)} sw=${view.getUint16(from + 182, true).toString(16)}`;
  const trap = ['err', 'trapno', 'oldmask', 'cr2'].map((name, k) => `${name}=${wide(184 + 8 * k)}`);
  const text = `${head} address ${wide(8)} ${trap.join(' ')} ${registers} ${floats} ${x87}`;
  if (n === cases.length) return text;
  const after = [0, 8, 16, 24].map((k) => view.getBigUint64(n * afterBytes + k, true).toString(16));
  return `${text} then rax=${after[0]} r15=${after[1]} rsp=${after[2]} xmm3=${after[3]}`;
}

/** The x86-64 program of `precise_faults.test.ts`. */
export const x86Faults: FaultSet = {
  architecture: 'amd64',
  qemu: 'x86_64',
  build: () => new FaultProgram().build(),
  // QEMU 7.2's frames: trapno -1; err and cr2 without fetch, wrong for #GP and beyond files.
  comparable: (line) => line.replace(/ err=.* oldmask=(\w+) cr2=\w+/, ' oldmask=$1'),
  qemuWrong: new Map([
    ...cases
      .map(([name]) => name)
      .filter((name) => name.endsWith('not masked'))
      .map((name) => [name, 'QEMU 7.2 takes no #XM and no #MF (SDM vol. 1, 8.7, 11.5.2)'] as const),
    [
      'hot 16 bytes',
      'QEMU 7.2 changes xmm3 before the fault (SDM vol. 3, 6.5: it leaves all as it was)',
    ],
  ]),
  lines(output) {
    const view = new DataView(output.buffer, output.byteOffset, output.byteLength);
    const names = [...cases.map(([name]) => name), 'sent'];
    return names.map((name, n) => `${name}: ${recordText(view, n)}`);
  },
};
