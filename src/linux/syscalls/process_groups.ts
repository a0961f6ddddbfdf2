/** System calls about who is who: pids, process groups, sessions. */

import { EACCES, EINVAL, EPERM, ESRCH } from '../abi/errno.ts';
import type { Process } from '../kernel/process.ts';
import type { Task } from '../kernel/task.ts';
import type { SyscallRow } from './row.ts';
import { full } from './row.ts';

const sysGetpid = (task: Task): number => task.process.pid;
const sysGettid = (task: Task): number => task.tid;
const sysGetppid = (task: Task): number => task.process.parent?.pid ?? 0;

function processOf(task: Task, pid: number): Process | undefined {
  return pid === 0 ? task.process : task.machine.process(pid);
}

function sysSetpgid(task: Task, pid: number, pgid: number): number {
  const own = task.process;
  const process = processOf(task, pid);
  if (pgid < 0) return -EINVAL;
  if (!process || (process !== own && process.parent !== own)) return -ESRCH;
  if (process !== own) {
    if (process.sid !== own.sid) return -EPERM;
    if (process.hasExecuted) return -EACCES;
  }
  if (process.sid === process.pid) return -EPERM;
  const group = pgid === 0 ? process.pid : pgid;
  if (group !== process.pid) {
    const members = task.machine.processGroup(group);
    if (!members.some((member) => member.sid === own.sid)) return -EPERM;
  }
  process.pgid = group;
  return 0;
}

const sysGetpgid = (task: Task, pid: number): number => processOf(task, pid)?.pgid ?? -ESRCH;
const sysGetpgrp = (task: Task): number => task.process.pgid;
const sysGetsid = (task: Task, pid: number): number => processOf(task, pid)?.sid ?? -ESRCH;

function sysSetsid(task: Task): number {
  const { process, machine } = task;
  if (machine.processGroup(process.pid).length > 0) return -EPERM;
  process.sid = process.pid;
  process.pgid = process.pid;
  process.terminal = undefined;
  return process.pid;
}

export const processGroupRows: readonly SyscallRow[] = [
  full('getpid', sysGetpid, []),
  full('gettid', sysGettid, []),
  full('getppid', sysGetppid, []),
  full('setpgid', sysSetpgid, ['pid', 'pid']),
  full('getpgid', sysGetpgid, ['pid']),
  full('getpgrp', sysGetpgrp, []),
  full('getsid', sysGetsid, ['pid']),
  full('setsid', sysSetsid, []),
];
