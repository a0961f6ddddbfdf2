/** Which system calls there are and how well they are supported, from the rows and ABI tables. */

import { abis } from '../abi/registry.ts';
import { allRows } from './all_rows.ts';
import type { SyscallRow } from './row.ts';
import { rowsByName } from './table.ts';

/** One system call. */
export interface SyscallSupport {
  readonly name: string;
  readonly support: SyscallRow['support'];
  /** What is partial, or why it is missing. */
  readonly note?: string;
  /** Its number by OCI architecture; absent where that has no such call. */
  readonly numbers: Readonly<Record<string, number>>;
}

/** Every call of every architecture, by name. */
export function syscallSupport(): readonly SyscallSupport[] {
  const rows = rowsByName(allRows);
  const numbers = new Map<string, Record<string, number>>();
  for (const abi of abis) {
    for (const [number, name] of abi.syscalls) {
      const known = numbers.get(name) ?? {};
      known[abi.architecture] = number;
      numbers.set(name, known);
    }
  }
  return [...numbers]
    .map(([name, found]): SyscallSupport => {
      const row = rows.get(name);
      const note = row ? row.note : 'gives ENOSYS';
      const support = row?.support ?? 'missing';
      return { name, support, ...(note === undefined ? {} : { note }), numbers: found };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

const pad = (text: string, width: number): string => text.padEnd(width);

/** The table for people: a header, a line a call, and a line of counts. */
export function formatSupport(calls: readonly SyscallSupport[]): string {
  const architectures = abis.map(({ architecture }) => architecture);
  const width = Math.max(...calls.map(({ name }) => name.length)) + 2;
  const columns = (cells: readonly string[]): string =>
    cells.map((cell) => cell.padStart(6)).join('');
  const line = ({ name, support, note, numbers }: SyscallSupport): string => {
    const cells = architectures.map((one) => String(numbers[one] ?? '-'));
    const text = `${pad(name, width)}${pad(support, 8)}${columns(cells)}  ${note ?? ''}`;
    return text.trimEnd();
  };
  const counts = (['full', 'partial', 'missing'] as const).map(
    (kind) => `${calls.filter(({ support }) => support === kind).length} ${kind}`,
  );
  const header = `${pad('NAME', width)}${pad('SUPPORT', 8)}${columns(architectures)}  NOTE`;
  return `${[header, ...calls.map(line), counts.join(', ')].join('\n')}\n`;
}
