/**
 * Floating-point instructions by the helper module, which minds all of FPCR and raises FPSR's
 * flags: what half precision always uses, and the other formats in a program that has touched FPCR
 * or FPSR (`aarch64.ts`, `exact`). An instruction becomes a control word and register addresses;
 * which ones follows from its row's mnemonic and fields.
 */

import type { Builder, I64 } from '../../ir/builder.ts';
import type { AnyFields, PatternRow } from '../pattern.ts';
import { condition, setNzcvWord } from './flags.ts';
import { wasmHelperId } from './helper_module.ts';
import { readX, writeX } from './operands.ts';
import { registers } from './registers.ts';

// Operations in the order of their numbers in `wasm/aarch64/float.ts`.
// biome-ignore format: a table
const binaryOperations = [
  'FADD', 'FSUB', 'FMUL', 'FDIV', 'FMAX', 'FMIN', 'FMAXNM', 'FMINNM', 'FNMUL', 'FMULX', 'FABD', 'FRECPS', 'FRSQRTS',
  'FCMEQ', 'FCMGE', 'FCMGT', 'FACGE', 'FACGT', 'FCMLE', 'FCMLT',
];
const fusedOperations = ['FMADD', 'FMSUB', 'FNMADD', 'FNMSUB'];
const unaryOperations = ['FSQRT', '', '', 'FRECPE', 'FRSQRTE', 'FRECPX', '', '', 'FABS', 'FNEG'];
const unaryOf = { rint: 1, rintExact: 2, toInteger: 6, fromInteger: 7 } as const;
const kinds = {
  lanes: 0,
  pairs: 1,
  reduce: 2,
  fused: 3,
  unary: 4,
  convert: 5,
  compare: 6,
  toGeneral: 7,
  fromGeneral: 8,
} as const;

/** Rounding modes by the letter of FRINT and FCVT; 7 is FPCR's. */
const roundings: Readonly<Record<string, number>> = { N: 0, P: 1, M: 2, Z: 3, A: 4, O: 5 };
const roundingOfFpcr = 7;

/** `shape` that compares with zero. */
const withZero = 15;

interface Call {
  readonly kind: keyof typeof kinds;
  /** 1 half, 2 single, 3 double. */
  readonly format: number;
  readonly operation?: number;
  readonly otherFormat?: number;
  readonly rounding?: number;
  readonly unsigned?: boolean;
  readonly count?: number;
  readonly shape?: number;
  readonly scale?: number;
}

/** Registers by number; Rd is also what FMLA adds to. */
interface Operands {
  readonly d?: number;
  readonly n?: number;
  readonly m?: number;
  readonly a?: number;
}

function call(b: Builder, c: Call, { d = 0, n = 0, m = 0, a = d }: Operands, z?: I64): I64 {
  const control =
    (c.operation ?? 0) |
    (c.format << 5) |
    ((c.otherFormat ?? 0) << 7) |
    ((c.rounding ?? roundingOfFpcr) << 9) |
    ((c.unsigned ? 1 : 0) << 12) |
    (kinds[c.kind] << 13) |
    ((c.count ?? 1) << 17) |
    ((c.shape ?? 0) << 21) |
    ((c.scale ?? 0) << 25);
  const at = (register: number): number => registers.v[register]!.offset;
  return b.helper(
    wasmHelperId.float,
    b.const64Halves(control, registers.fpcr.offset << 16),
    b.const64Halves(at(d) | (at(n) << 16), at(m) | (at(a) << 16)),
    z ?? b.const64(0),
  );
}

type Semantics = (b: Builder, f: AnyFields) => void;
/** What a form of instruction says of its elements. */
interface Elements {
  readonly format: number;
  readonly count: number;
}
type ElementsOf = (f: AnyFields) => Elements;

function binary(operation: number, elements: ElementsOf, kind: Call['kind']): Semantics {
  return (b, f) => {
    const shape = f.Rm === undefined && kind === 'lanes' ? withZero : elementShape(f, elements(f));
    call(b, { kind, operation, shape, ...elements(f) }, { d: f.Rd!, n: f.Rn!, m: f.Rm ?? f.Rn! });
  };
}

/** 1 + index of the element of Vm that all use, from H, L and M; 0 where there is none. */
function elementShape(f: AnyFields, { format }: Elements): number {
  if (f.H === undefined) return 0;
  if (format === 3) return 1 + f.H;
  const hl = (f.H << 1) | f.L!;
  return 1 + (format === 2 ? hl : (hl << 1) | f.M!);
}

function fused(operation: number, elements: ElementsOf): Semantics {
  return (b, f) => {
    const shape = elementShape(f, elements(f));
    call(
      b,
      { kind: 'fused', operation, shape, ...elements(f) },
      { d: f.Rd!, n: f.Rn!, m: f.Rm!, a: f.Ra ?? f.Rd! },
    );
  };
}

function unary(c: Omit<Call, 'kind' | 'format' | 'count'>, elements: ElementsOf): Semantics {
  return (b, f) => {
    const scale = f.immh === undefined ? 0 : fractionBitsOf(f);
    call(b, { kind: 'unary', ...c, ...elements(f), scale }, { d: f.Rd!, n: f.Rn! });
  };
}

/** Fraction bits of the shift-by-immediate forms. */
function fractionBitsOf(f: AnyFields): number {
  const size = 31 - Math.clz32(f.immh!);
  return (16 << size) - ((f.immh! << 3) | f.immb!);
}

/** FRINT*, FCVT*S, FCVT*U, SCVTF, UCVTF on vector registers. */
function vectorUnary(mnemonic: string): Omit<Call, 'kind' | 'format' | 'count'> | null {
  const plain = unaryOperations.indexOf(mnemonic);
  if (plain >= 0) return { operation: plain };
  const unsigned = mnemonic.startsWith('U') || mnemonic.endsWith('U');
  if (/^[SU]CVTF$/.test(mnemonic)) return { operation: unaryOf.fromInteger, unsigned };
  const rint = /^FRINT([NPMZAXI])$/.exec(mnemonic);
  if (rint) {
    const operation = rint[1] === 'X' ? unaryOf.rintExact : unaryOf.rint;
    return { operation, rounding: roundings[rint[1]!] ?? roundingOfFpcr };
  }
  const convert = /^FCVT([NPMZA])[SU]$/i.exec(mnemonic);
  if (!convert) return null;
  return { operation: unaryOf.toInteger, unsigned, rounding: roundings[convert[1]!]! };
}

// Comparisons.

function compare(b: Builder, f: AnyFields, c: Elements, signals: boolean): void {
  const shape = f.Rm === undefined ? withZero : 0;
  const operands = { n: f.Rn!, m: f.Rm ?? f.Rn! };
  const control = { kind: 'compare', format: c.format, shape, unsigned: signals } as const;
  if (f.cond === undefined) {
    setNzcvWord(b, b.i64_shl(call(b, control, operands, b.const64(1)), b.const64(28)));
    return;
  }
  const when = condition(b, f.cond);
  const flags = call(b, control, operands, b.i64_extend_i32_u(when));
  setNzcvWord(b, b.i64_shl(b.i64_select(flags, b.const64(f.nzcv!), when), b.const64(28)));
}

// Between general and vector registers.

/** FCVT* to W or X, SCVTF and UCVTF from them. */
function general(mnemonic: string, format: (f: AnyFields) => number): Semantics | null {
  const c = vectorUnary(mnemonic);
  if (!c) return null;
  const { rounding, unsigned } = c;
  const scaleOf = (f: AnyFields): number => (f.scale === undefined ? 0 : 64 - f.scale);
  const shared = { rounding: rounding ?? roundingOfFpcr, unsigned: unsigned ?? false };
  if (c.operation === unaryOf.toInteger) {
    return (b, f) => {
      const otherFormat = f.sf ? 3 : 2;
      const control = { format: format(f), otherFormat, scale: scaleOf(f), ...shared };
      const r = call(b, { kind: 'toGeneral', ...control }, { n: f.Rn! });
      writeX(b, f.Rd!, f.sf ? r : b.i64_extend_i32_u(b.i32_wrap_i64(r)));
    };
  }
  return (b, f) => {
    const x = readX(b, f.Rn!);
    const word = b.i32_wrap_i64(x);
    const narrow = unsigned ? b.i64_extend_i32_u(word) : b.i64_extend_i32_s(word);
    const control = { format: format(f), scale: scaleOf(f), ...shared };
    call(b, { kind: 'fromGeneral', ...control }, { d: f.Rd! }, f.sf ? x : narrow);
  };
}

// Which form a row is.

/** Formats of FCVT by the letters of its operands, of FCVTL and its kin. */
const letters: Readonly<Record<string, number>> = { H: 1, S: 2, D: 3 };

function conversion(mnemonic: string, source: PatternRow): Semantics | null {
  const scalar = /^\{([HSD])d\}, \{([HSD])n\}$/.exec(source.syntax);
  const rounding = mnemonic === 'FCVTXN' ? roundings.O! : roundingOfFpcr;
  if (scalar) {
    const [to, from] = [letters[scalar[1]!]!, letters[scalar[2]!]!];
    return (b, f) => {
      const c = { kind: 'convert', format: from, otherFormat: to, rounding, count: 1 } as const;
      call(b, c, { d: f.Rd!, n: f.Rn! });
    };
  }
  const wide = source.syntax.includes('.2d') ? 3 : 2;
  const narrow = wide - 1;
  const isLong = mnemonic === 'FCVTL';
  const count = 8 >> narrow;
  const format = isLong ? narrow : wide;
  const otherFormat = isLong ? wide : narrow;
  return (b, f) => {
    const shape = f.Q ? count : 0;
    call(
      b,
      { kind: 'convert', format, otherFormat, rounding, count, shape },
      { d: f.Rd!, n: f.Rn! },
    );
  };
}

/** Elements of a vector or scalar row: of half precision, or by sz, or by immh. */
function elementsOf(source: PatternRow, isHalf: boolean): ElementsOf {
  const isVector = source.pattern.startsWith('0 ');
  return (f) => {
    const byImmh = f.immh === undefined ? null : 31 - Math.clz32(f.immh);
    const format = isHalf ? 1 : (byImmh ?? 2 + (f.sz ?? 0));
    return { format, count: isVector ? (f.Q === 0 ? 8 : 16) >> format : 1 };
  };
}

/** How a row without `type` field works: Advanced SIMD. */
function vectorSemantics(name: string, source: PatternRow, isHalf: boolean): Semantics | null {
  const elements = elementsOf(source, isHalf);
  const { pattern } = source;
  const reduces = / 11000 (\d{5}) 10 Rn/.test(pattern);
  if (reduces) {
    const kind = name.endsWith('V') ? 'reduce' : 'pairs';
    return binary(binaryOperations.indexOf(name.slice(0, -1)), elements, kind);
  }
  if (name === 'FMLA' || name === 'FMLS') return fused(name === 'FMLA' ? 0 : 1, elements);
  const operation = binaryOperations.indexOf(name);
  if (operation >= 0) return binary(operation, elements, 'lanes');
  const paired = name.endsWith('P') ? binaryOperations.indexOf(name.slice(0, -1)) : -1;
  if (paired >= 0) return binary(paired, elements, 'pairs');
  const c = vectorUnary(name);
  return c && unary(c, elements);
}

/** How a row with `type` field works, or one whose type is half precision. */
function scalarSemantics(name: string, source: PatternRow, isHalf: boolean): Semantics | null {
  const format = (f: AnyFields): number => (isHalf ? 1 : 2 + f.type!);
  const elements: ElementsOf = (f) => ({ format: format(f), count: 1 });
  if (/^FC?CMPE?$/.test(name)) {
    return (b, f) => compare(b, f, elements(f), name.endsWith('E'));
  }
  if (source.pattern.startsWith('sf')) return general(name, format);
  const fusedOperation = fusedOperations.indexOf(name);
  if (fusedOperation >= 0) return fused(fusedOperation, elements);
  const operation = binaryOperations.indexOf(name);
  if (operation >= 0) return binary(operation, elements, 'lanes');
  const c = vectorUnary(name);
  return c && unary(c, elements);
}

/**
 * Semantics of a floating-point row by the helper; null for rows that are none, or do not depend on
 * FPCR and raise nothing (moves, FABS, FNEG: those only with `isHalf`).
 */
export function exactSemantics(source: PatternRow, isHalf = false): Semantics | null {
  const name = source.mnemonic.replace('{2}', '').toUpperCase();
  if (!/^(F|[SU]CVTF)/.test(name) || /^(FMOV|FCSEL)/.test(name)) return null;
  if (!isHalf && /^F(ABS|NEG)$/.test(name)) return null;
  if (/^FCVT(L|N|XN)?$/.test(name)) return conversion(name, source);
  if (/\btype\b/.test(source.pattern) || /^(sf 00|000) 1111/.test(source.pattern)) {
    return scalarSemantics(name, source, isHalf);
  }
  return vectorSemantics(name, source, isHalf);
}

/** A row whose semantics are the helper's in any program. */
export function byHelper(source: PatternRow): PatternRow {
  const semantics = exactSemantics(source);
  if (!semantics) throw new Error(`${source.mnemonic} is not a floating-point operation`);
  return { ...source, semantics };
}
