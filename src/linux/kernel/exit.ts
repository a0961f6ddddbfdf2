/** The end of threads and processes: what they held is given back, and who waits is told. */

import {
  CLD_DUMPED,
  CLD_EXITED,
  CLD_KILLED,
  SA_NOCLDWAIT,
  SI_KERNEL,
  SIG_IGN,
  SIGCHLD,
  SIGCONT,
  SIGHUP,
} from '../abi/signals.ts';
import { robustListMax } from '../limits.ts';
import { GuestFault } from '../mm/fault.ts';
import type { ExitStatus, Process } from './process.ts';
import { addUsage } from './process.ts';
import { childInfo } from './signals.ts';
import type { Task } from './task.ts';

/** wait4's status word. */
export function waitStatus(status: ExitStatus): number {
  if (status.signal !== 0) return status.signal | (status.core ? 0x80 : 0);
  return (status.code & 0xff) << 8;
}

/**
 * Ends a thread. Its process ends with the last one, with `groupExit` as its status or `status`
 * where the thread called exit(2) alone.
 */
export function endTask(task: Task, status?: ExitStatus): void {
  if (task.state === 'dead') throw new Error(`task ${task.tid} ends twice`);
  const { process, machine } = task;
  task.call?.run?.return(0);
  machine.scheduler.cancelWait(task);
  if (process.pid === 1 && process.tasks.size === 1) machine.memories.closed = true;
  releaseMemory(task);
  task.state = 'dead';
  task.files.release();
  process.tasks.delete(task);
  machine.pids.removeTask(task.tid);
  addUsage(process.usage, task.usage);
  if (process.tasks.size === 0) {
    endProcess(process, process.groupExit ?? status ?? { code: 0, signal: 0, core: false });
  }
}

/** Gives up the address space: at the end, or for a new one (exec). */
export function releaseMemory(task: Task): void {
  const { memory } = task;
  try {
    walkRobustList(task);
    if (memory.users > 1) clearTid(task);
  } catch (error) {
    // The guest's own lists are broken: nothing to be done for it.
    if (!(error instanceof GuestFault)) throw error;
  }
  task.clearChildTid = 0;
  task.robustList = 0;
  if (memory.owner === task) memory.owner = undefined;
  memory.release();
  task.vforkPending = false;
  task.released.wake();
}

/** CLONE_CHILD_CLEARTID: threads that wait for this one's end go on. */
function clearTid(task: Task): void {
  const { memory, machine } = task;
  if (task.clearChildTid === 0) return;
  const word = memory.slice(task.clearChildTid, 4);
  if (!word) return;
  word.fill(0);
  machine.futexes.wake(memory.futexKey(task.clearChildTid), 1);
}

const FUTEX_OWNER_DIED = 0x40000000;
const FUTEX_WAITERS = 0x80000000;
const FUTEX_TID_MASK = 0x3fffffff;

/** struct robust_list_head: list, offset of the futex word in an entry, the pending operation. */
function walkRobustList(task: Task): void {
  const { memory, robustList, machine } = task;
  if (robustList === 0) return;
  const { wordBytes } = memory;
  const offset = Number(BigInt.asIntN(32, memory.readWord(robustList + wordBytes)));
  const died = (entry: number): void => {
    const address = entry + offset;
    const value = memory.readU32(address);
    if ((value & FUTEX_TID_MASK) !== task.tid) return;
    memory.writeU32(address, ((value & FUTEX_WAITERS) | FUTEX_OWNER_DIED) >>> 0);
    if (value & FUTEX_WAITERS) machine.futexes.wake(memory.futexKey(address), 1);
  };
  const pending = memory.readPointer(robustList + 2 * wordBytes) & ~1;
  let entry = memory.readPointer(robustList);
  for (let count = 0; entry !== robustList && count < robustListMax; count++) {
    const next = memory.readPointer(entry & ~1);
    if (entry !== pending) died(entry & ~1);
    entry = next;
  }
  if (pending !== 0) died(pending);
}

function endProcess(process: Process, status: ExitStatus): void {
  const { kernel, parent } = process;
  process.exitStatus = status;
  process.timers?.clear(true);
  kernel.systemV.processEnded(process);
  if (process.sid === process.pid) endSession(process);
  const groups = [process, ...process.children].map(({ pgid }) => pgid);
  reparentChildren(process);
  orphanGroups(process, new Set(groups));
  process.ended.wake();
  process.signalled.wake();
  if (!parent) return;
  const { handler, flags } = parent.handlers.get(SIGCHLD);
  const code = status.signal === 0 ? CLD_EXITED : status.core ? CLD_DUMPED : CLD_KILLED;
  const detail = status.signal === 0 ? status.code : status.signal;
  if (process.exitSignal !== 0) {
    const info = childInfo(process, process.exitSignal, code, detail);
    kernel.signals.sendToProcess(parent, info);
  }
  const unwanted = handler === SIG_IGN || (flags & SA_NOCLDWAIT) !== 0;
  if (unwanted && process.exitSignal === SIGCHLD) reap(process);
  parent.childChanged.wake();
}

/** Forgets a zombie. */
export function reap(process: Process): void {
  process.parent?.children.delete(process);
  process.kernel.pids.removeProcess(process.pid);
}

/** The session's terminal hangs up: its foreground group gets SIGHUP and SIGCONT from it. */
function endSession(process: Process): void {
  const { terminal, kernel } = process;
  if (!terminal) return;
  terminal.sessionEnded();
  for (const other of kernel.processes()) {
    if (other.sid === process.sid) other.terminal = undefined;
  }
}

/** Children go to the nearest subreaper, else to pid 1. */
function reparentChildren(process: Process): void {
  const { kernel } = process;
  const init = kernel.process(1);
  let heir = process.parent;
  while (heir && heir !== init && !(heir.subreaper && heir.exitStatus === undefined)) {
    heir = heir.parent;
  }
  heir ??= init;
  for (const child of process.children) {
    if (!heir || heir === process) break;
    process.children.delete(child);
    child.parent = heir;
    heir.children.add(child);
    for (const task of child.tasks) {
      if (task.parentDeathSignal === 0) continue;
      task.signal({ signal: task.parentDeathSignal, code: SI_KERNEL });
    }
    if (child.exitStatus === undefined) continue;
    const { handler, flags } = heir.handlers.get(SIGCHLD);
    if (handler === SIG_IGN || flags & SA_NOCLDWAIT) reap(child);
    else heir.childChanged.wake();
  }
}

/** Stopped groups that this end orphans get SIGHUP and SIGCONT (POSIX _exit()). */
function orphanGroups(process: Process, groups: ReadonlySet<number>): void {
  const { kernel } = process;
  for (const pgid of groups) {
    const members = kernel
      .processGroup(pgid)
      .filter((member) => member.exitStatus === undefined && member.sid === process.sid);
    if (!members.some((member) => member.stoppedBy !== 0)) continue;
    if (!kernel.groupOrphaned(pgid, process.sid)) continue;
    for (const member of members) {
      member.signal({ signal: SIGHUP, code: SI_KERNEL });
      member.signal({ signal: SIGCONT, code: SI_KERNEL });
    }
  }
}
