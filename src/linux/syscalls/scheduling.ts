/** System calls of scheduling: one processor, one policy. */

import { EACCES, EINVAL, EPERM, ESRCH } from '../abi/errno.ts';
import { privileged } from '../kernel/credentials.ts';
import type { Process } from '../kernel/process.ts';
import type { Task } from '../kernel/task.ts';
import type { SyscallRow } from './row.ts';
import { full, partial } from './row.ts';
import { writeTimespec } from './time_values.ts';

const SCHED_OTHER = 0;

function sysSchedYield(task: Task): number {
  task.machine.scheduler.yieldRequested = true;
  return 0;
}

function taskOf(task: Task, pid: number): Task | undefined {
  return pid === 0 ? task : task.machine.task(pid);
}

function sysSchedGetaffinity(task: Task, pid: number, size: number, mask: number): number {
  const { wordBytes } = task.abi;
  if (size < wordBytes || size % wordBytes !== 0) return -EINVAL;
  if (!taskOf(task, pid)) return -ESRCH;
  task.memory.writeWord(mask, 1);
  return wordBytes;
}

function sysSchedSetaffinity(task: Task, pid: number, size: number, mask: number): number {
  if (!taskOf(task, pid)) return -ESRCH;
  const bytes = task.memory.range(mask, Math.min(size, 128));
  // CPU 0 is the lowest bit of the first word.
  const first = task.abi.littleEndian ? bytes[0] : bytes[task.abi.wordBytes - 1];
  return (first ?? 0) & 1 ? 0 : -EINVAL;
}

function sysSchedGetscheduler(task: Task, pid: number): number {
  return taskOf(task, pid) ? SCHED_OTHER : -ESRCH;
}

/** Policies 0 other, 3 batch, 5 idle are all the same here; real-time ones need rights. */
function sysSchedSetscheduler(task: Task, pid: number, policy: number, parameter: number): number {
  if (!taskOf(task, pid)) return -ESRCH;
  const priority = task.memory.readI32(parameter);
  const plain = [0, 3, 5].includes(policy & ~0x40000000);
  if (plain) return priority === 0 ? 0 : -EINVAL;
  if (policy !== 1 && policy !== 2) return -EINVAL;
  if (priority < 1 || priority > 99) return -EINVAL;
  return privileged(task.credentials) ? 0 : -EPERM;
}

function sysSchedGetparam(task: Task, pid: number, parameter: number): number {
  if (!taskOf(task, pid)) return -ESRCH;
  task.memory.writeU32(parameter, 0);
  return 0;
}

function sysSchedSetparam(task: Task, pid: number, parameter: number): number {
  if (!taskOf(task, pid)) return -ESRCH;
  return task.memory.readI32(parameter) === 0 ? 0 : -EINVAL;
}

function priorityBounds(policy: number, bound: number): number {
  if (policy === 1 || policy === 2) return bound;
  return [0, 3, 5, 6].includes(policy) ? 0 : -EINVAL;
}

function sysSchedRrGetInterval(task: Task, pid: number, address: number): number {
  if (!taskOf(task, pid)) return -ESRCH;
  writeTimespec(task, address, 1_000_000n);
  return 0;
}

function sysGetcpu(task: Task, cpu: number, node: number): number {
  if (cpu !== 0) task.memory.writeU32(cpu, 0);
  if (node !== 0) task.memory.writeU32(node, 0);
  return 0;
}

/** Processes that getpriority(2)'s which and who mean. */
function prioritised(task: Task, which: number, who: number): Process[] | number {
  const { machine, process } = task;
  if (which === 0) {
    const found = who === 0 ? process : machine.process(who);
    return found ? [found] : -ESRCH;
  }
  if (which === 1) return machine.processGroup(who === 0 ? process.pgid : who);
  if (which !== 2) return -EINVAL;
  const uid = who === 0 ? task.credentials.uid : who;
  return machine.processes().filter((other) => other.uid === uid);
}

function sysGetpriority(task: Task, which: number, who: number): number {
  const found = prioritised(task, which, who);
  if (typeof found === 'number') return found;
  if (found.length === 0) return -ESRCH;
  // The raw call returns 20 - nice, so that no result looks like an errno.
  return Math.max(...found.map((process) => 20 - process.nice));
}

function sysSetpriority(task: Task, which: number, who: number, nice: number): number {
  const found = prioritised(task, which, who);
  if (typeof found === 'number') return found;
  if (found.length === 0) return -ESRCH;
  const value = Math.min(19, Math.max(-20, nice));
  for (const process of found) {
    if (value < process.nice && !privileged(task.credentials)) return -EACCES;
    process.nice = value;
  }
  return 0;
}

const MEMBARRIER_CMD_QUERY = 0;
/** GLOBAL and the private expedited commands with their registrations. */
const membarrierCommands = 0x1 | 0x8 | 0x10 | 0x20 | 0x40;

function sysMembarrier(_task: Task, command: number, flags: number): number {
  if (flags !== 0) return -EINVAL;
  if (command === MEMBARRIER_CMD_QUERY) return membarrierCommands;
  return command & membarrierCommands ? 0 : -EINVAL;
}

const one = 'there is one processor';
const policies = 'all policies are scheduled alike';

export const schedulingRows: readonly SyscallRow[] = [
  full('sched_yield', sysSchedYield, []),
  partial('sched_getaffinity', sysSchedGetaffinity, ['pid', 'size', 'pointer'], one),
  partial('sched_setaffinity', sysSchedSetaffinity, ['pid', 'size', 'pointer'], one),
  partial('sched_getscheduler', sysSchedGetscheduler, ['pid'], policies),
  partial('sched_setscheduler', sysSchedSetscheduler, ['pid', 'int', 'pointer'], policies),
  partial('sched_getparam', sysSchedGetparam, ['pid', 'pointer'], policies),
  partial('sched_setparam', sysSchedSetparam, ['pid', 'pointer'], policies),
  full('sched_get_priority_max', (_task, policy: number) => priorityBounds(policy, 99), ['int']),
  full('sched_get_priority_min', (_task, policy: number) => priorityBounds(policy, 1), ['int']),
  full('sched_rr_get_interval', sysSchedRrGetInterval, ['pid', 'timespec']),
  partial('getcpu', sysGetcpu, ['pointer', 'pointer'], one),
  partial('getpriority', sysGetpriority, ['int', 'int'], 'kept, without effect on scheduling'),
  partial('setpriority', sysSetpriority, ['int', 'int', 'int'], 'kept, without effect'),
  full('membarrier', sysMembarrier, ['int', 'uint']),
];
