/** Operand texts of the disassembler, in the manual's syntax. */

import type { AnyFields, Formatter } from '../pattern.ts';
import { bitMask } from './bitmask.ts';

const conditions = 'eq ne cs cc mi pl vs vc hi ls ge lt gt le al nv'.split(' ');
const shifts = ['lsl', 'lsr', 'asr', 'ror'];
const extensions = 'uxtb uxth uxtw uxtx sxtb sxth sxtw sxtx'.split(' ');

function x(n: number): string {
  return n === 31 ? 'xzr' : `x${n}`;
}

function w(n: number): string {
  return n === 31 ? 'wzr' : `w${n}`;
}

function xSp(n: number): string {
  return n === 31 ? 'sp' : `x${n}`;
}

function wSp(n: number): string {
  return n === 31 ? 'wsp' : `w${n}`;
}

function hex(n: number): string {
  return n < 0 ? `-0x${(-n).toString(16)}` : `0x${n.toString(16)}`;
}

function label(words: number, pc: number): string {
  return hex((pc + words * 4) >>> 0);
}

function base(f: AnyFields): string {
  return xSp(f.Rn!);
}

/** [Xn{, #offset}] */
function address(f: AnyFields, offset: number): string {
  return offset === 0 ? `[${base(f)}]` : `[${base(f)}, #${offset}]`;
}

/** The value of an 8-bit floating-point immediate, as objdump prints it. */
function floatText(imm8: number): string {
  const exponent = ((imm8 >> 4) & 7) ^ 4;
  const value = (imm8 & 0x80 ? -1 : 1) * (16 + (imm8 & 15)) * 2 ** (exponent - 7);
  return value.toExponential(18).replace(/e([+-])(\d)$/, 'e$10$2');
}

const formatters: Record<string, Formatter> = {
  cond: (f) => conditions[f.cond!]!,
  nzcv: (f) => `#${hex(f.nzcv!)}`,
  imm5: (f) => `#${hex(f.imm5!)}`,
  imm12: (f) => `#${hex(f.imm12!)}${f.sh ? ', lsl #12' : ''}`,
  imm16: (f) => `#${hex(f.imm16!)}${f.hw ? `, lsl #${f.hw * 16}` : ''}`,
  imm16x: (f) => `#${hex(f.imm16!)}`,
  shift: (f) => (f.shift || f.imm6 ? `, ${shifts[f.shift!]} #${f.imm6}` : ''),
  bitmask: (f) => {
    const { low, high } = bitMask(f.N!, f.immr!, f.imms!);
    const bits = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
    return `#0x${(f.sf ? bits : BigInt.asUintN(32, bits)).toString(16)}`;
  },
  Rmext: (f) => {
    const wide = f.sf && (f.option! & 3) === 3;
    const amount = f.imm3 ? ` #${f.imm3}` : '';
    return `${wide ? x(f.Rm!) : w(f.Rm!)}, ${extensions[f.option!]}${amount}`;
  },
  crc: (f) => (f.C ? 'c' : '') + 'bhwx'[f.sz!],
  adr: (f, pc) => hex((pc + ((f.imm! << 11) >> 11)) >>> 0),
  adrp: (f, pc) => hex(((pc & ~0xfff) + ((f.imm! << 11) >> 11) * 4096) >>> 0),
  label14: (f, pc) => label(f.imm14!, pc),
  label19: (f, pc) => label(f.imm19!, pc),
  label26: (f, pc) => label(f.imm26!, pc),
  Rtb: (f) => (f.b5 ? x(f.Rt!) : w(f.Rt!)),
  bit: (f) => `#${(f.b5! << 5) | f.b40!}`,
  prfop: (f) => `#0x${f.Rt!.toString(16).padStart(2, '0')}`,
  hint: (f) => `#${hex((f.CRm! << 3) | f.op2!)}`,
  barrier: (f) => `#0x${f.CRm!.toString(16).padStart(2, '0')}`,
  sysreg: (f) => `s${f.o0! + 2}_${f.op1}_c${f.CRn}_c${f.CRm}_${f.op2}`,
  address9: (f) => address(f, f.imm9!),
  post9: (f) => `[${base(f)}], #${f.imm9}`,
  pre9: (f) => `[${base(f)}, #${f.imm9}]!`,
  // Exclusives and atomics: register width by size.
  o0l: (f) => (f.o0 ? 'l' : ''),
  o0ll: (f) => (f.o0 ? '' : 'l'),
  o0a: (f) => (f.o0 ? 'a' : ''),
  Al: (f) => (f.A ? 'a' : '') + (f.R ? 'l' : ''),
  bh: (f) => ['b', 'h', '', ''][f.size!]!,
  Rts: (f) => (f.size === 3 ? x(f.Rt!) : w(f.Rt!)),
  Rss: (f) => (f.size === 3 ? x(f.Rs!) : w(f.Rs!)),
  Rtz: (f) => (f.sz ? x(f.Rt!) : w(f.Rt!)),
  Rt1z: (f) => (f.sz ? x(f.Rt! + 1) : w(f.Rt! + 1)),
  Rt2z: (f) => (f.sz ? x(f.Rt2!) : w(f.Rt2!)),
  Rsz: (f) => (f.sz ? x(f.Rs!) : w(f.Rs!)),
  Rs1z: (f) => (f.sz ? x(f.Rs! + 1) : w(f.Rs! + 1)),
  fbits: (f) => `#${64 - f.scale!}`,
  fimm8: (f) => `#${floatText(f.imm8!)}`,
  Ws: (f) => w(f.Rs!),
};

for (const name of ['d', 'n', 'm', 'a', 't', 't2']) {
  const field = `R${name}`;
  formatters[field] = (f) => (f.sf ? x(f[field]!) : w(f[field]!));
  formatters[`${field}SP`] = (f) => (f.sf ? xSp(f[field]!) : wSp(f[field]!));
  formatters[`X${name}`] = (f) => x(f[field]!);
  formatters[`W${name}`] = (f) => w(f[field]!);
  formatters[`X${name}SP`] = (f) => xSp(f[field]!);
  for (const size of 'bhsdqv') {
    formatters[size.toUpperCase() + name] = (f) => `${size}${f[field]}`;
  }
}

for (const name of ['d', 'n', 'm', 'a']) {
  formatters[`F${name}`] = (f) => (f.type ? 'd' : 's') + f[`R${name}`];
}

for (let scale = 0; scale <= 4; scale++) {
  formatters[`address12_${scale}`] = (f) => address(f, f.imm12! << scale);
  formatters[`address7_${scale}`] = (f) => address(f, f.imm7! << scale);
  formatters[`post7_${scale}`] = (f) => `[${base(f)}], #${f.imm7! << scale}`;
  formatters[`pre7_${scale}`] = (f) => `[${base(f)}, #${f.imm7! << scale}]!`;
  formatters[`indexed${scale}`] = (f) => {
    const index = f.option! & 1 ? x(f.Rm!) : w(f.Rm!);
    const name = f.option === 3 ? 'lsl' : extensions[f.option!]!;
    const amount = f.S ? ` #${scale}` : '';
    const extension = name === 'lsl' && !f.S ? '' : `, ${name}${amount}`;
    return `[${base(f)}, ${index}${extension}]`;
  };
}

/** Arrangement by size and Q: 8b, 16b, 4h … */
export function arrangement(size: number, q: number): string {
  return ['8b', '16b', '4h', '8h', '2s', '4s', '1d', '2d'][size * 2 + q]!;
}

function list(f: AnyFields, count: number, suffix: string): string {
  const first = f.Rt!;
  const names = Array.from({ length: count }, (_, n) => `v${(first + n) & 31}.${suffix}`);
  // Four or three in a row are written as a range, as objdump does.
  const range = count > 2 && first + count <= 32;
  return range ? `{${names[0]}-${names[count - 1]}}` : `{${names.join(', ')}}`;
}

function post(f: AnyFields, bytes: number): string {
  return f.Rm === 31 ? `#${bytes}` : x(f.Rm!);
}

for (let count = 1; count <= 4; count++) {
  formatters[`list${count}`] = (f) => list(f, count, arrangement(f.size!, f.Q!));
  formatters[`postm${count}`] = (f) => post(f, count * (f.Q ? 16 : 8));
  formatters[`postrep${count}`] = (f) => post(f, count << f.size!);
  const lanes: Record<string, (f: AnyFields) => number> = {
    b: (f) => (f.Q! << 3) | (f.S! << 2) | f.size!,
    h: (f) => (f.Q! << 2) | (f.S! << 1) | f.size!,
    s: (f) => (f.Q! << 1) | f.S!,
    d: (f) => f.Q!,
  };
  for (const [suffix, lane] of Object.entries(lanes)) {
    formatters[`lane${count}${suffix}`] = (f) => `${list(f, count, suffix)}[${lane(f)}]`;
  }
}
for (let bytes = 1; bytes <= 32; bytes++) {
  formatters[`postlane${bytes}`] = (f) => post(f, bytes);
}

// Advanced SIMD. Arrangements: T by size and Q, Tw twice as wide, Tp twice as wide with Q, Th by
// immh.
const letters = 'bhsd';
const immhSize = (f: AnyFields): number => 31 - Math.clz32(f.immh!);
const imm5Size = (f: AnyFields): number => 31 - Math.clz32(f.imm5! & -f.imm5!);

Object.assign(formatters, {
  2: (f) => (f.Q ? '2' : ''),
  T: (f) => arrangement(f.size!, f.Q!),
  Tw: (f) => arrangement(f.size! + 1, 1),
  Tp: (f) => arrangement(f.size! + 1, f.Q!),
  TB: (f) => arrangement(0, f.Q!),
  TH: (f) => arrangement(1, f.Q!),
  TS: (f) => arrangement(2, f.Q!),
  TD: (f) => arrangement(3, f.Q!),
  Tf: (f) => arrangement(2 + f.sz!, f.Q!),
  T2: (f) => (f.sz ? '2d' : '2s'),
  Th: (f) => arrangement(immhSize(f), f.Q ?? 0),
  Thw: (f) => arrangement(immhSize(f) + 1, 1),
  T5: (f) => arrangement(imm5Size(f), f.Q!),
  E5: (f) => `${letters[imm5Size(f)]}[${f.imm5! >> (imm5Size(f) + 1)}]`,
  E4: (f) => `${letters[imm5Size(f)]}[${f.imm4! >> imm5Size(f)}]`,
  S5d: (f) => letters[imm5Size(f)]! + f.Rd,
  R5n: (f) => (imm5Size(f) === 3 ? x(f.Rn!) : w(f.Rn!)),
  RQd: (f) => (f.Q ? x(f.Rd!) : w(f.Rd!)),
  Ef: (f) => (f.sz ? `d[${f.H}]` : `s[${(f.H! << 1) | f.L!}]`),
  HLM: (f) => String((f.H! << 2) | (f.L! << 1) | f.M!),
  HL: (f) => String((f.H! << 1) | f.L!),
  Ve: (f) =>
    f.size === 1
      ? `v${f.Rm}.h[${(f.H! << 2) | (f.L! << 1) | f.M!}]`
      : `v${(f.M! << 4) | f.Rm!}.s[${(f.H! << 1) | f.L!}]`,
  shll: (f) => `#${8 << f.size!}`,
  left: (f) => `#${((f.immh! << 3) | f.immb!) - (8 << immhSize(f))}`,
  right: (f) => `#${(16 << immhSize(f)) - ((f.immh! << 3) | f.immb!)}`,
  righth: (f) => `#${32 - ((2 | f.immh!) << 3) - f.immb!}`,
  table: (f) => list({ Rt: f.Rn! }, f.len! + 1, '16b'),
  modified: (f) => {
    const { cmode } = f as { cmode: number };
    const wide = cmode < 8 || (cmode & 14) === 12;
    const kind = cmode === 14 ? 0 : wide ? 2 : 1;
    const amount = cmode < 12 ? ((cmode >> 1) & (wide ? 3 : 1)) * 8 : (1 + (cmode & 1)) * 8;
    const shift = cmode === 14 || amount === 0 ? '' : `, ${cmode < 12 ? 'lsl' : 'msl'} #${amount}`;
    return `v${f.Rd}.${arrangement(kind, f.Q!)}, #${hex(f.imm8!)}${shift}`;
  },
  modified64: (f) => {
    const bytes = Array.from({ length: 8 }, (_, n) => ((f.imm8! >> (7 - n)) & 1 ? 'ff' : '00'));
    const value = BigInt(`0x${bytes.join('')}`).toString(16);
    return `${f.Q ? `v${f.Rd}.2d` : `d${f.Rd}`}, #0x${value}`;
  },
} satisfies Record<string, Formatter>);
for (const name of ['d', 'n', 'm']) {
  const field = `R${name}`;
  formatters[`S${name}_size`] = (f) => letters[f.size!]! + f[field];
  formatters[`S${name}_wide`] = (f) => letters[f.size! + 1]! + f[field];
  formatters[`Sh${name}`] = (f) => letters[immhSize(f)]! + f[field];
  formatters[`Sh${name}w`] = (f) => letters[immhSize(f) + 1]! + f[field];
  formatters[`Fz${name}`] = (f) => (f.sz ? 'd' : 's') + f[field];
}

export const operandFormatters: Readonly<Record<string, Formatter>> = formatters;
