/** All rows joined, and per ABI the way from a number to a handler. */

import type { Abi } from '../abi/abi.ts';
import type { Task } from '../kernel/task.ts';
import type { ArgumentReader } from './arguments.ts';
import { argumentReader } from './arguments.ts';
import type { SyscallRow } from './row.ts';

/** A system call of one ABI, ready to be called. */
export interface TableEntry {
  readonly number: number;
  readonly name: string;
  readonly row: SyscallRow | undefined;
  /** The arguments as the handler takes them. */
  readonly decode: (task: Task) => readonly unknown[];
}

export type SyscallTable = ReadonlyMap<number, TableEntry>;

/** Joins rows by name. Throws when two rows have the same name. */
export function rowsByName(rows: readonly SyscallRow[]): ReadonlyMap<string, SyscallRow> {
  const byName = new Map<string, SyscallRow>();
  for (const row of rows) {
    if (byName.has(row.name)) throw new Error(`two rows for system call ${row.name}`);
    byName.set(row.name, row);
  }
  return byName;
}

/** The table of an ABI: every number it names, with the row where there is one. */
export function syscallTable(abi: Abi, rows: ReadonlyMap<string, SyscallRow>): SyscallTable {
  const table = new Map<number, TableEntry>();
  for (const [number, name] of abi.syscalls) {
    const row = rows.get(name);
    table.set(number, entryOf(abi, number, name, row));
  }
  return table;
}

function entryOf(abi: Abi, number: number, name: string, row: SyscallRow | undefined): TableEntry {
  const readers: readonly ArgumentReader[] = (row?.args ?? []).map((type, index) => {
    const slot = abi.registers.arguments[index];
    if (!slot) throw new Error(`${name} has more than six arguments`);
    return argumentReader(type, slot, abi);
  });
  const decode = (task: Task): readonly unknown[] => {
    const { view } = task.memory;
    return readers.map((read) => read(view));
  };
  return { number, name, row, decode };
}
