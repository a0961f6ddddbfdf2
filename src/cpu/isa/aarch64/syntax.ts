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
  o0la: (f) => (f.o0 ? '' : 'l'),
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

export const operandFormatters: Readonly<Record<string, Formatter>> = formatters;
