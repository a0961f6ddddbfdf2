/** System calls of signals. */

import { EAGAIN, EINTR, EINVAL, ENOMEM, EPERM, ERESTARTNOHAND, ESRCH } from '../abi/errno.ts';
import { decodeStruct, encodeStruct } from '../abi/layout.ts';
import { decodeSiginfo, encodeSiginfo, siginfoBytes } from '../abi/signal_frame.ts';
import {
  SA_RESTORER,
  SI_TKILL,
  SI_USER,
  SIGCONT,
  SIGRTMAX,
  SS_AUTODISARM,
  SS_DISABLE,
  SS_ONSTACK,
} from '../abi/signals.ts';
import { privileged } from '../kernel/credentials.ts';
import type { Process } from '../kernel/process.ts';
import { reportedStack, returnFromHandler } from '../kernel/signal_delivery.ts';
import type { SignalAction, SignalInfo } from '../kernel/signal_state.ts';
import { signalBit, unblockable } from '../kernel/signal_state.ts';
import { keepRegisters } from '../kernel/slice.ts';
import type { Task } from '../kernel/task.ts';
import type { SyscallRun } from '../kernel/wait.ts';
import type { SyscallRow } from './row.ts';
import { full } from './row.ts';
import { readTimespec } from './time_values.ts';

const sigsetBytes = 8;

const validSignal = (signal: number): boolean => signal >= 1 && signal <= SIGRTMAX;

function sysRtSigaction(
  task: Task,
  ...[signal, action, old, size]: [number, number, number, number]
): number {
  const { memory, process, abi } = task;
  if (size !== sigsetBytes) return -EINVAL;
  if (!validSignal(signal)) return -EINVAL;
  if (action !== 0 && (unblockable & signalBit(signal)) !== 0n) return -EINVAL;
  const layout = abi.layouts.sigaction;
  const before = process.handlers.get(signal);
  const next = action === 0 ? undefined : readAction(task, action);
  if (old !== 0) memory.writeBytes(old, encodeStruct(layout, before, memory.littleEndian));
  if (!next) return 0;
  process.handlers.set(signal, next);
  if (process.handlers.ignores(signal)) {
    process.pending.discard(signalBit(signal));
    for (const thread of process.tasks) thread.pending.discard(signalBit(signal));
  }
  return 0;
}

function readAction(task: Task, address: number): SignalAction {
  const { memory, abi } = task;
  const layout = abi.layouts.sigaction;
  const bytes = memory.range(address, layout.size);
  const { handler, flags, restorer, mask } = decodeStruct(bytes, layout, memory.littleEndian);
  const low = (value: bigint): number => Number(BigInt.asUintN(32, value));
  return {
    handler: handler > 0xffffffffn ? 0xffffffff : Number(handler),
    flags: low(flags),
    restorer: low(flags) & SA_RESTORER ? low(restorer) : 0,
    mask: task.machine.signals.blockable(mask),
  };
}

function sysRtSigprocmask(
  task: Task,
  ...[how, set, old, size]: [number, number, number, number]
): number {
  const { memory } = task;
  if (size !== sigsetBytes) return -EINVAL;
  const before = task.signalMask;
  if (set !== 0) {
    const wanted = task.machine.signals.blockable(memory.readU64(set));
    if (how === 0) task.signalMask |= wanted;
    else if (how === 1) task.signalMask &= ~wanted;
    else if (how === 2) task.signalMask = wanted;
    else return -EINVAL;
  }
  if (old !== 0) memory.writeU64(old, before);
  return 0;
}

function sysRtSigpending(task: Task, set: number, size: number): number {
  if (size > sigsetBytes) return -EINVAL;
  task.memory.writeU64(set, task.pendingSet & task.signalMask);
  return 0;
}

function* sysRtSigsuspend(task: Task, set: number, size: number): SyscallRun {
  if (size !== sigsetBytes) return -EINVAL;
  const mask = task.machine.signals.blockable(task.memory.readU64(set));
  task.savedMask = task.signalMask;
  task.signalMask = mask;
  while ((yield {}) !== 'signal');
  return -ERESTARTNOHAND;
}

function* sysPause(): SyscallRun {
  while ((yield {}) !== 'signal');
  return -ERESTARTNOHAND;
}

function* sysRtSigtimedwait(
  task: Task,
  ...[set, info, timeout, size]: [number, number, number, number]
): SyscallRun {
  const { memory, process, machine } = task;
  if (size !== sigsetBytes) return -EINVAL;
  const wanted = machine.signals.blockable(memory.readU64(set));
  const limit = timeout === 0 ? undefined : readTimespec(task, timeout);
  if (typeof limit === 'number') return limit;
  const deadline = limit === undefined ? undefined : machine.clock.monotonic() + limit;
  try {
    for (;;) {
      const found = task.pending.take(wanted) ?? process.pending.take(wanted);
      if (found) return reportSignal(task, info, found);
      task.awaitedSignals = wanted;
      const reason = yield deadline === undefined ? {} : { deadline };
      const arrived = (task.pendingSet & wanted) !== 0n;
      if (reason === 'deadline' && !arrived) return -EAGAIN;
      if (reason === 'signal' && !arrived) return -EINTR;
    }
  } finally {
    task.awaitedSignals = 0n;
  }
}

function reportSignal(task: Task, address: number, info: SignalInfo): number {
  const { memory } = task;
  if (address !== 0) {
    memory.writeBytes(address, encodeSiginfo(info, memory.littleEndian, memory.wordBytes));
  }
  return info.signal;
}

function sysSigaltstack(task: Task, next: number, old: number): number {
  const { memory } = task;
  const word = memory.wordBytes;
  const before = reportedStack(task);
  let changed = task.signalStack;
  if (next !== 0) {
    const address = memory.readPointer(next);
    const flags = memory.readI32(next + word);
    const size = memory.readPointer(next + 2 * word);
    const mode = flags & ~SS_AUTODISARM;
    if (before.flags & SS_ONSTACK) return -EPERM;
    if (mode !== 0 && mode !== SS_DISABLE && mode !== SS_ONSTACK) return -EINVAL;
    if (mode === SS_DISABLE) changed = { address: 0, size: 0, flags: 0 };
    else if (size < task.abi.signalFrame.stackBytesMin) return -ENOMEM;
    else changed = { address, size, flags: flags & SS_AUTODISARM };
  }
  if (old !== 0) {
    memory.writeWord(old, before.address);
    memory.writeU32(old + word, before.flags >>> 0);
    memory.writeWord(old + 2 * word, before.size);
  }
  task.signalStack = changed;
  return 0;
}

function sysRtSigreturn(task: Task): number {
  returnFromHandler(task);
  return keepRegisters;
}

/** Whether a task may send a signal to a process (kill_ok_by_cred). */
function maySignal(task: Task, process: Process, signal: number): boolean {
  const { credentials } = task;
  if (privileged(credentials)) return true;
  if (signal === SIGCONT && process.sid === task.process.sid) return true;
  const target = process.leader?.credentials;
  const { euid, uid } = credentials;
  if (!target) return uid === process.uid;
  return [target.uid, target.suid].some((id) => id === euid || id === uid);
}

/** Sends to all processes that may be sent to; the errno of kill(2). */
export function sendTo(task: Task, processes: readonly Process[], info: SignalInfo): number {
  const { signal } = info;
  let permitted = 0;
  for (const process of processes) {
    if (!maySignal(task, process, signal)) continue;
    permitted++;
    if (signal !== 0) task.machine.signals.sendToProcess(process, info);
  }
  if (permitted > 0) return 0;
  return processes.length > 0 ? -EPERM : -ESRCH;
}

function sysKill(task: Task, pid: number, signal: number): number {
  if (signal < 0 || signal > SIGRTMAX) return -EINVAL;
  const { machine, process: own } = task;
  const info = { signal, code: SI_USER, pid: own.pid, uid: task.credentials.uid };
  if (pid > 0) {
    const process = machine.process(pid) ?? machine.task(pid)?.process;
    return process ? sendTo(task, [process], info) : -ESRCH;
  }
  if (pid === -0x80000000) return -ESRCH;
  if (pid === -1) {
    const others = machine.processes().filter((process) => process !== own && process.pid !== 1);
    return sendTo(task, others, info);
  }
  return sendTo(task, machine.processGroup(pid === 0 ? own.pgid : -pid), info);
}

function sendToThread(task: Task, target: Task, info: SignalInfo): number {
  if (!maySignal(task, target.process, info.signal)) return -EPERM;
  if (info.signal === 0) return 0;
  return task.machine.signals.sendToTask(target, info) ? 0 : -EAGAIN;
}

function sysTgkill(task: Task, pid: number, tid: number, signal: number): number {
  if (pid <= 0 || tid <= 0 || signal < 0 || signal > SIGRTMAX) return -EINVAL;
  const target = task.machine.task(tid);
  if (!target || target.process.pid !== pid) return -ESRCH;
  const { credentials, process } = task;
  return sendToThread(task, target, {
    signal,
    code: SI_TKILL,
    pid: process.pid,
    uid: credentials.uid,
  });
}

function sysTkill(task: Task, tid: number, signal: number): number {
  const target = task.machine.task(tid);
  if (tid <= 0) return -EINVAL;
  return target ? sysTgkill(task, target.process.pid, tid, signal) : -ESRCH;
}

function readInfo(task: Task, address: number, signal: number): SignalInfo {
  const { memory } = task;
  const bytes = memory.range(address, siginfoBytes);
  return { ...decodeSiginfo(bytes, memory.littleEndian, memory.wordBytes), signal };
}

function sysRtSigqueueinfo(task: Task, pid: number, signal: number, address: number): number {
  const process = task.machine.process(pid);
  const info = readInfo(task, address, signal);
  if (signal < 0 || signal > SIGRTMAX) return -EINVAL;
  if (!process) return -ESRCH;
  if ((info.code >= 0 || info.code === SI_TKILL) && process !== task.process) return -EPERM;
  if (!maySignal(task, process, signal)) return -EPERM;
  if (signal === 0) return 0;
  return task.machine.signals.sendToProcess(process, info) ? 0 : -EAGAIN;
}

function sysRtTgsigqueueinfo(
  task: Task,
  ...[pid, tid, signal, address]: [number, number, number, number]
): number {
  const target = task.machine.task(tid);
  const info = readInfo(task, address, signal);
  if (signal < 0 || signal > SIGRTMAX || pid <= 0 || tid <= 0) return -EINVAL;
  if (!target || target.process.pid !== pid) return -ESRCH;
  const foreign = target.process !== task.process;
  if ((info.code >= 0 || info.code === SI_TKILL) && foreign) return -EPERM;
  return sendToThread(task, target, info);
}

/** Runs a call's kept continuation; it has none when called by itself. */
function sysRestartSyscall(task: Task): SyscallRun | number {
  const restart = task.restartBlock;
  task.restartBlock = undefined;
  return restart ? restart() : -EINTR;
}

export const signalRows: readonly SyscallRow[] = [
  full('rt_sigaction', sysRtSigaction, ['signal', 'pointer', 'pointer', 'size']),
  full('rt_sigprocmask', sysRtSigprocmask, ['int', 'sigset', 'sigset', 'size']),
  full('rt_sigpending', sysRtSigpending, ['sigset', 'size']),
  full('rt_sigsuspend', sysRtSigsuspend, ['sigset', 'size']),
  full('rt_sigtimedwait', sysRtSigtimedwait, ['sigset', 'pointer', 'timespec', 'size']),
  full('rt_sigqueueinfo', sysRtSigqueueinfo, ['pid', 'signal', 'pointer']),
  full('rt_tgsigqueueinfo', sysRtTgsigqueueinfo, ['pid', 'pid', 'signal', 'pointer']),
  full('rt_sigreturn', sysRtSigreturn, []),
  full('sigaltstack', sysSigaltstack, ['pointer', 'pointer']),
  full('pause', sysPause, []),
  full('kill', sysKill, ['pid', 'signal']),
  full('tkill', sysTkill, ['pid', 'signal']),
  full('tgkill', sysTgkill, ['pid', 'pid', 'signal']),
  full('restart_syscall', sysRestartSyscall, []),
];
