/** Delivering signals: done each time before a task goes back to guest code (arch do_signal). */

import { EINTR, ERESTART_RESTARTBLOCK, ERESTARTNOHAND, ERESTARTSYS } from '../abi/errno.ts';
import {
  CLD_STOPPED,
  SA_NODEFER,
  SA_ONSTACK,
  SA_RESETHAND,
  SA_RESTART,
  SA_RESTORER,
  SI_KERNEL,
  SIG_DFL,
  SIG_IGN,
  SIGSEGV,
  SIGSTOP,
  SS_AUTODISARM,
  SS_DISABLE,
  SS_ONSTACK,
} from '../abi/signals.ts';
import { GuestFault } from '../mm/fault.ts';
import { restartCall, setResult, stackPointerOf } from './registers.ts';
import type { SignalAction, SignalInfo } from './signal_state.ts';
import { coreSignals, signalBit, stopSignals } from './signal_state.ts';
import type { SignalStack, Task } from './task.ts';

/**
 * - `run`: go on with guest code;
 * - `end`: the process ends (`groupExit` is set);
 * - `stop`: the process is stopped now;
 * - `again`: run the interrupted system call anew without going to guest code.
 */
export type Delivery = 'run' | 'end' | 'stop' | 'again';

/**
 * Delivers what is pending. `interrupted` is the negative ERESTART* result of the call that was
 * interrupted, or 0. The task's registers are in the state area.
 */
export function deliverSignals(task: Task, interrupted: number): Delivery {
  let restart = interrupted;
  for (;;) {
    const { process } = task;
    if (process.groupExit !== undefined) return 'end';
    if (process.stoppedBy !== 0) return 'stop';
    const info = task.pending.take(~task.signalMask) ?? process.pending.take(~task.signalMask);
    if (info === undefined) break;
    const action = process.handlers.get(info.signal);
    if (action.handler === SIG_IGN) continue;
    if (action.handler === SIG_DFL) {
      defaultAction(task, info);
      continue;
    }
    finishInterrupted(task, restart, action);
    restart = 0;
    callHandler(task, info, action);
  }
  if (task.savedMask !== undefined) {
    task.signalMask = task.savedMask;
    task.savedMask = undefined;
  }
  return restart === 0 ? 'run' : 'again';
}

function defaultAction(task: Task, info: SignalInfo): void {
  const { process, machine } = task;
  const { signal } = info;
  const bit = signalBit(signal);
  if (process.handlers.ignores(signal)) return;
  if (process.pid === 1 && !process.killable) return;
  if ((stopSignals & bit) !== 0n) {
    // POSIX: a terminal's stop signals do nothing to an orphaned group; SIGSTOP does.
    if (signal !== SIGSTOP && process.groupOrphaned) return;
    process.stoppedBy = signal;
    process.stopUnreported = true;
    process.continueUnreported = false;
    for (const other of process.tasks) if (other !== task) machine.scheduler.interrupt(other, true);
    machine.signals.notifyParent(process, CLD_STOPPED, signal);
    return;
  }
  const core = (coreSignals & bit) !== 0n && (process.limits[4]?.soft ?? 0n) > 0n;
  machine.signals.endProcess(process, { code: 0, signal, core });
}

/** What an interrupted call returns when a handler runs: EINTR, or it starts again after it. */
function finishInterrupted(task: Task, interrupted: number, action: SignalAction): void {
  if (interrupted === 0) return;
  const noRestart =
    interrupted === -ERESTARTNOHAND ||
    interrupted === -ERESTART_RESTARTBLOCK ||
    (interrupted === -ERESTARTSYS && (action.flags & SA_RESTART) === 0);
  if (noRestart) setResult(task, -EINTR);
  else restartCall(task);
}

function onStack(stack: SignalStack, stackPointer: number): boolean {
  return stackPointer > stack.address && stackPointer - stack.address <= stack.size;
}

/** The alternate stack as sigaltstack(2) reports it: with SS_ONSTACK or SS_DISABLE. */
export function reportedStack(task: Task): SignalStack {
  const { signalStack } = task;
  const disarm = signalStack.flags & SS_AUTODISARM;
  if (signalStack.size === 0) return { ...signalStack, flags: SS_DISABLE };
  const used = !disarm && onStack(signalStack, stackPointerOf(task));
  return { ...signalStack, flags: (used ? SS_ONSTACK : 0) | disarm };
}

function callHandler(task: Task, info: SignalInfo, action: SignalAction): void {
  const { process, abi, memory } = task;
  const { signalStack } = task;
  const current = stackPointerOf(task);
  const alternate =
    (action.flags & SA_ONSTACK) !== 0 &&
    signalStack.size !== 0 &&
    ((signalStack.flags & SS_AUTODISARM) !== 0 || !onStack(signalStack, current));
  const restorer = action.flags & SA_RESTORER ? action.restorer : memory.trampoline;
  try {
    abi.signalFrame.push({
      memory,
      info,
      handler: action.handler,
      flags: action.flags,
      restorer,
      mask: task.savedMask ?? task.signalMask,
      stack: reportedStack(task),
      stackPointer: alternate
        ? signalStack.address + signalStack.size
        : current - abi.signalFrame.redZoneBytes,
    });
  } catch (error) {
    if (!(error instanceof GuestFault)) throw error;
    badFrame(task, info.signal);
    return;
  }
  if (signalStack.flags & SS_AUTODISARM) task.signalStack = { address: 0, size: 0, flags: 0 };
  if (action.flags & SA_RESETHAND) process.handlers.reset(info.signal);
  task.savedMask = undefined;
  const own = action.flags & SA_NODEFER ? 0n : signalBit(info.signal);
  task.signalMask = task.machine.signals.blockable(task.signalMask | action.mask | own);
}

/** No room for a frame: SIGSEGV, which is deadly when it was SIGSEGV's own frame. */
export function badFrame(task: Task, signal: number): void {
  if (signal === SIGSEGV) {
    task.process.handlers.set(SIGSEGV, { handler: SIG_DFL, flags: 0, restorer: 0, mask: 0n });
  }
  task.machine.signals.force(task, { signal: SIGSEGV, code: SI_KERNEL });
}

/** rt_sigreturn(2): the registers, blocked set and alternate stack of before the handler. */
export function returnFromHandler(task: Task): void {
  try {
    const state = task.abi.signalFrame.pop(task.memory);
    task.signalMask = task.machine.signals.blockable(state.mask);
    const { address, size, flags } = state.stack;
    const disabled = (flags & SS_DISABLE) !== 0;
    const kept = flags & SS_AUTODISARM;
    task.signalStack = disabled
      ? { address: 0, size: 0, flags: 0 }
      : { address, size, flags: kept };
  } catch (error) {
    if (!(error instanceof GuestFault)) throw error;
    badFrame(task, 0);
  }
}
