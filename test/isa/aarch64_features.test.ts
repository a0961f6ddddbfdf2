import { describe, expect, it } from 'vitest';
import type { TierPolicy } from '../../src/cpu/cpu.ts';
import { aarch64, aarch64Rows } from '../../src/cpu/isa/aarch64/aarch64.ts';
import { abiAarch64 } from '../../src/linux/abi/aarch64.ts';
import { cpuinfoText } from '../../src/linux/fs/proc/cpuinfo.ts';
import { type BareResult, runBare } from './bare_machine.ts';
import { writeElf } from './elf_writer.ts';

/** Runs instructions; x1 is the address of 4 KiB of data. */
function run(words: readonly number[], tier: TierPolicy = 'interpreter'): BareResult {
  const code = new Uint8Array(Int32Array.from([0xd2a00c01, ...words]).buffer);
  const data = new Uint8Array(0x1000);
  return runBare(writeElf({ machine: 'aarch64', littleEndian: true, code, data }), aarch64, tier);
}

/** mov x8, #93; svc #0: ends with the low byte of x0. */
const exit = [0xd2800ba8, 0xd4000001];

const result = (words: readonly number[], tier?: TierPolicy): number | null =>
  run([...words, ...exit], tier).exitCode;

/** MRS x0, S3_0_c0_c{crm}_{op2}; ubfx x0, x0, #shift, #4 */
const readField = (crm: number, op2: number, shift: number): number[] => [
  0xd5380000 | (crm << 8) | (op2 << 5),
  0xd3400000 | (shift << 16) | ((shift + 3) << 10),
];

// Name in /proc/cpuinfo, field [CRm, op2, lowest bit] of the ID register and its least value (Arm
// ARM D17.2, Linux's Documentation/arm64/elf_hwcaps.rst), and a mnemonic that comes with it.
// biome-ignore format: a table
const features: readonly (readonly [string, readonly [number, number, number], number, string])[] = [
  ['fp', [4, 0, 16], 0, 'FADD'], ['asimd', [4, 0, 20], 0, 'ADDP'], ['fphp', [4, 0, 16], 1, 'FCVT'], ['asimdhp', [4, 0, 20], 1, 'FMLA'],
  ['aes', [6, 0, 4], 1, 'AESE'], ['pmull', [6, 0, 4], 2, 'PMULL{2}'], ['sha1', [6, 0, 8], 1, 'SHA1C'], ['sha2', [6, 0, 12], 1, 'SHA256H'],
  ['crc32', [6, 0, 16], 1, 'CRC32'], ['atomics', [6, 0, 20], 2, 'LDADD'], ['asimdrdm', [6, 0, 28], 1, 'SQRDMLAH'],
  ['asimddp', [6, 0, 44], 1, 'UDOT'], ['dcpop', [6, 1, 0], 1, 'DC CVAP'], ['lrcpc', [6, 1, 20], 1, 'LDAPR'], ['sb', [6, 1, 36], 1, 'SB'],
];

describe('AArch64 features', () => {
  it.each(features)(
    '%s is in its ID register and has its rows',
    (name, [crm, op2, at], least, row) => {
      expect(aarch64.features).toContain(name);
      const field = result(readField(crm, op2, at))!;
      expect(field).toBeGreaterThanOrEqual(least);
      expect(field).toBeLessThan(15);
      expect(aarch64Rows.some(({ mnemonic }) => mnemonic.startsWith(row))).toBe(true);
    },
  );

  it('HWCAP, /proc/cpuinfo and ID registers name nothing else', () => {
    const named = [...features.map(([name]) => name), 'cpuid'];
    expect([...aarch64.features].sort()).toEqual(named.sort());
    expect(abiAarch64.hwcap.toString(2).replaceAll('0', '').length).toBe(named.length);
    expect(cpuinfoText(abiAarch64)).toContain(`Features\t: ${aarch64.features.join(' ')}\n`);
    const known = new Set(features.map(([, field]) => field.join()));
    for (const [crm, op2] of [
      [4, 0],
      [4, 1],
      [4, 4],
      [6, 0],
      [6, 1],
      [6, 2],
    ] as const) {
      for (let at = crm === 4 ? 16 : 0; at < 64; at += 4) {
        // A field of all ones says "not there" of floating point alone.
        if (known.has([crm, op2, at].join())) continue;
        expect(result(readField(crm, op2, at)), `CRm ${crm} op2 ${op2} bit ${at}`).toBe(0);
      }
    }
  });

  it('MIDR is there, other registers of EL1 are not', () => {
    expect(result([0xd5380000, 0xd3507c00])).toBe(0x0f); // mrs x0, midr_el1; ubfx x0, x0, #16, #16
    expect(run([0xd5381000]).trap).toMatchObject({ kind: 'illegal', pc: 0x400004 }); // sctlr_el1
  });
});

describe('AArch64 hints', () => {
  // The hint space of ARMv8.3 and later: PACIASP, AUTIASP, PACIA1716, PACIAZ, AUTIAZ, XPACLRI,
  // BTI c, BTI j, ESB, PSB CSYNC, CSDB, DGH, CLRBHB.
  // mov x30, #77; mov x17, #3; …; add x0, x30, x17
  // biome-ignore format: instructions
  it.each([
    0xd503233f, 0xd50323bf, 0xd503211f, 0xd503231f, 0xd503239f, 0xd50320ff, 0xd503245f, 0xd503249f, 0xd503221f, 0xd503223f,
    0xd503229f, 0xd50320df, 0xd50322df,
  ])('%#x is a NOP', (word) => {
    expect(result([0xd28009be, 0xd2800071, word, 0x8b1103c0])).toBe(80);
  });

  // RETAA, BRAA x0, x1, PACIA x0, x1, XPACI x0, LDRAA x0, [x1], PACGA x0, x1, x2
  // biome-ignore format: instructions
  it.each([0xd65f0bff, 0xd71f0801, 0xdac10020, 0xdac143e0, 0xf8200420, 0x9ac23020])('%#x is undefined', (word) => {
    expect(run([word]).trap).toMatchObject({ kind: 'illegal', pc: 0x400004 });
  });
});

describe('AArch64 exclusive monitor', () => {
  const load = 0xc85f7c20; // ldxr x0, [x1]
  const store = 0xc8007c22; // stxr w0, x2, [x1]
  it.each([
    ['a pair of load and store succeeds', [load, store], 0],
    ['a second store fails', [load, store, store], 1],
    ['CLREX opens it', [load, 0xd5033f5f, store], 1],
    ['a store without load fails', [store], 1],
    ['another address fails', [load, 0x91004021, store], 1], // add x1, x1, #16
    ['a changed value fails', [load, 0xd2800083, 0xf9000023, store], 1], // mov x3, #4; str x3, [x1]
    ['a pair succeeds', [0xc87f0c22, 0xc8200c22], 0], // ldxp x2, x3, [x1]; stxp w0, x2, x3, [x1]
    ['a pair with a changed half fails', [0xc87f0c22, 0xd2800084, 0xf9000424, 0xc8200c22], 1],
  ] as const)('%s', (_name, words, status) => {
    expect(result(words)).toBe(status);
  });
});

describe('AArch64 alignment', () => {
  // QEMU's STXR looks at the monitor first. add x1, x1, #4; stxr w6, x5, [x1] and so on: stlxrh,
  // ldar, casal.
  // biome-ignore format: instructions
  it.each([
    [[0x91001021, 0xc8067c25], 4], [[0x91000421, 0x4806fc25], 1], [[0x91001021, 0xc8dffc24], 4], [[0x91000421, 0xc8e2fc23], 1],
  ])('%j traps at its address', (words, by) => {
    const address = 0x600000 + by;
    expect(run(words).trap).toMatchObject({ kind: 'alignment', pc: 0x400008, address });
  });
});

describe('AArch64 floating-point status', () => {
  // mov w2, #1; ucvtf d1, w2; mov w2, #3; ucvtf d2, w2; movi d0, #0
  const start = [0x52800022, 0x1e630041, 0x52800062, 0x1e630042, 0x2f00e400];
  const readFpsr = 0xd53b4420; // mrs x0, fpsr
  // biome-ignore format: instructions
  const cases: readonly (readonly [string, readonly number[], number])[] = [
    ['nothing', [0x1e622823], 0], // fadd d3, d1, d2
    ['DZC', [0x1e601823], 2], // fdiv d3, d1, d0
    ['IXC', [0x1e621823], 16], // fdiv d3, d1, d2
    ['IOC', [0x1e601803], 1], // fdiv d3, d0, d0
    ['DZC and IXC', [0x1e621823, 0x1e601823], 18],
    ['IXC of FCVTZS', [0x1e621823, 0xd51b443f, 0x9e780062], 16], // msr fpsr, xzr; fcvtzs x2, d3
  ];
  for (const tier of ['interpreter', 'translator', 'tiered'] as const) {
    it.each(cases)(`%s, never cleared, in the ${tier}`, (_name, words, flags) => {
      expect(result([...start, ...words, readFpsr], tier)).toBe(flags);
    });
  }
});
