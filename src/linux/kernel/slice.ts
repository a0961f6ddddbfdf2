/** One task's turn on the processor: guest code, system calls, signals, until it must wait. */

import { EFAULT, ERESTART_RESTARTBLOCK, ERESTARTSYS } from '../abi/errno.ts';
import { GuestFault } from '../mm/fault.ts';
import { dispatch } from '../syscalls/dispatch.ts';
import { traceResult } from '../syscalls/strace.ts';
import { endTask } from './exit.ts';
import { raiseFault } from './faults.ts';
import type { Kernel } from './kernel.ts';
import { setResult } from './registers.ts';
import { deliverSignals } from './signal_delivery.ts';
import type { Task } from './task.ts';
import type { SyscallRun, SyscallValue, WakeReason } from './wait.ts';

/**
 * Result of a call that set all registers itself (rt_sigreturn, execve): its result register is
 * left alone.
 */
export const keepRegisters: number = Number.MIN_SAFE_INTEGER;

/**
 * Runs a task until `quantum` instructions are used up, it waits, stops or ends. Gives what is left
 * of the quantum.
 */
export function runSlice(kernel: Kernel, task: Task, quantum: number): number {
  let fuel = quantum;
  for (;;) {
    if (task.call?.run && !continueCall(task, task.call.run)) return fuel;
    if (needsDelivery(task)) {
      const delivery = deliverSignals(task, task.interruptedCall);
      if (delivery === 'end') {
        endTask(task);
        return fuel;
      }
      if (delivery === 'stop') {
        task.state = 'stopped';
        return fuel;
      }
      task.interruptedCall = delivery === 'again' ? task.interruptedCall : 0;
      if (delivery === 'again') {
        repeatCall(task);
        continue;
      }
    }
    if (fuel <= 0 || kernel.scheduler.yieldRequested) {
      kernel.scheduler.yieldRequested = false;
      if (kernel.scheduler.contended) task.usage.involuntarySwitches++;
      kernel.scheduler.ready(task);
      return fuel;
    }
    fuel -= runGuest(kernel, task, fuel);
    if (task.state === 'dead') return fuel;
  }
}

function needsDelivery(task: Task): boolean {
  return (
    task.interruptedCall !== 0 ||
    task.interrupted ||
    task.savedMask !== undefined ||
    task.process.stoppedBy !== 0
  );
}

/** Guest code up to the next trap, and what the trap asks for. Returns instructions executed. */
function runGuest(kernel: Kernel, task: Task, fuel: number): number {
  const { cpu } = task.memory;
  const trap = cpu.run(fuel);
  const { executed } = cpu;
  kernel.clock.advance(executed);
  kernel.statistics.instructions += BigInt(executed);
  task.usage.user += BigInt(executed);
  if (trap.kind === 'syscall') startCall(task, trap.detail);
  else if (trap.kind !== 'fuel') raiseFault(task, trap);
  // A call costs time too: loops of calls without work would otherwise stand still.
  return trap.kind === 'syscall' ? executed + 100 : Math.max(executed, 1);
}

function startCall(task: Task, immediate: number): void {
  const kernel = task.machine;
  kernel.statistics.syscalls++;
  kernel.clock.advance(100);
  task.usage.system += 100n;
  task.call = undefined;
  finish(task, dispatch(task, immediate));
}

/** Runs the interrupted call again with the same arguments (no handler ran). */
function repeatCall(task: Task): void {
  const interrupted = task.interruptedCall;
  task.interruptedCall = 0;
  const { restartBlock } = task;
  if (interrupted === -ERESTART_RESTARTBLOCK && restartBlock) {
    task.restartBlock = undefined;
    finish(task, restartBlock());
    return;
  }
  if (!task.call?.repeat) throw new Error('no call to repeat');
  finish(
    task,
    attempt(() => task.call!.repeat!()),
  );
}

/** A handler's or generator's value; an unmapped guest address becomes EFAULT. */
function attempt<T>(run: () => T): T | number {
  try {
    return run();
  } catch (error) {
    if (error instanceof GuestFault) return -EFAULT;
    throw error;
  }
}

function finish(task: Task, value: SyscallValue | SyscallRun): void {
  if (typeof value === 'object') {
    if (task.call) task.call = { ...task.call, run: value };
    else throw new Error('call without a record');
    return;
  }
  complete(task, value);
}

/** Resumes a call that waits. False when it waits again (or ended the task). */
function continueCall(task: Task, run: SyscallRun): boolean {
  let reason: WakeReason = task.wakeReason ?? 'queue';
  task.wakeReason = undefined;
  for (;;) {
    const step = attempt(() => run.next(reason));
    if (task.state === 'dead') return false;
    if (typeof step === 'number') {
      complete(task, step);
      return true;
    }
    if (step.done) {
      complete(task, step.value);
      return true;
    }
    const wait = step.value;
    if (!wait.uninterruptible && task.interrupted) {
      reason = 'signal';
      continue;
    }
    const now = task.machine.clock.monotonic();
    if (wait.deadline !== undefined && wait.deadline <= now) {
      reason = 'deadline';
      continue;
    }
    task.machine.scheduler.block(task, wait);
    return false;
  }
}

function complete(task: Task, value: SyscallValue): void {
  const { call } = task;
  if (task.machine.options.trace && call) traceResult(task, call, value);
  if (call?.run) task.call = { ...call, run: undefined };
  if (task.state === 'dead' || value === keepRegisters) return;
  if (typeof value === 'number' && value <= -ERESTARTSYS && value >= -ERESTART_RESTARTBLOCK) {
    task.interruptedCall = value;
    return;
  }
  // ppoll and its like that were not interrupted put their signal mask back at once.
  if (task.savedMask !== undefined && value !== -4) {
    task.signalMask = task.savedMask;
    task.savedMask = undefined;
  }
  setResult(task, value);
}
