/** Lines of the table: what was measured, the target, and whether it is met. */

/** One figure beside its target. */
export interface Line {
  readonly group: string;
  readonly name: string;
  readonly architecture?: string;
  /** Milliseconds, medians; absent where the other side is not there. */
  readonly ours?: number | undefined;
  readonly other?: number | undefined;
  /** What the target is about, in `unit`. */
  readonly value?: number | undefined;
  readonly unit: '×' | 'ms' | 'MB';
  /** The value is to be no more; absent: the line is part of another one. */
  readonly target?: number | undefined;
  /** What is not installed, so that there is no value. */
  readonly missing?: string | undefined;
  /** What went wrong: a side ended badly, or printed something else than the others. */
  readonly failure?: string | undefined;
}

/** What is to be said of a line; nothing where it has no target. */
export type Verdict = 'pass' | 'short' | 'missing' | 'failed' | '';

/** Compares the value with the target. */
export function verdictOf({ value, target, missing, failure }: Line): Verdict {
  if (failure !== undefined) return 'failed';
  if (missing !== undefined) return 'missing';
  if (target === undefined || value === undefined) return '';
  return value <= target ? 'pass' : 'short';
}

/** The middle one, or the mean of the two in the middle; 0 of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return 0;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The n-th root of the product of n ratios. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

const milliseconds = (value: number | undefined): string =>
  (value === undefined ? '–' : `${value.toFixed(1)} ms`).padStart(12);

/** Heads of the columns. */
export const heading: string = [
  ''.padEnd(46),
  ...['ours', 'other', 'measured', 'target'].map((head) => head.padStart(12)),
].join('');

/** A line as text. */
export function formatLine(line: Line): string {
  const { name, architecture = '', ours, other, value, unit, target, missing } = line;
  const decimals = unit === '×' ? 2 : 1;
  const number = (n: number | undefined): string =>
    (n === undefined ? '' : `${n.toFixed(decimals)} ${unit}`).padStart(12);
  const why = line.failure ?? (missing && `needs ${missing}`);
  const figures = why
    ? `  ${why}`
    : [milliseconds(ours), milliseconds(other), number(value), number(target)].join('');
  return `${architecture.padEnd(7)}${name.padEnd(39)}${figures}  ${verdictOf(line)}`.trimEnd();
}
