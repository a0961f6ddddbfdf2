/** System calls of resource limits and usage. */

import { EINVAL, EPERM, ESRCH } from '../abi/errno.ts';
import { privileged } from '../kernel/credentials.ts';
import type { Process } from '../kernel/process.ts';
import type { ResourceLimit } from '../kernel/resource_limits.ts';
import { RLIMIT_NOFILE, RLIMIT_STACK, resourceCount } from '../kernel/resource_limits.ts';
import type { Task } from '../kernel/task.ts';
import { processUsage, writeUsage } from './process_usage.ts';
import type { SyscallRow } from './row.ts';
import { full, partial } from './row.ts';

/** Largest number of descriptors a process may ask for (fs.nr_open). */
const openFilesHardMax = 1048576n;

function writeLimit(task: Task, address: number, limit: ResourceLimit): void {
  task.memory.writeU64(address, limit.soft);
  task.memory.writeU64(address + 8, limit.hard);
}

function setLimit(task: Task, process: Process, resource: number, limit: ResourceLimit): number {
  const old = process.limits[resource]!;
  if (limit.soft > limit.hard) return -EINVAL;
  if (resource === RLIMIT_NOFILE && limit.hard > openFilesHardMax) return -EPERM;
  if (limit.hard > old.hard && !privileged(task.credentials)) return -EPERM;
  process.limits[resource] = limit;
  if (resource === RLIMIT_STACK) {
    for (const { memory } of process.tasks) memory.limitStack(limit.soft);
  }
  if (resource === RLIMIT_NOFILE) {
    for (const thread of process.tasks) thread.files.limit = Number(limit.soft);
  }
  return 0;
}

function sysPrlimit64(
  task: Task,
  ...[pid, resource, next, old]: [number, number, number, number]
): number {
  if (resource < 0 || resource >= resourceCount) return -EINVAL;
  const process = pid === 0 ? task.process : task.machine.process(pid);
  if (!process) return -ESRCH;
  const before = process.limits[resource]!;
  if (next !== 0) {
    const limit = { soft: task.memory.readU64(next), hard: task.memory.readU64(next + 8) };
    const result = setLimit(task, process, resource, limit);
    if (result < 0) return result;
  }
  if (old !== 0) writeLimit(task, old, before);
  return 0;
}

function sysGetrlimit(task: Task, resource: number, address: number): number {
  return sysPrlimit64(task, 0, resource, 0, address);
}

function sysSetrlimit(task: Task, resource: number, address: number): number {
  task.memory.range(address, 16);
  return sysPrlimit64(task, 0, resource, address, 0);
}

const RUSAGE_SELF = 0;
const RUSAGE_CHILDREN = -1;
const RUSAGE_THREAD = 1;

function sysGetrusage(task: Task, who: number, address: number): number {
  if (who === RUSAGE_SELF) writeUsage(task, address, processUsage(task));
  else if (who === RUSAGE_CHILDREN) writeUsage(task, address, task.process.childrenUsage);
  else if (who === RUSAGE_THREAD) writeUsage(task, address, task.usage);
  else return -EINVAL;
  return 0;
}

export const processLimitRows: readonly SyscallRow[] = [
  partial(
    'prlimit64',
    sysPrlimit64,
    ['pid', 'int', 'pointer', 'pointer'],
    'of the limits, RLIMIT_NOFILE, RLIMIT_CORE, RLIMIT_STACK, RLIMIT_AS and RLIMIT_DATA have an effect',
  ),
  full('getrlimit', sysGetrlimit, ['int', 'pointer']),
  full('setrlimit', sysSetrlimit, ['int', 'pointer']),
  partial('getrusage', sysGetrusage, ['int', 'pointer'], 'times and context switches only'),
];
