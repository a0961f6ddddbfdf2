/** What a machine has once: clock, tasks, file systems, network. */

import type { TierPolicy, TranslationCache } from '../../cpu/cpu.ts';
import type { Abi } from '../abi/abi.ts';
import type { Inode, OpenFile } from '../fs/inode.ts';
import type { Vfs } from '../fs/vfs.ts';
import { messageQueuesMax, semaphoreSetsMax, sharedSegmentsMax } from '../limits.ts';
import { MemoryPool } from '../mm/memory_pool.ts';
import { SharedRegion } from '../mm/shared_region.ts';
import type { SyscallTable } from '../syscalls/table.ts';
import type { Clock } from './clock.ts';
import { EntropySource } from './entropy.ts';
import { FutexTable } from './futex.ts';
import { HostEvents } from './host_events.ts';
import { SystemV } from './ipc.ts';
import { PidTable } from './pids.ts';
import type { Process } from './process.ts';
import { roundRobin, type Schedule, seededSchedule } from './schedule.ts';
import { Scheduler } from './scheduler.ts';
import type { SignalInfo } from './signal_state.ts';
import { Signals } from './signals.ts';
import type { Task } from './task.ts';
import { TimerQueue } from './timers.ts';

export interface KernelOptions {
  readonly clock: Clock;
  /** Every random number of the machine comes from it. */
  readonly seed: bigint;
  /** Decides whose turn it is; round robin where missing. */
  readonly schedule?: bigint | undefined;
  readonly hostname: string;
  readonly vfs: Vfs;
  readonly abis: readonly Abi[];
  readonly syscalls: (abi: Abi) => SyscallTable;
  readonly cache: TranslationCache;
  readonly tier?: TierPolicy | undefined;
  /** Whether guest code is checked when it accesses memory. */
  readonly protection: boolean;
  readonly trace?: ((line: string) => void) | undefined;
  readonly log?: ((line: string) => void) | undefined;
  readonly cancel?: AbortSignal | undefined;
}

/** Counts for tests and `--stats`. */
export interface KernelStatistics {
  /** Guest instructions executed by all tasks. */
  instructions: bigint;
  syscalls: number;
  /** System calls that do not exist here: name (or number) → times called. */
  readonly unimplemented: Map<string, number>;
  taskSwitches: number;
}

export class Kernel {
  readonly options: KernelOptions;
  readonly clock: Clock;
  readonly timers: TimerQueue = new TimerQueue();
  readonly host: HostEvents = new HostEvents();
  readonly entropy: EntropySource;
  readonly pids: PidTable = new PidTable();
  readonly memories: MemoryPool = new MemoryPool();
  readonly schedule: Schedule;
  readonly scheduler: Scheduler;
  readonly signals: Signals;
  readonly futexes: FutexTable = new FutexTable();
  readonly systemV: SystemV = new SystemV({
    memory: sharedSegmentsMax,
    semaphores: semaphoreSetsMax,
    messages: messageQueuesMax,
  });
  readonly vfs: Vfs;
  /** State of the network, put here by the machine: src/linux/net's. */
  hostname: string;
  /** Architecture of the last program that no machine here can run, for the error message. */
  refusedArchitecture: string | undefined;
  domainname: string = '(none)';
  readonly statistics: KernelStatistics = {
    instructions: 0n,
    syscalls: 0,
    unimplemented: new Map(),
    taskSwitches: 0,
  };

  constructor(options: KernelOptions) {
    this.options = options;
    this.clock = options.clock;
    this.entropy = new EntropySource(options.seed);
    this.hostname = options.hostname;
    this.vfs = options.vfs;
    const { schedule } = options;
    this.schedule = schedule === undefined ? roundRobin : seededSchedule(schedule);
    this.scheduler = new Scheduler(this);
    this.signals = new Signals(this);
  }

  readonly #tables: Map<Abi, SyscallTable> = new Map<Abi, SyscallTable>();

  /** System calls of an ABI by number. */
  syscallTable(abi: Abi): SyscallTable {
    let table = this.#tables.get(abi);
    if (!table) this.#tables.set(abi, (table = this.options.syscalls(abi)));
    return table;
  }

  /** All processes by pid, zombies included, in order of pid. */
  processes(): Process[] {
    return this.pids.processes();
  }

  process(pid: number): Process | undefined {
    return this.pids.process(pid);
  }

  /** A thread by its id. */
  task(tid: number): Task | undefined {
    return this.pids.task(tid);
  }

  readonly #sharedFiles: WeakMap<Inode, SharedRegion> = new WeakMap<Inode, SharedRegion>();

  /** The region through which all MAP_SHARED mappings of a file see each other. */
  sharedFile(file: OpenFile): SharedRegion {
    let region = this.#sharedFiles.get(file.inode);
    if (!region || region.users === 0) {
      region = new SharedRegion(file);
      this.#sharedFiles.set(file.inode, region);
    }
    region.adopt(file);
    return region;
  }

  /** Processes of a group that have not been waited for. */
  processGroup(pgid: number): Process[] {
    return this.processes().filter((process) => process.pgid === pgid);
  }

  /** Sends a signal to every process of a group (terminals, kill(-pgid)). */
  signalGroup(pgid: number, info: SignalInfo): void {
    for (const process of this.processGroup(pgid)) process.signal(info);
  }

  /**
   * Whether a process group is orphaned: no member has a parent in another group of the same
   * session (POSIX 3.267). Its members are not stopped by terminal signals.
   */
  groupOrphaned(pgid: number, sid: number): boolean {
    return !this.processGroup(pgid).some(
      ({ parent, exitStatus }) =>
        exitStatus === undefined &&
        parent !== undefined &&
        parent.exitStatus === undefined &&
        parent.pgid !== pgid &&
        parent.sid === sid,
    );
  }
}
