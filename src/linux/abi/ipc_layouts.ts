/** Structures of System V IPC with 64-bit words (uapi asm-generic, x86 and s390 ipcbuf.h). */

import type { Abi } from './abi.ts';
import type { StructLayout } from './layout.ts';
import { struct } from './layout.ts';

const permission = {
  key: 'i32',
  uid: 'u32',
  gid: 'u32',
  cuid: 'u32',
  cgid: 'u32',
  mode: 'u32',
} as const;
/** `seq` comes first, but on s390 after a padding. */
const genericEnd = { seq: 'u16', _pad: 'u16', _unused1: 'u64', _unused2: 'u64' } as const;
const s390End = { _pad: 'u16', seq: 'u16', _unused1: 'u64', _unused2: 'u64' } as const;

const segment = {
  size: 'u64',
  attachTime: 'u64',
  detachTime: 'u64',
  changeTime: 'u64',
  creator: 'i32',
  lastPid: 'i32',
  attached: 'u64',
  _unused4: 'u64',
  _unused5: 'u64',
} as const;

const set = {
  operationTime: 'u64',
  changeTime: 'u64',
  count: 'u64',
  _unused3: 'u64',
  _unused4: 'u64',
} as const;
/** x86 keeps room beside the times for a change of their size that never came. */
const x86Set = {
  operationTime: 'u64',
  _unused1x: 'u64',
  changeTime: 'u64',
  _unused2x: 'u64',
  count: 'u64',
  _unused3: 'u64',
  _unused4: 'u64',
} as const;

const queue = {
  sendTime: 'u64',
  receiveTime: 'u64',
  changeTime: 'u64',
  bytes: 'u64',
  count: 'u64',
  bytesMax: 'u64',
  lastSender: 'i32',
  lastReceiver: 'i32',
  _unused4: 'u64',
  _unused5: 'u64',
} as const;

/** shmid64_ds, semid64_ds and msqid64_ds of one architecture. */
export interface IpcLayouts {
  readonly segment: StructLayout<keyof typeof permission | 'seq' | keyof typeof segment>;
  readonly set: StructLayout<keyof typeof permission | 'seq' | keyof typeof set>;
  readonly queue: StructLayout<keyof typeof permission | 'seq' | keyof typeof queue>;
}

const generic: IpcLayouts = {
  segment: struct({ ...permission, ...genericEnd, ...segment }),
  set: struct({ ...permission, ...genericEnd, ...set }),
  queue: struct({ ...permission, ...genericEnd, ...queue }),
};
const x86: IpcLayouts = { ...generic, set: struct({ ...permission, ...genericEnd, ...x86Set }) };
const s390: IpcLayouts = {
  segment: struct({ ...permission, ...s390End, ...segment }),
  set: struct({ ...permission, ...s390End, ...set }),
  queue: struct({ ...permission, ...s390End, ...queue }),
};

/** The layouts of an ABI. */
export function ipcLayouts(abi: Abi): IpcLayouts {
  if (abi.name === 'x86_64') return x86;
  return abi.name === 's390x' ? s390 : generic;
}
