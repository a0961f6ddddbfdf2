/** Instructions QEMU 7.2 executes otherwise than the Principles of Operation (SA22-7832) say. */

type Fields = Readonly<Record<string, number>>;

interface Wrong {
  /** What is wrong there, with the section that says so. */
  readonly why: string;
  /** The operands it concerns; all of them where missing. */
  readonly where?: (fields: Fields) => boolean;
  /** Right only as the first instruction of a case. */
  readonly alone?: true;
}

/** With T = 1 QEMU combines with an undefined first operand (chapter 7, ROTATE THEN … SELECTED BITS). */
const testOnly: Wrong = {
  why: 'test-only form ignores the first operand; chapter 7, ROTATE THEN AND SELECTED BITS',
  where: ({ i3 = 0 }) => (i3 & 0x80) !== 0,
};

export const qemuWrong: ReadonlyMap<string, Wrong> = new Map([
  ['STMH', { why: 'stores zeros; chapter 7, STORE MULTIPLE HIGH: bits 0–31' }],
  ['LMD', { why: 'not implemented (SIGILL); chapter 7, LOAD MULTIPLE DISJOINT' }],
  ['CPYA', { why: 'not implemented (SIGILL); chapter 7, COPY ACCESS' }],
  ['TR', { why: 'forgets a pending condition code; chapter 7, TRANSLATE', alone: true }],
  ['RNSBG', testOnly],
  ['ROSBG', testOnly],
  ['RXSBG', testOnly],
]);

/** Whether QEMU can be trusted with an instruction, which is the `first` of a case or not. */
export function qemuIsRight(mnemonic: string, fields: Fields, first: boolean): boolean {
  const wrong = qemuWrong.get(mnemonic);
  if (!wrong) return true;
  if (wrong.alone) return first;
  return wrong.where !== undefined && !wrong.where(fields);
}
