/** Instructions QEMU 7.2 executes otherwise than the Principles of Operation (SA22-7832) say. */

type Fields = Readonly<Record<string, number>>;

interface Wrong {
  /** What is wrong there, with the section that says so. */
  readonly why: string;
  /** The operands it concerns; all of them where missing. */
  readonly where?: (fields: Fields) => boolean;
  /** Right only as the only instruction of a case; of M and A without signaling NaNs. */
  readonly alone?: true;
}

/**
 * With T = 1 QEMU combines with an undefined first operand (chapter 7, ROTATE THEN … SELECTED
 * BITS).
 */
const testOnly: Wrong = {
  why: 'test-only form ignores the first operand; chapter 7, ROTATE THEN AND SELECTED BITS',
  where: ({ i3 = 0 }) => (i3 & 0x80) !== 0,
};

/** QEMU notes inexact results in spite of XxC (chapter 24, the M4 field). */
const suppressed: Wrong = {
  why: 'sets the inexact flag in spite of XxC; chapter 24, VECTOR LOAD FP INTEGER: M4',
  where: ({ m4 = 0 }) => (m4 & 4) !== 0,
};

/** Rounds after changing the sign, which differs for directed rounding. */
const negated: Wrong = { why: 'rounds after negating; chapter 24, VECTOR FP NEGATIVE MULTIPLY' };

/** A quiet NaN wins over a signaling one that comes later (chapter 19, MULTIPLY AND ADD). */
const nanOrder: Wrong = {
  why: 'prefers an earlier quiet NaN to a signaling one; chapter 19, MULTIPLY AND ADD',
  alone: true,
};

export const qemuWrong: ReadonlyMap<string, Wrong> = new Map([
  ['STMH', { why: 'stores zeros; chapter 7, STORE MULTIPLE HIGH: bits 0–31' }],
  ['LMD', { why: 'not implemented (SIGILL); chapter 7, LOAD MULTIPLE DISJOINT' }],
  ['CVDG', { why: 'not implemented (SIGILL); chapter 7, CONVERT TO DECIMAL' }],
  ['PKA', { why: 'loses the leftmost character; chapter 7, PACK ASCII' }],
  ['PKU', { why: 'loses the leftmost character; chapter 7, PACK UNICODE' }],
  [
    'UNPK',
    {
      why: 'loses the leftmost byte, fetches overlapping ones twice; chapter 7, UNPACK',
      where: ({ l1 = 0, l2 = 0, b1, b2, d1 = 0, d2 = 0 }) =>
        (l2 > 0 && l1 > 2 * (l2 - 1)) || (b1 === b2 && Math.abs(d1 - d2) < 16),
    },
  ],
  ['CPYA', { why: 'not implemented (SIGILL); chapter 7, COPY ACCESS' }],
  ['TR', { why: 'forgets a pending condition code; chapter 7, TRANSLATE', alone: true }],
  ['MXDB', { why: 'takes the first operand for extended; chapter 19, MULTIPLY' }],
  ['MXDBR', { why: 'takes the first operand for extended; chapter 19, MULTIPLY' }],
  ['MDEB', { why: 'takes the first operand for long; chapter 19, MULTIPLY' }],
  ['MDEBR', { why: 'takes the first operand for long; chapter 19, MULTIPLY' }],
  ['VCKSM', { why: 'adds wrongly; chapter 22, VECTOR CHECKSUM' }],
  ['LTEBR', { why: 'leaves signaling NaNs alone; chapter 19, LOAD AND TEST' }],
  ['LTDBR', { why: 'leaves signaling NaNs alone; chapter 19, LOAD AND TEST' }],
  ['LTXBR', { why: 'leaves signaling NaNs alone; chapter 19, LOAD AND TEST' }],
  ...['MAEBR', 'MADBR', 'MSEBR', 'MSDBR'].map((name): [string, Wrong] => [name, nanOrder]),
  ...['MAEB', 'MADB', 'MSEB', 'MSDB'].map((name): [string, Wrong] => [name, { why: nanOrder.why }]),
  ...['VFI', 'VCDG', 'VCDLG', 'VCGD', 'VCLGD', 'VLED'].map((name): [string, Wrong] => [
    name,
    suppressed,
  ]),
  ...['VFMA', 'VFMS'].map((name): [string, Wrong] => [name, nanOrder]),
  [
    'VFPSO',
    {
      why: 'not wrong: other elements of a single short one are unpredictable',
      where: ({ m3, m4 = 0 }) => m3 === 2 && (m4 & 8) !== 0,
    },
  ],
  ['VFNMA', negated],
  ['VFNMS', negated],
  ['RNSBG', testOnly],
  ['ROSBG', testOnly],
  ['RXSBG', testOnly],
]);

/** Whether QEMU can be trusted with an instruction, which is the `first` of a case or not. */
export function qemuIsRight(mnemonic: string, fields: Fields, first: boolean): boolean {
  const wrong = qemuWrong.get(mnemonic);
  if (!wrong) return true;
  if (wrong.alone && !first) return false;
  return wrong.where ? !wrong.where(fields) : wrong.alone === true;
}
