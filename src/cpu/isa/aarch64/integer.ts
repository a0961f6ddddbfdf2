/** Data processing of general registers (Arm ARM C4.1: immediate and register). */

import type { Builder, I32, I64 } from '../../ir/builder.ts';
import { computedRow, type Fields, type PatternRow, row } from '../pattern.ts';
import { bitMask, isBitMask } from './bitmask.ts';
import {
  carry,
  condition,
  setAddFlags,
  setConditionalFlags,
  setFlagValues,
  setLogicFlags,
  setSubFlags,
} from './flags.ts';
import { wasmHelperId } from './helper_module.ts';
import {
  compare,
  constant,
  type Int,
  int,
  read,
  readSp,
  readW,
  readX,
  write,
  writeSp,
  writeW,
  writeX,
} from './operands.ts';

type Rd = Fields<'sf' | 'Rd'>;
type RdRn = Fields<'sf' | 'Rd' | 'Rn'>;
type RdRnRm = Fields<'sf' | 'Rd' | 'Rn' | 'Rm'>;

// Add and subtract.

function addImmediate(b: Builder, f: RdRn & Fields<'sh' | 'imm12'>, sign: 1 | -1): void {
  const value = (f.sh ? f.imm12 << 12 : f.imm12) * sign;
  writeSp(b, f.sf, f.Rd, int(b, f.sf, 'add', readSp(b, f.sf, f.Rn), constant(b, f.sf, value)));
}

function adds(b: Builder, sf: number, d: number, x: Int, y: Int): void {
  const r = int(b, sf, 'add', x, y);
  write(b, sf, d, r);
  setAddFlags(b, sf, x, y, r);
}

function subs(b: Builder, sf: number, d: number, x: Int, y: Int): void {
  const r = int(b, sf, 'sub', x, y);
  write(b, sf, d, r);
  setSubFlags(b, sf, x, y, r);
}

function immediate12(b: Builder, f: Fields<'sf' | 'sh' | 'imm12'>): Int {
  return constant(b, f.sf, f.sh ? f.imm12 << 12 : f.imm12);
}

const shiftOperations = ['shl', 'shr_u', 'shr_s', 'rotr'] as const;

/** Rm shifted by a constant. */
function shifted(b: Builder, f: Fields<'sf' | 'Rm' | 'shift' | 'imm6'>): Int {
  const x = read(b, f.sf, f.Rm);
  if (f.imm6 === 0) return x;
  return int(b, f.sf, shiftOperations[f.shift]!, x, constant(b, f.sf, f.imm6));
}

/** Rm extended and shifted left by 0…4 (Arm ARM, ExtendReg). */
function extended(b: Builder, f: Fields<'sf' | 'Rm' | 'option' | 'imm3'>): Int {
  const x = extendedInt(b, f.sf, read(b, f.sf, f.Rm), f.option);
  return f.imm3 === 0 ? x : int(b, f.sf, 'shl', x, constant(b, f.sf, f.imm3));
}

function extendedInt(b: Builder, sf: number, x: Int, option: number): Int {
  switch (option) {
    case 0:
      return int(b, sf, 'and', x, constant(b, sf, 0xff));
    case 1:
      return int(b, sf, 'and', x, constant(b, sf, 0xffff));
    case 2:
      return sf ? b.i64_and(x as I64, b.const64Halves(-1, 0)) : x;
    case 4:
      return int(b, sf, 'extend8_s', x);
    case 5:
      return int(b, sf, 'extend16_s', x);
    case 6:
      return sf ? b.i64_extend32_s(x as I64) : x;
    default:
      return x;
  }
}

/** x + y + carry in; flags when asked for (Arm ARM, AddWithCarry). */
function addWithCarry(b: Builder, f: RdRnRm, subtract: boolean, flags: boolean): void {
  const { sf } = f;
  const x = read(b, sf, f.Rn);
  const m = read(b, sf, f.Rm);
  const y = subtract ? int(b, sf, 'xor', m, constant(b, sf, -1)) : m;
  const c = carry(b);
  const partial = int(b, sf, 'add', x, y);
  const r = int(b, sf, 'add', partial, sf ? b.i64_extend_i32_u(c) : c);
  write(b, sf, f.Rd, r);
  if (!flags) return;
  const out = b.i32_or(compare(b, sf, 'lt_u', partial, x), compare(b, sf, 'lt_u', r, partial));
  const overflow = int(b, sf, 'and', int(b, sf, 'xor', x, r), int(b, sf, 'xor', y, r));
  const wide = (v: Int): I64 => (sf ? (v as I64) : b.i64_extend_i32_s(v as I32));
  const n = wide(r);
  setFlagValues(b, { n, z: n, c: out, v: wide(overflow) });
}

// biome-ignore format: a table
const addRows: readonly PatternRow[] = [
  row('ADD', 'sf 0 0 100010 sh imm12:12 Rn:5 Rd:5', '{RdSP}, {RnSP}, {imm12}', (b, f) => addImmediate(b, f, 1)),
  row('ADDS', 'sf 0 1 100010 sh imm12:12 Rn:5 Rd:5', '{Rd}, {RnSP}, {imm12}', (b, f) => adds(b, f.sf, f.Rd, readSp(b, f.sf, f.Rn), immediate12(b, f))),
  row('SUB', 'sf 1 0 100010 sh imm12:12 Rn:5 Rd:5', '{RdSP}, {RnSP}, {imm12}', (b, f) => addImmediate(b, f, -1)),
  row('SUBS', 'sf 1 1 100010 sh imm12:12 Rn:5 Rd:5', '{Rd}, {RnSP}, {imm12}', (b, f) => subs(b, f.sf, f.Rd, readSp(b, f.sf, f.Rn), immediate12(b, f))),
  row('ADD', 'sf 0 0 01011 shift:2!=11 0 Rm:5 imm6:6 Rn:5 Rd:5', '{Rd}, {Rn}, {Rm}{shift}', (b, f) => write(b, f.sf, f.Rd, int(b, f.sf, 'add', read(b, f.sf, f.Rn), shifted(b, f))), { valid: shortShift }),
  row('ADDS', 'sf 0 1 01011 shift:2!=11 0 Rm:5 imm6:6 Rn:5 Rd:5', '{Rd}, {Rn}, {Rm}{shift}', (b, f) => adds(b, f.sf, f.Rd, read(b, f.sf, f.Rn), shifted(b, f)), { valid: shortShift }),
  row('SUB', 'sf 1 0 01011 shift:2!=11 0 Rm:5 imm6:6 Rn:5 Rd:5', '{Rd}, {Rn}, {Rm}{shift}', (b, f) => write(b, f.sf, f.Rd, int(b, f.sf, 'sub', read(b, f.sf, f.Rn), shifted(b, f))), { valid: shortShift }),
  row('SUBS', 'sf 1 1 01011 shift:2!=11 0 Rm:5 imm6:6 Rn:5 Rd:5', '{Rd}, {Rn}, {Rm}{shift}', (b, f) => subs(b, f.sf, f.Rd, read(b, f.sf, f.Rn), shifted(b, f)), { valid: shortShift }),
  row('ADD', 'sf 0 0 01011 001 Rm:5 option:3 imm3:3 Rn:5 Rd:5', '{RdSP}, {RnSP}, {Rmext}', (b, f) => writeSp(b, f.sf, f.Rd, int(b, f.sf, 'add', readSp(b, f.sf, f.Rn), extended(b, f))), { valid: (f) => f.imm3 <= 4 }),
  row('ADDS', 'sf 0 1 01011 001 Rm:5 option:3 imm3:3 Rn:5 Rd:5', '{Rd}, {RnSP}, {Rmext}', (b, f) => adds(b, f.sf, f.Rd, readSp(b, f.sf, f.Rn), extended(b, f)), { valid: (f) => f.imm3 <= 4 }),
  row('SUB', 'sf 1 0 01011 001 Rm:5 option:3 imm3:3 Rn:5 Rd:5', '{RdSP}, {RnSP}, {Rmext}', (b, f) => writeSp(b, f.sf, f.Rd, int(b, f.sf, 'sub', readSp(b, f.sf, f.Rn), extended(b, f))), { valid: (f) => f.imm3 <= 4 }),
  row('SUBS', 'sf 1 1 01011 001 Rm:5 option:3 imm3:3 Rn:5 Rd:5', '{Rd}, {RnSP}, {Rmext}', (b, f) => subs(b, f.sf, f.Rd, readSp(b, f.sf, f.Rn), extended(b, f)), { valid: (f) => f.imm3 <= 4 }),
  row('ADC', 'sf 0 0 11010000 Rm:5 000000 Rn:5 Rd:5', '{Rd}, {Rn}, {Rm}', (b, f) => addWithCarry(b, f, false, false)),
  row('ADCS', 'sf 0 1 11010000 Rm:5 000000 Rn:5 Rd:5', '{Rd}, {Rn}, {Rm}', (b, f) => addWithCarry(b, f, false, true)),
  row('SBC', 'sf 1 0 11010000 Rm:5 000000 Rn:5 Rd:5', '{Rd}, {Rn}, {Rm}', (b, f) => addWithCarry(b, f, true, false)),
  row('SBCS', 'sf 1 1 11010000 Rm:5 000000 Rn:5 Rd:5', '{Rd}, {Rn}, {Rm}', (b, f) => addWithCarry(b, f, true, true)),
];

function shortShift(f: Fields<'sf' | 'imm6'>): boolean {
  return f.sf === 1 || f.imm6 < 32;
}

// Logical.

function logical(
  b: Builder,
  f: RdRnRm & Fields<'shift' | 'imm6'>,
  operation: 'and' | 'or' | 'xor',
  invert: boolean,
): Int {
  let y = shifted(b, f);
  if (invert) y = int(b, f.sf, 'xor', y, constant(b, f.sf, -1));
  // ORR and ORN with the zero register are MOV and MVN.
  if (operation === 'or' && f.Rn === 31) return y;
  return int(b, f.sf, operation, read(b, f.sf, f.Rn), y);
}

function logicalRow(
  mnemonic: string,
  opc: string,
  operation: 'and' | 'or' | 'xor',
  n: 0 | 1,
): PatternRow {
  return computedRow(
    mnemonic,
    `sf ${opc} 01010 shift:2 ${n} Rm:5 imm6:6 Rn:5 Rd:5`,
    '{Rd}, {Rn}, {Rm}{shift}',
    (b: Builder, f: RdRnRm & Fields<'shift' | 'imm6'>) => {
      const r = logical(b, f, operation, n === 1);
      write(b, f.sf, f.Rd, r);
      if (opc === '11') setLogicFlags(b, f.sf, r);
    },
    { valid: shortShift },
  );
}

type LogicalImmediate = RdRn & Fields<'N' | 'immr' | 'imms'>;

function logicalImmediate(b: Builder, f: LogicalImmediate, operation: string): Int {
  const { low, high } = bitMask(f.N, f.immr, f.imms);
  const mask = f.sf ? b.const64Halves(low, high) : b.const32(low);
  if (operation === 'or' && f.Rn === 31) return mask;
  return int(b, f.sf, operation, read(b, f.sf, f.Rn), mask);
}

const bitMaskValid = { valid: (f: LogicalImmediate): boolean => isBitMask(f.sf, f.N, f.imms) };

// biome-ignore format: a table
const logicalRows: readonly PatternRow[] = [
  logicalRow('AND', '00', 'and', 0), logicalRow('BIC', '00', 'and', 1),
  logicalRow('ORR', '01', 'or', 0), logicalRow('ORN', '01', 'or', 1),
  logicalRow('EOR', '10', 'xor', 0), logicalRow('EON', '10', 'xor', 1),
  logicalRow('ANDS', '11', 'and', 0), logicalRow('BICS', '11', 'and', 1),
  row('AND', 'sf 00 100100 N immr:6 imms:6 Rn:5 Rd:5', '{RdSP}, {Rn}, {bitmask}', (b, f) => writeSp(b, f.sf, f.Rd, logicalImmediate(b, f, 'and')), bitMaskValid),
  row('ORR', 'sf 01 100100 N immr:6 imms:6 Rn:5 Rd:5', '{RdSP}, {Rn}, {bitmask}', (b, f) => writeSp(b, f.sf, f.Rd, logicalImmediate(b, f, 'or')), bitMaskValid),
  row('EOR', 'sf 10 100100 N immr:6 imms:6 Rn:5 Rd:5', '{RdSP}, {Rn}, {bitmask}', (b, f) => writeSp(b, f.sf, f.Rd, logicalImmediate(b, f, 'xor')), bitMaskValid),
  row('ANDS', 'sf 11 100100 N immr:6 imms:6 Rn:5 Rd:5', '{Rd}, {Rn}, {bitmask}', (b, f) => {
    const r = logicalImmediate(b, f, 'and');
    write(b, f.sf, f.Rd, r);
    setLogicFlags(b, f.sf, r);
  }, bitMaskValid),
];

// Moves, addresses, bit fields.

type MoveWide = Rd & Fields<'hw' | 'imm16'>;
const moveValid = { valid: (f: MoveWide): boolean => f.sf === 1 || f.hw < 2 };

/** imm16 at its place, as halves. */
function placed({ hw, imm16 }: MoveWide): [low: number, high: number] {
  const part = imm16 << ((hw & 1) * 16);
  return hw < 2 ? [part, 0] : [0, part];
}

function movn(b: Builder, f: MoveWide): void {
  const [low, high] = placed(f);
  if (f.sf) writeX(b, f.Rd, b.const64Halves(~low, ~high));
  else writeX(b, f.Rd, b.const64Halves(~low, 0));
}

function movk(b: Builder, f: MoveWide): void {
  const [low, high] = placed(f);
  const [maskLow, maskHigh] = placed({ ...f, imm16: 0xffff });
  const kept = b.i64_and(readX(b, f.Rd), b.const64Halves(~maskLow, f.sf ? ~maskHigh : 0));
  writeX(b, f.Rd, b.i64_or(kept, b.const64Halves(low, high)));
}

/** Sign-extended 21-bit offset of ADR and ADRP. */
function adrOffset(f: Fields<'imm'>): number {
  return (f.imm << 11) >> 11;
}

type BitField = RdRn & Fields<'N' | 'immr' | 'imms'>;

function bitFieldValid(f: BitField): boolean {
  return f.N === f.sf && (f.sf === 1 || (f.immr < 32 && f.imms < 32));
}

/** SBFM and UBFM by two shifts: the field to the top, then down to its place. */
function bitFieldMove(b: Builder, f: BitField, signed: boolean): Int {
  const { sf, immr, imms } = f;
  const width = sf ? 64 : 32;
  const x = read(b, sf, f.Rn);
  const right = signed ? 'shr_s' : 'shr_u';
  const shift = (v: Int, operation: string, by: number): Int =>
    by === 0 ? v : int(b, sf, operation, v, constant(b, sf, by));
  if (imms >= immr) {
    // Extract: width imms − immr + 1 from bit immr.
    if (imms === width - 1) return shift(x, right, immr);
    if (immr === 0 && !signed && imms < 31) {
      return int(b, sf, 'and', x, constant(b, sf, 2 ** (imms + 1) - 1));
    }
    return shift(shift(x, 'shl', width - 1 - imms), right, width - 1 - imms + immr);
  }
  // Insert in zeros: width imms + 1 at bit width − immr.
  const left = width - immr;
  if (!signed && imms + 1 === immr) return shift(x, 'shl', left);
  return shift(shift(x, 'shl', width - 1 - imms), right, width - 1 - imms - left);
}

/** A mask of `count` ones from bit `from`, as halves. */
function onesMask(from: number, count: number): [low: number, high: number] {
  let low = 0;
  let high = 0;
  for (let bit = from; bit < from + count; bit++) {
    if (bit < 32) low |= 1 << bit;
    else high |= 1 << (bit - 32);
  }
  return [low, high];
}

/** BFM: the field replaces bits of Rd. */
function bitFieldInsert(b: Builder, f: BitField): void {
  const { sf, immr, imms } = f;
  const width = sf ? 64 : 32;
  const extract = imms >= immr;
  const count = extract ? imms - immr + 1 : imms + 1;
  const at = extract ? 0 : width - immr;
  const [low, high] = onesMask(at, count);
  const mask = (invert: number): Int =>
    sf ? b.const64Halves(low ^ invert, high ^ invert) : b.const32(low ^ invert);
  const by = extract ? immr : at;
  let field = read(b, sf, f.Rn);
  if (by > 0) field = int(b, sf, extract ? 'shr_u' : 'shl', field, constant(b, sf, by));
  const inserted = int(b, sf, 'and', field, mask(0));
  const kept = int(b, sf, 'and', read(b, sf, f.Rd), mask(-1));
  write(b, sf, f.Rd, int(b, sf, 'or', kept, inserted));
}

function extract(b: Builder, f: RdRnRm & Fields<'imms'>): void {
  const { sf, imms } = f;
  const low = read(b, sf, f.Rm);
  if (imms === 0) {
    write(b, sf, f.Rd, low);
    return;
  }
  if (f.Rn === f.Rm) {
    write(b, sf, f.Rd, int(b, sf, 'rotr', low, constant(b, sf, imms)));
    return;
  }
  const right = int(b, sf, 'shr_u', low, constant(b, sf, imms));
  const left = int(b, sf, 'shl', read(b, sf, f.Rn), constant(b, sf, (sf ? 64 : 32) - imms));
  write(b, sf, f.Rd, int(b, sf, 'or', right, left));
}

// biome-ignore format: a table
const moveRows: readonly PatternRow[] = [
  row('ADR', '0 imm[1:0] 10000 imm[20:2] Rd:5', '{Xd}, {adr}', (b, f) => writeX(b, f.Rd, b.const64(b.instructionAddress + adrOffset(f)))),
  row('ADRP', '1 imm[1:0] 10000 imm[20:2] Rd:5', '{Xd}, {adrp}', (b, f) => writeX(b, f.Rd, b.const64(((b.instructionAddress & ~0xfff) >>> 0) + adrOffset(f) * 4096))),
  row('MOVN', 'sf 00 100101 hw:2 imm16:16 Rd:5', '{Rd}, {imm16}', movn, moveValid),
  row('MOVZ', 'sf 10 100101 hw:2 imm16:16 Rd:5', '{Rd}, {imm16}', (b, f) => writeX(b, f.Rd, b.const64Halves(...placed(f))), moveValid),
  row('MOVK', 'sf 11 100101 hw:2 imm16:16 Rd:5', '{Rd}, {imm16}', movk, moveValid),
  row('SBFM', 'sf 00 100110 N immr:6 imms:6 Rn:5 Rd:5', '{Rd}, {Rn}, #{immr}, #{imms}', (b, f) => write(b, f.sf, f.Rd, bitFieldMove(b, f, true)), { valid: bitFieldValid }),
  row('BFM', 'sf 01 100110 N immr:6 imms:6 Rn:5 Rd:5', '{Rd}, {Rn}, #{immr}, #{imms}', bitFieldInsert, { valid: bitFieldValid }),
  row('UBFM', 'sf 10 100110 N immr:6 imms:6 Rn:5 Rd:5', '{Rd}, {Rn}, #{immr}, #{imms}', (b, f) => write(b, f.sf, f.Rd, bitFieldMove(b, f, false)), { valid: bitFieldValid }),
  row('EXTR', 'sf 00 100111 N 0 Rm:5 imms:6 Rn:5 Rd:5', '{Rd}, {Rn}, {Rm}, #{imms}', extract, { valid: (f) => f.N === f.sf && (f.sf === 1 || f.imms < 32) }),
];

// Conditions.

/** CSEL and its kin: Rn where `cond` holds, else Rm changed by `change`. */
function select(b: Builder, f: RdRnRm & Fields<'cond'>, change: (m: Int) => Int = (m) => m): void {
  const when = condition(b, f.cond);
  const chosen = read(b, f.sf, f.Rn);
  write(b, f.sf, f.Rd, int(b, f.sf, 'select', chosen, change(read(b, f.sf, f.Rm)), when));
}

type CompareRegister = Fields<'sf' | 'Rn' | 'Rm' | 'cond' | 'nzcv'>;
type CompareImmediate = Fields<'sf' | 'Rn' | 'imm5' | 'cond' | 'nzcv'>;

function compareRegister(b: Builder, f: CompareRegister, add: boolean): void {
  setConditionalFlags(b, f, add, read(b, f.sf, f.Rn), read(b, f.sf, f.Rm));
}

function compareImmediate(b: Builder, f: CompareImmediate, add: boolean): void {
  setConditionalFlags(b, f, add, read(b, f.sf, f.Rn), constant(b, f.sf, f.imm5));
}

// biome-ignore format: a table
const conditionRows: readonly PatternRow[] = [
  row('CSEL', 'sf 0 0 11010100 Rm:5 cond:4 00 Rn:5 Rd:5', '{Rd}, {Rn}, {Rm}, {cond}', (b, f) => select(b, f)),
  row('CSINC', 'sf 0 0 11010100 Rm:5 cond:4 01 Rn:5 Rd:5', '{Rd}, {Rn}, {Rm}, {cond}', (b, f) => select(b, f, (m) => int(b, f.sf, 'add', m, constant(b, f.sf, 1)))),
  row('CSINV', 'sf 1 0 11010100 Rm:5 cond:4 00 Rn:5 Rd:5', '{Rd}, {Rn}, {Rm}, {cond}', (b, f) => select(b, f, (m) => int(b, f.sf, 'xor', m, constant(b, f.sf, -1)))),
  row('CSNEG', 'sf 1 0 11010100 Rm:5 cond:4 01 Rn:5 Rd:5', '{Rd}, {Rn}, {Rm}, {cond}', (b, f) => select(b, f, (m) => int(b, f.sf, 'sub', constant(b, f.sf, 0), m))),
  row('CCMN', 'sf 0 1 11010010 Rm:5 cond:4 00 Rn:5 0 nzcv:4', '{Rn}, {Rm}, {nzcv}, {cond}', (b, f) => compareRegister(b, f, true)),
  row('CCMP', 'sf 1 1 11010010 Rm:5 cond:4 00 Rn:5 0 nzcv:4', '{Rn}, {Rm}, {nzcv}, {cond}', (b, f) => compareRegister(b, f, false)),
  row('CCMN', 'sf 0 1 11010010 imm5:5 cond:4 10 Rn:5 0 nzcv:4', '{Rn}, {imm5}, {nzcv}, {cond}', (b, f) => compareImmediate(b, f, true)),
  row('CCMP', 'sf 1 1 11010010 imm5:5 cond:4 10 Rn:5 0 nzcv:4', '{Rn}, {imm5}, {nzcv}, {cond}', (b, f) => compareImmediate(b, f, false)),
];

// Multiply, divide, shift by register, count.

function multiplyAdd(b: Builder, f: RdRnRm & Fields<'Ra'>, operation: 'add' | 'sub'): void {
  const product = int(b, f.sf, 'mul', read(b, f.sf, f.Rn), read(b, f.sf, f.Rm));
  if (f.Ra === 31 && operation === 'add') write(b, f.sf, f.Rd, product);
  else write(b, f.sf, f.Rd, int(b, f.sf, operation, read(b, f.sf, f.Ra), product));
}

function multiplyLong(
  b: Builder,
  f: Fields<'Rd' | 'Rn' | 'Rm' | 'Ra'>,
  signed: boolean,
  operation: 'add' | 'sub',
): void {
  const wide = (n: number): I64 =>
    signed ? b.i64_extend_i32_s(readW(b, n)) : b.i64_extend_i32_u(readW(b, n));
  const product = b.i64_mul(wide(f.Rn), wide(f.Rm));
  if (f.Ra === 31 && operation === 'add') writeX(b, f.Rd, product);
  else writeX(b, f.Rd, int(b, 1, operation, readX(b, f.Ra), product) as I64);
}

/** Division: by zero gives 0; the most negative number by −1 gives itself. */
function divide(b: Builder, f: RdRnRm, signed: boolean): void {
  const { sf } = f;
  const n = read(b, sf, f.Rn);
  const m = read(b, sf, f.Rm);
  const one = constant(b, sf, 1);
  const zero = constant(b, sf, 0);
  const byZero = int(b, sf, 'eqz', m) as I32;
  if (!signed) {
    const quotient = int(b, sf, 'div_u', n, int(b, sf, 'select', one, m, byZero));
    write(b, sf, f.Rd, int(b, sf, 'select', zero, quotient, byZero));
    return;
  }
  // Division by −1 is done as negation, so that wasm's overflow trap cannot happen.
  const byMinusOne = compare(b, sf, 'eq', m, constant(b, sf, -1));
  const divisor = int(b, sf, 'select', one, m, b.i32_or(byZero, byMinusOne));
  const quotient = int(b, sf, 'div_s', n, divisor);
  const negated = int(b, sf, 'select', int(b, sf, 'sub', zero, n), quotient, byMinusOne);
  write(b, sf, f.Rd, int(b, sf, 'select', zero, negated, byZero));
}

function shiftRegister(b: Builder, f: RdRnRm, operation: string): void {
  // Wasm takes the shift count modulo the width, as these instructions do.
  write(b, f.sf, f.Rd, int(b, f.sf, operation, read(b, f.sf, f.Rn), read(b, f.sf, f.Rm)));
}

/** Bytes swapped in every 16-bit piece. */
function reverse16(b: Builder, f: RdRn): void {
  const x = read(b, f.sf, f.Rn);
  const mask = f.sf ? b.const64Halves(0x00ff00ff, 0x00ff00ff) : b.const32(0x00ff00ff);
  const eight = constant(b, f.sf, 8);
  const up = int(b, f.sf, 'shl', int(b, f.sf, 'and', x, mask), eight);
  const down = int(b, f.sf, 'and', int(b, f.sf, 'shr_u', x, eight), mask);
  write(b, f.sf, f.Rd, int(b, f.sf, 'or', up, down));
}

/** Leading bits equal to the sign, the sign not counted: clz(x ^ (x << 1) | 1)-like. */
function countSign(b: Builder, f: RdRn): void {
  const x = read(b, f.sf, f.Rn);
  const one = constant(b, f.sf, 1);
  const changes = int(b, f.sf, 'xor', x, int(b, f.sf, 'shr_s', x, one));
  // The top bit of `changes` is 0, so the count of leading zeros is at least 1.
  write(b, f.sf, f.Rd, int(b, f.sf, 'sub', int(b, f.sf, 'clz', changes), one));
}

function crc32(b: Builder, f: Fields<'Rd' | 'Rn' | 'Rm' | 'C' | 'sz'>): void {
  const data = readX(b, f.Rm);
  const start = b.i64_extend_i32_u(readW(b, f.Rn));
  // The size and the polynomial are above the start.
  const control = b.i64_or(start, b.const64Halves(0, f.sz | (f.C << 2)));
  const r = b.leaf(wasmHelperId.crc32, b.const32(1), control, data);
  writeX(b, f.Rd, r);
}

// biome-ignore format: a table
const multiplyRows: readonly PatternRow[] = [
  row('MADD', 'sf 00 11011000 Rm:5 0 Ra:5 Rn:5 Rd:5', '{Rd}, {Rn}, {Rm}, {Ra}', (b, f) => multiplyAdd(b, f, 'add')),
  row('MSUB', 'sf 00 11011000 Rm:5 1 Ra:5 Rn:5 Rd:5', '{Rd}, {Rn}, {Rm}, {Ra}', (b, f) => multiplyAdd(b, f, 'sub')),
  row('SMADDL', '1 00 11011001 Rm:5 0 Ra:5 Rn:5 Rd:5', '{Xd}, {Wn}, {Wm}, {Xa}', (b, f) => multiplyLong(b, f, true, 'add')),
  row('SMSUBL', '1 00 11011001 Rm:5 1 Ra:5 Rn:5 Rd:5', '{Xd}, {Wn}, {Wm}, {Xa}', (b, f) => multiplyLong(b, f, true, 'sub')),
  row('UMADDL', '1 00 11011101 Rm:5 0 Ra:5 Rn:5 Rd:5', '{Xd}, {Wn}, {Wm}, {Xa}', (b, f) => multiplyLong(b, f, false, 'add')),
  row('UMSUBL', '1 00 11011101 Rm:5 1 Ra:5 Rn:5 Rd:5', '{Xd}, {Wn}, {Wm}, {Xa}', (b, f) => multiplyLong(b, f, false, 'sub')),
  row('SMULH', '1 00 11011010 Rm:5 0 11111 Rn:5 Rd:5', '{Xd}, {Xn}, {Xm}', (b, f) => writeX(b, f.Rd, b.i64_mulhi_s(readX(b, f.Rn), readX(b, f.Rm)))),
  row('UMULH', '1 00 11011110 Rm:5 0 11111 Rn:5 Rd:5', '{Xd}, {Xn}, {Xm}', (b, f) => writeX(b, f.Rd, b.i64_mulhi_u(readX(b, f.Rn), readX(b, f.Rm)))),
  row('UDIV', 'sf 0 0 11010110 Rm:5 000010 Rn:5 Rd:5', '{Rd}, {Rn}, {Rm}', (b, f) => divide(b, f, false)),
  row('SDIV', 'sf 0 0 11010110 Rm:5 000011 Rn:5 Rd:5', '{Rd}, {Rn}, {Rm}', (b, f) => divide(b, f, true)),
  row('LSLV', 'sf 0 0 11010110 Rm:5 001000 Rn:5 Rd:5', '{Rd}, {Rn}, {Rm}', (b, f) => shiftRegister(b, f, 'shl')),
  row('LSRV', 'sf 0 0 11010110 Rm:5 001001 Rn:5 Rd:5', '{Rd}, {Rn}, {Rm}', (b, f) => shiftRegister(b, f, 'shr_u')),
  row('ASRV', 'sf 0 0 11010110 Rm:5 001010 Rn:5 Rd:5', '{Rd}, {Rn}, {Rm}', (b, f) => shiftRegister(b, f, 'shr_s')),
  row('RORV', 'sf 0 0 11010110 Rm:5 001011 Rn:5 Rd:5', '{Rd}, {Rn}, {Rm}', (b, f) => shiftRegister(b, f, 'rotr')),
  row('CRC32{crc}', '0 0 0 11010110 Rm:5 010 C sz:2!=11 Rn:5 Rd:5', '{Wd}, {Wn}, {Wm}', crc32),
  row('CRC32{crc}', '1 0 0 11010110 Rm:5 010 C sz:2!=00!=01!=10 Rn:5 Rd:5', '{Wd}, {Wn}, {Xm}', crc32),
  row('RBIT', 'sf 1 0 11010110 00000 000000 Rn:5 Rd:5', '{Rd}, {Rn}', (b, f) => write(b, f.sf, f.Rd, int(b, f.sf, 'bitreverse', read(b, f.sf, f.Rn)))),
  row('REV16', 'sf 1 0 11010110 00000 000001 Rn:5 Rd:5', '{Rd}, {Rn}', reverse16),
  row('REV', '0 1 0 11010110 00000 000010 Rn:5 Rd:5', '{Wd}, {Wn}', (b, f) => writeW(b, f.Rd, b.i32_bswap(readW(b, f.Rn)))),
  row('REV32', '1 1 0 11010110 00000 000010 Rn:5 Rd:5', '{Xd}, {Xn}', (b, f) => writeX(b, f.Rd, b.i64_rotl(b.i64_bswap(readX(b, f.Rn)), b.const64(32)))),
  row('REV', '1 1 0 11010110 00000 000011 Rn:5 Rd:5', '{Xd}, {Xn}', (b, f) => writeX(b, f.Rd, b.i64_bswap(readX(b, f.Rn)))),
  row('CLZ', 'sf 1 0 11010110 00000 000100 Rn:5 Rd:5', '{Rd}, {Rn}', (b, f) => write(b, f.sf, f.Rd, int(b, f.sf, 'clz', read(b, f.sf, f.Rn)))),
  row('CLS', 'sf 1 0 11010110 00000 000101 Rn:5 Rd:5', '{Rd}, {Rn}', countSign),
];

export const integerRows: readonly PatternRow[] = [
  ...addRows,
  ...logicalRows,
  ...moveRows,
  ...conditionRows,
  ...multiplyRows,
];
