/** Small values in guest memory. */

import { EFAULT } from '../abi/errno.ts';
import { privileged } from '../kernel/credentials.ts';
import type { Task } from '../kernel/task.ts';

/** A u32 at a guest address, or undefined (EFAULT). */
export function readU32(task: Task, address: number): number | undefined {
  const bytes = task.memory.slice(address, 4);
  if (!bytes) return undefined;
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, task.abi.littleEndian);
}

/** Stores a u32 (or i32 pattern): 0 or -EFAULT. */
export function writeU32(task: Task, address: number, value: number): number {
  const bytes = task.memory.slice(address, 4);
  if (!bytes) return -EFAULT;
  new DataView(bytes.buffer, bytes.byteOffset, 4).setUint32(0, value, task.abi.littleEndian);
  return 0;
}

/** A u64 at a guest address, or undefined (EFAULT). */
export function readU64(task: Task, address: number): bigint | undefined {
  const bytes = task.memory.slice(address, 8);
  if (!bytes) return undefined;
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, task.abi.littleEndian);
}

/** Stores a u64: 0 or -EFAULT. */
export function writeU64(task: Task, address: number, value: bigint): number {
  const bytes = task.memory.slice(address, 8);
  if (!bytes) return -EFAULT;
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
  view.setBigUint64(0, BigInt.asUintN(64, value), task.abi.littleEndian);
  return 0;
}

/** Whether the task may do what only root may. */
export function privilegedTask(task: Task): boolean {
  return privileged(task.credentials);
}
