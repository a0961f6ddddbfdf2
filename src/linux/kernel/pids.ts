/** Numbers of tasks and processes: in order from 1, reused only after wrapping around. */

import { EngineError } from '../../engine/error.ts';
import { pidMax, processesMax, refusedForksMax, tasksMax } from '../limits.ts';
import type { Process } from './process.ts';
import type { Task } from './task.ts';

export class PidTable {
  readonly #tasks: Map<number, Task> = new Map<number, Task>();
  readonly #processes: Map<number, Process> = new Map<number, Process>();
  #last: number = 0;
  #refused: number = 0;

  /**
   * The next free number for a thread, or for a process. Undefined when `tasksMax` or, for a
   * process, `processesMax` is reached; LIMIT_EXCEEDED where that happens all the time.
   */
  allocate(isThread: boolean = false): number | undefined {
    const full = this.#tasks.size >= tasksMax || this.#processes.size >= tasksMax;
    if (full || (!isThread && this.#processes.size >= processesMax)) return this.#refuse();
    for (let tries = 0; tries < pidMax; tries++) {
      this.#last = this.#last >= pidMax ? 300 : this.#last + 1;
      if (!this.#inUse(this.#last)) return this.#last;
    }
    return undefined;
  }

  #refuse(): undefined {
    if (this.#refused++ < refusedForksMax) return undefined;
    const limits = `processesMax (${processesMax}) or tasksMax (${tasksMax})`;
    throw new EngineError('LIMIT_EXCEEDED', `fork failed ${this.#refused} times for ${limits}`, {
      remedy: 'start fewer processes at once; a fork bomb cannot end otherwise',
    });
  }

  #inUse(pid: number): boolean {
    if (this.#tasks.has(pid) || this.#processes.has(pid)) return true;
    for (const { pgid, sid } of this.#processes.values()) {
      if (pgid === pid || sid === pid) return true;
    }
    return false;
  }

  /** The last number given (`loadavg`, /proc/sys/kernel/ns_last_pid). */
  get last(): number {
    return this.#last;
  }

  addTask(task: Task): void {
    this.#tasks.set(task.tid, task);
  }

  removeTask(tid: number): void {
    this.#tasks.delete(tid);
  }

  addProcess(process: Process): void {
    this.#processes.set(process.pid, process);
  }

  removeProcess(pid: number): void {
    this.#processes.delete(pid);
  }

  task(tid: number): Task | undefined {
    return this.#tasks.get(tid);
  }

  process(pid: number): Process | undefined {
    return this.#processes.get(pid);
  }

  /** In order of tid. */
  tasks(): Task[] {
    return [...this.#tasks.values()].sort((a, b) => a.tid - b.tid);
  }

  /** In order of pid. */
  processes(): Process[] {
    return [...this.#processes.values()].sort((a, b) => a.pid - b.pid);
  }
}
