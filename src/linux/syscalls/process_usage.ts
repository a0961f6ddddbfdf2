/** struct rusage and processor times. */

import type { Usage } from '../kernel/process.ts';
import { addUsage, emptyUsage } from '../kernel/process.ts';
import type { Task } from '../kernel/task.ts';

/** Writes a struct rusage; memory and I/O figures are zero. */
export function writeUsage(task: Task, address: number, usage: Usage): void {
  const { memory } = task;
  const word = memory.wordBytes;
  memory.range(address, 18 * word).fill(0);
  const time = (at: number, nanoseconds: bigint): void => {
    memory.writeWord(at, nanoseconds / 1_000_000_000n);
    memory.writeWord(at + word, (nanoseconds / 1000n) % 1_000_000n);
  };
  time(address, usage.user);
  time(address + 2 * word, usage.system);
  memory.writeWord(address + 16 * word, usage.voluntarySwitches);
  memory.writeWord(address + 17 * word, usage.involuntarySwitches);
}

/** Usage of a process so far: ended threads and living ones. */
export function processUsage(task: Task): Usage {
  const usage = { ...emptyUsage(), ...task.process.usage };
  for (const thread of task.process.tasks) addUsage(usage, thread.usage);
  return usage;
}
