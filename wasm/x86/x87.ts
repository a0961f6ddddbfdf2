/**
 * x87 instructions (SDM vol. 2, F…) on the state in memory. The functions' numbers are those of
 * `functions` in `src/cpu/isa/x86/x87.ts`, which loads and stores operands.
 */

import { changeInstructionSet } from '../env';
import { constant } from './constants';
import * as a from './extended';
import * as f from './stack';
import { control, empty, operands, status, top } from './state';
import { approximate, approximated } from './transcendental';

// The operand of an instruction.
let significand: u64 = 0;
let word: i32 = 0;

const fromRegister: i32 = 0;
const fromSingle: i32 = 1;
const fromDouble: i32 = 2;

/** Fetches an operand: ST(bits), or a number of memory. */
function fetch(source: i32, bits: u64): void {
  if (source === fromRegister) {
    f.check(<i32>bits);
    significand = f.significandOf(<i32>bits);
    word = f.wordOf(<i32>bits);
    return;
  }
  if (source === fromSingle || source === fromDouble) a.fromFloat(bits, source === fromDouble);
  else {
    const negative = <i64>bits < 0;
    a.fromMagnitude(negative ? 1 : 0, negative ? 0 - bits : bits);
  }
  significand = a.significand;
  word = a.word;
}

// Numbers of arithmetic operations, in the order of the opcodes.
const opAdd: i32 = 0;
const opMultiply: i32 = 1;
const opCompare: i32 = 2;
const opComparePop: i32 = 3;
const opSubtract: i32 = 4;
const opSubtractReversed: i32 = 5;
const opDivide: i32 = 6;

function calculate(operation: i32, xs: u64, xe: i32, ys: u64, ye: i32): void {
  if (operation === opAdd) a.add(xs, xe, ys, ye);
  else if (operation === opMultiply) a.multiply(xs, xe, ys, ye);
  else if (operation === opSubtract) a.subtract(xs, xe, ys, ye);
  else if (operation === opSubtractReversed) a.subtract(ys, ye, xs, xe);
  else if (operation === opDivide) a.divide(xs, xe, ys, ye);
  else a.divide(ys, ye, xs, xe);
}

/** C3, C2, C0 of a comparison; C1 = 0. */
function conditionsOf(order: i32): u32 {
  if (order === a.unordered) return f.c0 | f.c2 | f.c3;
  return order === 0 ? f.c3 : order < 0 ? f.c0 : 0;
}

/** ST(0) op operand. form = operation | source << 4 | pops << 8 | quiet << 12. */
function arithmetic(form: i32, bits: u64): void {
  const operation = form & 7;
  f.check(0);
  const xs = f.significandOf(0);
  const xe = f.wordOf(0);
  fetch((form >> 4) & 3, bits);
  const missing = f.isMissing();
  if (missing) a.lower(a.denormal);
  if (operation === opCompare || operation === opComparePop) {
    const quietly = (form & 0x1000) !== 0;
    const order = missing ? a.unordered : a.compare(xs, xe, significand, word, quietly);
    f.finishWith(conditionsOf(order));
  } else {
    if (missing) f.setIndefinite(0);
    else {
      calculate(operation, xs, xe, significand, word);
      f.setResult(0);
    }
    f.finish();
  }
  for (let n = (form >> 8) & 3; n > 0; n--) f.pop();
}

/** ST(i) = ST(i) op ST(0). form = operation | pops << 8. */
function arithmeticToRegister(form: i32, i: i32): void {
  f.check(i);
  f.check(0);
  if (f.isMissing()) f.setIndefinite(i);
  else {
    calculate(form & 7, f.rawSignificand(i), f.rawWord(i), f.rawSignificand(0), f.rawWord(0));
    f.setResult(i);
  }
  f.finish();
  if (form >> 8 !== 0) f.pop();
}

/** FCOMI, FUCOMI: ZF, PF, CF in their places of RFLAGS. form: pops | quiet << 1. */
function compareToFlags(form: i32, i: i32): i64 {
  f.check(0);
  f.check(i);
  let order = a.unordered;
  if (!f.isMissing()) {
    const quietly = (form & 2) !== 0;
    order = a.compare(
      f.rawSignificand(0),
      f.rawWord(0),
      f.rawSignificand(i),
      f.rawWord(i),
      quietly,
    );
  }
  f.finishKeepingC1();
  if (form & 1) f.pop();
  if (order === a.unordered) return 0x45;
  return order === 0 ? 0x40 : order < 0 ? 1 : 0;
}

/** FLD, FILD: a float's signalling NaN becomes quiet; a register's stays as it is. */
function pushOperand(source: i32, bits: u64): void {
  if (source === fromRegister && f.isEmpty(<i32>bits)) {
    // An underflow goes before an overflow.
    f.noteUnderflow();
    if (!f.isSuppressed()) f.pushUnchecked(f.indefiniteSignificand, f.indefiniteWord);
  } else if (!f.isEmpty(7)) f.push(0, 0);
  else {
    fetch(source, bits);
    if (source !== fromRegister && a.classify(significand, word) === a.classNan) {
      a.propagateOne(significand, word);
      f.push(a.significand, a.word);
    } else f.push(significand, word);
  }
  f.finish();
}

/** The bits FST stores; `commit` ends the instruction. */
function floatBits(isDouble: bool): i64 {
  f.check(0);
  const bits = a.toFloat(f.significandOf(0), f.wordOf(0), isDouble);
  f.notePending();
  return <i64>bits;
}

/** The bits FIST and FISTTP store; what does not fit is the integer indefinite. */
function integerBits(width: i32, truncates: bool): i64 {
  f.check(0);
  const s = f.significandOf(0);
  const e = f.wordOf(0);
  if (truncates) a.setRounding(3);
  const kind = a.classify(s, e);
  const limit = (<u64>1) << (width - 1);
  let bits = limit;
  let valid = kind !== a.classNan && kind !== a.classUnsupported;
  if (valid) {
    a.toInteger(s, e);
    const negative = a.signOf(e) !== 0;
    valid = a.fits && a.magnitude < limit + (negative ? 1 : 0);
    if (valid) bits = negative ? 0 - a.magnitude : a.magnitude;
  }
  if (!valid) giveUpInteger();
  f.notePending();
  return <i64>bits;
}

/** An integer that does not fit is invalid, not inexact. */
function giveUpInteger(): void {
  a.lower(a.precisionLost);
  a.raise(a.invalid);
  a.setRoundedUp(false);
}

/** Both parts of ST(0) for FSTP m80: the exponent goes to operand word 0. */
function extendedBits(): i64 {
  f.check(0);
  store<u64>(operands, f.wordOf(0));
  f.notePending();
  return <i64>f.significandOf(0);
}

/** 18 digits and a sign; out of range is the packed BCD indefinite (SDM vol. 1, 4.7). */
function decimalBits(): i64 {
  f.check(0);
  const s = f.significandOf(0);
  const e = f.wordOf(0);
  const kind = a.classify(s, e);
  let valid = kind !== a.classNan && kind !== a.classUnsupported;
  if (valid) a.toInteger(s, e);
  valid = valid && a.fits && a.magnitude < 1000000000000000000;
  let low: u64 = 0xc000000000000000;
  let high: u64 = 0xffff;
  if (valid) {
    let rest = a.magnitude;
    low = 0;
    for (let n: u64 = 0; n < 64; n += 4) {
      low |= (rest % 10) << n;
      rest /= 10;
    }
    high = (rest % 10) | ((rest / 10) << 4) | ((<u64>a.signOf(e)) << 15);
  } else giveUpInteger();
  store<u64>(operands, high);
  f.notePending();
  return <i64>low;
}

/** Ends a store after memory was written; an unmasked exception keeps the register. */
function commit(pops: bool): void {
  f.finish();
  if (pops && (a.flags & ~a.masks & 0x1f) === 0) f.pop();
}

/** FBLD. */
function pushDecimal(low: u64, high: u64): void {
  let n: u64 = ((high >> 4) & 15) * 10 + (high & 15);
  for (let at = 60; at >= 0; at -= 4) n = n * 10 + ((low >> at) & 15);
  a.fromMagnitude(high & 0x8000 ? 1 : 0, n);
  f.push(a.significand, a.word);
  f.finish();
}

/** FST ST(i). */
function copyTop(i: i32, pops: bool): void {
  f.check(0);
  f.setSt(i, f.significandOf(0), f.wordOf(0));
  f.finish();
  if (pops) f.pop();
}

function exchange(i: i32): void {
  f.check(0);
  f.check(i);
  const s = f.significandOf(0);
  const e = f.wordOf(0);
  const other = f.significandOf(i);
  const otherWord = f.wordOf(i);
  f.setSt(0, other, otherWord);
  f.setSt(i, s, e);
  f.finish();
}

/** FCMOVcc. */
function moveIf(i: i32, condition: bool): void {
  f.check(i);
  f.check(0);
  if (f.isMissing()) f.setIndefinite(0);
  else if (condition) f.setSt(0, f.rawSignificand(i), f.rawWord(i));
  f.finishKeepingC1();
}

/** FXAM: C3, C2, C0 by class, C1 = sign. */
function examine(): void {
  const s = f.rawSignificand(0);
  const e = f.rawWord(0);
  let kind: u32;
  if (f.isEmpty(0)) kind = f.c3 | f.c0;
  else {
    const c = a.classify(s, e);
    if (c === a.classNan) kind = f.c0;
    else if (c === a.classFinite) kind = f.c2;
    else if (c === a.classInfinite) kind = f.c2 | f.c0;
    else if (c === a.classZero) kind = f.c3;
    else kind = c === a.classDenormal ? f.c3 | f.c2 : 0;
  }
  f.finishWith(kind | (a.signOf(e) !== 0 ? f.c1 : 0));
}

function partialRemainder(nearest: bool): void {
  f.check(0);
  f.check(1);
  const kept = load<u32>(status) & (f.c0 | f.c3);
  if (f.isMissing()) {
    f.setIndefinite(0);
    f.finishWith(kept);
    return;
  }
  a.remainder(f.rawSignificand(0), f.rawWord(0), f.rawSignificand(1), f.rawWord(1), nearest);
  f.setResult(0);
  const q = a.quotient;
  if (q === a.noQuotient) f.finishWith(kept);
  else if (q === a.partialQuotient) f.finishWith(f.c2);
  else f.finishWith((q & 1 ? f.c1 : 0) | (q & 2 ? f.c3 : 0) | (q & 4 ? f.c0 : 0));
}

function extractParts(): void {
  f.check(0);
  if (f.isMissing() || !f.isEmpty(7)) {
    const missing = f.isMissing();
    f.setIndefinite(0);
    if (!missing) f.push(0, 0);
    else if (!f.isSuppressed()) f.pushUnchecked(f.indefiniteSignificand, f.indefiniteWord);
  } else {
    a.extract(f.rawSignificand(0), f.rawWord(0));
    f.setResult(0);
    f.push(a.extracted, a.extractedWord);
  }
  f.finish();
}

/** The instructions with one operand and a result in its place, by the second opcode byte. */
function unary(opcode: i32): void {
  f.check(0);
  if (opcode === 0xfd) f.check(1);
  const s = f.significandOf(0);
  const e = f.wordOf(0);
  if (f.isMissing()) a.giveIndefinite();
  else if (opcode === 0xe0) a.give(s, e ^ 0x8000);
  else if (opcode === 0xe1) a.give(s, e & 0x7fff);
  else if (opcode === 0xfa) a.squareRoot(s, e);
  else if (opcode === 0xfc) a.roundToIntegral(s, e);
  else a.scale(s, e, f.rawSignificand(1), f.rawWord(1));
  f.setResult(0);
  f.finish();
}

/** FTST. */
function test(): void {
  f.check(0);
  const missing = f.isMissing();
  const order = missing ? a.unordered : a.compare(f.rawSignificand(0), f.rawWord(0), 0, 0, false);
  f.finishWith(conditionsOf(order));
}

/** FDECSTP, FINCSTP. */
function turn(by: i32): void {
  f.setTop(load<u32>(top) + by);
  f.finish();
}

/** D9 E0…FF. */
function withoutOperands(opcode: i32): void {
  // biome-ignore format: a table
  switch (opcode) {
    case 0xe0: case 0xe1: case 0xfa: case 0xfc: case 0xfd: unary(opcode); break;
    case 0xe4: test(); break;
    case 0xe5: examine(); break;
    case 0xf4: extractParts(); break;
    case 0xf5: partialRemainder(true); break;
    case 0xf6: turn(-1); break;
    case 0xf7: turn(1); break;
    case 0xf8: partialRemainder(false); break;
    default: approximate(opcode);
  }
}

/** FNINIT. */
function initialise(): void {
  store<u32>(control, 0x37f);
  store<u32>(status, 0);
  store<u32>(top, 0);
  store<u32>(empty, 0xff);
}

const masks: u32 = 0x3f;

/** FLDCW; bit 6 reads as 1. */
export function loadControl(value: u32): i64 {
  if ((value & masks) !== masks) changeInstructionSet();
  setControl(value);
  return 0;
}

/** ES and B follow from what is not masked now. */
function setControl(value: u32): void {
  store<u32>(control, value | 0x40);
  a.begin(value);
  f.setStatus(load<u32>(status));
}

/** x: function | form << 8. */
export function x87(x: u64, y: u64): i64 {
  const form = <i32>(x >> 8);
  f.start();
  // biome-ignore format: a table
  switch (<i32>x & 0xff) {
    case 0: arithmetic(form, y); break;
    case 1: arithmeticToRegister(form, <i32>y); break;
    case 2: return compareToFlags(form, <i32>y);
    case 3: pushOperand(form, y); break;
    case 4: f.push(y, form & 0xffff); f.finish(); break;
    case 5: constant(form); f.push(a.significand, a.word); f.finish(); break;
    case 6: return floatBits(form !== 0);
    case 7: return integerBits(form & 0x7f, form >= 0x80);
    case 8: return extendedBits();
    case 9: return decimalBits();
    case 11: pushDecimal(y, <u64>form); break;
    case 12: copyTop(<i32>y, form !== 0); break;
    case 13: exchange(<i32>y); break;
    case 14: moveIf(form, y !== 0); break;
    case 15: f.free(<i32>y); f.finish(); if (form) f.pop(); break;
    case 16: withoutOperands(form); break;
    case 17: initialise(); break;
    case 18: f.setStatus(load<u32>(status) & 0x7f00); break;
    case 19: setControl(<u32>y); break;
    default: approximated();
  }
  return 0;
}

/** Ends a store: function 10, which goes on with what the one before it has found. */
export function commitStore(pops: bool): i64 {
  commit(pops);
  return 0;
}
