/** socketcall(2): one number for all socket calls, as older s390x and 32-bit C libraries use it. */

import { EINVAL } from '../abi/errno.ts';
import type { Task } from '../kernel/task.ts';
import type { SyscallRun, SyscallValue } from '../kernel/wait.ts';
import { type ArgumentReader, argumentReader } from './arguments.ts';
import { full, type SyscallRow } from './row.ts';
import { socketRows } from './socket.ts';
import { socketMessageRows } from './socket_message.ts';
import { socketOptionRows } from './socket_option.ts';

/** The calls in the order of their SYS_* numbers (linux/net.h), from 1. */
const calls: readonly string[] = [
  'socket',
  'bind',
  'connect',
  'listen',
  'accept',
  'getsockname',
  'getpeername',
  'socketpair',
  'send',
  'recv',
  'sendto',
  'recvfrom',
  'shutdown',
  'setsockopt',
  'getsockopt',
  'sendmsg',
  'recvmsg',
  'accept4',
  'recvmmsg',
  'sendmmsg',
];

const rows: ReadonlyMap<string, SyscallRow> = new Map(
  [...socketRows, ...socketMessageRows, ...socketOptionRows].map((row) => [row.name, row]),
);

/** Readers of a row's arguments out of consecutive 64-bit little-endian words. */
function readersOf(task: Task, row: SyscallRow): ArgumentReader[] {
  return row.args.map((type, index) =>
    argumentReader(type, { name: type, type: 'i64', offset: index * 8 }, task.abi),
  );
}

function sysSocketcall(task: Task, call: number, address: number): SyscallValue | SyscallRun {
  const row = rows.get(calls[call - 1] ?? '');
  if (!row?.handler) return -EINVAL;
  const { wordBytes } = task.abi;
  const words = new DataView(new ArrayBuffer(row.args.length * 8));
  for (let index = 0; index < row.args.length; index++) {
    const word = task.memory.readWord(address + index * wordBytes);
    words.setBigUint64(index * 8, BigInt.asUintN(64, word), true);
  }
  return row.handler(task, ...readersOf(task, row).map((read) => read(words)));
}

export const socketcallRows: readonly SyscallRow[] = [
  full('socketcall', sysSocketcall, ['int', 'pointer']),
];
