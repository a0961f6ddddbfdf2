/** Registers of tasks that share an address space: the one that runs has them in the state area. */

import { stateOffset } from '../../cpu/state.ts';
import type { Task } from './task.ts';

/** Copies the state area's registers, pc included. */
export function saveRegisters(task: Task): void {
  const { bytes } = task.memory;
  const end = task.abi.isa.slotsEnd;
  if (task.stateBuffer?.length !== end) task.stateBuffer = new Uint8Array(end);
  task.savedState = task.stateBuffer;
  task.savedState.set(bytes.subarray(stateOffset.slots, end), stateOffset.slots);
  task.savedState.set(bytes.subarray(stateOffset.pc, stateOffset.pc + 4), stateOffset.pc);
}

/** Puts a task's registers into the state area; a task that never ran has them there already. */
export function loadRegisters(task: Task): void {
  const { savedState, memory } = task;
  if (!savedState) return;
  memory.bytes.set(savedState.subarray(stateOffset.slots), stateOffset.slots);
  memory.bytes.set(savedState.subarray(stateOffset.pc, stateOffset.pc + 4), stateOffset.pc);
  task.savedState = undefined;
}
