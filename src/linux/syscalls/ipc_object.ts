/** What the control calls of all System V objects share. */

import { EINVAL } from '../abi/errno.ts';
import type { StructLayout, StructValues } from '../abi/layout.ts';
import { decodeStruct, encodeStruct } from '../abi/layout.ts';
import type { IpcObject, IpcTable } from '../kernel/ipc.ts';
import { ipcPlaces } from '../kernel/ipc.ts';
import type { Task } from '../kernel/task.ts';

export const IPC_RMID = 0;
export const IPC_SET = 1;
export const IPC_STAT = 2;
export const IPC_INFO = 3;
/** Old callers name the version of the structures in the command; there is only one here. */
export const IPC_64 = 0x100;

export type PermissionField = 'key' | 'uid' | 'gid' | 'cuid' | 'cgid' | 'mode' | 'seq';

/** Seconds since 1970. */
export const seconds = (nanoseconds: bigint): bigint => nanoseconds / 1_000_000_000n;

function permissionValues(object: IpcObject): StructValues<PermissionField> {
  const { key, uid, gid, cuid, cgid, mode, id } = object;
  return { key, uid, gid, cuid, cgid, mode, seq: Math.floor(id / ipcPlaces) };
}

/** Writes an object's structure: permission fields and `values`. */
export function writeObject<Name extends string>(
  task: Task,
  where: { readonly address: number; readonly layout: StructLayout<Name | PermissionField> },
  object: IpcObject,
  values: StructValues<Name>,
): void {
  const all = { ...permissionValues(object), ...values } as StructValues<Name | PermissionField>;
  const bytes = encodeStruct(where.layout, all, task.memory.littleEndian);
  task.memory.writeBytes(where.address, bytes);
}

/** IPC_SET: owner and mode out of the caller's structure. Returns the structure or an errno. */
export function setObject<Name extends string>(
  task: Task,
  where: { readonly address: number; readonly layout: StructLayout<Name | PermissionField> },
  object: IpcObject,
): Record<Name | PermissionField, bigint> | number {
  const bytes = task.memory.range(where.address, where.layout.size);
  const values = decodeStruct(bytes, where.layout, task.memory.littleEndian);
  const denied = object.checkOwner(task);
  if (denied < 0) return denied;
  object.uid = Number(values.uid);
  object.gid = Number(values.gid);
  object.mode = (object.mode & ~0o777) | (Number(values.mode) & 0o777);
  object.changeTime = task.machine.clock.realtime();
  return values;
}

/** The object of *_STAT (an index) or IPC_STAT (an identifier) that may be read; else an errno. */
export function readableObject<T extends IpcObject>(
  task: Task,
  table: IpcTable<T>,
  id: number,
  how: { readonly byIndex: boolean; readonly anyone: boolean },
): T | number {
  const object = how.byIndex ? (table.at(id) ?? -EINVAL) : table.find(id);
  if (typeof object === 'number') return object;
  return (how.anyone ? 0 : object.check(task, 0o444)) || object;
}
