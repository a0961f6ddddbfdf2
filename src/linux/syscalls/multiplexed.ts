/** Calls that choose another one by a number and pass its arguments in memory: socketcall(2). */

import { EINVAL, ENOSYS } from '../abi/errno.ts';
import type { Task } from '../kernel/task.ts';
import type { SyscallRun, SyscallValue } from '../kernel/wait.ts';
import { argumentReader } from './arguments.ts';
import type { SyscallRow } from './row.ts';
import { full, missing } from './row.ts';

/** Call, arguments in memory, zeros to add: net/socket.c. Index is the number, SYS_SOCKET is 1. */
const socketCalls: readonly (readonly [name: string, words: number, zeros: number])[] = [
  ['', 0, 0],
  ['socket', 3, 0],
  ['bind', 3, 0],
  ['connect', 3, 0],
  ['listen', 2, 0],
  ['accept4', 3, 1],
  ['getsockname', 3, 0],
  ['getpeername', 3, 0],
  ['socketpair', 4, 0],
  ['sendto', 4, 2],
  ['recvfrom', 4, 2],
  ['sendto', 6, 0],
  ['recvfrom', 6, 0],
  ['shutdown', 2, 0],
  ['setsockopt', 5, 0],
  ['getsockopt', 5, 0],
  ['sendmsg', 3, 0],
  ['recvmsg', 3, 0],
  ['accept4', 4, 0],
  ['recvmmsg', 5, 0],
  ['sendmmsg', 4, 0],
];

function sysSocketcall(task: Task, call: number, args: number): SyscallValue | SyscallRun {
  const [name, count, zeros] = socketCalls[call] ?? ['', 0, 0];
  if (!name) return -EINVAL;
  const { memory, abi, machine } = task;
  const words = Array.from({ length: count }, (_, n) => memory.readWord(args + n * abi.wordBytes));
  const row = [...machine.syscallTable(abi).values()].find((entry) => entry.name === name)?.row;
  if (!row?.handler) return -ENOSYS;
  return row.handler(
    task,
    ...decodeWords(task, row, [...words, ...Array.from({ length: zeros }, () => 0n)]),
  );
}

/** Arguments as if they were in registers. */
function decodeWords(task: Task, row: SyscallRow, words: readonly bigint[]): unknown[] {
  const view = new DataView(new ArrayBuffer(8 * words.length));
  words.forEach((word, n) => {
    view.setBigUint64(8 * n, word, true);
  });
  return row.args.slice(0, words.length).map((type, n) => {
    const slot = { name: `word${n}`, type: 'i64', offset: 8 * n } as const;
    return argumentReader(type, slot, task.abi)(view);
  });
}

export const multiplexedRows: readonly SyscallRow[] = [
  full('socketcall', sysSocketcall, ['int', 'pointer']),
  missing('ipc', 'System V IPC is not there yet'),
];
