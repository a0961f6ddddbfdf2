/**
 * Runs tasks in the order and for the time a `Schedule` says, so all is a function of the program
 * and a seed. When nobody can run, time moves to the next deadline, or the host's work is awaited,
 * or the machine is deadlocked.
 */

import { EngineError } from '../../engine/error.ts';
import { burstInstructions, burstSyscalls, burstWrittenBytes } from '../limits.ts';
import type { AddressSpace } from '../mm/address_space.ts';
import { endTask } from './exit.ts';
import { HostTurns } from './host_turns.ts';
import type { Kernel } from './kernel.ts';
import { runSlice } from './slice.ts';
import { loadRegisters, saveRegisters } from './state_switch.ts';
import type { Task } from './task.ts';
import type { Wait, WakeReason } from './wait.ts';

/** Turns of the host's event loop given to host work before virtual time overtakes it. */
const graceTurns = 8;

/** A task, and for how many instructions it runs. */
interface Turn {
  readonly task: Task;
  readonly quantum: number;
}

/** Whether a task waits for bytes of a file. */
const loads = (wait: Wait): boolean => wait.promise !== undefined && wait.uninterruptible === true;

export class Scheduler {
  readonly #kernel: Kernel;
  #ready: Task[] = [];
  /**
   * The rest of a turn that waits for a file's bytes. Nobody else runs meanwhile: what the host has
   * in memory already must not be seen by guests.
   */
  #loading: Turn | undefined;
  #space: AddressSpace | undefined;
  #instructions: bigint = 0n;
  #syscalls: number = 0;
  /** The task that has the processor. */
  current: Task | undefined;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** Puts a task at the end of the queue. */
  ready(task: Task): void {
    if (task.state === 'dead') throw new Error(`task ${task.tid} has ended`);
    task.state = 'ready';
    this.#ready.push(task);
  }

  /** Whether somebody else could run now. */
  get contended(): boolean {
    return this.#ready.length > 0;
  }

  /** sched_yield(2): the task goes to the end of the queue after its call. */
  yieldRequested: boolean = false;

  /** Bytes written since the host had its turn. */
  #writtenBytes = 0;

  /** A call wrote so many bytes. Many end the turn, which instructions would not for long. */
  wrote(bytes: number): void {
    this.#writtenBytes += bytes;
    if (this.#writtenBytes >= burstWrittenBytes) this.yieldRequested = true;
  }

  /** Parks a task until what it waits for happens. */
  block(task: Task, wait: Wait): void {
    const { host, timers } = this.#kernel;
    const wake = (reason: WakeReason): void => this.wake(task, reason);
    const onQueue = (): void => wake('queue');
    for (const queue of wait.queues ?? []) queue.add(onQueue);
    const timer =
      wait.deadline === undefined ? undefined : timers.add(wait.deadline, () => wake('deadline'));
    let waiting = true;
    if (wait.promise) {
      host.track(wait.promise, () => waiting && wake('promise'));
    }
    task.state = 'blocked';
    task.wait = wait;
    if (!loads(wait)) task.usage.voluntarySwitches++;
    task.cancelWait = () => {
      waiting = false;
      for (const queue of wait.queues ?? []) queue.remove(onQueue);
      if (timer) timers.cancel(timer);
    };
  }

  /** Ends a task's wait. */
  wake(task: Task, reason: WakeReason): void {
    if (task.state !== 'blocked') return;
    this.cancelWait(task);
    task.wakeReason = reason;
    if (task === this.#loading?.task) task.state = 'ready';
    else this.ready(task);
  }

  /** Forgets what a task waits for. */
  cancelWait(task: Task): void {
    task.cancelWait?.();
    task.cancelWait = undefined;
    task.wait = undefined;
  }

  /** A signal came: an interruptible wait ends; with `force` also a stop. */
  interrupt(task: Task, force: boolean): void {
    if (task.state === 'blocked' && !task.wait?.uninterruptible) this.wake(task, 'signal');
    else if (task.state === 'stopped' && force) this.ready(task);
  }

  /** SIGCONT: a stopped task runs again. */
  resume(task: Task): void {
    if (task.state === 'stopped') this.ready(task);
  }

  /** Gives a task the processor: registers and shared memory are brought up to date. */
  activate(task: Task): void {
    const { memory } = task;
    if (memory !== this.#space) {
      this.#space?.leave();
      memory.fetch();
      this.#space = memory;
      this.#kernel.statistics.taskSwitches++;
    }
    if (memory.owner !== task) {
      if (memory.owner) saveRegisters(memory.owner);
      loadRegisters(task);
      memory.owner = task;
    }
    this.current = task;
  }

  /** Runs everything until pid 1 has ended, then ends what is left. */
  async run(): Promise<void> {
    const { options, host } = this.#kernel;
    const turns = new HostTurns();
    const onAbort = (): void => host.notify();
    options.cancel?.addEventListener('abort', onAbort);
    try {
      while (!this.#finished()) {
        this.#checkCancelled();
        this.#runReady();
        if (this.#finished()) break;
        if (this.#allWait()) await this.#idle(turns);
        else await turns.next();
      }
    } finally {
      options.cancel?.removeEventListener('abort', onAbort);
      turns.close();
      this.#endAll();
    }
  }

  #finished(): boolean {
    const init = this.#kernel.process(1);
    return init === undefined || init.exitStatus !== undefined;
  }

  #checkCancelled(): void {
    if (!this.#kernel.options.cancel?.aborted) return;
    throw new EngineError('CANCELLED', 'the run was cancelled');
  }

  /** Slices until nobody is ready or it is time to let the host work. */
  #runReady(): void {
    const { statistics } = this.#kernel;
    const instructionsEnd = this.#instructions + BigInt(burstInstructions);
    const syscallsEnd = this.#syscalls + burstSyscalls;
    this.#writtenBytes = 0;
    for (;;) {
      const turn = this.#turn();
      if (!turn) return;
      const { task } = turn;
      this.activate(task);
      const quantum = runSlice(this.#kernel, task, turn.quantum);
      this.current = undefined;
      if (task.state === 'blocked' && task.wait && loads(task.wait)) {
        this.#loading = { task, quantum };
      }
      this.#instructions = statistics.instructions;
      this.#syscalls = statistics.syscalls;
      if (this.#finished()) return;
      if (this.#instructions >= instructionsEnd || this.#syscalls >= syscallsEnd) return;
      if (this.#writtenBytes >= burstWrittenBytes) return;
    }
  }

  #allWait(): boolean {
    return this.#loading ? this.#loading.task.state === 'blocked' : this.#ready.length === 0;
  }

  /** Whose turn it is; nobody's when all wait. */
  #turn(): Turn | undefined {
    const loading = this.#loading;
    if (loading) {
      if (loading.task.state === 'blocked') return undefined;
      this.#loading = undefined;
      return loading;
    }
    const { clock, timers, schedule } = this.#kernel;
    timers.run(clock.monotonic());
    for (;;) {
      const [task] = this.#ready.splice(schedule.next(this.#ready.length), 1);
      if (!task) return undefined;
      if (task.state === 'ready') return { task, quantum: schedule.quantum() };
    }
  }

  /** Nobody can run: waits for the host or moves the clock. */
  async #idle(turns: HostTurns): Promise<void> {
    const { clock, timers, host } = this.#kernel;
    if (this.#loading) return host.wait();
    const deadline = timers.next;
    if (clock.real) return this.#idleReal(deadline);
    if (deadline === undefined) {
      if (host.outstanding === 0) throw this.#deadlock();
      return host.wait();
    }
    const { settled } = host;
    for (let turn = 0; host.outstanding > 0 && turn < graceTurns; turn++) {
      await turns.next();
      if (host.settled !== settled) return;
    }
    clock.skipTo(deadline);
  }

  async #idleReal(deadline: bigint | undefined): Promise<void> {
    const { clock, host } = this.#kernel;
    if (deadline === undefined) {
      if (host.outstanding === 0) throw this.#deadlock();
      return host.wait();
    }
    const left = deadline - clock.monotonic();
    if (left > 0n) await host.wait(Math.min(Number(left / 1_000_000n) + 1, 0x7fffffff));
  }

  #deadlock(): EngineError {
    const tasks = this.#kernel.pids.tasks().map((task) => {
      const doing = task.state === 'stopped' ? 'stopped by a signal' : `in ${task.call?.name}`;
      return `pid ${task.process.pid} (${task.name}) is ${doing}`;
    });
    return new EngineError('DEADLOCK', `every process waits: ${tasks.join('; ')}`, {
      remedy: 'give the process its input, or end what it waits for',
    });
  }

  #endAll(): void {
    for (const task of this.#kernel.pids.tasks()) {
      this.cancelWait(task);
      task.process.groupExit ??= { code: 0, signal: 9, core: false };
      if (task.state !== 'dead') endTask(task);
    }
    this.#ready = [];
    this.#loading = undefined;
  }
}
