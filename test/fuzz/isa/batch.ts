/** One program compared in all tiers, and the report of its first difference, minimised. */

import { smallest } from '../minimise.ts';
import { differ, explain, type Machine, type Outcome, outcomes, programOf } from './compare.ts';
import type { InstructionSet, Reduction } from './instruction_set.ts';

/** What came of one seed. */
export interface BatchResult {
  readonly seed: number;
  /** Cases, and instructions in them. */
  readonly programs: number;
  readonly instructions: number;
  /** How often each row was used. */
  readonly rows: ReadonlyMap<string, number>;
  /** The reports of what differed, one for each sort. */
  readonly findings: readonly Finding[];
}

/** A difference. */
export interface Finding {
  /** Rows of the minimised case: what tells one finding from another. */
  readonly rows: string;
  /** Lines for people. */
  readonly text: string;
}

/** What compares with what. */
export interface Comparison<Case> {
  readonly set: InstructionSet<Case>;
  readonly reference: Machine;
  readonly subjects: readonly Machine[];
  /** Only rows that match. */
  readonly only?: RegExp;
}

/** Compares the cases of a seed; at most `findingsMax` differences are minimised. */
export function runBatch<Case>(
  comparison: Comparison<Case>,
  seed: number,
  findingsMax: number,
): BatchResult {
  const { set, reference, subjects, only } = comparison;
  const cases = set.cases({ seed, ...(only ? { only } : {}) });
  const program = programOf(set, cases);
  const rows = new Map<string, number>();
  for (const name of program.rows.flat()) rows.set(name, (rows.get(name) ?? 0) + 1);
  const findings = new Map<string, Finding>();
  const add = (finding: Finding): unknown => findings.set(finding.rows, finding);
  const expected = outcomes(set, cases, reference);
  for (const [n, outcome] of expected.entries()) {
    if (outcome instanceof Uint8Array || findings.size >= findingsMax) continue;
    add(report(comparison, { seed, n, machine: reference, kept: [cases[n]!] }));
  }
  for (const machine of subjects) {
    const got = outcomes(set, cases, machine);
    for (const n of cases.keys()) {
      if (findings.size >= findingsMax) break;
      if (!differ(expected[n]!, got[n]!)) continue;
      const kept = minimised(comparison, machine, cases.slice(0, n + 1));
      add(report(comparison, { seed, n, machine, kept }));
    }
  }
  const instructions = program.rows.reduce((sum, used) => sum + used.length, 0);
  return { seed, programs: cases.length, instructions, rows, findings: [...findings.values()] };
}

const nothing: ReadonlySet<number> = new Set();

/**
 * What must come before the last case so that it fails: nothing at best; else empty cases, where
 * only addresses matter; else some of those there were.
 */
function contextOf<Case>(
  { set, reference }: Comparison<Case>,
  machine: Machine,
  cases: readonly Case[],
): readonly Case[] {
  const one = cases.at(-1)!;
  const fails = (before: readonly Case[]): boolean => {
    const list = [...before, one];
    const [expected, got] = [reference, machine].map((each) => outcomes(set, list, each).at(-1)!);
    return differ(expected!, got!);
  };
  if (fails([])) return [];
  const before = cases.slice(0, -1);
  const empty = before.map((other) =>
    set.reduced(other, { instructions: nothing, words: nothing }),
  );
  return fails(empty) ? empty : smallest(before, (candidates) => candidates.findIndex(fails));
}

/** The last of `cases` made small, after those before it that it needs to fail. */
function minimised<Case>(
  comparison: Comparison<Case>,
  machine: Machine,
  cases: readonly Case[],
): Case[] {
  const { set, reference } = comparison;
  const context = contextOf(comparison, machine, cases);
  const failing = (candidates: readonly Case[]): number => {
    const got = outcomes(set, candidates, machine);
    return outcomes(set, candidates, reference).findIndex((expected, n) =>
      differ(expected, got[n]!),
    );
  };
  const firstFailing = (candidates: readonly Case[]): number =>
    context.length === 0
      ? failing(candidates)
      : candidates.findIndex((one) => failing([...context, one]) === context.length);
  const one = cases.at(-1)!;
  const { instructions, words } = set.parts(one);
  const all = Array.from({ length: instructions }, (_, n) => n);
  const attempt = (parts: readonly number[], state: readonly number[]): Case =>
    set.reduced(one, kept(parts, state));
  let parts = smallest(all, (lists) => firstFailing(lists.map((list) => attempt(list, words))));
  const state = smallest(words, (lists) => firstFailing(lists.map((list) => attempt(parts, list))));
  parts = smallest(parts, (lists) => firstFailing(lists.map((list) => attempt(list, state))));
  return [...context, attempt(parts, state)];
}

const kept = (instructions: readonly number[], words: readonly number[]): Reduction => ({
  instructions: new Set(instructions),
  words: new Set(words),
});

interface Found<Case> {
  readonly seed: number;
  /** Number of the case among those of the seed. */
  readonly n: number;
  readonly machine: Machine;
  readonly kept: readonly Case[];
}

const linesMax = 24;
const indented = (lines: readonly string[]): string[] => [
  ...lines.slice(0, linesMax).map((line) => `    ${line}`),
  ...(lines.length > linesMax ? [`    … and ${lines.length - linesMax} more`] : []),
];

function report<Case>(comparison: Comparison<Case>, found: Found<Case>): Finding {
  const { set, reference } = comparison;
  const { seed, n, machine, kept } = found;
  const [expected, got] = [reference, machine].map(
    (each): Outcome => outcomes(set, kept, each).at(-1)!,
  );
  const only = comparison.only ? ` --only '${comparison.only.source}'` : '';
  const text = [
    `${set.name}, seed ${seed}, case ${n}: ${machine.name} is not as ${reference.name}`,
    ...kept.flatMap((one, at) => {
      const instructions = set.listing(one);
      if (instructions.length === 0 && at < kept.length - 1) return [];
      return [
        kept.length > 1 ? `  case ${at + 1} of ${kept.length}:` : '  instructions:',
        ...indented(instructions),
        '  state before (what is not named is zero):',
        ...indented(set.inputs(one)),
      ];
    }),
    '  difference:',
    ...indented(explain(set, expected!, got!)),
    `  again: npm run fuzz -- isa --set ${set.name} --seed ${seed} --instructions 1${only}`,
  ];
  const rows = programOf(set, kept).rows.flat().join(' + ');
  return { rows: `${machine.name}: ${rows}`, text: text.join('\n') };
}
