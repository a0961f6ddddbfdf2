/**
 * Floating-point instructions by the helper module, which minds all of FPCR and raises FPSR's
 * flags. Half precision and estimates always go that way. The other rows compute by wasm first;
 * `float_checks.ts` tells where that may not be all, and only then the helper is called.
 *
 * An instruction becomes a control word; which one follows from its row's mnemonic and fields.
 */

import type { Builder, I32, I64, V128 } from '../../ir/builder.ts';
import type { AnyFields, PatternRow } from '../pattern.ts';
import { condition, setFloatFlags, setNzcvNibble } from './flags.ts';
import { binaryChecks, type Check, check, isSlow, rangeCheck } from './float_checks.ts';
import { scalarId, wasmHelperId } from './helper_module.ts';
import {
  bitsFloat,
  float,
  readF,
  readV,
  readX,
  writeF,
  writeV,
  writeX,
  zeroV,
} from './operands.ts';
import { helperOperands } from './registers.ts';
import { vectorLeaf } from './vector_leaf.ts';

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
  toGeneral: 7,
  fromGeneral: 8,
} as const;

/** Rounding modes by the letter of FRINT and FCVT; 7 is FPCR's. */
const roundings: Readonly<Record<string, number>> = { N: 0, P: 1, M: 2, Z: 3, A: 4, O: 5 };
const roundingOfFpcr = 7;

/** `shape` that compares with zero. */
const withZero = 15;

interface Control {
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

function wordOf(c: Control): number {
  return (
    (c.operation ?? 0) |
    (c.format << 5) |
    ((c.otherFormat ?? 0) << 7) |
    ((c.rounding ?? roundingOfFpcr) << 9) |
    ((c.unsigned ? 1 : 0) << 12) |
    (kinds[c.kind] << 13) |
    ((c.count ?? 1) << 17) |
    ((c.shape ?? 0) << 21) |
    ((c.scale ?? 0) << 25)
  );
}

type Semantics = (b: Builder, f: AnyFields) => void;
/** What wasm's instructions give, where they can; null where only the helper is right. */
type Fast = Semantics | null;
/** What a form of instruction says of its elements. */
interface Elements {
  readonly format: number;
  readonly count: number;
}
type ElementsOf = (f: AnyFields) => Elements;

/** Performs the row: fast where it may, and by the helper. */
type Lowering = (b: Builder, f: AnyFields, fast: Fast) => void;

/** Lowest 64 bits of a vector register. */
const low = (b: Builder, v: V128): I64 => b.i64x2_extract_lane(0, v);

/**
 * Vd after `fast`, or by the helper's leaf under the condition of `checked`; the leaf's operands are
 * in memory.
 */
function lanes(b: Builder, f: AnyFields, fast: Fast, c: Control, checked: Check): void {
  const d = readV(b, f.Rd!);
  const n = readV(b, f.Rn!);
  const m = f.Rm === undefined ? n : readV(b, f.Rm);
  const keeps = c.kind === 'fused' || (c.kind === 'convert' && (c.shape ?? 0) > 0);
  let when: I32 = b.const32(1);
  if (fast) {
    fast(b, f);
    when = check(b, checked, c, { r: readV(b, f.Rd!), n, m: c.shape === withZero ? n : m });
  }
  const operands = { n, ...(keeps ? { d } : {}), ...(f.Rm === undefined ? {} : { m }) };
  const exact = vectorLeaf(b, wasmHelperId.floatLanes, wordOf(c), operands, when);
  writeV(b, f.Rd!, fast ? b.v128_select(exact, readV(b, f.Rd!), when) : exact);
}

function binary(operation: number, elements: ElementsOf, kind: Control['kind']): Lowering {
  const checked = binaryChecks[binaryOperations[operation]!]!;
  return (b, f, fast) => {
    const own = elements(f);
    const shape = f.Rm === undefined && kind === 'lanes' ? withZero : elementShape(f, own);
    lanes(b, f, fast, { kind, operation, shape, ...own }, byElement(shape, checked));
  };
}

/** 1 + index of the element of Vm that all use, from H, L and M; 0 where there is none. */
function elementShape(f: AnyFields, { format }: Elements): number {
  if (f.H === undefined) return 0;
  if (format === 3) return 1 + f.H;
  const hl = (f.H << 1) | f.L!;
  return 1 + (format === 2 ? hl : (hl << 1) | f.M!);
}

/** Factors that are one element of Vm are not looked at. */
function byElement(shape: number, checked: Check): Check {
  return shape > 0 && checked === 'product' ? 'quotient' : checked;
}

function fused(operation: number, elements: ElementsOf): Lowering {
  return (b, f, fast) => {
    const own = elements(f);
    const shape = elementShape(f, own);
    const control = { kind: 'fused', operation, shape, ...own } as const;
    lanes(b, f, fast, control, byElement(shape, 'product'));
  };
}

/** A control word without what says of elements. */
type Unary = Omit<Control, 'kind' | 'format' | 'count'>;

/** What may go wrong in an operation on one operand. */
function unaryCheck({ operation }: Unary): Check {
  if (operation === unaryOf.toInteger) return 'range';
  return operation === unaryOf.fromInteger ? 'nothing' : 'nan';
}

function unary(c: Unary, elements: ElementsOf): Lowering {
  return (b, f, fast) => {
    const scale = f.immh === undefined ? 0 : fractionBitsOf(f);
    lanes(b, f, fast, { kind: 'unary', ...c, ...elements(f), scale }, unaryCheck(c));
  };
}

/** Fraction bits of the shift-by-immediate forms. */
function fractionBitsOf(f: AnyFields): number {
  const size = 31 - Math.clz32(f.immh!);
  return (16 << size) - ((f.immh! << 3) | f.immb!);
}

/** FRINT*, FCVT*S, FCVT*U, SCVTF, UCVTF, FSQRT and the estimates. */
function unaryControl(mnemonic: string): Unary | null {
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

// Scalars: operands and results are in the leaf's parameters.

/** Vd, a scalar of `format`: as `fast` left it, or the bits `exact` where `when` is 1. */
function finishScalar(
  b: Builder,
  f: AnyFields,
  format: number,
  exact: I64,
  when: I32 | null,
): void {
  if (when === null) {
    writeV(b, f.Rd!, b.i64x2_replace_lane(0, zeroV(b), exact));
    return;
  }
  const type = format - 2;
  const bits = type ? exact : b.i32_wrap_i64(exact);
  const chosen = float(b, type, 'select', bitsFloat(b, type, bits), readF(b, type, f.Rd!), when);
  writeF(b, type, f.Rd!, chosen);
}

/** Bits of a scalar operand. */
function operandBits(b: Builder, format: number, v: V128): I64 {
  if (format === 3) return low(b, v);
  if (format === 2) return b.i64_extend_i32_u(b.i32x4_extract_lane(0, v));
  return b.i64_extend_i32_u(b.i16x8_extract_lane_u(0, v));
}

type FormatOf = (f: AnyFields) => number;

function scalarBinary(operation: number, formatOf: FormatOf): Lowering {
  const checked = binaryChecks[binaryOperations[operation]!]!;
  return (b, f, fast) => {
    const format = formatOf(f);
    const [n, m] = [readV(b, f.Rn!), readV(b, f.Rm!)];
    let when: I32 | null = null;
    if (fast) {
      fast(b, f);
      when = check(b, checked, { format, count: 1 }, { r: readV(b, f.Rd!), n, m });
    }
    const [x, y] = [operandBits(b, format, n), operandBits(b, format, m)];
    const id = scalarId('binary', operation, format);
    finishScalar(b, f, format, b.leaf(id, when ?? b.const32(1), x, y), when);
  };
}

function scalarFused(operation: number, formatOf: FormatOf): Lowering {
  return (b, f, fast) => {
    const format = formatOf(f);
    const [n, m, a] = [readV(b, f.Rn!), readV(b, f.Rm!), readV(b, f.Ra!)];
    let when: I32 | null = null;
    if (fast) {
      fast(b, f);
      when = check(b, 'product', { format, count: 1 }, { r: readV(b, f.Rd!), n, m });
    }
    b.poke(helperOperands[0]!, a);
    const [x, y] = [operandBits(b, format, n), operandBits(b, format, m)];
    const id = scalarId('fused', operation, format);
    finishScalar(b, f, format, b.leaf(id, when ?? b.const32(1), x, y), when);
  };
}

function unaryLeaf(b: Builder, c: Control, when: I32, x: I64): I64 {
  return b.leaf(wasmHelperId.floatUnary, when, x, b.const64Halves(wordOf(c), 0));
}

function scalarUnary(c: Omit<Control, 'format'>, formatOf: FormatOf, checked: Check): Lowering {
  return (b, f, fast) => {
    const format = formatOf(f);
    const control = { ...c, format };
    const n = readV(b, f.Rn!);
    let when: I32 | null = null;
    if (fast) {
      fast(b, f);
      // What a conversion gives is of the other format.
      const shape = { format: c.otherFormat ?? format, count: 1 };
      when = check(b, checked, shape, { r: readV(b, f.Rd!), n, m: n }, format);
    }
    const exact = unaryLeaf(b, control, when ?? b.const32(1), operandBits(b, format, n));
    finishScalar(b, f, c.otherFormat ?? format, exact, when);
  };
}

/** FCMP, FCMPE, FCCMP, FCCMPE. */
function compare(formatOf: FormatOf, signals: boolean): Lowering {
  return (b, f) => {
    const format = formatOf(f);
    const n = readV(b, f.Rn!);
    const m = f.Rm === undefined ? zeroV(b) : readV(b, f.Rm);
    const [x, y] = [operandBits(b, format, n), operandBits(b, format, m)];
    const id = scalarId('compare', signals ? 1 : 0, format);
    const isMade = f.cond === undefined ? null : condition(b, f.cond);
    if (format === 1) {
      setNzcvNibble(b, f, b.leaf(id, isMade ?? b.const32(1), x, y));
      return;
    }
    const when = check(b, 'operands', { format, count: 1 }, { r: n, n, m });
    const exact = b.leaf(id, isMade ? b.i32_select(when, b.const32(0), isMade) : when, x, y);
    setFloatFlags(b, f, { type: format - 2, n, m, exact, when });
  };
}

/** FCVT* to W or X, SCVTF and UCVTF from them. */
function general(mnemonic: string, formatOf: FormatOf): Lowering | null {
  const c = unaryControl(mnemonic);
  if (!c) return null;
  const { rounding = roundingOfFpcr, unsigned = false } = c;
  const scaleOf = (f: AnyFields): number => (f.scale === undefined ? 0 : 64 - f.scale);
  if (c.operation === unaryOf.toInteger) {
    return (b, f, fast) => {
      const format = formatOf(f);
      const scale = scaleOf(f);
      const otherFormat = f.sf ? 3 : 2;
      const n = readV(b, f.Rn!);
      if (fast) fast(b, f);
      const bits = 8 << otherFormat;
      const when = fast ? rangeCheck(b, format, n, { bits, unsigned, scale }) : b.const32(1);
      const control = {
        kind: 'toGeneral',
        format,
        otherFormat,
        scale,
        rounding,
        unsigned,
      } as const;
      const exact = unaryLeaf(b, control, when, operandBits(b, format, n));
      const narrow = f.sf ? exact : b.i64_extend_i32_u(b.i32_wrap_i64(exact));
      writeX(b, f.Rd!, fast ? b.i64_select(narrow, readX(b, f.Rd!), when) : narrow);
    };
  }
  return (b, f, fast) => {
    const format = formatOf(f);
    const x = readX(b, f.Rn!);
    const word = b.i32_wrap_i64(x);
    const narrow = unsigned ? b.i64_extend_i32_u(word) : b.i64_extend_i32_s(word);
    const control = { kind: 'fromGeneral', format, scale: scaleOf(f), rounding, unsigned } as const;
    if (fast) fast(b, f);
    const when = fast ? isSlow(b) : null;
    const exact = unaryLeaf(b, control, when ?? b.const32(1), f.sf ? x : narrow);
    finishScalar(b, f, format, exact, when);
  };
}

// Which form a row is.

/** Formats of FCVT by the letters of its operands, of FCVTL and its kin. */
const letters: Readonly<Record<string, number>> = { H: 1, S: 2, D: 3 };

function conversion(mnemonic: string, source: PatternRow): Lowering {
  const scalar = /^\{([HSD])d\}, \{([HSD])n\}$/.exec(source.syntax);
  const rounding = mnemonic === 'FCVTXN' ? roundings.O! : roundingOfFpcr;
  if (scalar) {
    const [to, from] = [letters[scalar[1]!]!, letters[scalar[2]!]!];
    const control = { kind: 'convert', otherFormat: to, rounding } as const;
    return scalarUnary(control, () => from, to < from ? 'narrowed' : 'nan');
  }
  const wide = source.syntax.includes('.2d') ? 3 : 2;
  const narrow = wide - 1;
  const isLong = mnemonic === 'FCVTL';
  const count = 8 >> narrow;
  const format = isLong ? narrow : wide;
  const otherFormat = isLong ? wide : narrow;
  return (b, f, fast) => {
    const shape = f.Q ? count : 0;
    const control = { kind: 'convert', format, otherFormat, rounding, count, shape } as const;
    lanes(b, f, fast, control, isLong ? 'longer' : 'narrower');
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
function vectorLowering(name: string, source: PatternRow, isHalf: boolean): Lowering | null {
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
  const c = unaryControl(name);
  return c && unary(c, elements);
}

/** How a row with `type` field works, or one whose type is half precision. */
function scalarLowering(name: string, source: PatternRow, isHalf: boolean): Lowering | null {
  const format = (f: AnyFields): number => (isHalf ? 1 : 2 + f.type!);
  if (/^FC?CMPE?$/.test(name)) return compare(format, name.endsWith('E'));
  if (source.pattern.startsWith('sf')) return general(name, format);
  const fusedOperation = fusedOperations.indexOf(name);
  if (fusedOperation >= 0) return scalarFused(fusedOperation, format);
  const operation = binaryOperations.indexOf(name);
  if (operation >= 0) return scalarBinary(operation, format);
  const c = unaryControl(name);
  return c && scalarUnary({ kind: 'unary', ...c }, format, unaryCheck(c));
}

/** How a floating-point row is lowered; null for rows that are none, or mind nothing of FPCR. */
function loweringOf(source: PatternRow, isHalf: boolean): Lowering | null {
  const name = source.mnemonic.replace('{2}', '').toUpperCase();
  if (!/^(F|[SU]CVTF)/.test(name) || /^(FMOV|FCSEL)/.test(name)) return null;
  // Moves, and what changes the sign alone; those of half precision have no other semantics.
  if (!isHalf && /^F(ABS|NEG)$/.test(name)) return null;
  if (/^FCVT(L|N|XN)?$/.test(name)) return conversion(name, source);
  if (/\btype\b/.test(source.pattern) || /^(sf 00|000) 1111/.test(source.pattern)) {
    return scalarLowering(name, source, isHalf);
  }
  return vectorLowering(name, source, isHalf);
}

/** Rows made by `byHelper`. */
const slowRows: WeakSet<PatternRow> = new WeakSet<PatternRow>();

/** Semantics by the helper alone; null for rows that are no floating-point operation. */
export function helperSemantics(source: PatternRow, isHalf = false): Semantics | null {
  const lowering = loweringOf(source, isHalf);
  return lowering && ((b, f) => lowering(b, f, null));
}

/** A row whose semantics are stated here alone. */
export function byHelper(source: PatternRow): PatternRow {
  const semantics = helperSemantics(source);
  if (!semantics) throw new Error(`${source.mnemonic} is not a floating-point operation`);
  const made = { ...source, semantics };
  slowRows.add(made);
  return made;
}

/** Semantics of a row with FPCR minded and FPSR's flags raised, where it has to do with them. */
export function checkedSemantics(source: PatternRow): Semantics {
  const lowering = slowRows.has(source) ? null : loweringOf(source, false);
  if (!lowering) return source.semantics;
  return (b, f) => lowering(b, f, source.semantics);
}
