import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { TierPolicy } from '../../src/cpu/cpu.ts';
import { encode } from '../../src/cpu/isa/s390x/row.ts';
import { instructions, s390x } from '../../src/cpu/isa/s390x/s390x.ts';
import { runBare } from './bare_machine.ts';
import { elfBase, writeElf } from './elf_writer.ts';
import { buildProgram, rowOf } from './s390x_programs.ts';
import { digest, type Transcript, transcriptPrograms } from './s390x_transcript.ts';

const transcript: Transcript = JSON.parse(
  readFileSync(new URL('./s390x.transcript.json', import.meta.url), 'utf8'),
);

const programs = transcriptPrograms();

/** Names of every `step`th program with another result. */
function wrongPrograms(tier: TierPolicy, step: number): string[] {
  const wrong: string[] = [];
  for (const [n, [name, cases]] of [...programs].entries()) {
    if (n % step !== 0) continue;
    const { stdout, exitCode } = runBare(buildProgram(cases), s390x, tier);
    if (exitCode !== 0 || digest(stdout) !== transcript[name]) wrong.push(name);
  }
  return wrong;
}

describe('s390x', () => {
  it('gives the recorded results of QEMU in the interpreter', { timeout: 60_000 }, () => {
    expect(wrongPrograms('interpreter', 1)).toEqual([]);
  });

  it('gives some of them in translated code', { timeout: 120_000 }, () => {
    expect(wrongPrograms('translator', 5)).toEqual([]);
  });

  it('has a transcript of just the programs there are', () => {
    expect(Object.keys(transcript).sort()).toEqual([...programs.keys()].sort());
  });

  it('reaches every row, by 20,000 instructions or a test that names it', () => {
    const code = [...programs.values()].flatMap((cases) => cases.flatMap((one) => one.code));
    expect(code.length).toBeGreaterThanOrEqual(20_000);
    const reached = new Set(code.map(([row]) => row.mnemonic));
    const units = ['unit', 'float', 'decimal'].map((name) =>
      readFileSync(new URL(`./s390x_${name}.test.ts`, import.meta.url), 'utf8'),
    );
    const isNamed = (mnemonic: string): boolean =>
      units.some((text) => text.includes(`'${mnemonic}'`));
    const missing = instructions.rows.filter(
      ({ mnemonic }) => !reached.has(mnemonic) && !isNamed(mnemonic),
    );
    expect(missing.map(({ mnemonic }) => mnemonic)).toEqual([]);
  });

  it('finds every row by its own encoding', () => {
    for (const row of instructions.rows) {
      const view = new DataView(encode(row, {}).buffer);
      const high = view.byteLength === 2 ? view.getUint16(0) << 16 : view.getInt32(0);
      const low = view.byteLength === 6 ? view.getUint16(4) << 16 : 0;
      expect(instructions.find(high, low)?.mnemonic).toBe(row.mnemonic);
    }
  });

  it('disassembles as the assembler writes', () => {
    const text = (mnemonic: string, fields: Record<string, number>): string =>
      s390x.disassemble(new DataView(encode(rowOf(mnemonic), fields).buffer), 0, 0x1000).text;
    expect(text('LG', { r1: 1, x2: 2, b2: 15, d2: -8 })).toBe('lg\t%r1,-8(%r2,%r15)');
    expect(text('MVC', { l1: 15, b1: 2, d1: 4, b2: 3, d2: 0 })).toBe('mvc\t4(16,%r2),0(%r3)');
    expect(text('BRASL', { r1: 14, ri2: 8 })).toBe('brasl\t%r14,0x1010');
    expect(text('VFA', { v1: 17, v2: 2, v3: 31, m4: 3, m5: 8 })).toBe('vfa\t%v17,%v2,%v31,3,8');
  });

  const trapOf = (...code: [string, Record<string, number>][]) => {
    const bytes = code.flatMap(([mnemonic, fields]) => [...encode(rowOf(mnemonic), fields)]);
    const elf = writeElf({ machine: 's390x', littleEndian: false, code: Uint8Array.from(bytes) });
    return runBare(elf, s390x, 'interpreter').trap;
  };

  it('faults precisely', () => {
    const load = trapOf(['LGHI', { r1: 1, i2: 16 }], ['LG', { r1: 1, b2: 1, d2: 0 }]);
    expect(load).toMatchObject({ kind: 'memory', pc: elfBase + 4, address: 16, write: false });
    const divide = trapOf(['LGHI', { r1: 1, i2: 0 }], ['DSGR', { r1: 2, r2: 1 }]);
    expect(divide).toMatchObject({ kind: 'divide', pc: elfBase + 4 });
    const odd = trapOf(['LPQ', { r1: 1, b2: 15, d2: 0 }]);
    expect(odd).toMatchObject({ kind: 'illegal', pc: elfBase });
  });
});
