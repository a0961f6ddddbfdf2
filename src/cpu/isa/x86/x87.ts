/**
 * x87 instructions (SDM vol. 2, F…). The helper module has the arithmetic and the register stack;
 * memory is accessed by the IR, loads before and stores before the instruction's end, so that
 * faults are precise.
 */

import type { I32, I64 } from '../../ir/builder.ts';
import { InstructionSetChange } from '../isa.ts';
import { decoding } from './exact_float.ts';
import { wasmHelperId } from './helper_module.ts';
import { type Lowering, scratchAddress } from './lowering.ts';
import { operandWords, pendingExceptions, x87Slots } from './registers.ts';
import { routine } from './routines.ts';
import type { Lower, RowSource } from './row.ts';
import { answerRequest } from './transcendental.ts';
import { loadEnvironment, moveRegisters, reportPending, tagWord } from './x87_state.ts';

/** Functions of the helper `x87`, in the order of their numbers in `wasm/x86/x87.ts`. */
const functions = [
  'arithmetic',
  'arithmeticToRegister',
  'compareToFlags',
  'push',
  'pushExtended',
  'pushConstant',
  'floatBits',
  'integerBits',
  'extendedBits',
  'decimalBits',
  '',
  'pushDecimal',
  'copyTop',
  'exchange',
  'moveIf',
  'free',
  'withoutOperands',
  'initialise',
  'clearExceptions',
  'setControl',
  'approximated',
] as const;

const report = routine((context) => {
  reportPending(context.view());
  return 0n;
});

/**
 * An unmasked exception of an earlier instruction is reported by the next one that waits (#MF, SDM
 * vol. 1, 8.7.1); those named FN… do not wait.
 */
export function wait({ b }: Lowering): void {
  if (!decoding.trapping) return;
  const zero = b.const64(0);
  b.helper(report, zero, zero, zero);
}

function run({ b }: Lowering, name: (typeof functions)[number], form: number, y?: I64): I64 {
  const x = b.const64(functions.indexOf(name) | (form << 8));
  return b.leaf(wasmHelperId.x87, b.const32(1), x, y ?? b.const64(0));
}

// Operands

/** Where an operand is: ST(i), m32fp, m64fp, an integer. */
type MemorySource = 'f32' | 'f64' | 16 | 32 | 64;
const sourceCode = (source: MemorySource): number =>
  source === 'f32' ? 1 : source === 'f64' ? 2 : 3;

const loadBits = (c: Lowering, source: MemorySource): I64 => {
  const { b } = c;
  const address = c.address();
  if (source === 'f32') return b.i64_load32_u(address, c.displacement);
  if (source === 16) return b.i64_load16_s(address, c.displacement);
  if (source === 32) return b.i64_load32_s(address, c.displacement);
  return b.i64_load(address, c.displacement);
};

const registerOf = (c: Lowering): I64 => c.b.const64(c.i.rm & 7);

// Arithmetic

const comparePop = 3;

const memoryArithmetic =
  (n: number, source: MemorySource): Lower =>
  (c) => {
    wait(c);
    const pops = n === comparePop ? 1 : 0;
    run(c, 'arithmetic', n | (sourceCode(source) << 4) | (pops << 8), loadBits(c, source));
  };

const topArithmetic =
  (n: number, pops = 0, quietly = false): Lower =>
  (c) => {
    wait(c);
    run(c, 'arithmetic', n | (pops << 8) | (quietly ? 0x1000 : 0), registerOf(c));
  };

const registerArithmetic =
  (n: number, pops: number): Lower =>
  (c) => {
    wait(c);
    run(c, 'arithmeticToRegister', n | (pops << 8), registerOf(c));
  };

const compareFlags =
  (pops: number, quietly: boolean): Lower =>
  (c) => {
    wait(c);
    const flags = run(c, 'compareToFlags', pops | (quietly ? 2 : 0), registerOf(c));
    c.flags.setStatusByte(c.b.i32_wrap_i64(flags));
    c.flags.setOverflow(c.b.const32(0));
  };

// Loads and stores

const loadMemory =
  (source: MemorySource): Lower =>
  (c) => {
    wait(c);
    run(c, 'push', sourceCode(source), loadBits(c, source));
  };

/** Where a store goes: to scratch memory if an unmasked exception keeps it from being done. */
function storeAddress(c: Lowering): { address: I32; displacement: number } {
  if (!decoding.trapping) return { address: c.address(), displacement: c.displacement };
  const { b } = c;
  const scratch = b.const32(scratchAddress);
  const address = b.i32_select(scratch, c.flatAddress(), b.peek(pendingExceptions));
  return { address, displacement: 0 };
}

function storeBits(c: Lowering, w: 16 | 32 | 64, bits: I64): void {
  const { b } = c;
  const { address, displacement } = storeAddress(c);
  if (w === 64) b.i64_store(address, bits, displacement);
  else if (w === 32) b.i64_store32(address, bits, displacement);
  else b.i64_store16(address, bits, displacement);
}

/** Ends a store after memory was written. */
function commit({ b }: Lowering, pops: boolean): void {
  b.leaf(wasmHelperId.x87Commit, b.const32(1), b.const64(pops ? 1 : 0), b.const64(0));
}

const storeFloat =
  (w: 32 | 64, pops: boolean): Lower =>
  (c) => {
    wait(c);
    storeBits(c, w, run(c, 'floatBits', w === 64 ? 1 : 0));
    commit(c, pops);
  };

const storeInteger =
  (w: 16 | 32 | 64, pops: boolean, truncates = false): Lower =>
  (c) => {
    wait(c);
    storeBits(c, w, run(c, 'integerBits', w | (truncates ? 0x80 : 0)));
    commit(c, pops);
  };

/** FLD m80: all bits as they are. FBLD. */
const loadWhole =
  (name: 'pushExtended' | 'pushDecimal'): Lower =>
  (c) => {
    const { b } = c;
    wait(c);
    const address = c.address();
    const low = b.i64_load(address, c.displacement);
    const high = b.i64_load16_u(address, c.displacement + 8);
    const form = b.i64_or(b.i64_shl(high, b.const64(8)), b.const64(functions.indexOf(name)));
    b.leaf(wasmHelperId.x87, b.const32(1), form, low);
  };

const storeWhole =
  (name: 'extendedBits' | 'decimalBits'): Lower =>
  (c) => {
    const { b } = c;
    wait(c);
    const low = run(c, name, 0);
    const high = b.i64x2_extract_lane(0, b.peek(operandWords[0]!));
    const { address, displacement } = storeAddress(c);
    b.i64_store(address, low, displacement);
    b.i64_store16(address, high, displacement + 8);
    commit(c, true);
  };

const withRegister =
  (name: 'exchange' | 'copyTop' | 'free', form = 0): Lower =>
  (c) => {
    wait(c);
    run(c, name, form, registerOf(c));
  };

/** FCMOVcc by the condition code of the same name. */
const conditionalMove =
  (code: number): Lower =>
  (c) => {
    wait(c);
    run(c, 'moveIf', c.i.rm & 7, c.b.i64_extend_i32_u(c.flags.condition(code)));
  };

// Control

const statusWord = (c: Lowering): I32 => {
  const { b } = c;
  return b.i32_or(b.peek(x87Slots.status), b.i32_shl(b.peek(x87Slots.top), b.const32(11)));
};

const storeControl: Lower = (c) =>
  c.b.i32_store16(c.address(), c.b.peek(x87Slots.control), c.displacement);

/** FLDCW. Where an exception becomes unmasked, the helper changes to code that traps. */
const loadControl: Lower = (c) => {
  const { b } = c;
  wait(c);
  const value = b.i64_load16_u(c.address(), c.displacement);
  const zero = b.const64(0);
  if (decoding.trapping) run(c, 'setControl', 0, value);
  else b.helper(wasmHelperId.loadControl, value, zero, zero);
};

const unaryRow: Lower = (c) => {
  wait(c);
  run(c, 'withoutOperands', c.i.modrm);
};

const answer = routine((context) => {
  answerRequest(context.view());
  return 0n;
});

/** Functions whose values come from TypeScript: the helper asks, and rounds the answer. */
const approximateRow: Lower = (c) => {
  const { b } = c;
  unaryRow(c);
  const zero = b.const64(0);
  b.helper(answer, zero, zero, zero);
  run(c, 'approximated', 0);
};

const constantRow: Lower = (c) => {
  wait(c);
  run(c, 'pushConstant', c.i.modrm & 7);
};

// State in memory

const tags = routine((context) => BigInt(tagWord(context.view())));

/** FNSTENV: afterwards all exceptions are masked. Instruction and data pointers read as zero. */
const storeEnvironment: Lower = (c) => {
  const { b } = c;
  const zero = b.const64(0);
  const address = c.address();
  const padded = (word: I32): I32 => b.i32_or(word, b.const32(0xffff_0000));
  const words = [
    padded(b.peek(x87Slots.control)),
    padded(statusWord(c)),
    padded(b.i32_wrap_i64(b.helper(tags, zero, zero, zero))),
    b.const32(0),
    b.const32(0),
    b.const32(0),
    padded(b.const32(0)),
  ];
  words.forEach((word, n) => {
    b.i32_store(address, word, c.displacement + 4 * n);
  });
  const masked = b.i32_or(b.peek(x87Slots.control), b.const32(0x3f));
  run(c, 'setControl', 0, b.i64_extend_i32_u(masked));
};

const environment = routine((context, words, traps) => {
  const control = Number(words & 0xffffn);
  if (traps === 0n && (control & 0x3f) !== 0x3f) throw new InstructionSetChange();
  const status = Number((words >> 16n) & 0xffffn);
  loadEnvironment(context.view(), control, status, Number((words >> 32n) & 0xffffn));
  return 0n;
});

/** FLDENV. */
const loadEnvironmentRow: Lower = (c) => {
  const { b } = c;
  wait(c);
  const address = c.address();
  const word = (n: number): I64 =>
    b.i64_shl(b.i64_load16_u(address, c.displacement + 4 * n), b.const64(16 * n));
  const words = b.i64_or(b.i64_or(word(0), word(1)), word(2));
  b.helper(environment, words, b.const64(decoding.trapping ? 1 : 0), b.const64(0));
};

const registersRoutine = routine((context, address, save) => {
  moveRegisters(context.view(), Number(address), save !== 0n);
  return 0n;
});

/** FNSAVE and FRSTOR: the environment and the 80 bytes of registers after it. */
const saveState =
  (save: boolean): Lower =>
  (c) => {
    const { b } = c;
    const address = c.flatAddress();
    const registersAt = b.i64_extend_i32_u(b.i32_add(address, b.const32(28)));
    c.touch(address, 108, save);
    if (save) storeEnvironment(c);
    else loadEnvironmentRow(c);
    b.helper(registersRoutine, registersAt, b.const64(save ? 1 : 0), b.const64(0));
    if (save) run(c, 'initialise', 0);
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
  topArithmetic(n, n === comparePop ? 1 : 0),
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
  approximated.has(Number(opcode)) ? approximateRow : unaryRow,
  approximated.has(Number(opcode)) ? 'approximate' : '',
]);
const constantNames = ['FLD1', 'FLDL2T', 'FLDL2E', 'FLDPI', 'FLDLG2', 'FLDLN2', 'FLDZ'];
const constantRows: readonly RowSource[] = constantNames.map((name, n) => [
  `D9 ${hexByte(0xe8 + n)}`,
  name,
  constantRow,
]);

/** The x87 instructions. */
// biome-ignore format: a table
export const x87Rows: readonly RowSource[] = [
  ...memoryRows('D8', 'm32fp', 'f32'), ...memoryRows('DC', 'm64fp', 'f64'), ...memoryRows('DA', 'm32int', 32), ...memoryRows('DE', 'm16int', 16),
  ...topRows, ...registerRows, ...unaryRows, ...constantRows,
  ['9B',         'FWAIT',            wait],
  ['D9 /0',      'FLD m32fp',        loadMemory('f32')],
  ['D9 /2',      'FST m32fp',        storeFloat(32, false)],
  ['D9 /3',      'FSTP m32fp',       storeFloat(32, true)],
  ['D9 /4',      'FLDENV mem',       loadEnvironmentRow, 'skip'],
  ['D9 /5',      'FLDCW m16',        loadControl, 'skip'],
  ['D9 /6',      'FNSTENV mem',      storeEnvironment, 'skip'],
  ['D9 /7',      'FNSTCW m16',       storeControl],
  ['D9 C0+i',    'FLD ST(i)',        (c) => { wait(c); run(c, 'push', 0, registerOf(c)); }],
  ['D9 C8+i',    'FXCH ST(i)',       withRegister('exchange')],
  ['D9 D0',      'FNOP',             wait],
  ['DA C0+i',    'FCMOVB ST(0), ST(i)',   conditionalMove(2)],
  ['DA C8+i',    'FCMOVE ST(0), ST(i)',   conditionalMove(4)],
  ['DA D0+i',    'FCMOVBE ST(0), ST(i)',  conditionalMove(6)],
  ['DA D8+i',    'FCMOVU ST(0), ST(i)',   conditionalMove(10)],
  ['DA E9',      'FUCOMPP',          topArithmetic(2, 2, true)],
  ['DB /0',      'FILD m32int',      loadMemory(32)],
  ['DB /1',      'FISTTP m32int',    storeInteger(32, true, true)],
  ['DB /2',      'FIST m32int',      storeInteger(32, false)],
  ['DB /3',      'FISTP m32int',     storeInteger(32, true)],
  ['DB /5',      'FLD m80fp',        loadWhole('pushExtended')],
  ['DB /7',      'FSTP m80fp',       storeWhole('extendedBits')],
  ['DB C0+i',    'FCMOVNB ST(0), ST(i)',  conditionalMove(3)],
  ['DB C8+i',    'FCMOVNE ST(0), ST(i)',  conditionalMove(5)],
  ['DB D0+i',    'FCMOVNBE ST(0), ST(i)', conditionalMove(7)],
  ['DB D8+i',    'FCMOVNU ST(0), ST(i)',  conditionalMove(11)],
  ['DB E2',      'FNCLEX',           (c) => { run(c, 'clearExceptions', 0); }],
  ['DB E3',      'FNINIT',           (c) => { run(c, 'initialise', 0); }],
  ['DB E8+i',    'FUCOMI ST(0), ST(i)',   compareFlags(0, true)],
  ['DB F0+i',    'FCOMI ST(0), ST(i)',    compareFlags(0, false)],
  ['DD /0',      'FLD m64fp',        loadMemory('f64')],
  ['DD /1',      'FISTTP m64int',    storeInteger(64, true, true)],
  ['DD /2',      'FST m64fp',        storeFloat(64, false)],
  ['DD /3',      'FSTP m64fp',       storeFloat(64, true)],
  ['DD /4',      'FRSTOR mem',       saveState(false), 'skip'],
  ['DD /6',      'FNSAVE mem',       saveState(true), 'skip'],
  ['DD /7',      'FNSTSW m16',       (c) => c.b.i32_store16(c.address(), statusWord(c), c.displacement)],
  ['DD C0+i',    'FFREE ST(i)',      withRegister('free')],
  ['DD D0+i',    'FST ST(i)',        withRegister('copyTop', 0)],
  ['DD D8+i',    'FSTP ST(i)',       withRegister('copyTop', 1)],
  ['DD E0+i',    'FUCOM ST(i)',      topArithmetic(2, 0, true)],
  ['DD E8+i',    'FUCOMP ST(i)',     topArithmetic(2, 1, true)],
  // Encodings the manual does not list, which processors have all the same.
  ['D9 D8+i',    'FSTP1 ST(i)',      withRegister('copyTop', 1), 'skip'],
  ['DB E0',      'FENI',             () => {}],
  ['DB E1',      'FDISI',            () => {}],
  ['DB E4',      'FSETPM',           () => {}],
  ['DC D0+i',    'FCOM2 ST(0), ST(i)',   topArithmetic(2)],
  ['DC D8+i',    'FCOMP3 ST(0), ST(i)',  topArithmetic(comparePop, 1)],
  ['DD C8+i',    'FXCH4 ST(i)',      withRegister('exchange')],
  ['DE D0+i',    'FCOMP5 ST(0), ST(i)',  topArithmetic(comparePop, 1)],
  ['DF C0+i',    'FFREEP ST(i)',     withRegister('free', 1)],
  ['DF C8+i',    'FXCH7 ST(i)',      withRegister('exchange')],
  ['DF D0+i',    'FSTP8 ST(i)',      withRegister('copyTop', 1)],
  ['DF D8+i',    'FSTP9 ST(i)',      withRegister('copyTop', 1)],
  ['DE D9',      'FCOMPP',           topArithmetic(2, 2)],
  ['DF /0',      'FILD m16int',      loadMemory(16)],
  ['DF /1',      'FISTTP m16int',    storeInteger(16, true, true)],
  ['DF /2',      'FIST m16int',      storeInteger(16, false)],
  ['DF /3',      'FISTP m16int',     storeInteger(16, true)],
  ['DF /4',      'FBLD m80bcd',      loadWhole('pushDecimal')],
  ['DF /5',      'FILD m64int',      loadMemory(64)],
  ['DF /6',      'FBSTP m80bcd',     storeWhole('decimalBits')],
  ['DF /7',      'FISTP m64int',     storeInteger(64, true)],
  ['DF E0',      'FNSTSW AX',        (c) => c.writeGpr(0, 16, statusWord(c))],
  ['DF E8+i',    'FUCOMIP ST(0), ST(i)',  compareFlags(1, true)],
  ['DF F0+i',    'FCOMIP ST(0), ST(i)',   compareFlags(1, false)],
];
