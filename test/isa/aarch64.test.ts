import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { aarch64, aarch64Rows, aarch64Table } from '../../src/cpu/isa/aarch64/aarch64.ts';
import { randomEncoding } from '../../src/cpu/isa/pattern.ts';
import {
  buildProgram,
  type Case,
  fuzzedRows,
  generator,
  randomCases,
  stateBlockBytes,
} from './aarch64_programs.ts';
import { runBare } from './bare_machine.ts';
import { writeElf } from './elf_writer.ts';
import { runReference } from './qemu.ts';

/**
 * What QEMU and objdump say, recorded with
 * `UPDATE_TRANSCRIPTS=1 npx vitest run test/isa/aarch64.test.ts`.
 */
interface Transcript {
  /** For each program, 8 hexadecimal digits a case: FNV-1a of its final state. */
  programs: string[];
  /** For each row, a word and its text by objdump. */
  texts: [word: string, text: string][];
}

const file = new URL('./aarch64.transcript.json', import.meta.url);
// biome-ignore lint/complexity/useLiteralKeys: an index signature.
const update = process.env['UPDATE_TRANSCRIPTS'] === '1';
const transcript = JSON.parse(readFileSync(file, 'utf8')) as Transcript;

/** The last two set FPCR. */
const programs = [1, 2, 3, 4].map((seed) => {
  const exact = seed > 2;
  const cases = randomCases({
    seed,
    cases: 1000,
    instructionsMax: 24,
    firstRow: seed * 500,
    exact,
  });
  return { cases, exact };
});

function digests(stdout: Uint8Array): string {
  let text = '';
  for (let start = 0; start < stdout.length; start += stateBlockBytes) {
    let hash = 0x811c9dc5;
    for (let n = start; n < start + stateBlockBytes; n++) {
      hash = Math.imul(hash ^ stdout[n]!, 0x01000193);
    }
    text += (hash >>> 0).toString(16).padStart(8, '0');
  }
  return text;
}

/** The first case that differs, as text; empty when none does. */
function firstDifference(cases: readonly Case[], expected: string, got: string): string {
  for (const [n, { words }] of cases.entries()) {
    if (expected.slice(n * 8, n * 8 + 8) === got.slice(n * 8, n * 8 + 8)) continue;
    const view = new DataView(Int32Array.from(words).buffer);
    const text = words.map((_, i) => aarch64.disassemble(view, i * 4, 0).text);
    return `case ${n}: ${text.join('; ')}`;
  }
  return '';
}

describe('AArch64 rows', () => {
  it('do not overlap', () => {
    expect(aarch64Table().overlaps()).toEqual([]);
  });

  it('decode what they encode', () => {
    const random = generator(7);
    for (const compiled of aarch64Table().rows) {
      for (let n = 0; n < 20; n++) {
        const { high } = randomEncoding(compiled, random);
        expect(aarch64Table().decode(high)?.compiled).toBe(compiled);
      }
    }
  });

  it('are all reached by random programs', () => {
    const reached = new Set<unknown>();
    for (const { words } of programs.flatMap(({ cases }) => cases)) {
      for (const word of words) reached.add(aarch64Table().decode(word)!.compiled);
    }
    expect(fuzzedRows().filter((r) => !reached.has(r))).toEqual([]);
    expect(aarch64Rows.length).toBeGreaterThan(980);
    const words = programs.flatMap(({ cases }) => cases.map((one) => one.words.length));
    expect(words.reduce((sum, length) => sum + length, 0)).toBeGreaterThan(20_000);
  });

  it('print as objdump does', () => {
    for (const [word, text] of transcript.texts) {
      const view = new DataView(new ArrayBuffer(4));
      view.setUint32(0, Number.parseInt(word, 16), true);
      expect(aarch64.disassemble(view, 0, 0).text).toBe(text);
    }
    expect(transcript.texts.length).toBeGreaterThan(950);
  });
});

describe('AArch64 random programs', () => {
  for (const [n, { cases, exact }] of programs.entries()) {
    const elf = buildProgram(cases, exact);

    it(`program ${n}: QEMU gives the transcript`, () => {
      const reference = runReference(elf, 'aarch64', { cpu: 'max,pauth=off' });
      if (!reference) return;
      const got = digests(reference.stdout);
      if (update) {
        transcript.programs[n] = got;
        writeFileSync(file, `${JSON.stringify(transcript, null, 1)}\n`);
      }
      expect(firstDifference(cases, transcript.programs[n] ?? '', got)).toBe('');
    });

    it(`program ${n}: the interpreter gives the transcript`, () => {
      const { stdout, exitCode } = runBare(elf, aarch64, 'interpreter');
      expect(exitCode).toBe(0);
      expect(firstDifference(cases, transcript.programs[n]!, digests(stdout))).toBe('');
    });

    // Compiling code that runs once is slow; the long run (`npm run fuzz`) does all cases. The
    // last cases may load literals from the code of what comes after them.
    it(`program ${n}: the translator gives the transcript of a part`, () => {
      const part = cases.slice(0, 150);
      const { stdout, exitCode } = runBare(
        buildProgram(cases.slice(0, 160), exact),
        aarch64,
        'translator',
      );
      expect(exitCode).toBe(0);
      expect(firstDifference(part, transcript.programs[n]!, digests(stdout))).toBe('');
    });
  }
});

/** Runs words (loaded at 0x400000) until they trap. */
function runWords(words: readonly number[]): ReturnType<typeof runBare> {
  const code = new Uint8Array(Int32Array.from(words).buffer);
  return runBare(
    writeElf({ machine: 'aarch64', littleEndian: true, code }),
    aarch64,
    'interpreter',
  );
}

describe('AArch64 results QEMU gets wrong', () => {
  it('FCVTZS of a half keeps 16 bits', () => {
    // mov w0, #0xc000 (−2.0); fmov h1, w0; fcvtzs h2, h1, #1; fmov x0, d2; lsr x0, x0, #8; exit
    // biome-ignore format: instructions
    const words = [0x52980000, 0x1ee70001, 0x5f1ffc22, 0x9e660040, 0xd348fc00, 0xd2800ba8, 0xd4000001];
    expect(runWords(words).exitCode).toBe(0xff);
  });
});

describe('AArch64 data cache', () => {
  it('DC ZVA clears the 64 bytes around its address', () => {
    // mov x1, #0x600000; mov w2, #-1; str w2, [x1, #60]; str w2, [x1, #64]; str w2, [x1, #128];
    // add x3, x1, #100; dc zva, x3; ldr w4, [x1, #60]; ldr w5, [x1, #64]; ldr w6, [x1, #128];
    // and w4, w4, #1; and w5, w5, #2; and w6, w6, #4; orr w0, w4, w5; orr w0, w0, w6; exit
    // biome-ignore format: instructions
    const words = [
      0xd2a00c01, 0x12800002, 0xb9003c22, 0xb9004022, 0xb9008022, 0x91019023, 0xd50b7423, 0xb9403c24, 0xb9404025, 0xb9408026,
      0x12000084, 0x121f00a5, 0x121e00c6, 0x2a050080, 0x2a060000, 0xd2800ba8, 0xd4000001,
    ];
    const code = new Uint8Array(Int32Array.from(words).buffer);
    const data = new Uint8Array(0x1000);
    const elf = writeElf({ machine: 'aarch64', littleEndian: true, code, data });
    expect(runBare(elf, aarch64, 'interpreter').exitCode).toBe(5);
  });
});

describe('AArch64 traps', () => {
  it('a faulting load pair changes nothing and says where', () => {
    // mov x1, #-8 (the last 8 bytes below 4 GiB: never mapped); mov x2, #5; ldp x2, x1, [x1], #16
    const { trap, memory } = runWords([0x928000e1, 0xd28000a2, 0xa8c10422]);
    expect(trap).toMatchObject({ kind: 'memory', pc: 0x400008, address: 0xfffffff8 });
    const view = new DataView(memory.buffer);
    expect(view.getBigInt64(aarch64.registers.x[1]!.offset, true)).toBe(-8n);
    expect(view.getBigInt64(aarch64.registers.x[2]!.offset, true)).toBe(5n);
  });

  it('undefined, HLT and BRK', () => {
    expect(runWords([0]).trap).toMatchObject({ kind: 'illegal', pc: 0x400000 });
    expect(runWords([0xd4400000]).trap).toMatchObject({ kind: 'illegal' });
    expect(runWords([0xd503201f, 0xd42000e0]).trap).toMatchObject({
      kind: 'breakpoint',
      pc: 0x400004,
      detail: 7,
    });
  });

  it('unaligned exclusives', () => {
    // mov x1, #0x600001 (data); ldxr x0, [x1]
    const { trap } = runWords([0xd2a00c01, 0x91000421, 0xc85f7c20]);
    expect(trap).toMatchObject({ kind: 'alignment', pc: 0x400008, address: 0x600001 });
  });
});

describe('AArch64 floating-point environment', () => {
  // mov w0, #1; ucvtf d1, w0; mov w0, #3; ucvtf d2, w0; [a] fdiv d3, d1, d2;
  // mov x0, #0x400000 (RP); msr fpcr, x0; fdiv d4, d1, d2; mrs x1, fpsr; fmov x2, d3; fmov x3, d4;
  // sub x3, x3, x2; orr x0, x1, x3, lsl #6; exit
  // biome-ignore format: instructions
  const words = [
    0x52800020, 0x1e630001, 0x52800060, 0x1e630002, 0x1e621823, 0xd2a00800, 0xd51b4400, 0x1e621824, 0xd53b4421, 0x9e660062,
    0x9e660083, 0xcb020063, 0xaa031820, 0xd2800ba8, 0xd4000001,
  ];
  const code = new Uint8Array(Int32Array.from(words).buffer);
  const elf = writeElf({ machine: 'aarch64', littleEndian: true, code });
  for (const tier of ['interpreter', 'translator', 'tiered'] as const) {
    it(`counts from the instruction on that sets it, in the ${tier}`, () => {
      // One unit in the last place more, and Inexact.
      expect(runBare(elf, aarch64, tier).exitCode).toBe((1 << 6) | 16);
    });
  }
});

describe('AArch64 code that changes', () => {
  // Writes `mov x0, #i & 255; ret` to 0x600000 for i = 0…299, flushes the line (DC CVAU, DSB, IC
  // IVAU, DSB, ISB), calls it 100 times, and exits with (sum & 127) + 1.
  // biome-ignore format: instructions
  const words = [
    0x58000394, 0xd2800013, 0xd2800015, 0x180002e1, 0x92401e62, 0x2a021421, 0xb9000281, 0x18000281, 0xb9000681, 0xd50b7b34,
    0xd5033b9f, 0xd50b7534, 0xd5033b9f, 0xd5033fdf, 0xd2800c96, 0xd63f0280, 0x8b0002b5, 0xf10006d6, 0x54ffffa1, 0x91000673,
    0xf104b27f, 0x54fffdc1, 0x92401aa0, 0x91000400, 0xd2800ba8, 0xd4000001, 0xd2800000, 0xd65f03c0, 0x00600000, 0x00000000,
  ];
  const code = new Uint8Array(Int32Array.from(words).buffer);
  const elf = writeElf({ machine: 'aarch64', littleEndian: true, code });
  for (const tier of ['interpreter', 'translator', 'tiered'] as const) {
    it(`is executed anew by the ${tier}`, () => {
      expect(runBare(elf, aarch64, tier).exitCode).toBe(9);
    });
  }
});

describe('AArch64 state', () => {
  it('NZCV survives setting and getting', () => {
    const view = new DataView(new ArrayBuffer(0x4000));
    for (let nzcv = 0; nzcv < 16; nzcv++) {
      aarch64.setNzcv(view, nzcv * 2 ** 28);
      expect(aarch64.getNzcv(view)).toBe(nzcv * 2 ** 28);
    }
  });
});
