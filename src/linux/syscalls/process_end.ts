/** System calls about the end of processes: exit, wait4, waitid. */

import { EAGAIN, EBADF, ECHILD, EINVAL, ERESTARTSYS, ESRCH } from '../abi/errno.ts';
import { O_NONBLOCK } from '../abi/open_flags.ts';
import { encodeSiginfo, siginfoBytes } from '../abi/signal_frame.ts';
import {
  CLD_CONTINUED,
  CLD_DUMPED,
  CLD_EXITED,
  CLD_KILLED,
  CLD_STOPPED,
  SIGCHLD,
  SIGCONT,
} from '../abi/signals.ts';
import { endTask, reap, waitStatus } from '../kernel/exit.ts';
import { PidFile } from '../kernel/pid_file.ts';
import type { Process, Usage } from '../kernel/process.ts';
import { addUsage } from '../kernel/process.ts';
import { keepRegisters } from '../kernel/slice.ts';
import type { Task } from '../kernel/task.ts';
import type { SyscallRun } from '../kernel/wait.ts';
import { writeUsage } from './process_usage.ts';
import type { SyscallRow } from './row.ts';
import { full } from './row.ts';

function sysExit(task: Task, code: number): number {
  endTask(task, { code: code & 0xff, signal: 0, core: false });
  return keepRegisters;
}

function sysExitGroup(task: Task, code: number): number {
  const { process, machine } = task;
  machine.signals.endProcess(process, { code: code & 0xff, signal: 0, core: false });
  endTask(task);
  return keepRegisters;
}

const WNOHANG = 1;
const WUNTRACED = 2;
const WEXITED = 4;
const WCONTINUED = 8;
const WNOWAIT = 0x01000000;
const __WNOTHREAD = 0x20000000;
const __WALL = 0x40000000;
const __WCLONE = 0x80000000;

/** Which children a wait is about. */
interface WaitRequest {
  readonly selects: (child: Process) => boolean;
  readonly options: number;
}

/** What a wait found out about a child. */
interface WaitResult {
  readonly pid: number;
  readonly uid: number;
  readonly status: number;
  readonly code: number;
  readonly detail: number;
  readonly usage: Usage;
}

/** A child that has something to report, or whether there is any to wait for. */
function findChild(task: Task, request: WaitRequest): WaitResult | boolean {
  const { options } = request;
  let any = false;
  const children = [...task.process.children].sort((a, b) => a.pid - b.pid);
  for (const child of children) {
    if (!request.selects(child) || !matchesKind(child, options)) continue;
    any = true;
    const found = report(task, child, options);
    if (found) return found;
  }
  return any;
}

/** Without __WALL, only children that send SIGCHLD (or, with __WCLONE, only the others). */
function matchesKind(child: Process, options: number): boolean {
  if (options & __WALL) return true;
  return (child.exitSignal !== SIGCHLD) === ((options & __WCLONE) !== 0);
}

function report(task: Task, child: Process, options: number): WaitResult | undefined {
  const keep = (options & WNOWAIT) !== 0;
  const usage = { ...child.usage };
  addUsage(usage, child.childrenUsage);
  const base = { pid: child.pid, uid: child.uid, usage };
  const { exitStatus } = child;
  if (exitStatus !== undefined) {
    if (!(options & WEXITED)) return undefined;
    if (!keep) {
      addUsage(task.process.childrenUsage, usage);
      reap(child);
    }
    const code = exitStatus.signal === 0 ? CLD_EXITED : exitStatus.core ? CLD_DUMPED : CLD_KILLED;
    const detail = exitStatus.signal === 0 ? exitStatus.code : exitStatus.signal;
    return { ...base, status: waitStatus(exitStatus), code, detail };
  }
  if (options & WUNTRACED && child.stopUnreported) {
    if (!keep) child.stopUnreported = false;
    const status = (child.stoppedBy << 8) | 0x7f;
    return { ...base, status, code: CLD_STOPPED, detail: child.stoppedBy };
  }
  if (options & WCONTINUED && child.continueUnreported) {
    if (!keep) child.continueUnreported = false;
    return { ...base, status: 0xffff, code: CLD_CONTINUED, detail: SIGCONT };
  }
  return undefined;
}

/** Waits for a report: undefined with WNOHANG when there is none. */
function* waitForChild(
  task: Task,
  request: WaitRequest,
): Generator<
  { queues: readonly (typeof task.process.childChanged)[] },
  WaitResult | number | undefined,
  string
> {
  for (;;) {
    const found = findChild(task, request);
    if (typeof found === 'object') return found;
    if (!found) return -ECHILD;
    if (request.options & WNOHANG) return undefined;
    if ((yield { queues: [task.process.childChanged] }) === 'signal') return -ERESTARTSYS;
  }
}

function* sysWait4(
  task: Task,
  ...[pid, status, options, usage]: [number, number, number, number]
): SyscallRun {
  const known = WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | __WALL | __WCLONE;
  if (options & ~known) return -EINVAL;
  if (pid === -0x80000000) return -ESRCH;
  const { pgid } = task.process;
  const selects = (child: Process): boolean => {
    if (pid === -1) return true;
    if (pid > 0) return child.pid === pid;
    return child.pgid === (pid === 0 ? pgid : -pid);
  };
  const found = yield* waitForChild(task, { selects, options: options | WEXITED });
  if (found === undefined) return 0;
  if (typeof found === 'number') return found;
  if (status !== 0) task.memory.writeU32(status, found.status);
  if (usage !== 0) writeUsage(task, usage, found.usage);
  return found.pid;
}

const P_ALL = 0;
const P_PID = 1;
const P_PGID = 2;
const P_PIDFD = 3;

function* sysWaitid(
  task: Task,
  ...[kind, id, info, options, usage]: [number, number, number, number, number]
): SyscallRun {
  const known = WNOHANG | WNOWAIT | WEXITED | WUNTRACED | WCONTINUED;
  if (options & ~(known | __WNOTHREAD | __WALL | __WCLONE)) return -EINVAL;
  if (!(options & (WEXITED | WUNTRACED | WCONTINUED))) return -EINVAL;
  if (kind < P_ALL || kind > P_PIDFD || (kind === P_PID && id <= 0)) return -EINVAL;
  const { pgid } = task.process;
  const descriptor = kind === P_PIDFD ? task.files.get(id) : undefined;
  if (kind === P_PIDFD && !(descriptor instanceof PidFile)) return id < 0 ? -EINVAL : -EBADF;
  const target = descriptor instanceof PidFile ? descriptor.process : undefined;
  const nonBlocking = target !== undefined && (descriptor!.flags & O_NONBLOCK) !== 0;
  const selects = (child: Process): boolean => {
    if (target) return child === target;
    if (kind === P_PID) return child.pid === id;
    if (kind === P_PGID) return child.pgid === (id === 0 ? pgid : id);
    return true;
  };
  const mode = nonBlocking ? options | WNOHANG : options;
  const found = yield* waitForChild(task, { selects, options: mode });
  if (typeof found === 'number') return found;
  if (!found && nonBlocking && !(options & WNOHANG)) return -EAGAIN;
  const { memory } = task;
  if (info !== 0) {
    const bytes = found
      ? encodeSiginfo(
          {
            signal: SIGCHLD,
            code: found.code,
            pid: found.pid,
            uid: found.uid,
            status: found.detail,
          },
          memory.littleEndian,
          memory.wordBytes,
        )
      : new Uint8Array(siginfoBytes);
    memory.writeBytes(info, bytes);
  }
  if (usage !== 0 && found) writeUsage(task, usage, found.usage);
  return 0;
}

export const processEndRows: readonly SyscallRow[] = [
  full('exit', sysExit, ['int']),
  full('exit_group', sysExitGroup, ['int']),
  full('wait4', sysWait4, ['pid', 'pointer', 'int', 'pointer']),
  full('waitid', sysWaitid, ['int', 'pid', 'pointer', 'int', 'pointer']),
];
