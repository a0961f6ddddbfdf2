/** A computed jump to targets seen before: a `br_table` where they are dense, else comparisons. */

import { type Code, type Local, op } from '../wasm/encoder.ts';

export interface SwitchCase {
  /** Guest address (u32). */
  readonly pc: number;
  readonly to: number;
}

/** Fewer targets than this are compared one by one. */
const tableCasesMin = 5;
/** Largest `br_table`. Entries. */
const tableEntriesMax = 1024;

/**
 * Branches to `depthOf(to, levels opened here)` when the address in `target` is a case's; falls
 * through when it is none.
 */
export function writeSwitch(
  code: Code,
  target: Local,
  cases: readonly SwitchCase[],
  depthOf: (to: number, deeper: number) => number,
): void {
  const sorted = [...cases].sort((a, b) => a.pc - b.pc);
  const first = sorted[0]!.pc;
  const differences = sorted.reduce((all, { pc }) => all | (pc - first), 0);
  const shift = differences === 0 ? 0 : 31 - Math.clz32(differences & -differences);
  const entries = ((sorted.at(-1)!.pc - first) >>> shift) + 1;
  if (sorted.length < tableCasesMin) {
    for (const { pc, to } of sorted) code.get(target).i32(pc).op(0x46).brIf(depthOf(to, 0));
    return;
  }
  if (entries > tableEntriesMax) {
    writeSearch(code, target, sorted, 0, depthOf);
    return;
  }
  const depths = new Uint32Array(entries);
  for (const { pc, to } of sorted) depths[(pc - first) >>> shift] = depthOf(to, 1);
  code.open('block').get(target).i32(first).op(0x6b);
  // Low bits that are not zero become high ones, which are beyond the table.
  if (shift) code.i32(shift).op(0x78);
  code.brTable(depths, 0).end();
}

function writeSearch(
  code: Code,
  target: Local,
  cases: readonly SwitchCase[],
  deeper: number,
  depthOf: (to: number, deeper: number) => number,
): void {
  if (cases.length < tableCasesMin) {
    for (const { pc, to } of cases) code.get(target).i32(pc).op(0x46).brIf(depthOf(to, deeper));
    return;
  }
  const middle = cases.length >> 1;
  code.get(target).i32(cases[middle]!.pc).op(0x49).open('if');
  writeSearch(code, target, cases.slice(0, middle), deeper + 1, depthOf);
  code.op(op.end);
  writeSearch(code, target, cases.slice(middle), deeper, depthOf);
}
