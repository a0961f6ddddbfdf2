/**
 * The x87 functions that are approximations. What is exact or special is decided here; for other
 * operands `approximate` leaves a request in the operand words, which TypeScript answers with more
 * bits than are needed (`src/cpu/isa/x86/transcendental.ts`), and `approximated` rounds those.
 */

import * as a from './extended';
import * as f from './stack';
import { operands } from './state';

// The request: opcode (0: none), then x and y, or results: high, low, exponent, sign.
const request: u32 = operands;
const first: u32 = operands + 8;
const second: u32 = operands + 32;

const oneWord: i32 = 0x3fff;
const topBit: u64 = 0x8000000000000000;

const fyl2x: i32 = 0xf1;
const fptan: i32 = 0xf2;
const fpatan: i32 = 0xf3;
const fyl2xp1: i32 = 0xf9;
const fsincos: i32 = 0xfb;
const fcos: i32 = 0xff;
const f2xm1: i32 = 0xf0;

function ask(opcode: i32): void {
  store<u32>(request, opcode);
  store<u64>(first, f.rawSignificand(0));
  store<u64>(first, f.rawWord(0), 8);
  store<u64>(second, f.rawSignificand(1));
  store<u64>(second, f.rawWord(1), 8);
}

export function approximate(opcode: i32): void {
  store<u32>(request, 0);
  if (opcode === f2xm1) exponential();
  else if (opcode === fyl2x || opcode === fpatan || opcode === fyl2xp1) ofTwo(opcode);
  else angle(opcode);
}

/** F2XM1: 2^x − 1 for |x| ≤ 1; beyond, x. */
function exponential(): void {
  f.check(0);
  const s = f.significandOf(0);
  const e = f.wordOf(0);
  if (f.isMissing()) a.giveIndefinite();
  else if (!a.propagateOne(s, e)) {
    const biased = e & 0x7fff;
    const negative = a.signOf(e) !== 0;
    if (biased < oneWord && s !== 0) {
      ask(f2xm1);
      return;
    }
    if (biased === oneWord && s === topBit) a.give(topBit, negative ? 0xbffe : oneWord);
    else if (a.classify(s, e) === a.classInfinite && negative) a.give(topBit, oneWord | 0x8000);
    else a.give(s, e);
  }
  f.setResult(0);
  f.finish();
}

/** FYL2X, FYL2XP1, FPATAN: of ST(1) and ST(0), which is popped. */
function ofTwo(opcode: i32): void {
  f.check(0);
  f.check(1);
  if (f.isMissing()) a.giveIndefinite();
  else {
    const xs = f.rawSignificand(0);
    const xe = f.rawWord(0);
    const ys = f.rawSignificand(1);
    const ye = f.rawWord(1);
    if (!a.propagate(ys, ye, xs, xe)) {
      let asks: bool;
      if (opcode === fyl2x) asks = logarithm(xs, xe, ys, ye);
      else if (opcode === fyl2xp1) asks = logarithmPlus1(xs, xe, ys, ye);
      else asks = arctangent(xs, xe, ys, ye);
      if (asks) {
        ask(opcode);
        return;
      }
    }
  }
  endOfTwo();
}

function endOfTwo(): void {
  f.pop();
  f.setResult(0);
  f.finish();
}

/** An infinity of a logarithm of zero. */
function logarithmOfZero(sign: i32, ys: u64, ye: i32): void {
  if (ys === 0) {
    a.giveInvalid();
    return;
  }
  if (a.classify(ys, ye) !== a.classInfinite) {
    a.lower(a.denormal);
    a.raise(a.zeroDivide);
  }
  a.giveInfinity(sign);
}

/** y times a logarithm whose sign is known, where one of them is zero or infinite. */
function product(
  negative: bool,
  zeroLogarithm: bool,
  infiniteLogarithm: bool,
  ys: u64,
  ye: i32,
): bool {
  const sign = a.signOf(ye) ^ (negative ? 1 : 0);
  const infinite = infiniteLogarithm || a.classify(ys, ye) === a.classInfinite;
  const zero = zeroLogarithm || ys === 0;
  if (zero && infinite) a.giveInvalid();
  else if (infinite) a.giveInfinity(sign);
  else if (zero) a.giveZero(sign);
  else return true;
  return false;
}

/** FYL2X: whether the logarithm has to be computed. */
function logarithm(xs: u64, xe: i32, ys: u64, ye: i32): bool {
  if (xs === 0) {
    logarithmOfZero(a.signOf(ye) ^ 1, ys, ye);
    return false;
  }
  if (a.signOf(xe) !== 0) {
    a.giveInvalid();
    return false;
  }
  const isOne = xs === topBit && xe === oneWord;
  const infinite = a.classify(xs, xe) === a.classInfinite;
  return product(a.exponentOf(xs, xe) < 0, isOne, infinite, ys, ye);
}

/** FYL2XP1, whose x should be within ±(1 − √½). */
function logarithmPlus1(xs: u64, xe: i32, ys: u64, ye: i32): bool {
  const negative = a.signOf(xe) !== 0;
  const infinite = a.classify(xs, xe) === a.classInfinite;
  if (negative && xs !== 0 && a.exponentOf(xs, xe) >= 0) {
    if (xs === topBit && (xe & 0x7fff) === oneWord) logarithmOfZero(a.signOf(ye) ^ 1, ys, ye);
    else a.giveInvalid();
    return false;
  }
  return product(negative, xs === 0, infinite, ys, ye);
}

/** FPATAN: the angle of the point (x, y). */
function arctangent(xs: u64, xe: i32, ys: u64, ye: i32): bool {
  const left = a.signOf(xe) !== 0;
  const far = a.classify(xs, xe) === a.classInfinite && a.classify(ys, ye) !== a.classInfinite;
  if ((ys === 0 || far) && !left) {
    a.giveZero(a.signOf(ye));
    return false;
  }
  return true;
}

/** FSIN, FCOS, FSINCOS, FPTAN: C2 = 1 and no change where the operand is too large. */
function angle(opcode: i32): void {
  const pushes = opcode === fptan || opcode === fsincos;
  f.check(0);
  const missing = f.isMissing();
  const s = f.significandOf(0);
  const e = f.wordOf(0);
  let decided = true;
  if (missing || (pushes && !f.isEmpty(7))) a.giveIndefinite();
  else if (a.classify(s, e) === a.classInfinite) a.giveInvalid();
  else decided = a.propagateOne(s, e);
  if (decided) {
    const r = a.significand;
    const rw = a.word;
    f.setSt(0, r, rw);
    if (pushes && !missing) f.push(r, rw);
    else if (pushes && !f.isSuppressed()) f.pushUnchecked(r, rw);
    f.finishWith(a.roundedUp ? f.c1 : 0);
  } else if ((e & 0x7fff) >= oneWord + 63) f.finishWith(f.c2);
  else if (s !== 0) ask(opcode);
  else {
    if (opcode === fcos) f.setSt(0, topBit, oneWord);
    if (pushes) f.push(topBit, oneWord);
    f.finishWith(0);
  }
}

/** Rounds an answer. */
function round(at: u32): void {
  const sign = <i32>load<u32>(at, 20);
  a.roundWide64(sign, <i32>load<u32>(at, 16), load<u64>(at), load<u64>(at, 8));
}

/** Ends an instruction that has asked. */
export function approximated(): void {
  const opcode = <i32>load<u32>(request);
  if (opcode === 0) return;
  // What `approximate` has found is found again: a denormal operand.
  const two = opcode === fyl2x || opcode === fpatan || opcode === fyl2xp1;
  a.propagate(
    f.rawSignificand(0),
    f.rawWord(0),
    f.rawSignificand(two ? 1 : 0),
    f.rawWord(two ? 1 : 0),
  );
  round(first);
  if (two) {
    endOfTwo();
    return;
  }
  f.setResult(0);
  if (opcode === f2xm1) {
    f.finish();
    return;
  }
  if (opcode === fptan) f.push(topBit, oneWord);
  if (opcode === fsincos) {
    round(second);
    f.push(a.significand, a.word);
  }
  f.finishWith(a.roundedUp ? f.c1 : 0);
}
