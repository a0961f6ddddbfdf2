/**
 * One row per system call: its name, handler, the types of its arguments, and how well it is
 * supported. Dispatch, `--strace` output and the support table all come from the row.
 */

import type { Task } from '../kernel/task.ts';
import type { SyscallRun, SyscallValue } from '../kernel/wait.ts';

/**
 * Type of an argument: how the register is decoded for the handler and printed by strace.
 * `pointer` and the types that are addresses arrive as u32 numbers, `fd` and `int` as i32, `uint`
 * as u32, `size` as a number clamped to 2⁵³-1, `offset` as a signed safe number, `long` as a
 * 64-bit pattern (bigint).
 */
export type ArgumentType =
  | 'int'
  | 'uint'
  | 'long'
  | 'size'
  | 'offset'
  | 'pointer'
  | 'fd'
  | 'dirfd'
  | 'path'
  | 'read_buffer'
  | 'write_buffer'
  | 'string_array'
  | 'signal'
  | 'pid'
  | 'mode'
  | 'open_flags'
  | 'mmap_protection'
  | 'mmap_flags'
  | 'clone_flags'
  | 'at_flags'
  | 'timespec'
  | 'stat'
  | 'sigset'
  | 'iovec'
  | 'sockaddr'
  | 'fd_pair';

/** Handlers take the task and the decoded arguments. */
// biome-ignore lint/suspicious/noExplicitAny: arguments are typed by the row's list
export type SyscallHandler = (task: Task, ...args: any[]) => SyscallValue | SyscallRun;

export interface SyscallRow {
  readonly name: string;
  readonly support: 'full' | 'partial' | 'missing';
  /** One sentence about what is partial or why it is missing. */
  readonly note?: string;
  readonly args: readonly ArgumentType[];
  readonly handler?: SyscallHandler;
}

/** A complete system call. */
export function full(
  name: string,
  handler: SyscallHandler,
  args: readonly ArgumentType[],
): SyscallRow {
  return { name, support: 'full', args, handler };
}

/** A system call of which the note names what is not there. */
export function partial(
  name: string,
  handler: SyscallHandler,
  args: readonly ArgumentType[],
  note: string,
): SyscallRow {
  return { name, support: 'partial', args, handler, note };
}

/** A system call that returns ENOSYS and is counted; the note says why. */
export function missing(name: string, note: string): SyscallRow {
  return { name, support: 'missing', args: [], note };
}
