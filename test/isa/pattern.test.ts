import { describe, expect, it } from 'vitest';
import {
  CompiledRow,
  encode,
  formatInstruction,
  PatternTable,
  randomEncoding,
  row,
} from '../../src/cpu/isa/pattern.ts';

const nothing = (): void => {};

function generator(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) | 0);
}

describe('bit-pattern rows', () => {
  const wide = row('BRASL', '11000000 R1:4 0101 I2:s32', 'r{R1}, {I2}', nothing);
  const odd = row('LGD', '11100011 R1:4 X2:4 B2:4 DL2:12 DH2:s8 00000100', '', nothing);
  const short = row('LR', '00011000 R1:4 R2:4', 'r{R1}, r{R2}', nothing);

  it('decodes fields across the 32-bit boundary', () => {
    const table = new PatternTable([wide, odd, short]);
    expect(table.decode(0xc0e5ffff | 0, 0xfffe)?.fields).toEqual({ R1: 14, I2: -2 });
    expect(table.decode(0xe3123abc | 0, 0x8004)?.fields).toEqual({
      R1: 1,
      X2: 2,
      B2: 3,
      DL2: 0xabc,
      DH2: -128,
    });
    expect(table.decode(0x18120000)?.fields).toEqual({ R1: 1, R2: 2 });
    expect(table.decode(0x19120000)).toBeNull();
  });

  it('encodes what it decodes', () => {
    const table = new PatternTable([wide, odd, short]);
    const random = generator(1);
    for (const compiled of table.rows) {
      for (let n = 0; n < 100; n++) {
        const { high, low } = randomEncoding(compiled, random);
        const decoded = table.decode(high, low)!;
        expect(decoded.compiled).toBe(compiled);
        expect(encode(compiled, decoded.fields)).toEqual({ high, low });
      }
    }
  });

  it('joins scattered fields', () => {
    const b = new CompiledRow(
      row('BEQ', 'i[12] i[10:5] b:5 a:5 000 i[4:1] i[11] 1100011', '', nothing),
    );
    const { high } = encode(b, { i: 0x1aae, a: 3, b: 4 });
    expect(b.extract(high, 0)).toEqual({ i: 0x1aae, a: 3, b: 4 });
  });

  it('reports undeclared overlaps only', () => {
    const general = row('A', '0000 a:4 b:8', '', nothing);
    const special = row('B', '0000 1111 b:8', '', nothing);
    expect(new PatternTable([general, special]).overlaps()).toEqual([
      'A (0000 a:4 b:8) overlaps B (0000 1111 b:8)',
    ]);
    const apart = row('A', '0000 a:4!=1111 b:8', '', nothing);
    expect(new PatternTable([apart, special]).overlaps()).toEqual([]);
    const declared = row('B', '0000 1111 b:8', '', nothing, { refines: ['A'] });
    const table = new PatternTable([general, declared]);
    expect(table.overlaps()).toEqual([]);
    expect(table.decode(0x0f010000)?.compiled.row.mnemonic).toBe('B');
    expect(table.decode(0x0e010000)?.compiled.row.mnemonic).toBe('A');
  });

  it('finds each of many rows', () => {
    const rows = Array.from({ length: 1024 }, (_, n) =>
      row(
        `i${n}`,
        `${(n >> 5).toString(2).padStart(5, '0')} r:16 ${(n & 31).toString(2).padStart(5, '0')} xx s:4`,
        '',
        nothing,
      ),
    );
    const table = new PatternTable(rows);
    const random = generator(2);
    for (const compiled of table.rows) {
      expect(table.decode(randomEncoding(compiled, random).high)?.compiled).toBe(compiled);
    }
  });

  it('prints operands', () => {
    const table = new PatternTable([wide]);
    const decoded = table.decode(0xc0e5ffff | 0, 0xfffe)!;
    expect(formatInstruction(decoded, 0x1000, {})).toBe('brasl r14, -2');
    const formatters = { I2: (f: Record<string, number>, pc: number) => `${pc + f.I2! * 2}` };
    expect(formatInstruction(decoded, 0x1000, formatters)).toBe('brasl r14, 4092');
  });
});
