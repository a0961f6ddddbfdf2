/** From a trapped system-call instruction to its handler. */

import { EFAULT, ENOSYS } from '../abi/errno.ts';
import { readRegister } from '../kernel/registers.ts';
import type { Task } from '../kernel/task.ts';
import type { SyscallRun, SyscallValue } from '../kernel/wait.ts';
import { GuestFault } from '../mm/fault.ts';

/** Starts the call in a task's registers. `immediate` is the instruction's operand. */
export function dispatch(task: Task, immediate: number): SyscallValue | SyscallRun {
  const { abi, machine } = task;
  const { syscallNumber } = abi.registers;
  const number =
    abi.numberInInstruction && immediate !== 0
      ? immediate
      : task.memory.view.getInt32(syscallNumber.offset, true);
  const entry = machine.syscallTable(abi).get(number);
  const name = entry?.name ?? `syscall_${number}`;
  const slots = abi.registers.arguments;
  // All of them cost time, and only a trace reads more than the first.
  const registers = machine.options.trace
    ? slots.map((slot) => readRegister(task, slot))
    : [readRegister(task, slots[0]!)];
  const handler = entry?.row?.handler;
  // Arguments are kept decoded: an interrupted call is repeated with the same ones.
  const args = handler && entry ? entry.decode(task) : [];
  const start = handler && ((): SyscallValue | SyscallRun => handler(task, ...args));
  task.call = { number, row: entry?.row, name, registers, run: undefined, repeat: start };
  if (!start) {
    const { unimplemented } = machine.statistics;
    unimplemented.set(name, (unimplemented.get(name) ?? 0) + 1);
    return -ENOSYS;
  }
  try {
    return start();
  } catch (error) {
    if (error instanceof GuestFault) return -EFAULT;
    throw error;
  }
}
