import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { TierPolicy } from '../../src/cpu/cpu.ts';
import { Builder } from '../../src/cpu/ir/builder.ts';
import { x87Exception } from '../../src/cpu/isa/x86/registers.ts';
import { OpcodeTable } from '../../src/cpu/isa/x86/table.ts';
import {
  createX86_64,
  getFlags,
  setFlags,
  table,
  x86_64,
  x87Slots,
} from '../../src/cpu/isa/x86/x86_64.ts';
import { guestBias } from '../../src/cpu/state.ts';
import { file, runTree } from '../linux/guest_program.ts';
import { runBare } from './bare_machine.ts';
import { writeElf } from './elf_writer.ts';
import { runReference } from './qemu.ts';
import {
  caseHash,
  makeProgram,
  transcriptOptions,
  transcriptPrograms,
  usable,
} from './x86_generate.ts';

interface Transcript {
  readonly seed: number;
  readonly cases: number;
  readonly hashes: readonly string[];
}
const transcriptFile = new URL('x86.transcript.json', import.meta.url);
const transcript = JSON.parse(readFileSync(transcriptFile, 'utf8')) as Transcript;
/** `UPDATE_TRANSCRIPTS=1` records what this processor answers to the fixed programs. */
// biome-ignore lint/complexity/useLiteralKeys: an index signature.
const update = process.env['UPDATE_TRANSCRIPTS'] === '1';

const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from(hex.split(' '), (byte) => Number.parseInt(byte, 16));

function disassemble(hex: string): string {
  return x86_64.disassemble(new DataView(bytesOf(hex).buffer), 0, 0x1000).text;
}

/** Runs code until it traps. */
function runCode(
  hex: string,
  tier: TierPolicy = 'interpreter',
  isa = x86_64,
): ReturnType<typeof runBare> {
  const elf = writeElf({ machine: 'x86_64', littleEndian: true, code: bytesOf(hex) });
  return runBare(elf, isa, tier);
}

/** The low 32 bits of a slot. */
function slotWord({ memory }: ReturnType<typeof runBare>, name: string): number {
  const slot = x86_64.slots.find((candidate) => candidate.name === name)!;
  return new DataView(memory.buffer).getUint32(slot.offset, true);
}

describe('table', () => {
  test('all rows parse and none overlap', () => {
    expect(table.rows.length).toBeGreaterThan(700);
  });

  test('an overlap is an error that names both rows', () => {
    const nothing = (): void => {};
    const rows = [
      ['0F A2', 'ONE', nothing],
      ['0F A2', 'TWO', nothing],
    ] as const;
    expect(() => new OpcodeTable([rows]).rows).toThrow('0F A2 ONE overlaps 0F A2 TWO');
  });

  test('no instruction lowers to more than 300 cells', () => {
    const program = makeProgram(transcriptOptions(table.rows, 0));
    const b = new Builder();
    for (const code of program.code) {
      const padded = new Uint8Array(code.length + 16);
      padded.set(code);
      for (let at = 0; at < code.length; ) {
        b.begin(0x1000);
        at += x86_64.lower(b, new DataView(padded.buffer), at, 0x1000);
        expect(b.count).toBeLessThan(300);
      }
    }
  });
});

describe('disassembler', () => {
  // biome-ignore format: a table
  test.each([
    ['48 01 d8',                   'add rax, rbx'],
    ['66 41 83 c0 f0',             'add r8w, 0xfff0'],
    ['8a 64 8b 10',                'mov ah, byte ptr [rbx+rcx*4+0x10]'],
    ['64 48 8b 04 25 28 00 00 00', 'mov rax, qword ptr fs:[0x28]'],
    ['f3 48 a5',                   'rep movsq'],
    ['0f 85 fa ff ff ff',          'jne 0x1000'],
    ['f0 48 0f c7 0f',             'lock cmpxchg16b xmmword ptr [rdi]'],
    ['66 0f 3a 63 c1 0c',          'pcmpistri xmm0, xmm1, 0xc'],
    ['f2 0f 10 05 00 00 00 00',    'movsd xmm0, qword ptr [rip]'],
    ['d9 c9',                      'fxch st(1)'],
    ['06',                         '(bad)'],
  ])('%s', (hex, text) => {
    expect(disassemble(hex)).toBe(text);
  });
});

/** Why random programs leave rows out, by mnemonic; where else they are tested. */
const leftOut: ReadonlyMap<string, string> = new Map(
  (
    [
      ['MOV', 'segment registers; src/linux starts threads by them'],
      ['JMP CALL', 'leave the case; test/compiled is full of them'],
      ['SYSCALL', 'writes the output of each program'],
      ['INT3 UD2 UD1 HLT', 'trap; test/isa/precise_faults.test.ts'],
      ['INT1', 'traps; hypervisors report it at an address of their own'],
      [
        'INT CLI STI IN OUT INSB INSD OUTSB OUTSD CLTS SYSRET INVD WBINVD WRMSR RDMSR RDPMC SYSEXIT ' +
          'SWAPGS XSETBV MOVCR MOVDR LLDT LTR LGDT LIDT LMSW INVLPG',
        'privileged; "faults" below',
      ],
      ['FSTP1', 'of an empty register it is no stack fault on processors'],
      ['LAR LSL VERR VERW', 'read segments of the system; "identification" below'],
      [
        'CPUID RDTSC RDTSCP RDPID RDRAND RDSEED',
        'not of the program alone; "identification" below',
      ],
      ['RDFSBASE RDGSBASE WRFSBASE WRGSBASE', 'not on each host; test/compiled has threads'],
      ['LDMXCSR STMXCSR VLDMXCSR VSTMXCSR', 'would unmask exceptions; "MXCSR" below'],
      ['FXSAVE FXRSTOR', 'load and store the state of each case'],
      [
        'XSAVE XRSTOR XSAVEOPT XSAVEC XGETBV',
        'images differ between processors; "identification" below',
      ],
      [
        'FLDENV FLDCW FNSTENV FRSTOR FNSAVE',
        'hold addresses, unmask exceptions; "x87 environment" below',
      ],
      ['MASKMOVQ MASKMOVDQU VMASKMOVDQU', 'write where rdi points; "masked stores" below'],
      ['RCPPS RCPSS VRCPPS VRCPSS RSQRTPS RSQRTSS VRSQRTPS VRSQRTSS', 'approximate by definition'],
      [
        'F2XM1 FYL2X FYL2XP1 FPTAN FPATAN FSIN FCOS FSINCOS',
        'the last bit differs; "functions" below',
      ],
    ] as const
  ).flatMap(([names, why]) => names.split(' ').map((name) => [name, why] as const)),
);

describe('random programs', () => {
  const { programs, cases } = transcriptPrograms;
  const hashes = (output: Uint8Array): string =>
    Array.from({ length: cases }, (_, index) => caseHash(output, index)).join('');

  test.runIf(update)('recorded', () => {
    const recorded = Array.from({ length: programs }, (_, n) => {
      const { elf } = makeProgram(transcriptOptions(table.rows, n));
      const reference = runReference(elf, 'x86_64', { native: true, cpu: 'max' });
      expect(reference).toMatchObject({ exitCode: 0 });
      return hashes(reference!.stdout);
    });
    const text = JSON.stringify({ ...transcriptPrograms, hashes: recorded }, null, 1);
    writeFileSync(transcriptFile, `${text}\n`);
  });

  test('they are 20,000 instructions and more', () => {
    const count = (n: number): number => makeProgram(transcriptOptions(table.rows, n)).instructions;
    const counts = Array.from({ length: programs }, (_, n) => count(n));
    expect(counts.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(20_000);
  });

  test.each(['interpreter', 'translator', 'tiered'] as const)(
    '%s gives what the processor gave',
    (tier) => {
      for (let n = 0; n < programs; n++) {
        const result = runBare(makeProgram(transcriptOptions(table.rows, n)).elf, x86_64, tier);
        expect({ n, exit: result.exitCode }).toEqual({ n, exit: 0 });
        expect({ n, hashes: hashes(result.stdout) }).toEqual({ n, hashes: transcript.hashes[n] });
      }
    },
  );

  test('every row is reached that random programs may use', () => {
    const reached = new Set<string>();
    for (let n = 0; n < programs; n++) {
      for (const row of makeProgram(transcriptOptions(table.rows, n)).reached) {
        reached.add(`${row.encoding} ${row.syntax}`);
      }
    }
    const missed = table.rows
      .filter(usable)
      .map((row) => `${row.encoding} ${row.syntax}`)
      .filter((name) => !reached.has(name));
    expect(missed).toEqual([]);
  });

  test('the rows they leave out are named, with the reason', () => {
    const names = new Set(table.rows.filter((row) => !usable(row)).map((row) => row.mnemonic));
    expect([...names].sort()).toEqual([...leftOut.keys()].sort());
  });

  test('the transcript is what the host or QEMU gives today', () => {
    for (let n = 0; n < 6; n++) {
      const { elf } = makeProgram(transcriptOptions(table.rows, n));
      const reference = runReference(elf, 'x86_64', { native: true, cpu: 'max' });
      if (!reference) return;
      expect(hashes(reference.stdout)).toBe(transcript.hashes[n]);
    }
  });
});

describe('faults', () => {
  const at = 0x400000;
  // biome-ignore format: a table
  test.each([
    ['division by zero',            '31 c9 31 d2 f7 f1',                            'divide', 4],
    ['quotient too large',          'ba 02 00 00 00 b9 01 00 00 00 f7 f1',          'divide', 10],
    ['least by minus one',          '48 b8 00 00 00 00 00 00 00 80 48 99 48 83 c9 ff 48 f7 f9', 'divide', 16],
    ['the same, rdx not known',     '48 b8 00 00 00 00 00 00 00 80 48 83 ca ff 48 83 c9 ff 48 f7 f9',
                                                                                    'divide', 18],
    ['privileged',                  '90 f4',                                        'illegal', 1],
    ['model-specific register',     '90 0f 32',                                     'illegal', 1],
    ['interrupt',                   '90 cd 81',                                     'illegal', 1],
    ['undefined',                   '90 0f 0b',                                     'illegal', 1],
    ['lock on a register',          'f0 01 c0',                                     'illegal', 0],
    ['breakpoint',                  '90 cc',                                        'breakpoint', 1],
    ['null page',                   '31 c0 48 8b 18',                               'memory', 2],
  ])('%s', (_, hex, kind, offset) => {
    // Translated code gives exact addresses of memory faults only when asked for
    // (Cpu.setPreciseFaults).
    const tiers: TierPolicy[] = ['interpreter'];
    if (kind !== 'memory') tiers.push('translator');
    for (const tier of tiers) {
      expect(runCode(hex, tier).trap).toMatchObject({ kind, pc: at + offset });
    }
  });

  test('an unmasked x87 exception traps at the next instruction that waits', () => {
    // fninit; push 0x37b; fldcw [rsp]; fld1; fldz; fdivp; fnstsw ax; fwait
    const result = runCode('db e3 68 7b 03 00 00 d9 2c 24 d9 e8 d9 ee de f9 df e0 9b');
    expect(result.trap).toMatchObject({
      kind: 'arithmetic',
      pc: at + 18,
      detail: x87Exception | 4,
    });
    // ES, B, ZE; top is 6: the division has not popped.
    expect(slotWord(result, 'rax')).toBe(0xb084);
  });

  test('an MMX instruction waits too', () => {
    // fninit; push 0x37b; fldcw [rsp]; fld1; fldz; fdivp; nop; paddb mm0, mm1
    const result = runCode('db e3 68 7b 03 00 00 d9 2c 24 d9 e8 d9 ee de f9 90 0f fc c1');
    expect(result.trap).toMatchObject({
      kind: 'arithmetic',
      pc: at + 17,
      detail: x87Exception | 4,
    });
  });

  test('a faulting push leaves rsp as it was', () => {
    // xor esp, esp; push rax
    const { memory } = runCode('31 e4 50');
    const rsp = x86_64.slots.find((slot) => slot.name === 'rsp')!;
    expect(new DataView(memory.buffer).getBigUint64(rsp.offset, true)).toBe(0n);
  });
});

describe('MXCSR', () => {
  // push imm32 (MXCSR); ldmxcsr [rsp]; mov eax, 1; cvtsi2sd xmm0, eax; mov eax, 3;
  // cvtsi2sd xmm1, eax; divsd xmm0, xmm1; stmxcsr [rsp]; mov ecx, [rsp]; int3
  const third = (mxcsr: string): string =>
    `68 ${mxcsr} 0f ae 14 24 b8 01 00 00 00 f2 0f 2a c0 b8 03 00 00 00 f2 0f 2a c8 ` +
    'f2 0f 5e c1 0f ae 1c 24 8b 0c 24 cc';

  test.each(['interpreter', 'translator'] as const)('rounding and flags in the %s', (tier) => {
    const down = runCode(third('80 3f 00 00'), tier);
    expect(slotWord(down, 'xmm0')).toBe(0x55555555);
    expect(slotWord(down, 'rcx')).toBe(0x3fa0);
    const up = runCode(third('80 5f 00 00'), tier);
    expect(slotWord(up, 'xmm0')).toBe(0x55555556);
    expect(slotWord(up, 'rcx')).toBe(0x5fa0);
  });

  // mov eax, 1; cvtsi2sd xmm0, eax; mov eax, N; cvtsi2sd xmm1, eax; divsd xmm0, xmm1; push rax;
  // stmxcsr [rsp]; mov ecx, [rsp]; int3
  test.each([
    ['an inexact quotient', '03', 0x1fa0],
    ['an exact one', '04', 0x1f80],
    ['division by zero', '00', 0x1f84],
  ] as const)('%s raises its flags without any LDMXCSR before', (_, divisor, mxcsr) => {
    const code =
      `b8 01 00 00 00 f2 0f 2a c0 b8 ${divisor} 00 00 00 f2 0f 2a c8 ` +
      'f2 0f 5e c1 50 0f ae 1c 24 8b 0c 24 cc';
    for (const tier of ['interpreter', 'translator'] as const) {
      expect(slotWord(runCode(code, tier), 'rcx')).toBe(mxcsr);
    }
  });

  test('an unmasked exception traps at its instruction, flags raised, registers unchanged', () => {
    const result = runCode(third('80 0f 00 00'));
    expect(result.trap).toMatchObject({ kind: 'arithmetic', pc: 0x40001b, detail: 32 });
    expect(slotWord(result, 'mxcsr')).toBe(0x0fa0);
    expect(slotWord(result, 'xmm0')).toBe(0);
  });

  test('FXRSTOR with another MXCSR changes the rounding too', () => {
    // sub rsp, 512; and rsp, -16; fxsave [rsp]; mov dword [rsp+24], 0x5f80; fxrstor [rsp]
    const restore =
      '48 81 ec 00 02 00 00 48 83 e4 f0 0f ae 04 24 c7 44 24 18 80 5f 00 00 0f ae 0c 24 ';
    const divide = third('80 5f 00 00').split(' ').slice(9).join(' ');
    expect(slotWord(runCode(restore + divide), 'xmm0')).toBe(0x55555556);
  });
});

/** The 80 bits of an x87 register: exponent word and significand. */
function extended({ memory }: ReturnType<typeof runBare>, n: number): [string, string] {
  const view = new DataView(memory.buffer);
  const exponent = view.getInt32(x87Slots.exponent[n]!.offset, true) & 0xffff;
  const significand = view.getBigUint64(x87Slots.significand[n]!.offset, true);
  return [exponent.toString(16), significand.toString(16)];
}

describe('x87', () => {
  test('environment: FNSTENV and FNSAVE tell tags and TOP, FLDENV and FRSTOR restore them', () => {
    // sub rsp, 256; fninit; fld1; fldz; fnstenv [rsp]; mov eax, [rsp+4]; mov ecx, [rsp+8];
    // fnsave [rsp+64]; fldenv [rsp]; fnstsw ax -> edx by mov edx, eax kept; frstor [rsp+64];
    // fnstsw ax; int3
    const code =
      '48 81 ec 00 01 00 00 db e3 d9 e8 d9 ee d9 34 24 8b 74 24 04 8b 4c 24 08 ' +
      'dd 74 24 40 d9 24 24 df e0 89 c2 dd 64 24 40 df e0 cc';
    const result = runCode(code);
    // TOP 6; R7 valid, R6 zero, the others empty.
    expect(slotWord(result, 'rsi') & 0xffff).toBe(0x3000);
    expect(slotWord(result, 'rcx') & 0xffff).toBe(0x1fff);
    expect(slotWord(result, 'rdx') & 0xffff).toBe(0x3000);
    expect(slotWord(result, 'rax') & 0xffff).toBe(0x3000);
    expect(extended(result, 7)).toEqual(['3fff', '8000000000000000']);
  });

  // Values rounded to nearest from more digits (π/4, ln 2, …), by operations on 1 and 0.5.
  // biome-ignore format: a table
  test.each([
    ['fpatan: π/4',       'd9 e8 d9 e8 d9 f3',                          7, '3ffe', 'c90fdaa22168c235'],
    ['fyl2x: log2 3',     'd9 e8 6a 03 db 04 24 d9 f1', 7, '3fff', 'cae00d1cfdeb43d0'],
    ['fsin 1',            'd9 e8 d9 fe',                                7, '3ffe', 'd76aa47848677021'],
    ['fcos 1',            'd9 e8 d9 ff',                                7, '3ffe', '8a51407da8345c92'],
    ['fptan 1',           'd9 e8 d9 f2',                                7, '3fff', 'c75922e5f71d2dc5'],
    ['f2xm1 1/2',         'd9 e8 d9 e8 d9 e8 de c1 de f9 d9 f0',        7, '3ffd', 'd413cccfe7799211'],
  ])('functions: %s', (_, hex, register, exponent, significand) => {
    expect(extended(runCode(`db e3 ${hex} cc`), register)).toEqual([exponent, significand]);
  });
});

describe('masked stores', () => {
  test('MASKMOVDQU writes the bytes whose mask has its highest bit set', () => {
    // sub rsp, 64; mov rdi, rsp; xor eax, eax; mov [rsp], rax; mov [rsp+8], rax;
    // pcmpeqd xmm0, xmm0; movdqa xmm1, xmm0; psrldq xmm1, 13; maskmovdqu xmm0, xmm1;
    // mov rax, [rsp]; mov rcx, [rsp+8]; int3
    const code =
      '48 83 ec 40 48 89 e7 31 c0 48 89 04 24 48 89 44 24 08 66 0f 76 c0 66 0f 6f c8 ' +
      '66 0f 73 d9 0d 66 0f f7 c1 48 8b 04 24 48 8b 4c 24 08 cc';
    const result = runCode(code);
    expect(slotWord(result, 'rax')).toBe(0x00ffffff);
    expect(slotWord(result, 'rcx')).toBe(0);
  });
});

describe('flags', () => {
  test('every combination survives the slots', () => {
    const view = new DataView(new ArrayBuffer(0x4000));
    for (let n = 0; n < 0x1000; n++) {
      const flags = (n & 0xcd5) | 0x202;
      setFlags(view, flags);
      expect(getFlags(view)).toBe(flags);
    }
  });
});

describe('identification', () => {
  test('CPUID leaf 0 and the first features', () => {
    // xor eax, eax; cpuid; int3
    const result = runCode('31 c0 0f a2 cc');
    const letters = ['rbx', 'rdx', 'rcx']
      .map((name) => slotWord(result, name))
      .flatMap((w) => [w & 255, (w >> 8) & 255, (w >> 16) & 255, w >>> 24])
      .map((code) => String.fromCharCode(code))
      .join('');
    expect(letters).toBe('GenuineIntel');
    expect(slotWord(result, 'rax')).toBe(7);
  });

  test.each([
    ['x86-64', 0x80002000, 0x00000001],
    ['x86-64-v2', 0x80d82201, 0x00000001],
    ['x86-64-v3', 0xfed83203 | 0, 0x200c0129],
  ] as const)('model %s reports its features', (model, ecx, ebx) => {
    // mov eax, 1; cpuid; mov esi, ecx; mov eax, 7; xor ecx, ecx; cpuid; int3
    const code = 'b8 01 00 00 00 0f a2 89 ce b8 07 00 00 00 31 c9 0f a2 cc';
    const result = runCode(code, 'interpreter', createX86_64({ model }));
    expect(slotWord(result, 'rsi')).toBe(ecx >>> 0);
    expect(slotWord(result, 'rbx')).toBe(ebx);
  });

  test('XSAVE and XRSTOR keep ymm registers; components left out become their initial state', () => {
    // sub rsp, 1024; and rsp, -64; vpcmpeqd ymm3, ymm3, ymm3; fld1; mov eax, 6; xor edx, edx;
    // xsave [rsp]; vzeroall; xor ecx, ecx; mov eax, 7; xrstor [rsp]; xgetbv; int3
    const code =
      '48 81 ec 00 04 00 00 48 83 e4 c0 c5 e5 76 db d9 e8 b8 06 00 00 00 31 d2 0f ae 24 24 ' +
      'c5 fc 77 31 c9 b8 07 00 00 00 0f ae 2c 24 0f 01 d0 cc';
    const result = runCode(code);
    expect(slotWord(result, 'xmm3')).toBe(0xffffffff);
    expect(slotWord(result, 'ymm_high3')).toBe(0xffffffff);
    expect(slotWord(result, 'fp_empty')).toBe(0xff);
    expect(slotWord(result, 'rax')).toBe(7);
  });

  // mov eax, 7; xor ecx, ecx; cpuid; push rbx; write(1, rsp, 4); exit(0)
  test.each([
    ['x86-64-v2', 0x00000001],
    ['x86-64-v3', 0x200c0129],
  ] as const)('a machine with %s', async (cpu, features) => {
    const code =
      'b8 07 00 00 00 31 c9 0f a2 53 b8 01 00 00 00 bf 01 00 00 00 48 89 e6 ba 04 00 00 00 0f 05 ' +
      'b8 3c 00 00 00 31 ff 0f 05';
    const elf = writeElf({ machine: 'x86_64', littleEndian: true, code: bytesOf(code) });
    const { stdout } = await runTree({ program: file(elf) }, { args: ['/program'] }, { cpu });
    expect(new DataView(stdout.buffer).getUint32(0, true)).toBe(features);
  });

  test('LSL of the segment of the processor, VERW of the code segment', () => {
    // mov ecx, 0x7b; mov eax, 77; lsl eax, ecx; setz dl; mov ecx, 0x33; verw cx; setz dh;
    // lar ebx, ecx; int3
    const code =
      'b9 7b 00 00 00 b8 4d 00 00 00 0f 03 c1 0f 94 c2 b9 33 00 00 00 0f 00 e9 0f 94 c6 0f 02 d9 cc';
    const result = runCode(code);
    expect(slotWord(result, 'rax')).toBe(0);
    expect(slotWord(result, 'rdx') & 0xffff).toBe(1);
    expect(slotWord(result, 'rbx')).toBe(0xaffb00);
  });

  test('XSAVEC leaves out what is as at the start, and XRSTOR takes its image', () => {
    // sub rsp, 1024; and rsp, -64; xor edx, edx; mov ecx, 128; xor eax, eax; mov rdi, rsp;
    // rep stosq; pcmpeqd xmm5, xmm5; mov eax, 7; xsavec [rsp]; mov esi, [rsp+512];
    // mov edi, [rsp+520]; mov ebx, [rsp+524]; pxor xmm5, xmm5; xrstor [rsp]; mov ecx, 1; xgetbv;
    // int3
    const code =
      '48 81 ec 00 04 00 00 48 83 e4 c0 31 d2 b9 80 00 00 00 31 c0 48 89 e7 f3 48 ab ' +
      '66 0f 76 ed b8 07 00 00 00 0f c7 24 24 8b b4 24 00 02 00 00 8b bc 24 08 02 00 00 ' +
      '8b 9c 24 0c 02 00 00 66 0f ef ed 0f ae 2c 24 b9 01 00 00 00 0f 01 d0 cc';
    const result = runCode(code);
    expect(slotWord(result, 'rsi')).toBe(2);
    expect(slotWord(result, 'rdi')).toBe(7);
    expect(slotWord(result, 'rbx')).toBe(0x80000000);
    expect(slotWord(result, 'xmm5')).toBe(0xffffffff);
    expect(slotWord(result, 'rax')).toBe(2);
  });

  test('RDRAND takes from the entropy of the machine and sets CF', () => {
    // rdrand rax; setc cl; int3
    const result = runCode('48 0f c7 f0 0f 92 c1 cc');
    expect(slotWord(result, 'rax')).toBe(0x89abcdef);
    expect(slotWord(result, 'rcx') & 0xff).toBe(1);
  });

  test('FXSAVE and FXRSTOR are inverse', () => {
    // fninit; sub rsp, 1024; and rsp, -16; fld1; fldpi; pcmpeqd xmm3, xmm3; fxsave [rsp]; fninit;
    // pxor xmm3, xmm3;
    // fxrstor [rsp]; fxsave [rsp+512]; int3
    const code =
      'db e3 48 81 ec 00 04 00 00 48 83 e4 f0 d9 e8 d9 eb 66 0f 76 db 0f ae 04 24 ' +
      'db e3 66 0f ef db 0f ae 0c 24 0f ae 84 24 00 02 00 00 cc';
    const { memory } = runCode(code);
    const view = new DataView(memory.buffer);
    const rsp = view.getUint32(x86_64.slots.find((slot) => slot.name === 'rsp')!.offset, true);
    const image = (n: number): number[] =>
      Array.from(new Uint8Array(memory.buffer, rsp - guestBias + 512 * n, 512));
    expect(image(1)).toEqual(image(0));
    expect(image(0).slice(160 + 48, 160 + 64)).toEqual(Array.from({ length: 16 }, () => 255));
    expect(image(0)[4]).toBe(0xc0);
  });
});
