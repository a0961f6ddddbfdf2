/** Registers of tasks that share an address space: the one that runs has them in the state area. */

import { stateOffset } from '../../cpu/state.ts';
import type { Task } from './task.ts';

/** Copies the state area's registers, pc included. */
export function saveRegisters(task: Task): void {
  const { bytes, view } = task.memory;
  const end = task.abi.isa.slotsEnd;
  if (task.savedState?.length !== end) task.savedState = new Uint8Array(end);
  task.savedState.set(bytes.subarray(stateOffset.slots, end), stateOffset.slots);
  const saved = new DataView(task.savedState.buffer);
  saved.setUint32(stateOffset.pc, view.getUint32(stateOffset.pc, true), true);
}

/** Puts a task's registers into the state area; a task that never ran has them there already. */
export function loadRegisters(task: Task): void {
  const { savedState, memory } = task;
  if (!savedState) return;
  memory.bytes.set(savedState.subarray(stateOffset.slots), stateOffset.slots);
  const saved = new DataView(savedState.buffer);
  memory.view.setUint32(stateOffset.pc, saved.getUint32(stateOffset.pc, true), true);
  task.savedState = undefined;
}
