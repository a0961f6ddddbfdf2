import { describe, expect, it } from 'vitest';
import { encode } from '../../src/cpu/isa/s390x/row.ts';
import { s390x } from '../../src/cpu/isa/s390x/s390x.ts';
import { runBare } from './bare_machine.ts';
import { dataOffset, writeElf } from './elf_writer.ts';
import { type Fields, rowOf } from './s390x_programs.ts';

type Step = [string, Fields];
const dataBytes = 256;
const codeAt = 240;

/** Runs steps with r12 at `data` (hex); gives the data after them, in hex, and the trap. */
function run(data: string, steps: readonly Step[]) {
  const code: number[] = [];
  const op = (name: string, fields: Fields): void => {
    code.push(...encode(rowOf(name), fields));
  };
  op('LARL', { r1: 12, ri2: dataOffset / 2 });
  for (const [name, fields] of steps) op(name, fields);
  op('IPM', { r1: 0 });
  op('ST', { r1: 0, b2: 12, d2: codeAt });
  op('LGHI', { r1: 2, i2: 1 });
  op('LGR', { r1: 3, r2: 12 });
  op('LGHI', { r1: 4, i2: dataBytes });
  op('SVC', { i1: 4 });
  op('LGHI', { r1: 2, i2: 0 });
  op('SVC', { i1: 1 });
  const bytes = new Uint8Array(dataBytes);
  bytes.set(Buffer.from(data, 'hex'));
  const elf = writeElf({
    machine: 's390x',
    littleEndian: false,
    code: Uint8Array.from(code),
    data: bytes,
  });
  const { stdout, trap } = runBare(elf, s390x, 'interpreter');
  const out = Buffer.from(stdout).toString('hex');
  return { out, cc: (stdout[codeAt] ?? 0) >> 4, trap };
}

const at1 = { b1: 12, d1: 0 };
const at8 = { b2: 12, d2: 8 };
/** The first operand has `l1` + 1 bytes, the second, at 8, `l2` + 1. */
function two(name: string, first: string, second: string): string {
  const data = first.padEnd(16, '0') + second;
  const fields = { ...at1, ...at8, l1: first.length / 2 - 1, l2: second.length / 2 - 1 };
  const { out, cc, trap } = run(data, [[name, fields]]);
  return trap ? trap.kind : `${out.slice(0, first.length)} ${cc}`;
}

describe('packed decimal', () => {
  it('adds and subtracts with the sign of the result', () => {
    expect(two('AP', '00123c', '00877c')).toBe('01000c 2');
    expect(two('AP', '00123c', '123d')).toBe('00000c 0');
    expect(two('SP', '00123c', '00124f')).toBe('00001d 1');
    expect(two('AP', '999c', '001c')).toBe('000c 3');
    expect(two('AP', '999d', '001d')).toBe('000d 3');
    expect(two('ZAP', '00000c', '000d')).toBe('00000c 0');
    expect(two('ZAP', '000c', '12345d')).toBe('345d 3');
    expect(two('CP', '00012d', '012b')).toBe('00012d 0');
    expect(two('CP', '00012d', '012a')).toBe('00012d 1');
  });

  it('multiplies and divides', () => {
    expect(two('MP', '0000123c', '045d')).toBe('0005535d 0');
    expect(two('MP', '0100123c', '045d')).toBe('illegal');
    expect(two('DP', '0001234d', '010c')).toBe('123d004d 0');
    expect(two('DP', '1234567c', '001c')).toBe('divide');
    expect(two('DP', '0001234c', '000c')).toBe('divide');
  });

  it('refuses invalid digits and signs', () => {
    expect(two('AP', '0a1c', '001c')).toBe('illegal');
    expect(two('AP', '0011', '001c')).toBe('illegal');
  });

  it('shifts and rounds', () => {
    const shift = (data: string, by: number, i3: number): string => {
      const { out, cc } = run(data, [['SRP', { ...at1, l1: data.length / 2 - 1, i3, d2: by }]]);
      return `${out.slice(0, data.length)} ${cc}`;
    };
    expect(shift('00123c', 2, 0)).toBe('12300c 2');
    expect(shift('12345c', 1, 0)).toBe('23450c 3');
    expect(shift('12345d', 63, 5)).toBe('01235d 1');
    expect(shift('00004d', 63, 5)).toBe('00000c 0');
  });

  it('converts to binary', () => {
    const step = (name: string, d2: number): Step => [name, { r1: 5, b2: 12, d2 }];
    const convert = (name: string, data: string): string => {
      const { out, trap } = run(data, [step(name, 0), step('STG', 16)]);
      return trap ? trap.kind : BigInt.asIntN(32, BigInt(`0x${out.slice(32, 48)}`)).toString();
    };
    expect(convert('CVB', '000002147483647c')).toBe('2147483647');
    expect(convert('CVBY', '000002147483648d')).toBe('-2147483648');
    expect(convert('CVB', '000002147483648c')).toBe('divide');
    const wide = run('0000000000009223372036854775807d', [step('CVBG', 0), step('CVDG', 32)]);
    expect(wide.out.slice(64, 96)).toBe('0000000000009223372036854775807d');
  });

  it('edits: fill characters, significance, sign', () => {
    // The example of PoP appendix A, "EDIT": 0257426+ by a pattern with a comma, a point and CR.
    const pattern = '4020206b2020214b202040c3d9';
    const edited = (packed: string, name = 'ED') => {
      const data = pattern.padEnd(64, '0') + packed;
      const { out, cc } = run(data, [[name, { ...at1, l1: 12, b2: 12, d2: 32 }]]);
      return `${out.slice(0, pattern.length)} ${cc}`;
    };
    expect(edited('0257426c')).toBe('4040f26bf5f7f44bf2f6404040 2');
    expect(edited('0000026d')).toBe('404040404040404bf2f640c3d9 1');
    expect(edited('0257426c', 'EDMK')).toBe('4040f26bf5f7f44bf2f6404040 2');
    expect(edited('0000000c').slice(-1)).toBe('0');
  });

  it('packs characters', () => {
    const { out } = run(`${'00'.repeat(16)}313233`, [
      ['PKA', { b1: 12, d1: 0, l2: 2, b2: 12, d2: 16 }],
    ]);
    expect(out.slice(0, 32)).toBe(`${'0'.repeat(28)}123c`);
  });
});

describe('EXECUTE of what is found at run time', () => {
  /** AR, SR, XR of r2 and r3 by turns, from an address in a table, 200 times. */
  const steps: Step[] = [
    ['LGHI', { r1: 2, i2: 5 }],
    ['LGHI', { r1: 3, i2: 3 }],
    ['LGHI', { r1: 7, i2: 200 }],
    ['LGHI', { r1: 5, i2: 0 }],
    ['LA', { r1: 6, x2: 5, b2: 12, d2: 0 }],
    ['EX', { r1: 8, b2: 6, d2: 0 }],
    ['AHI', { r1: 5, i2: 2 }],
    ['NILL', { r1: 5, i2: 6 }],
    ['BRCTG', { r1: 7, ri2: -8 }],
    ['ST', { r1: 2, b2: 12, d2: 64 }],
  ];
  /** In data: ar 0,0; sr 0,3; ar 2,3 (by 0x20); lr 0,0; r8's low byte makes 0,0 to 2,3. */
  it('runs each target with its modification', () => {
    const { out, trap } = run('1a001b031a031700', [['LGHI', { r1: 8, i2: 0x23 }], ...steps]);
    expect(trap).toBeNull();
    let r2 = 5;
    for (let i = 0; i < 200; i++) {
      if (i % 4 === 3) r2 ^= 3;
      else r2 += i % 4 === 1 ? -3 : 3;
    }
    expect(Number.parseInt(out.slice(128, 136), 16)).toBe(r2 >>> 0);
  });
});
