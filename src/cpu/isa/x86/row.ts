/**
 * An instruction is a row: its encoding and its syntax, both as the Intel manual prints them, and
 * its meaning
 * over the IR. Decoder, disassembler and the random program generator of the tests read the same
 * rows.
 *
 * Encoding: `[NP|66|F3|F2] [REX.W|W0] [0F|0F 38|0F 3A] opcode[+r|+cc] [/r|/digit|modrm[+i]] [imm]`,
 * where imm is ib,
 * iw, id, io, `iz` (iw or id by operand size), `iv` (iw, id or io), `cb`, `cd`, or `mo` (an
 * absolute address).
 * A VEX row starts `VEX.{LZ|128|256|LIG}[.66|.F3|.F2].{0F|0F38|0F3A}[.W0|.W1|.WIG]`; its plain
 * registers are reg, vvvv, rm
 * (with a /digit vvvv, rm; two operands: reg, rm).
 * Without a prefix the row takes all that no other row of the opcode claims.
 *
 * Syntax: mnemonic and operands. r, r/m, imm without a width take the operand-size attribute; `ry`
 * and `r/my`
 * are 32 or 64 bits by REX.W; `simm8` is a sign-extended imm8.
 */

import { prefixBit } from './instruction.ts';
import type { Lowering } from './lowering.ts';

/** Where an operand is found. */
export type Place =
  | 'reg'
  | 'rm'
  | 'vvvv'
  | 'opcode'
  | 'immediate'
  | 'relative'
  | 'offset'
  | 'fixed';
/** Which registers it names. */
export type RegisterFile = 'gpr' | 'xmm' | 'mm' | 'st' | 'segment' | 'none';

/** One operand of a row. */
export interface Operand {
  readonly text: string;
  readonly place: Place;
  readonly file: RegisterFile;
  /**
   * Width in bits; 0: the operand-size attribute; 1: 32 or 64 by REX.W. For xmm: of the memory
   * form.
   */
  readonly bits: number;
  /** Width of the memory form of a gpr operand, where it differs (`r32/m8`). */
  readonly memoryBits: number;
  /** Register number of a fixed operand. */
  readonly number: number;
  /** Whether it is a ymm register: both halves belong to it. */
  readonly wide: boolean;
}

/** The meaning of an instruction: appends its IR. */
export type Lower = (c: Lowering) => void;

/** A parsed row. */
export interface Row {
  readonly encoding: string;
  readonly syntax: string;
  readonly mnemonic: string;
  readonly operands: readonly Operand[];
  readonly lower: Lower;
  /** 0: one-byte opcodes, 1: 0F, 2: 0F 38, 3: 0F 3A; 5, 6, 7: those three under VEX. */
  readonly map: number;
  readonly opcode: number;
  /** Bits of `prefixBit`. */
  readonly prefixes: number;
  /** 0, 1, or −1 for both. */
  readonly w: number;
  /** VEX.L: 0, 1, or −1 for both. */
  readonly vectorLength: number;
  /**
   * The row of a two-operand instruction with a third one, as VEX has them (note `nds`): what the
   * two-operand form reads from its destination is operand 1, and its other operands follow.
   */
  readonly merges: boolean;
  /** Whether an operand is in VEX.vvvv. */
  readonly usesVvvv: boolean;
  readonly hasModrm: boolean;
  /** The row applies where (modrm & modrmMask) = modrmValue. */
  readonly modrmMask: number;
  readonly modrmValue: number;
  /** Whether the r/m operand must be memory (1), a register (2) or either (0). */
  readonly form: 0 | 1 | 2;
  readonly plus: '' | 'r' | 'cc' | 'i';
  readonly immediates: readonly string[];
  /** Operand size defaults to 64 bits (push, near branches). */
  readonly default64: boolean;
  /** LOCK is allowed. */
  readonly lockable: boolean;
  /** Flags left undefined, letters of `oszapc`; for tests. */
  readonly undefinedFlags: string;
  /** Words for the test generator: `skip`, `div`, `approximate`… */
  readonly notes: readonly string[];
}

/**
 * A table entry: encoding, syntax, meaning, attributes (`d64`, `lock`, `u=oszap`, notes for tests).
 */
export type RowSource = readonly [
  encoding: string,
  syntax: string,
  lower: Lower,
  attributes?: string,
];

const fixedGpr: Readonly<Record<string, readonly [number, number]>> = {
  AL: [0, 8],
  CL: [1, 8],
  AX: [0, 16],
  DX: [2, 16],
  rAX: [0, 0],
};

const operandCache = new Map<string, Operand>();

/** Reads one operand as the manual writes it; `place` is where a plain register is encoded. */
function parseOperand(text: string, place: Place): Operand {
  const key = `${text}@${place}`;
  const known = operandCache.get(key);
  if (known) return known;
  const operand = readOperand(text, place);
  operandCache.set(key, operand);
  return operand;
}

function readOperand(text: string, place: Place): Operand {
  const make = (
    at: Place,
    file: RegisterFile,
    bits: number,
    number = -1,
    memoryBits = bits,
  ): Operand => ({
    text,
    place: at,
    file,
    bits,
    memoryBits,
    number,
    wide: text.startsWith('ymm'),
  });
  const fixed = fixedGpr[text];
  if (fixed) return make('fixed', 'gpr', fixed[1], fixed[0]);
  if (text === '1') return make('fixed', 'none', 0, 1);
  if (text === 'ST(0)') return make('fixed', 'st', 80, 0);
  if (text === 'ST(i)') return make('rm', 'st', 80);
  if (text === '<XMM0>') return make('fixed', 'xmm', 128, 0);
  if (text === 'Sreg') return make('reg', 'segment', 16);
  if (text.startsWith('rel')) return make('relative', 'none', 64);
  if (text.startsWith('moffs')) return make('offset', 'none', text === 'moffs8' ? 8 : 0);
  if (/^s?imm/.test(text)) return make('immediate', 'none', Number(/\d+/.exec(text)?.[0] ?? 0));
  const slash = text.indexOf('/');
  const width = (suffix: string): number => (suffix === 'y' ? 1 : Number.parseInt(suffix, 10) || 0);
  if (/^m(\d|em|y|$)/.test(text)) return make('rm', 'none', width(text.slice(1)));
  if (slash >= 0) {
    const bits = width(text.slice(slash + 2));
    if (text.startsWith('xmm') || text.startsWith('ymm')) return make('rm', 'xmm', bits);
    if (text.startsWith('mm')) return make('rm', 'mm', bits);
    if (text.startsWith('r32/')) return make('rm', 'gpr', 32, -1, bits);
    return make('rm', 'gpr', bits);
  }
  if (text.startsWith('xmm')) return make(place, 'xmm', 128);
  if (text.startsWith('ymm')) return make(place, 'xmm', 256);
  if (text.startsWith('mm')) return make(place, 'mm', 64);
  if (text.startsWith('r')) return make(place, 'gpr', width(text.slice(1)));
  throw new Error(`unknown operand ${text}`);
}

const isPlain = (text: string): boolean =>
  /^(r|xmm|ymm|mm)[^/]*$/.test(text) && !text.startsWith('rel');

function parseOperands(list: string, modrm: string, plus: string, vex: boolean): Operand[] {
  if (list === '') return [];
  const texts = list.split(', ');
  const places = plus === 'r' ? ['opcode' as const] : registerPlaces(texts, modrm, vex);
  let used = 0;
  return texts.map((text) => {
    const place = places[Math.min(used, places.length - 1)]!;
    if (isPlain(text)) used++;
    return parseOperand(text, place);
  });
}

/** Where an instruction's plain register operands are encoded, in their order. */
function registerPlaces(texts: readonly string[], modrm: string, vex: boolean): Place[] {
  const count = texts.filter((text) => !/^s?imm/.test(text)).length;
  if (modrm !== '/r') return vex ? ['vvvv', 'rm'] : ['rm'];
  return vex && count >= 3 ? ['reg', 'vvvv', 'rm'] : ['reg', 'rm'];
}

/** Map number of a VEX token (`VEX.LZ.66.0F38.W0`): 5, 6, 7 for 0F, 0F38, 0F3A. */
export function vexMap(token: string): number {
  return token.includes('0F38') ? 6 : token.includes('0F3A') ? 7 : 5;
}

/** Mandatory prefix, W and L of a VEX token. */
function parseVex(token: string): { prefixes: number; w: number; vectorLength: number } {
  const parts = token.split('.');
  const prefix = parts.find((part) => part in mandatory);
  const has = (...names: string[]): boolean => names.some((name) => parts.includes(name));
  return {
    prefixes: prefix ? mandatory[prefix]! : prefixBit.none,
    w: has('W1') ? 1 : has('W0') ? 0 : -1,
    vectorLength: has('LIG') ? -1 : has('256') ? 1 : 0,
  };
}

const mandatory: Readonly<Record<string, number>> = {
  NP: prefixBit.none,
  '66': prefixBit.x66,
  F3: prefixBit.xF3,
  F2: prefixBit.xF2,
};

/** What a row asks of the ModRM byte. */
function modrmCondition(
  modrm: string,
  operands: readonly Operand[],
): Pick<Row, 'modrmMask' | 'modrmValue' | 'form'> {
  if (/^[0-9A-F]/.test(modrm)) {
    const modrmMask = modrm.endsWith('+i') ? 0xf8 : 0xff;
    return { modrmMask, modrmValue: Number.parseInt(modrm, 16), form: 0 };
  }
  const rm = operands.find((operand) => operand.place === 'rm');
  const form = !rm ? 0 : rm.file === 'none' ? 1 : rm.text.includes('/') ? 0 : 2;
  if (modrm === '' || modrm === '/r') return { modrmMask: 0, modrmValue: 0, form };
  return { modrmMask: 0x38, modrmValue: Number(modrm[1]) << 3, form };
}

/** Parses a table entry. */
export function parseRow([encoding, syntax, lower, attributes = '']: RowSource): Row {
  const tokens = encoding.split(' ');
  let at = 0;
  let prefixes = 0;
  if (tokens.length > 1 && tokens[0]! in mandatory) prefixes = mandatory[tokens[at++]!]!;
  let w = -1;
  let vectorLength = -1;
  if (tokens[at] === 'REX.W') w = 1;
  if (tokens[at] === 'W0') w = 0;
  if (w >= 0) at++;
  let map = 0;
  const vex = tokens[at]!.startsWith('VEX.');
  if (vex) {
    map = vexMap(tokens[at]!);
    ({ prefixes, w, vectorLength } = parseVex(tokens[at++]!));
  } else if (tokens[at] === '0F' && at + 1 < tokens.length) {
    map = 1;
    at++;
    if (tokens[at] === '38') map = 2;
    else if (tokens[at] === '3A') map = 3;
    if (map > 1) at++;
  }
  const opcodeText = tokens[at++]!;
  const plusAt = opcodeText.indexOf('+');
  let plus = plusAt < 0 ? '' : opcodeText.slice(plusAt + 1);
  const opcode = Number.parseInt(opcodeText, 16);
  let modrm = '';
  if (at < tokens.length && /^(\/|[0-9A-F]{2})/.test(tokens[at]!)) modrm = tokens[at++]!;
  const space = syntax.indexOf(' ');
  const operands = parseOperands(space < 0 ? '' : syntax.slice(space + 1), modrm, plus, vex);
  const condition = modrmCondition(modrm, operands);
  if (modrm.endsWith('+i')) plus = 'i';
  const notes = attributes === '' ? [] : attributes.split(' ');
  return {
    encoding,
    syntax,
    mnemonic: space < 0 ? syntax : syntax.slice(0, space),
    operands,
    lower,
    map,
    opcode,
    prefixes,
    w,
    vectorLength,
    merges: notes.includes('nds'),
    usesVvvv: operands.some((operand) => operand.place === 'vvvv'),
    hasModrm: modrm !== '',
    ...condition,
    plus: plus as Row['plus'],
    immediates: tokens.slice(at),
    default64: notes.includes('d64'),
    lockable: notes.includes('lock'),
    undefinedFlags: notes.find((note) => note.startsWith('u='))?.slice(2) ?? '',
    notes,
  };
}
