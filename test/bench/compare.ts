/** Programs on our side beside qemu-user, or the processor itself, taking turns. */

import { hasQemu, isNative, type Program, type Sides } from './sides.ts';
import { geometricMean, type Line, median } from './table.ts';

/** What is measured together. */
export interface Suite {
  readonly group: string;
  readonly programs: Readonly<Record<string, Program>>;
  /** No single program is to take more than this part of qemu's time. */
  readonly target: number;
  /** Targets of the geometric mean by architecture, and of that to native code. */
  readonly means?: Readonly<Record<string, number>>;
  readonly nativeMean?: number;
}

interface Comparison {
  readonly ours: number;
  readonly qemu: number | undefined;
  readonly native: number | undefined;
}

/** Medians of a program's times on all sides; every side must print the same. */
async function compare(sides: Sides, program: Program, rounds: number): Promise<Comparison> {
  const { architecture } = sides;
  const others = (['qemu', 'native'] as const).filter((side) =>
    side === 'qemu' ? hasQemu(architecture) : isNative(architecture),
  );
  const times = { ours: [] as number[], qemu: [] as number[], native: [] as number[] };
  // The first round warms all sides up and does not count.
  for (let round = 0; round <= rounds; round++) {
    const mine = await sides.ours(program, program.n);
    if (round > 0) times.ours.push(mine.milliseconds);
    for (const side of others) {
      const its = await sides.other(program, program.n, side);
      if (its.output !== mine.output) {
        throw new Error(`${program.args.join(' ')}: ours ${mine.output}, ${side} ${its.output}`);
      }
      if (round > 0) times[side].push(its.milliseconds);
    }
  }
  const figure = (side: 'qemu' | 'native'): number | undefined =>
    times[side].length > 0 ? median(times[side]) : undefined;
  return { ours: median(times.ours), qemu: figure('qemu'), native: figure('native') };
}

/** Measures a suite on one architecture; lines come as they are known. */
export async function* measureSuite(
  suite: Suite,
  sides: Sides,
  rounds: number,
  wanted: (name: string) => boolean,
): AsyncGenerator<Line> {
  const { group, programs, target } = suite;
  const { architecture } = sides;
  const [toQemu, toNative]: [number[], number[]] = [[], []];
  let worst = 0;
  for (const [name, program] of Object.entries(programs)) {
    if (!wanted(name)) continue;
    const line = { group, name, architecture, unit: '×' as const };
    const missing = sides.missing(program);
    if (missing) {
      yield { ...line, missing };
      continue;
    }
    const found = await compare(sides, program, rounds).catch((error: unknown) => String(error));
    if (typeof found === 'string') {
      yield { ...line, failure: found.split('\n')[0] ?? found };
      continue;
    }
    const { ours, qemu, native } = found;
    if (native !== undefined) toNative.push(ours / native);
    if (qemu === undefined) {
      yield { ...line, missing: `qemu-user for ${architecture}` };
      continue;
    }
    toQemu.push(ours / qemu);
    worst = Math.max(worst, ours / qemu);
    yield { ...line, ours, other: qemu, value: ours / qemu, target };
  }
  const mean = { group, architecture, unit: '×' as const };
  if (suite.means && toQemu.length > 0) {
    const value = geometricMean(toQemu);
    yield { ...mean, name: 'geometric mean', value, target: suite.means[architecture] };
  }
  if (suite.nativeMean !== undefined && toNative.length > 0) {
    const value = geometricMean(toNative);
    yield { ...mean, name: 'geometric mean to native', value, target: suite.nativeMean };
  }
}
