/** Text of system calls, as strace prints them, from the rows' argument types. */

import { decodeName } from '../../rootfs/name.ts';
import { errnoName } from '../abi/errno.ts';
import { signalName } from '../abi/signals.ts';
import type { PendingCall, Task } from '../kernel/task.ts';
import type { SyscallValue } from '../kernel/wait.ts';
import { traceStringBytesMax } from '../limits.ts';
import type { ArgumentType } from './row.ts';

type Formatter = (task: Task, value: bigint) => string;

const hex: Formatter = (_task, value) => (value === 0n ? 'NULL' : `0x${value.toString(16)}`);
const signed: Formatter = (_task, value) => String(BigInt.asIntN(32, value));
const unsigned: Formatter = (_task, value) => String(BigInt.asUintN(32, value));

function flagText(names: readonly (readonly [number, string])[]): Formatter {
  return (_task, value) => {
    let rest = Number(BigInt.asUintN(32, value));
    const parts: string[] = [];
    for (const [bit, name] of names) {
      if ((rest & bit) === 0) continue;
      parts.push(name);
      rest &= ~bit;
    }
    if (rest !== 0 || parts.length === 0) parts.push(`0x${(rest >>> 0).toString(16)}`);
    return parts.join('|');
  };
}

const escapes: ReadonlyMap<number, string> = new Map([
  [0x0a, '\\n'],
  [0x09, '\\t'],
  [0x0d, '\\r'],
  [0x22, '\\"'],
  [0x5c, '\\\\'],
]);

/** A string with control characters and bytes that are not UTF-8 as octal escapes. */
function quote(bytes: Uint8Array): string {
  let text = '';
  for (const character of decodeName(bytes)) {
    const code = character.codePointAt(0) ?? 0;
    const raw = code < 0x20 || code === 0x7f || (code >= 0xdc80 && code <= 0xdcff);
    text += escapes.get(code) ?? (raw ? `\\${(code & 0xff).toString(8)}` : character);
  }
  return `"${text}"`;
}

const stringArgument: Formatter = (task, value) => {
  if (value === 0n) return 'NULL';
  const address = Number(BigInt.asUintN(32, value));
  for (let length = 0; length < 4096; length++) {
    const byte = task.memory.slice(address + length, 1);
    if (!byte) return `0x${value.toString(16)}`;
    if (byte[0] === 0) return quote(task.memory.readBytes(address, length));
  }
  return `${quote(task.memory.readBytes(address, traceStringBytesMax))}...`;
};

const pathArgument = stringArgument;

function bufferText(task: Task, value: bigint, length: number): string {
  const address = Number(BigInt.asUintN(32, value));
  const shown = Math.min(length, traceStringBytesMax);
  const bytes = shown >= 0 ? task.memory.slice(address, shown) : undefined;
  if (!bytes) return hex(task, value);
  return quote(bytes) + (length > shown ? '...' : '');
}

const openFlags = flagText([
  [0o100, 'O_CREAT'],
  [0o200, 'O_EXCL'],
  [0o400, 'O_NOCTTY'],
  [0o1000, 'O_TRUNC'],
  [0o2000, 'O_APPEND'],
  [0o4000, 'O_NONBLOCK'],
  [0o200000, 'O_DIRECTORY'],
  [0o400000, 'O_NOFOLLOW'],
  [0o2000000, 'O_CLOEXEC'],
  [1, 'O_WRONLY'],
  [2, 'O_RDWR'],
]);

const formatters: Partial<Record<ArgumentType, Formatter>> = {
  int: signed,
  uint: unsigned,
  size: (_task, value) => String(value),
  offset: (_task, value) => String(BigInt.asIntN(64, value)),
  fd: signed,
  pid: signed,
  dirfd: (_task, value) =>
    BigInt.asIntN(32, value) === -100n ? 'AT_FDCWD' : String(BigInt.asIntN(32, value)),
  path: pathArgument,
  signal: (_task, value) => signalName(Number(BigInt.asIntN(32, value))),
  mode: (_task, value) => `0${BigInt.asUintN(32, value).toString(8)}`,
  open_flags: (task, value) => (value === 0n ? 'O_RDONLY' : openFlags(task, value)),
  mmap_protection: (task, value) =>
    value === 0n
      ? 'PROT_NONE'
      : flagText([
          [1, 'PROT_READ'],
          [2, 'PROT_WRITE'],
          [4, 'PROT_EXEC'],
        ])(task, value),
  mmap_flags: flagText([
    [1, 'MAP_SHARED'],
    [2, 'MAP_PRIVATE'],
    [0x10, 'MAP_FIXED'],
    [0x20, 'MAP_ANONYMOUS'],
    [0x800, 'MAP_DENYWRITE'],
    [0x4000, 'MAP_NORESERVE'],
    [0x20000, 'MAP_STACK'],
    [0x100000, 'MAP_FIXED_NOREPLACE'],
  ]),
};

/** `read(3, "abc", 4096) = 3`: one call with its result, after it ended. */
export function formatCall(task: Task, call: PendingCall, result: SyscallValue): string {
  const types = call.row?.args ?? [];
  const value = Number(result);
  const args = types.map((type, index) => {
    const register = call.registers[index] ?? 0n;
    if (type === 'write_buffer') {
      return bufferText(task, register, Number(call.registers[index + 1] ?? 0n));
    }
    if (type === 'read_buffer' && value > 0) return bufferText(task, register, value);
    return (formatters[type] ?? hex)(task, register);
  });
  return `${call.name}(${args.join(', ')}) = ${resultText(result)}`;
}

function resultText(result: SyscallValue): string {
  if (result === Number.MIN_SAFE_INTEGER) return '?';
  if (result < 0 && result > -4096) return `-1 ${errnoName(-Number(result))}`;
  return result > 0xffff ? `0x${result.toString(16)}` : String(result);
}

/** Writes the line of a call that ended to the trace. */
export function traceResult(task: Task, call: PendingCall, result: SyscallValue): void {
  task.machine.options.trace?.(`[${task.tid}] ${formatCall(task, call, result)}`);
}
