/** prctl, arch_prctl, personality. */

import { registers } from '../../cpu/isa/x86/registers.ts';
import { decodeName, encodeName } from '../../rootfs/name.ts';
import { EFAULT, EINVAL, EPERM } from '../abi/errno.ts';
import { readRegister, writeRegister } from '../kernel/registers.ts';
import type { Task } from '../kernel/task.ts';
import { commBytesMax } from '../limits.ts';
import type { SyscallRow } from './row.ts';
import { partial } from './row.ts';

function setName(task: Task, address: number): number {
  const bytes = task.memory.range(address, 1);
  if (bytes.length === 0) return -EFAULT;
  let name = new Uint8Array(0);
  for (let length = 0; length < commBytesMax; length++) {
    if (task.memory.readU8(address + length) === 0) break;
    if (length < commBytesMax - 1) name = task.memory.readBytes(address, length + 1) as typeof name;
  }
  task.name = decodeName(name);
  return 0;
}

function getName(task: Task, address: number): number {
  const bytes = new Uint8Array(commBytesMax);
  bytes.set(encodeName(task.name).subarray(0, commBytesMax - 1));
  task.memory.writeBytes(address, bytes);
  return 0;
}

type Option = (task: Task, value: number) => number;

/** An option that only changes something. */
function sets(change: (task: Task, value: number) => void): Option {
  return (task, value) => {
    change(task, value);
    return 0;
  };
}

function setDumpable(task: Task, value: number): number {
  if (value > 1) return -EINVAL;
  task.process.dumpable = value;
  return 0;
}

function setNoNewPrivileges(task: Task, value: number): number {
  if (value !== 1) return -EINVAL;
  task.noNewPrivileges = true;
  return 0;
}

/** PR_* numbers of uapi/linux/prctl.h. */
const options: ReadonlyMap<number, Option> = new Map<number, Option>([
  [
    1,
    sets((task, signal) => {
      task.parentDeathSignal = signal;
    }),
  ],
  [2, sets((task, at) => task.memory.writeU32(at, task.parentDeathSignal))],
  [3, (task) => task.process.dumpable],
  [4, setDumpable],
  [7, () => 0], // PR_GET_KEEPCAPS
  [8, (_task, value) => (value > 1 ? -EINVAL : 0)], // PR_SET_KEEPCAPS
  [15, setName],
  [16, getName],
  [21, () => 0], // PR_GET_SECCOMP
  [23, (_task, capability) => (capability > 40 ? -EINVAL : 1)], // PR_CAPBSET_READ
  [24, (task) => (task.credentials.euid === 0 ? 0 : -EPERM)], // PR_CAPBSET_DROP
  [27, () => 0], // PR_GET_SECUREBITS
  [29, () => 0], // PR_SET_TIMERSLACK
  [30, () => 50000], // PR_GET_TIMERSLACK
  [
    36,
    sets((task, value) => {
      task.process.subreaper = value !== 0;
    }),
  ],
  [37, sets((task, at) => task.memory.writeU32(at, task.process.subreaper ? 1 : 0))],
  [38, setNoNewPrivileges],
  [39, (task) => (task.noNewPrivileges ? 1 : 0)],
  [41, () => 0], // PR_SET_THP_DISABLE
  [42, () => 0], // PR_GET_THP_DISABLE
]);

function sysPrctl(task: Task, option: number, value: bigint): number {
  const handler = options.get(option);
  if (!handler) return -EINVAL;
  return handler(task, value > 0xffffffffn ? 0xffffffff : Number(value));
}

const ARCH_SET_GS = 0x1001;
const ARCH_SET_FS = 0x1002;
const ARCH_GET_FS = 0x1003;
const ARCH_GET_GS = 0x1004;

/** x86-64's segment bases. */
function sysArchPrctl(task: Task, option: number, value: bigint): number {
  if (task.abi.name !== 'x86_64') return -EINVAL;
  const { fsBase, gsBase } = registers;
  const slot = option === ARCH_SET_FS || option === ARCH_GET_FS ? fsBase : gsBase;
  if (option === ARCH_SET_FS || option === ARCH_SET_GS) {
    if (value >= 1n << 47n) return -EPERM;
    writeRegister(task, slot, value);
    return 0;
  }
  if (option !== ARCH_GET_FS && option !== ARCH_GET_GS) return -EINVAL;
  if (value > 0xffffffffn) return -EFAULT;
  task.memory.writeU64(Number(value), readRegister(task, slot));
  return 0;
}

function sysPersonality(task: Task, persona: number): number {
  const { process } = task;
  const old = process.personality;
  if (persona !== 0xffffffff) process.personality = persona;
  return old;
}

export const processControlRows: readonly SyscallRow[] = [
  partial('prctl', sysPrctl, ['int', 'long'], 'names, death signal, dumpable, subreaper and a few'),
  partial('arch_prctl', sysArchPrctl, ['int', 'long'], 'FS and GS bases only'),
  partial('personality', sysPersonality, ['uint'], 'kept, without effect'),
];
