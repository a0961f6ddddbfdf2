/** A task's registers as the system-call convention sees them. They must be in the state area. */

import type { Slot } from '../../cpu/state.ts';
import { stateOffset } from '../../cpu/state.ts';
import type { Task } from './task.ts';
import type { SyscallValue } from './wait.ts';

/** A 64-bit register pattern. */
export function readRegister(task: Task, slot: Slot): bigint {
  const { view } = task.memory;
  if (slot.type === 'i32') return BigInt(view.getUint32(slot.offset, true));
  return view.getBigUint64(slot.offset, true);
}

export function writeRegister(task: Task, slot: Slot, value: bigint): void {
  const { view } = task.memory;
  if (slot.type === 'i32') view.setUint32(slot.offset, Number(BigInt.asUintN(32, value)), true);
  else view.setBigUint64(slot.offset, BigInt.asUintN(64, value), true);
}

/** The stack pointer as u32. */
export function stackPointerOf(task: Task): number {
  return task.memory.view.getUint32(task.abi.registers.stackPointer.offset, true);
}

/** Sets the stack pointer of a new thread or program. */
export function setStackPointer(task: Task, address: number): void {
  writeRegister(task, task.abi.registers.stackPointer, BigInt(address));
}

export function programCounterOf(task: Task): number {
  return task.memory.view.getUint32(stateOffset.pc, true);
}

export function setProgramCounter(task: Task, address: number): void {
  task.memory.view.setUint32(stateOffset.pc, address, true);
}

/** Thread pointer (CLONE_SETTLS). */
export function setThreadPointer(task: Task, value: bigint): void {
  const [first, second] = task.abi.registers.threadPointer;
  if (second === undefined) {
    writeRegister(task, first, value);
    return;
  }
  writeRegister(task, first, value >> 32n);
  writeRegister(task, second, value & 0xffffffffn);
}

/** Puts a call's result into its register. */
export function setResult(task: Task, value: SyscallValue): void {
  const { result } = task.abi.registers;
  const { view } = task.memory;
  if (typeof value === 'number' && value >= -0x80000000 && value <= 0x7fffffff) {
    view.setInt32(result.offset, value, true);
    if (result.type === 'i64') view.setInt32(result.offset + 4, value < 0 ? -1 : 0, true);
    return;
  }
  writeRegister(task, result, BigInt(value));
}

/** Goes back to the call's instruction with its registers, so that it runs again. */
export function restartCall(task: Task): void {
  const { call, abi } = task;
  if (!call) throw new Error('no call to restart');
  setProgramCounter(task, programCounterOf(task) - abi.syscallInstructionBytes);
  const first = abi.registers.arguments[0]!;
  writeRegister(task, first, call.registers[0]!);
  const { syscallNumber } = abi.registers;
  if (!abi.numberInInstruction) writeRegister(task, syscallNumber, BigInt(call.number));
}
