/** timespec, timeval and itimerspec in guest memory, as nanoseconds. */

import { EINVAL } from '../abi/errno.ts';
import { decodeStruct, encodeStruct } from '../abi/layout.ts';
import type { Task } from '../kernel/task.ts';

const second = 1_000_000_000n;

/** Longest time that is kept apart from "for ever": 2⁶³ ns. */
const nanosecondsMax = 2n ** 63n - 1n;

/** A duration or a time; -EINVAL for negative seconds and for nanoseconds outside 0…999999999. */
export function readTimespec(task: Task, address: number): bigint | number {
  const { memory, abi } = task;
  const layout = abi.layouts.timespec;
  const bytes = memory.range(address, layout.size);
  const { sec, nsec } = decodeStruct(bytes, layout, memory.littleEndian);
  if (sec < 0n || nsec < 0n || nsec >= second) return -EINVAL;
  const value = sec * second + nsec;
  return value > nanosecondsMax ? nanosecondsMax : value;
}

export function writeTimespec(task: Task, address: number, nanoseconds: bigint): void {
  const { memory, abi } = task;
  const values = { sec: nanoseconds / second, nsec: nanoseconds % second };
  memory.writeBytes(address, encodeStruct(abi.layouts.timespec, values, memory.littleEndian));
}

export function readTimeval(task: Task, address: number): bigint | number {
  const { memory, abi } = task;
  const layout = abi.layouts.timeval;
  const bytes = memory.range(address, layout.size);
  const { sec, usec } = decodeStruct(bytes, layout, memory.littleEndian);
  if (sec < 0n || usec < 0n || usec >= 1_000_000n) return -EINVAL;
  return sec * second + usec * 1000n;
}

export function writeTimeval(task: Task, address: number, nanoseconds: bigint): void {
  const { memory, abi } = task;
  const values = { sec: nanoseconds / second, usec: (nanoseconds % second) / 1000n };
  memory.writeBytes(address, encodeStruct(abi.layouts.timeval, values, memory.littleEndian));
}
