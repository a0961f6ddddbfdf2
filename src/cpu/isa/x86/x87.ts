/**
 * x87 instructions (SDM vol. 2, F…). All arithmetic is done by routines; memory is accessed by the
 * IR, loads before
 * and stores before pops, so that faults are precise.
 */

import type { I32, I64 } from '../../ir/builder.ts';
import { guestBias } from '../../state.ts';
import {
  add,
  classify,
  compare,
  conditionBit,
  divide,
  type Extended,
  exceptionBit,
  extract,
  fromFloat,
  fromInteger,
  indefinite,
  magnitude,
  multiply,
  negate,
  propagateOne,
  remainder,
  roundToInteger,
  scale,
  signOf,
  squareRoot,
  subtract,
  toFloat,
  toInteger,
  zero,
} from './extended.ts';
import type { Lowering } from './lowering.ts';
import { x87Slots } from './registers.ts';
import { routine } from './routines.ts';
import type { Lower, RowSource } from './row.ts';
import { constants, transcendental } from './transcendental.ts';
import { Fpu } from './x87_state.ts';

const operations = ['add', 'mul', 'com', 'comp', 'sub', 'subr', 'div', 'divr'] as const;
type Operation = (typeof operations)[number];

/** Source of an operand: 0 register, 1 m32fp, 2 m64fp, 3 integer. */
type Source = 'st' | 'f32' | 'f64' | 'int';
const sources: readonly Source[] = ['st', 'f32', 'f64', 'int'];

function operandOf(fpu: Fpu, source: Source, bits: bigint): Extended {
  if (source === 'f32') return fromFloat(fpu, bits, 32);
  if (source === 'f64') return fromFloat(fpu, bits, 64);
  if (source === 'int') return fromInteger(BigInt.asIntN(64, bits));
  return fpu.st(Number(bits));
}

function calculate(fpu: Fpu, operation: Operation, x: Extended, y: Extended): Extended {
  switch (operation) {
    case 'add':
      return add(fpu, x, y);
    case 'mul':
      return multiply(fpu, x, y);
    case 'sub':
      return subtract(fpu, x, y);
    case 'subr':
      return subtract(fpu, y, x);
    case 'div':
      return divide(fpu, x, y);
    default:
      return divide(fpu, y, x);
  }
}

const { c0, c1, c2, c3 } = conditionBit;

/** C3, C2, C0 of a comparison; C1 = 0. */
function comparisonConditions(order: number | undefined): number {
  if (order === undefined) return c0 | c2 | c3;
  return order === 0 ? c3 : order < 0 ? c0 : 0;
}

/**
 * x = operation | source << 4 | pops << 8 | quiet << 12; y: bits of the operand, or its register.
 */
const arithmeticToTop = routine((context, x, y) => {
  const fpu = new Fpu(context.view());
  const control = Number(x);
  const operation = operations[control & 7]!;
  const source = sources[(control >> 4) & 3]!;
  const top = fpu.st(0);
  const other = operandOf(fpu, source, y);
  const missing = (fpu.flags & exceptionBit.stack) !== 0;
  if (missing) fpu.flags &= ~exceptionBit.denormal;
  if (operation === 'com' || operation === 'comp') {
    const quietly = (control & 0x1000) !== 0 && !missing;
    const order = missing ? undefined : compare(fpu, top, other, quietly);
    fpu.finishWith(comparisonConditions(order));
  } else {
    fpu.setSt(0, missing ? indefinite : calculate(fpu, operation, top, other));
    fpu.finish();
  }
  for (let n = (control >> 8) & 3; n > 0; n--) fpu.pop();
  return 0n;
});

/** ST(i) = ST(i) op ST(0); x = operation | pops << 8, y = i. */
const arithmeticToRegister = routine((context, x, y) => {
  const fpu = new Fpu(context.view());
  const [control, i] = [Number(x), Number(y)];
  const [target, top] = [fpu.st(i), fpu.st(0)];
  const missing = (fpu.flags & exceptionBit.stack) !== 0;
  const operation = operations[control & 7]!;
  fpu.setSt(i, missing ? indefinite : calculate(fpu, operation, target, top));
  fpu.finish();
  if (control >> 8) fpu.pop();
  return 0n;
});

/** FCOMI, FUCOMI: returns ZF, PF, CF in their places of RFLAGS. x: pops | quiet << 1; y = i. */
const compareToFlags = routine((context, x, y) => {
  const fpu = new Fpu(context.view());
  const [top, other] = [fpu.st(0), fpu.st(Number(y))];
  const missing = (fpu.flags & exceptionBit.stack) !== 0;
  const order = missing ? undefined : compare(fpu, top, other, (x & 2n) !== 0n);
  fpu.finishKeepingC1();
  if (x & 1n) fpu.pop();
  if (order === undefined) return 0x45n;
  return order === 0 ? 0x40n : order < 0 ? 1n : 0n;
});

/**
 * Loads: x = source, y = bits. A float's signaling NaN becomes quiet; a register's stays as it is.
 */
const pushOperand = routine((context, x, y) => {
  const fpu = new Fpu(context.view());
  const source = sources[Number(x)]!;
  if (source === 'st' && fpu.isEmpty(Number(y))) {
    // An underflow goes before an overflow.
    fpu.underflow();
    fpu.pushUnchecked(indefinite);
  } else if (!fpu.isEmpty(7)) fpu.push(indefinite);
  else if (source === 'st') fpu.push(fpu.raw(Number(y)));
  else {
    const value = operandOf(fpu, source, y);
    fpu.push(classify(value) === 'nan' ? propagateOne(fpu, value)! : value);
  }
  fpu.finish();
  return 0n;
});

/** FLD m80: all bits as they are. */
const pushExtended = routine((context, significand, exponent) => {
  const fpu = new Fpu(context.view());
  fpu.push({ significand, exponent: Number(exponent & 0xffffn) });
  fpu.finish();
  return 0n;
});

const pushConstant = routine((context, n) => {
  const fpu = new Fpu(context.view());
  fpu.push(constants(Number(n), fpu.rounding));
  fpu.finish();
  return 0n;
});

/** The bits FST stores. x = width. */
const floatBits = routine((context, x) => {
  const fpu = new Fpu(context.view());
  const bits = toFloat(fpu, fpu.st(0), x === 32n ? 32 : 64);
  fpu.finish();
  return bits;
});

/**
 * The bits FIST (y = 0) and FISTTP (y = 1) store; out of range is the integer indefinite. x =
 * width.
 */
const integerBits = routine((context, x, y) => {
  const fpu = new Fpu(context.view());
  const value = fpu.st(0);
  const width = Number(x);
  const rounding = y ? 3 : fpu.rounding;
  const environment = { rounding, precision: 64, flags: 0, roundedUp: false };
  const n = toInteger(environment, value);
  let bits = 1n << BigInt(width - 1);
  if (n !== undefined && n === BigInt.asIntN(width, n)) {
    fpu.flags |= environment.flags;
    fpu.roundedUp = environment.roundedUp;
    bits = BigInt.asUintN(width, n);
  } else {
    fpu.flags |= exceptionBit.invalid;
  }
  fpu.finish();
  return bits;
});

/**
 * Halves of ST(0) for FSTP m80 and FBSTP. x = 0 significand, 1 exponent, 2 and 3 the same of packed
 * BCD.
 */
const wholeBits = routine((context, x) => {
  const fpu = new Fpu(context.view(), (x & 1n) === 0n);
  const value = fpu.st(0);
  const result = x < 2n ? value : packedDecimal(fpu, value);
  fpu.finish();
  return x & 1n ? BigInt(result.exponent) : result.significand;
});

/** 18 digits and a sign; out of range is the packed BCD indefinite (SDM vol. 1, 4.7). */
function packedDecimal(fpu: Fpu, value: Extended): Extended {
  const n = toInteger(fpu, value);
  const size = n === undefined ? undefined : n < 0n ? -n : n;
  if (size === undefined || size >= 10n ** 18n) {
    fpu.flags = (fpu.flags & ~exceptionBit.precision) | exceptionBit.invalid;
    fpu.roundedUp = false;
    return { exponent: 0xffff, significand: 0xc000_0000_0000_0000n };
  }
  const digits = BigInt(`0x${size.toString()}`);
  const sign = signOf(value) << 15;
  return {
    exponent: sign | Number(digits >> 64n),
    significand: BigInt.asUintN(64, digits),
  };
}

/** FBLD. */
const pushDecimal = routine((context, low, high) => {
  const fpu = new Fpu(context.view());
  const digits = ((high & 0xffn) << 64n) | low;
  let n = 0n;
  for (let k = 17n; k >= 0n; k--) n = n * 10n + ((digits >> (4n * k)) & 15n);
  const value = fromInteger(n);
  fpu.push(high & 0x8000n ? { ...value, exponent: value.exponent | 0x8000 } : value);
  fpu.finish();
  return 0n;
});

const popTop = routine((context) => {
  new Fpu(context.view(), false).pop();
  return 0n;
});

/** FST ST(i). x = i, y = pop. */
const copyTop = routine((context, x, y) => {
  const fpu = new Fpu(context.view());
  fpu.setSt(Number(x), fpu.isEmpty(0) ? fpu.st(0) : fpu.raw(0));
  fpu.finish();
  if (y) fpu.pop();
  return 0n;
});

const exchange = routine((context, x) => {
  const fpu = new Fpu(context.view());
  const i = Number(x);
  const [top, other] = [fpu.st(0), fpu.st(i)];
  fpu.setSt(0, other);
  fpu.setSt(i, top);
  fpu.finish();
  return 0n;
});

/** FCMOVcc: y ≠ 0 moves ST(x) to ST(0). */
const moveIf = routine((context, x, y) => {
  const fpu = new Fpu(context.view());
  const source = fpu.st(Number(x));
  const empty = fpu.isEmpty(0);
  if (empty) fpu.underflow();
  if (fpu.flags) fpu.setSt(0, indefinite);
  else if (y) fpu.setSt(0, source);
  fpu.finishKeepingC1();
  return 0n;
});

const free = routine((context, x) => {
  const fpu = new Fpu(context.view());
  fpu.empty |= 1 << fpu.physical(Number(x));
  fpu.finish();
  return 0n;
});

/** FXAM: C3, C2, C0 by class, C1 = sign. */
function examine(fpu: Fpu): void {
  const value = fpu.raw(0);
  const classes = {
    unsupported: 0,
    nan: c0,
    finite: c2,
    infinity: c2 | c0,
    zero: c3,
    denormal: c3 | c2,
  };
  const kind = fpu.isEmpty(0) ? c3 | c0 : classes[classify(value)];
  fpu.finishWith(kind | (signOf(value) ? c1 : 0));
}

function partialRemainder(fpu: Fpu, nearest: boolean): void {
  const [x, y] = [fpu.st(0), fpu.st(1)];
  if (fpu.flags) {
    fpu.setSt(0, indefinite);
    fpu.finishWith(fpu.status & (c0 | c3));
    return;
  }
  const { value, quotient } = remainder(fpu, x, y, nearest);
  fpu.setSt(0, value);
  if (quotient === -1) {
    fpu.finishWith(fpu.status & (c0 | c3));
    return;
  }
  if (quotient === undefined) {
    fpu.finishWith(c2);
    return;
  }
  const bits = (quotient & 1 ? c1 : 0) | (quotient & 2 ? c3 : 0) | (quotient & 4 ? c0 : 0);
  fpu.finishWith(bits);
}

function unary(fpu: Fpu, operation: (x: Extended) => Extended): void {
  const value = fpu.st(0);
  fpu.setSt(0, fpu.flags ? indefinite : operation(value));
  fpu.finish();
}

/** The D9 E0…FF instructions without operands but constants, by the second opcode byte. */
function unaryInstruction(fpu: Fpu, opcode: number): void {
  switch (opcode) {
    case 0xe0:
      unary(fpu, negate);
      return;
    case 0xe1:
      unary(fpu, magnitude);
      return;
    case 0xe4: {
      const value = fpu.st(0);
      const order = fpu.flags ? undefined : compare(fpu, value, zero, false);
      fpu.finishWith(comparisonConditions(order));
      return;
    }
    case 0xe5:
      examine(fpu);
      return;
    case 0xf4:
      extractParts(fpu);
      return;
    case 0xf5:
      partialRemainder(fpu, true);
      return;
    case 0xf6:
      fpu.top = fpu.top - 1;
      fpu.finish();
      return;
    case 0xf7:
      fpu.top = fpu.top + 1;
      fpu.finish();
      return;
    case 0xf8:
      partialRemainder(fpu, false);
      return;
    case 0xfa:
      unary(fpu, (x) => squareRoot(fpu, x));
      return;
    case 0xfc:
      unary(fpu, (x) => roundToInteger(fpu, x));
      return;
    case 0xfd: {
      const by = fpu.st(1);
      unary(fpu, (x) => scale(fpu, x, by));
      return;
    }
    default:
      transcendental(fpu, opcode);
      return;
  }
}

function extractParts(fpu: Fpu): void {
  const value = fpu.st(0);
  const faulty = fpu.flags !== 0 || !fpu.isEmpty(7);
  const [exponent, significand] = faulty ? [indefinite, indefinite] : extract(fpu, value);
  const missing = (fpu.flags & exceptionBit.stack) !== 0;
  fpu.setSt(0, exponent);
  if (missing) fpu.pushUnchecked(significand);
  else fpu.push(significand);
  fpu.finish();
}

const unaryRoutine = routine((context, opcode) => {
  unaryInstruction(new Fpu(context.view()), Number(opcode));
  return 0n;
});

const controlRoutine = routine((context, opcode) => {
  const fpu = new Fpu(context.view(), false);
  if (opcode === 0xe3n) fpu.initialize();
  else fpu.setStatus(fpu.status & 0x7f00);
  return 0n;
});

/** Word n of the 28-byte environment; the instruction and data pointers read as zero. */
const environmentWord = routine((context, n) => {
  const fpu = new Fpu(context.view(), false);
  if (n === 0n) return BigInt(0xffff_0000 + fpu.control);
  if (n === 1n) return BigInt(0xffff_0000 + (fpu.status | (fpu.top << 11)));
  return n === 2n ? BigInt(0xffff_0000 + fpu.tagWord()) : n === 6n ? 0xffff_0000n : 0n;
});

/** FLDENV: x control, y status, z tags. */
const loadEnvironment = routine((context, x, y, z) => {
  const fpu = new Fpu(context.view());
  fpu.control = Number(x & 0xffffn) | 0x40;
  const status = Number(y & 0xffffn);
  fpu.top = (status >> 11) & 7;
  fpu.setStatus(status & 0x477f);
  fpu.setTagWord(Number(z & 0xffffn));
  return 0n;
});

/** Registers to (y = 1) or from the 80 bytes at guest address x. */
const moveRegisters = routine((context, x, y) => {
  const view = context.view();
  const fpu = new Fpu(view, false);
  const at = (Number(x) - guestBias) >>> 0;
  const { empty } = fpu;
  for (let i = 0; i < 8; i++) {
    const to = at + 10 * i;
    if (y) {
      const { significand, exponent } = fpu.raw(i);
      view.setBigUint64(to, significand, true);
      view.setUint16(to + 8, exponent, true);
    } else {
      const significand = view.getBigUint64(to, true);
      fpu.setSt(i, { significand, exponent: view.getUint16(to + 8, true) });
    }
  }
  if (y) fpu.initialize();
  else fpu.empty = empty;
  return 0n;
});

// Lowering

function run(c: Lowering, id: number, x: number, y?: I64, z?: I64): I64 {
  const { b } = c;
  return b.helper(id, b.const64(x), y ?? b.const64(0), z ?? b.const64(0));
}

const loadBits = (c: Lowering, source: 'f32' | 'f64' | 16 | 32 | 64): I64 => {
  const { b } = c;
  const address = c.address();
  if (source === 'f32') return b.i64_load32_u(address, c.displacement);
  if (source === 16) return b.i64_load16_s(address, c.displacement);
  if (source === 32) return b.i64_load32_s(address, c.displacement);
  return b.i64_load(address, c.displacement);
};

type MemorySource = 'f32' | 'f64' | 16 | 32 | 64;
const sourceCode = (source: MemorySource): number =>
  source === 'f32' ? 1 : source === 'f64' ? 2 : 3;

const memoryArithmetic =
  (n: number, source: MemorySource): Lower =>
  (c) => {
    const pops = operations[n] === 'comp' ? 1 : 0;
    run(c, arithmeticToTop, n | (sourceCode(source) << 4) | (pops << 8), loadBits(c, source));
  };

const registerOf = (c: Lowering): I64 => c.b.const64(c.i.rm & 7);

const topArithmetic =
  (n: number, pops = 0, quietly = false): Lower =>
  (c) => {
    run(c, arithmeticToTop, n | (pops << 8) | (quietly ? 0x1000 : 0), registerOf(c));
  };

const registerArithmetic =
  (n: number, pops: number): Lower =>
  (c) => {
    run(c, arithmeticToRegister, n | (pops << 8), registerOf(c));
  };

const compareFlags =
  (pops: number, quietly: boolean): Lower =>
  (c) => {
    const flags = run(c, compareToFlags, pops | (quietly ? 2 : 0), registerOf(c));
    c.flags.setStatusByte(c.b.i32_wrap_i64(flags));
    c.flags.setOverflow(c.b.const32(0));
  };

const loadMemory =
  (source: MemorySource): Lower =>
  (c) => {
    run(c, pushOperand, sourceCode(source), loadBits(c, source));
  };

const storeFloat =
  (w: 32 | 64, pops: boolean): Lower =>
  (c) => {
    const bits = run(c, floatBits, w);
    c.store(w, w === 64 ? bits : c.b.i32_wrap_i64(bits));
    if (pops) run(c, popTop, 0);
  };

const storeInteger =
  (w: 16 | 32 | 64, pops: boolean, truncate = false): Lower =>
  (c) => {
    const bits = run(c, integerBits, w, c.b.const64(truncate ? 1 : 0));
    c.store(w, w === 64 ? bits : c.b.i32_wrap_i64(bits));
    if (pops) run(c, popTop, 0);
  };

const loadWhole =
  (id: number): Lower =>
  (c) => {
    const { b } = c;
    const address = c.address();
    const low = b.i64_load(address, c.displacement);
    const high = b.i64_load16_u(address, c.displacement + 8);
    b.helper(id, low, high, b.const64(0));
  };

const storeWhole =
  (first: number): Lower =>
  (c) => {
    const { b } = c;
    const low = run(c, wholeBits, first);
    const high = run(c, wholeBits, first + 1);
    const address = c.address();
    b.i64_store(address, low, c.displacement);
    b.i32_store16(address, b.i32_wrap_i64(high), c.displacement + 8);
    run(c, popTop, 0);
  };

const withRegister =
  (id: number, y = 0): Lower =>
  (c) => {
    c.b.helper(id, registerOf(c), c.b.const64(y), c.b.const64(0));
  };

/** FCMOVcc by the condition code of the same name. */
const conditionalMove =
  (code: number): Lower =>
  (c) => {
    const condition = c.b.i64_extend_i32_u(c.flags.condition(code));
    c.b.helper(moveIf, registerOf(c), condition, c.b.const64(0));
  };

const statusWord = (c: Lowering): I32 => {
  const { b } = c;
  return b.i32_or(b.get(x87Slots.status), b.i32_shl(b.get(x87Slots.top), b.const32(11)));
};

const storeControl: Lower = (c) =>
  c.b.i32_store16(c.address(), c.b.get(x87Slots.control), c.displacement);

/** FLDCW; bit 6 reads as 1. */
const loadControl: Lower = (c) => {
  const { b } = c;
  const value = b.i32_load16_u(c.address(), c.displacement);
  b.put(x87Slots.control, b.i32_or(value, b.const32(0x40)));
  // ES and B follow from what is not masked now.
  const status = b.get(x87Slots.status);
  const unmasked = b.i32_and(b.i32_and(status, b.const32(0x3f)), b.i32_xor(value, b.const32(-1)));
  const summary = b.i32_select(b.const32(0x8080), b.const32(0), unmasked);
  b.put(x87Slots.status, b.i32_or(b.i32_and(status, b.const32(~0x8080)), summary));
};

const unaryRow: Lower = (c) => {
  run(c, unaryRoutine, c.i.modrm);
};
const constantRow: Lower = (c) => {
  run(c, pushConstant, c.i.modrm & 7);
};
const controlRow: Lower = (c) => {
  run(c, controlRoutine, c.i.modrm);
};

/** FNSTENV: afterwards all exceptions are masked. */
const storeEnvironment: Lower = (c) => {
  const { b } = c;
  const address = c.address();
  for (let n = 0; n < 7; n++) {
    b.i64_store32(address, run(c, environmentWord, n), c.displacement + 4 * n);
  }
  b.put(x87Slots.control, b.i32_or(b.get(x87Slots.control), b.const32(0x3f)));
};

const loadEnvironmentRow: Lower = (c) => {
  const { b } = c;
  const address = c.address();
  const word = (n: number): I64 => b.i64_load16_u(address, c.displacement + 4 * n);
  b.helper(loadEnvironment, word(0), word(1), word(2));
};

/** FNSAVE and FRSTOR: the environment and the 80 bytes of registers after it. */
const saveState =
  (save: boolean): Lower =>
  (c) => {
    const { b } = c;
    const address = c.flatAddress();
    const registersAt = b.i64_extend_i32_u(b.i32_add(address, b.const32(28)));
    b.i64_load(address, 100);
    if (save) storeEnvironment(c);
    else loadEnvironmentRow(c);
    b.helper(moveRegisters, registersAt, b.const64(save ? 1 : 0), b.const64(0));
  };

const names = ['FADD', 'FMUL', 'FCOM', 'FCOMP', 'FSUB', 'FSUBR', 'FDIV', 'FDIVR'];
const hexByte = (n: number): string => n.toString(16).toUpperCase();

/** The eight operations of D8, DA, DC, DE with a memory operand. */
function memoryRows(opcode: string, operand: string, source: MemorySource): RowSource[] {
  return names.map((name, n) => {
    const mnemonic = typeof source === 'number' ? name.replace('F', 'FI') : name;
    return [`${opcode} /${n}`, `${mnemonic} ${operand}`, memoryArithmetic(n, source)];
  });
}

const topRows: readonly RowSource[] = names.map((name, n) => [
  `D8 ${hexByte(0xc0 + 8 * n)}+i`,
  `${name} ST(0), ST(i)`,
  topArithmetic(n, operations[n] === 'comp' ? 1 : 0),
]);

/**
 * ST(i) = ST(i) op ST(0): in DC and DE the encodings of SUB and SUBR, DIV and DIVR are exchanged.
 */
const registerRows: readonly RowSource[] = [0, 1, 5, 4, 7, 6].flatMap((n, k): RowSource[] => {
  const modrm = hexByte([0xc0, 0xc8, 0xe0, 0xe8, 0xf0, 0xf8][k]!);
  return [
    [`DC ${modrm}+i`, `${names[n]} ST(i), ST(0)`, registerArithmetic(n, 0)],
    [`DE ${modrm}+i`, `${names[n]}P ST(i), ST(0)`, registerArithmetic(n, 1)],
  ];
});

const unaryNames: Readonly<Record<number, string>> = {
  224: 'FCHS',
  225: 'FABS',
  228: 'FTST',
  229: 'FXAM',
  240: 'F2XM1',
  241: 'FYL2X',
  242: 'FPTAN',
  243: 'FPATAN',
  244: 'FXTRACT',
  245: 'FPREM1',
  246: 'FDECSTP',
  247: 'FINCSTP',
  248: 'FPREM',
  249: 'FYL2XP1',
  250: 'FSQRT',
  251: 'FSINCOS',
  252: 'FRNDINT',
  253: 'FSCALE',
  254: 'FSIN',
  255: 'FCOS',
};
const approximated = new Set([240, 241, 242, 243, 249, 251, 254, 255]);

const unaryRows: readonly RowSource[] = Object.entries(unaryNames).map(([opcode, name]) => [
  `D9 ${hexByte(Number(opcode))}`,
  name,
  unaryRow,
  approximated.has(Number(opcode)) ? 'approximate' : '',
]);
const constantNames = ['FLD1', 'FLDL2T', 'FLDL2E', 'FLDPI', 'FLDLG2', 'FLDLN2', 'FLDZ'];
const constantRows: readonly RowSource[] = constantNames.map((name, n) => [
  `D9 ${hexByte(0xe8 + n)}`,
  name,
  constantRow,
]);

const waitRoutine = routine((context) => {
  new Fpu(context.view());
  return 0n;
});

/** The x87 instructions. */
// biome-ignore format: a table
export const x87Rows: readonly RowSource[] = [
  ...memoryRows('D8', 'm32fp', 'f32'), ...memoryRows('DC', 'm64fp', 'f64'), ...memoryRows('DA', 'm32int', 32), ...memoryRows('DE', 'm16int', 16),
  ...topRows, ...registerRows, ...unaryRows, ...constantRows,
  ['9B',         'FWAIT',            (c) => { run(c, waitRoutine, 0); }],
  ['D9 /0',      'FLD m32fp',        loadMemory('f32')],
  ['D9 /2',      'FST m32fp',        storeFloat(32, false)],
  ['D9 /3',      'FSTP m32fp',       storeFloat(32, true)],
  ['D9 /4',      'FLDENV mem',       loadEnvironmentRow, 'skip'],
  ['D9 /5',      'FLDCW m16',        loadControl, 'skip'],
  ['D9 /6',      'FNSTENV mem',      storeEnvironment, 'skip'],
  ['D9 /7',      'FNSTCW m16',       storeControl],
  ['D9 C0+i',    'FLD ST(i)',        (c) => { run(c, pushOperand, 0, registerOf(c)); }],
  ['D9 C8+i',    'FXCH ST(i)',       withRegister(exchange)],
  ['D9 D0',      'FNOP',             () => {}],
  ['DA C0+i',    'FCMOVB ST(0), ST(i)',   conditionalMove(2)],
  ['DA C8+i',    'FCMOVE ST(0), ST(i)',   conditionalMove(4)],
  ['DA D0+i',    'FCMOVBE ST(0), ST(i)',  conditionalMove(6)],
  ['DA D8+i',    'FCMOVU ST(0), ST(i)',   conditionalMove(10)],
  ['DA E9',      'FUCOMPP',          topArithmetic(2, 2, true)],
  ['DB /0',      'FILD m32int',      loadMemory(32)],
  ['DB /1',      'FISTTP m32int',    storeInteger(32, true, true)],
  ['DB /2',      'FIST m32int',      storeInteger(32, false)],
  ['DB /3',      'FISTP m32int',     storeInteger(32, true)],
  ['DB /5',      'FLD m80fp',        loadWhole(pushExtended)],
  ['DB /7',      'FSTP m80fp',       storeWhole(0)],
  ['DB C0+i',    'FCMOVNB ST(0), ST(i)',  conditionalMove(3)],
  ['DB C8+i',    'FCMOVNE ST(0), ST(i)',  conditionalMove(5)],
  ['DB D0+i',    'FCMOVNBE ST(0), ST(i)', conditionalMove(7)],
  ['DB D8+i',    'FCMOVNU ST(0), ST(i)',  conditionalMove(11)],
  ['DB E2',      'FNCLEX',           controlRow],
  ['DB E3',      'FNINIT',           controlRow],
  ['DB E8+i',    'FUCOMI ST(0), ST(i)',   compareFlags(0, true)],
  ['DB F0+i',    'FCOMI ST(0), ST(i)',    compareFlags(0, false)],
  ['DD /0',      'FLD m64fp',        loadMemory('f64')],
  ['DD /1',      'FISTTP m64int',    storeInteger(64, true, true)],
  ['DD /2',      'FST m64fp',        storeFloat(64, false)],
  ['DD /3',      'FSTP m64fp',       storeFloat(64, true)],
  ['DD /4',      'FRSTOR mem',       saveState(false), 'skip'],
  ['DD /6',      'FNSAVE mem',       saveState(true), 'skip'],
  ['DD /7',      'FNSTSW m16',       (c) => c.b.i32_store16(c.address(), statusWord(c), c.displacement)],
  ['DD C0+i',    'FFREE ST(i)',      withRegister(free)],
  ['DD D0+i',    'FST ST(i)',        withRegister(copyTop, 0)],
  ['DD D8+i',    'FSTP ST(i)',       withRegister(copyTop, 1)],
  ['DD E0+i',    'FUCOM ST(i)',      topArithmetic(2, 0, true)],
  ['DD E8+i',    'FUCOMP ST(i)',     topArithmetic(2, 1, true)],
  ['DE D9',      'FCOMPP',           topArithmetic(2, 2)],
  ['DF /0',      'FILD m16int',      loadMemory(16)],
  ['DF /1',      'FISTTP m16int',    storeInteger(16, true, true)],
  ['DF /2',      'FIST m16int',      storeInteger(16, false)],
  ['DF /3',      'FISTP m16int',     storeInteger(16, true)],
  ['DF /4',      'FBLD m80bcd',      loadWhole(pushDecimal)],
  ['DF /5',      'FILD m64int',      loadMemory(64)],
  ['DF /6',      'FBSTP m80bcd',     storeWhole(2)],
  ['DF /7',      'FISTP m64int',     storeInteger(64, true)],
  ['DF E0',      'FNSTSW AX',        (c) => c.writeGpr(0, 16, statusWord(c))],
  ['DF E8+i',    'FUCOMIP ST(0), ST(i)',  compareFlags(1, true)],
  ['DF F0+i',    'FCOMIP ST(0), ST(i)',   compareFlags(1, false)],
];
