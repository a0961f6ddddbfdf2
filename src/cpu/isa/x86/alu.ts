/** Integer arithmetic and logic (SDM vol. 2, ADD … XOR, MUL, DIV, CMPXCHG, XADD). */

import type { I32, I64 } from '../../ir/builder.ts';
import type { Bits } from './instruction.ts';
import type { Lowering } from './lowering.ts';
import { routine } from './routines.ts';
import type { Lower, RowSource } from './row.ts';
import {
  constant,
  fromI64,
  isNegative,
  normalize,
  select,
  toI64S,
  toI64U,
  type Word,
  word,
} from './words.ts';

const add: Lower = (c) => {
  const w = c.width(0);
  const [x, y] = [c.read(0), c.read(1, w)];
  const result = normalize(c.b, w, word.add(c.b, w, x, y));
  c.write(0, result);
  c.flags.add(w, x, y, result);
};

const sub: Lower = (c) => {
  const w = c.width(0);
  const [x, y] = [c.read(0), c.read(1, w)];
  const result = normalize(c.b, w, word.sub(c.b, w, x, y));
  c.write(0, result);
  c.flags.subtract(w, x, y, result);
};

const cmp: Lower = (c) => {
  const w = c.width(0);
  const [x, y] = [c.read(0), c.read(1, w)];
  c.flags.subtract(w, x, y, normalize(c.b, w, word.sub(c.b, w, x, y)));
};

/** x + y + CF, with flags. */
const adc: Lower = (c) => {
  const { b, flags } = c;
  const w = c.width(0);
  const [x, y] = [c.read(0), c.read(1, w)];
  const carry = flags.carry();
  const carryWord = w === 64 ? b.i64_extend_i32_u(carry) : carry;
  const result = normalize(b, w, word.add(b, w, word.add(b, w, x, y), carryWord));
  c.write(0, result);
  const full = b.i32_and(carry, word.eq(b, w, result, x));
  const signs = word.and(b, w, word.xor(b, w, x, result), word.xor(b, w, y, result));
  flags.setResult(w, result);
  flags.setCarry(b.i32_or(word.ltU(b, w, result, x), full));
  flags.setOverflow(isNegative(b, w, signs));
  flags.setAuxiliary(w, x, y);
};

/** x − (y + CF), with flags. */
const sbb: Lower = (c) => {
  const { b, flags } = c;
  const w = c.width(0);
  const [x, y] = [c.read(0), c.read(1, w)];
  const carry = flags.carry();
  const carryWord = w === 64 ? b.i64_extend_i32_u(carry) : carry;
  const result = normalize(b, w, word.sub(b, w, word.sub(b, w, x, y), carryWord));
  c.write(0, result);
  const full = b.i32_and(carry, word.eq(b, w, x, y));
  const signs = word.and(b, w, word.xor(b, w, x, y), word.xor(b, w, x, result));
  flags.setResult(w, result);
  flags.setCarry(b.i32_or(word.ltU(b, w, x, y), full));
  flags.setOverflow(isNegative(b, w, signs));
  flags.setAuxiliary(w, x, y);
};

type Logic = 'and' | 'or' | 'xor';

const logic =
  (operation: Logic): Lower =>
  (c) => {
    const { b } = c;
    const w = c.width(0);
    if (operation === 'xor' && c.sameRegister(0, 1)) return clear(c, w);
    const x = c.read(0);
    const same = operation !== 'xor' && c.sameRegister(0, 1);
    const result = same ? x : word[operation](b, w, x, c.read(1, w));
    c.write(0, result);
    c.flags.logic(w, result);
  };

/** XOR of a register with itself: the way compilers write zero. */
function clear(c: Lowering, w: Bits): void {
  const zero = constant(c.b, w, 0);
  c.write(0, zero);
  c.flags.logic(w, zero);
  if (w >= 32 && c.registerNumber(0) === 2) c.dividendHigh = 'zero';
}

const test: Lower = (c) => {
  const w = c.width(0);
  const x = c.read(0);
  c.flags.logic(w, c.sameRegister(0, 1) ? x : word.and(c.b, w, x, c.read(1, w)));
};

const inc: Lower = (c) => {
  const { b, flags } = c;
  const w = c.width(0);
  const x = c.read(0);
  const one = constant(b, w, 1);
  const result = normalize(b, w, word.add(b, w, x, one));
  c.write(0, result);
  flags.setResult(w, result);
  flags.setOverflow(word.ltS(b, w, result, x));
  flags.setAuxiliary(w, x, one);
};

const dec: Lower = (c) => {
  const { b, flags } = c;
  const w = c.width(0);
  const x = c.read(0);
  const one = constant(b, w, 1);
  const result = normalize(b, w, word.sub(b, w, x, one));
  c.write(0, result);
  flags.setResult(w, result);
  flags.setOverflow(word.gtS(b, w, result, x));
  flags.setAuxiliary(w, x, one);
};

const neg: Lower = (c) => {
  const { b } = c;
  const w = c.width(0);
  const x = c.read(0);
  const zero = constant(b, w, 0);
  const result = normalize(b, w, word.sub(b, w, zero, x));
  c.write(0, result);
  c.flags.subtract(w, zero, x, result);
};

const not: Lower = (c) => {
  const w = c.width(0);
  c.write(0, word.xor(c.b, w, c.read(0), constant(c.b, w, -1)));
};

/** Flags of a product: CF = OF = "the upper half matters"; SF, ZF, PF follow the low half. */
function productFlags(c: Lowering, w: Bits, low: Word, overflow: I32): void {
  c.flags.setResult(w, low);
  c.flags.setCarry(overflow);
  c.flags.setOverflow(overflow);
  c.flags.clearAuxiliary(w, low);
}

/** MUL and IMUL with one operand: rDX:rAX = rAX × operand. */
const multiplyWide =
  (signed: boolean): Lower =>
  (c) => {
    const { b } = c;
    const w = c.width(0);
    const y = c.read(0);
    const x = c.readGpr(0, w);
    if (w === 64) {
      const low = b.i64_mul(x as I64, y as I64);
      const high = signed ? b.i64_mulhi_s(x as I64, y as I64) : b.i64_mulhi_u(x as I64, y as I64);
      const expected = signed ? b.i64_shr_s(low, b.const64(63)) : b.const64(0);
      c.putGpr(0, low);
      c.putGpr(2, high);
      return productFlags(c, w, low, b.i64_ne(high, expected));
    }
    const extend = signed ? toI64S : toI64U;
    const product = b.i64_mul(extend(b, w, x), extend(b, w, y));
    const low = fromI64(b, w, product);
    if (w === 8) c.writeGpr(0, 16, b.i32_wrap_i64(product));
    else {
      c.writeGpr(0, w, low);
      c.writeGpr(2, w, b.i32_wrap_i64(b.i64_shr_u(product, b.const64(w))));
    }
    productFlags(c, w, low, b.i64_ne(extend(b, w, low), product));
  };

/** IMUL r, r/m and IMUL r, r/m, imm: the product truncated, CF = OF = truncation lost bits. */
const multiply =
  (first: number, second: number): Lower =>
  (c) => {
    const { b } = c;
    const w = c.width(0);
    const x = c.read(first, w);
    const y = c.read(second, w);
    if (w === 64) {
      const low = b.i64_mul(x as I64, y as I64);
      const high = b.i64_mulhi_s(x as I64, y as I64);
      c.write(0, low);
      return productFlags(c, w, low, b.i64_ne(high, b.i64_shr_s(low, b.const64(63))));
    }
    const product = b.i64_mul(b.i64_extend_i32_s(x as I32), b.i64_extend_i32_s(y as I32));
    const low = fromI64(b, w, product);
    c.write(0, low);
    productFlags(c, w, low, b.i64_ne(b.i64_extend_i32_s(low as I32), product));
  };

/** Quotient and remainder of a 128-bit dividend, for `divide64` where rdx is not known. */
const divideU128 = routine((_, high, low, divisor) =>
  BigInt.asUintN(64, ((high << 64n) | low) / divisor),
);
const remainderU128 = routine((_, high, low, divisor) => ((high << 64n) | low) % divisor);
const signedDividend = (high: bigint, low: bigint): bigint =>
  BigInt.asIntN(128, (high << 64n) | low);
const divideS128 = routine((_, high, low, divisor) =>
  BigInt.asUintN(64, signedDividend(high, low) / BigInt.asIntN(64, divisor)),
);
const remainderS128 = routine((_, high, low, divisor) =>
  BigInt.asUintN(64, signedDividend(high, low) % BigInt.asIntN(64, divisor)),
);
const overflowS128 = routine((_, high, low, divisor) => {
  if (divisor === 0n) return 1n;
  const quotient = signedDividend(high, low) / BigInt.asIntN(64, divisor);
  return quotient === BigInt.asIntN(64, quotient) ? 0n : 1n;
});

function divide64(c: Lowering, y: I64, signed: boolean): void {
  const { b } = c;
  const low = c.gpr(0);
  const known = c.dividendHigh;
  if (signed ? known === 'sign' : known === 'zero') {
    b.trapIf(b.i64_eqz(y), 'divide');
    if (signed) trapOnMinByMinusOne(c, low, y);
    c.putGpr(0, signed ? b.i64_div_s(low, y) : b.i64_div_u(low, y));
    c.putGpr(2, signed ? b.i64_rem_s(low, y) : b.i64_rem_u(low, y));
    return;
  }
  const high = c.gpr(2);
  if (signed) b.trapIf(b.i32_wrap_i64(b.helper(overflowS128, high, low, y)), 'divide');
  else b.trapIf(b.i64_ge_u(high, y), 'divide');
  const quotient = b.helper(signed ? divideS128 : divideU128, high, low, y);
  const remainder = b.helper(signed ? remainderS128 : remainderU128, high, low, y);
  c.putGpr(0, quotient);
  c.putGpr(2, remainder);
}

/** −2⁶³ ÷ −1 overflows, and traps in wasm. */
function trapOnMinByMinusOne(c: Lowering, x: I64, y: I64): void {
  const { b } = c;
  const isMin = b.i64_eq(x, b.const64Halves(0, 0x8000_0000));
  b.trapIf(b.i32_and(isMin, b.i64_eq(y, b.const64(-1))), 'divide');
}

/** The dividend rDX:rAX (AX for bytes) of a division of 8, 16 or 32 bits, as an i64. */
function dividend(c: Lowering, w: Bits, signed: boolean): I64 {
  const { b } = c;
  if (w === 8) return (signed ? toI64S : toI64U)(b, 16, c.readGpr(0, 16));
  const low = toI64U(b, w, c.readGpr(0, w));
  const high = (signed ? toI64S : toI64U)(b, w, c.readGpr(2, w));
  return b.i64_or(b.i64_shl(high, b.const64(w)), low);
}

/** DIV and IDIV: #DE for a zero divisor or a quotient out of range. */
const divide =
  (signed: boolean): Lower =>
  (c) => {
    const { b } = c;
    const w = c.width(0);
    const y = c.read(0);
    if (w === 64) return divide64(c, y as I64, signed);
    const extend = signed ? toI64S : toI64U;
    const x = dividend(c, w, signed);
    const divisor = extend(b, w, y);
    b.trapIf(b.i64_eqz(divisor), 'divide');
    if (signed && w === 32) trapOnMinByMinusOne(c, x, divisor);
    const quotient = signed ? b.i64_div_s(x, divisor) : b.i64_div_u(x, divisor);
    const remainder = signed ? b.i64_rem_s(x, divisor) : b.i64_rem_u(x, divisor);
    const low = fromI64(b, w, quotient);
    b.trapIf(b.i64_ne(extend(b, w, low), quotient), 'divide');
    if (w === 8) {
      c.writeGpr(0, 8, low);
      c.writeGpr(4, 8, b.i32_wrap_i64(remainder), true);
    } else {
      c.writeGpr(0, w, low);
      c.writeGpr(2, w, b.i32_wrap_i64(remainder));
    }
  };

/** ADCX (CF) and ADOX (OF): no other flag changes. */
const addWithFlag =
  (overflow: boolean): Lower =>
  (c) => {
    const { b, flags } = c;
    const w = c.width(0);
    const [x, y] = [c.read(0), c.read(1)];
    const carry = overflow ? flags.overflow() : flags.carry();
    const carryWord = w === 64 ? b.i64_extend_i32_u(carry) : carry;
    const result = word.add(b, w, word.add(b, w, x, y), carryWord);
    c.write(0, result);
    const full = b.i32_and(carry, word.eq(b, w, result, x));
    const out = b.i32_or(word.ltU(b, w, result, x), full);
    if (overflow) flags.setOverflow(out);
    else flags.setCarry(out);
  };

/**
 * CMPXCHG. Memory is always written; a register only where the operands were equal, which shows in
 * the upper
 * half of a 32-bit one. The accumulator is loaded only where they differed.
 */
const cmpxchg: Lower = (c) => {
  const { b } = c;
  const w = c.width(0);
  const old = c.read(0);
  const accumulator = c.readGpr(0, w);
  const source = c.read(1);
  const equal = word.eq(b, w, accumulator, old);
  const keepUpper = w === 32 && !c.i.inMemory;
  const before = keepUpper ? c.gpr(c.registerNumber(0)) : undefined;
  c.write(0, select(b, w, source, old, equal));
  if (before !== undefined) {
    const written = c.gpr(c.registerNumber(0));
    c.putGpr(c.registerNumber(0), b.i64_select(written, before, equal));
  }
  // A register destination may be the accumulator itself: then the two are equal.
  const isAccumulator = !c.i.inMemory && c.registerNumber(0) === 0;
  if (!isAccumulator) {
    const rax = c.gpr(0);
    c.writeGpr(0, w, old);
    const loaded = c.gpr(0);
    c.putGpr(0, b.i64_select(rax, loaded, equal));
  }
  c.flags.subtract(w, accumulator, old, normalize(b, w, word.sub(b, w, accumulator, old)));
};

/** CMPXCHG8B and CMPXCHG16B: rDX:rAX against m, rCX:rBX in; only ZF changes. */
const cmpxchgPair: Lower = (c) => {
  const { b } = c;
  const w: Bits = c.operand(0).bits === 128 ? 64 : 32;
  const address = c.address();
  const low = c.loadAt(w, address, c.displacement);
  const high = c.loadAt(w, address, c.displacement + w / 8);
  const same = b.i32_and(word.eq(b, w, low, c.readGpr(0, w)), word.eq(b, w, high, c.readGpr(2, w)));
  c.storeAt(w, address, select(b, w, c.readGpr(3, w), low, same), c.displacement);
  c.storeAt(w, address, select(b, w, c.readGpr(1, w), high, same), c.displacement + w / 8);
  c.putGpr(0, b.i64_select(c.gpr(0), toI64U(b, w, low), same));
  c.putGpr(2, b.i64_select(c.gpr(2), toI64U(b, w, high), same));
  c.flags.setZero(b.i64_extend_i32_u(b.i32_eqz(same)));
};

const xadd: Lower = (c) => {
  const { b } = c;
  const w = c.width(0);
  const [x, y] = [c.read(0), c.read(1)];
  const result = normalize(b, w, word.add(b, w, x, y));
  if (c.i.inMemory) {
    c.write(0, result);
    c.write(1, x);
  } else {
    c.write(1, x);
    c.write(0, result);
  }
  c.flags.add(w, x, y, result);
};

/** The eight forms of each of ADD … CMP: opcodes n+0 … n+5, 80, 81, 83 with /digit. */
function family(name: string, digit: number, lower: Lower): RowSource[] {
  const at = (n: number): string => (digit * 8 + n).toString(16).toUpperCase().padStart(2, '0');
  const lock = name === 'CMP' ? '' : 'lock';
  return [
    [`${at(0)} /r`, `${name} r/m8, r8`, lower, lock],
    [`${at(1)} /r`, `${name} r/m, r`, lower, lock],
    [`${at(2)} /r`, `${name} r8, r/m8`, lower],
    [`${at(3)} /r`, `${name} r, r/m`, lower],
    [`${at(4)} ib`, `${name} AL, imm8`, lower],
    [`${at(5)} iz`, `${name} rAX, imm`, lower],
    [`80 /${digit} ib`, `${name} r/m8, imm8`, lower, lock],
    [`81 /${digit} iz`, `${name} r/m, imm`, lower, lock],
    [`83 /${digit} ib`, `${name} r/m, simm8`, lower, lock],
  ];
}

/** Arithmetic and logic. */
// biome-ignore format: a table
export const aluRows: readonly RowSource[] = [
  ...family('ADD', 0, add), ...family('OR', 1, logic('or')), ...family('ADC', 2, adc), ...family('SBB', 3, sbb),
  ...family('AND', 4, logic('and')), ...family('SUB', 5, sub), ...family('XOR', 6, logic('xor')), ...family('CMP', 7, cmp),
  ['84 /r',            'TEST r/m8, r8',      test],
  ['85 /r',            'TEST r/m, r',        test],
  ['A8 ib',            'TEST AL, imm8',      test],
  ['A9 iz',            'TEST rAX, imm',      test],
  ['F6 /0 ib',         'TEST r/m8, imm8',    test],
  ['F7 /0 iz',         'TEST r/m, imm',      test],
  ['F6 /1 ib',         'TEST r/m8, imm8',    test],
  ['F7 /1 iz',         'TEST r/m, imm',      test],
  ['FE /0',            'INC r/m8',           inc, 'lock'],
  ['FF /0',            'INC r/m',            inc, 'lock'],
  ['FE /1',            'DEC r/m8',           dec, 'lock'],
  ['FF /1',            'DEC r/m',            dec, 'lock'],
  ['F6 /2',            'NOT r/m8',           not, 'lock'],
  ['F7 /2',            'NOT r/m',            not, 'lock'],
  ['F6 /3',            'NEG r/m8',           neg, 'lock'],
  ['F7 /3',            'NEG r/m',            neg, 'lock'],
  ['F6 /4',            'MUL r/m8',           multiplyWide(false), 'u=szap'],
  ['F7 /4',            'MUL r/m',            multiplyWide(false), 'u=szap'],
  ['F6 /5',            'IMUL r/m8',          multiplyWide(true), 'u=szap'],
  ['F7 /5',            'IMUL r/m',           multiplyWide(true), 'u=szap'],
  ['0F AF /r',         'IMUL r, r/m',        multiply(0, 1), 'u=szap'],
  ['69 /r iz',         'IMUL r, r/m, imm',   multiply(1, 2), 'u=szap'],
  ['6B /r ib',         'IMUL r, r/m, simm8', multiply(1, 2), 'u=szap'],
  ['F6 /6',            'DIV r/m8',           divide(false), 'u=oszapc div'],
  ['F7 /6',            'DIV r/m',            divide(false), 'u=oszapc div'],
  ['F6 /7',            'IDIV r/m8',          divide(true), 'u=oszapc div'],
  ['F7 /7',            'IDIV r/m',           divide(true), 'u=oszapc div'],
  ['66 0F 38 F6 /r',   'ADCX ry, r/my',      addWithFlag(false)],
  ['F3 0F 38 F6 /r',   'ADOX ry, r/my',      addWithFlag(true)],
  ['0F B0 /r',         'CMPXCHG r/m8, r8',   cmpxchg, 'lock'],
  ['0F B1 /r',         'CMPXCHG r/m, r',     cmpxchg, 'lock'],
  ['W0 0F C7 /1',      'CMPXCHG8B m64',      cmpxchgPair, 'lock'],
  ['REX.W 0F C7 /1',   'CMPXCHG16B m128',    cmpxchgPair, 'lock aligned'],
  ['0F C0 /r',         'XADD r/m8, r8',      xadd, 'lock'],
  ['0F C1 /r',         'XADD r/m, r',        xadd, 'lock'],
];
