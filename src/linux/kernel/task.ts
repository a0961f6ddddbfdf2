/** A thread of a guest program: registers, and references to everything it shares with others. */

import type { Abi } from '../abi/abi.ts';
import type { FsContext } from '../fs/context.ts';
import type { FileTable } from '../fs/file_table.ts';
import type { AddressSpace } from '../mm/address_space.ts';
import type { SyscallRow } from '../syscalls/row.ts';
import type { Credentials } from './credentials.ts';
import type { Kernel } from './kernel.ts';
import type { Process, Usage } from './process.ts';
import { emptyUsage } from './process.ts';
import type { SignalInfo } from './signal_state.ts';
import { PendingSignals } from './signal_state.ts';
import type { SyscallRun, SyscallValue, Wait, WakeReason } from './wait.ts';
import { WaitQueue } from './wait.ts';

/**
 * - `ready`: runs when its turn comes;
 * - `blocked`: in a system call that waits;
 * - `stopped`: by a job control signal;
 * - `dead`: ended.
 */
export type TaskState = 'ready' | 'blocked' | 'stopped' | 'dead';

/** A system call in progress. */
export interface PendingCall {
  readonly number: number;
  readonly row: SyscallRow | undefined;
  readonly name: string;
  /** The first argument register as it was, for restarts; when calls are traced, all of them. */
  readonly registers: readonly bigint[];
  readonly run: SyscallRun | undefined;
  /** Starts the handler anew with the same arguments, after an interruption without a handler. */
  readonly repeat: (() => SyscallValue | SyscallRun) | undefined;
}

/** An alternate signal stack. */
export interface SignalStack {
  readonly address: number;
  readonly size: number;
  readonly flags: number;
}

/** What a task is made of. */
export interface TaskInit {
  readonly process: Process;
  readonly tid: number;
  readonly abi: Abi;
  readonly memory: AddressSpace;
  readonly files: FileTable;
  readonly filesystem: FsContext;
  readonly credentials: Credentials;
  readonly name: string;
}

export class Task {
  readonly process: Process;
  /** Changes only when a thread that is not the first one execs: it becomes the first. */
  tid: number;
  abi: Abi;
  /** Guest memory; shared by threads and after vfork. */
  memory: AddressSpace;
  /** Descriptors; shared with CLONE_FILES. */
  files: FileTable;
  /** Root, working directory, umask; shared with CLONE_FS. */
  filesystem: FsContext;
  credentials: Credentials;
  /** `comm`: at most 15 bytes. */
  name: string;
  state: TaskState = 'ready';

  /** Registers while another task of the space has the processor: bytes of the state area. */
  savedState: Uint8Array | undefined;
  /** The array `savedState` was last time. */
  stateBuffer: Uint8Array | undefined;
  call: PendingCall | undefined;
  /** What the blocked call waits for, and why it woke up. */
  wait: Wait | undefined;
  wakeReason: WakeReason | undefined;
  /** Undoes the registrations of `wait`. */
  cancelWait: (() => void) | undefined;
  /** The negative ERESTART* result of a call until signals have been delivered; 0: none. */
  interruptedCall: number = 0;
  /** A call that restart_syscall(2) continues. */
  restartBlock: (() => SyscallRun) | undefined;

  /** Signals sent to this thread only, the blocked set, and sigsuspend's set to restore. */
  readonly pending: PendingSignals = new PendingSignals();
  signalMask: bigint = 0n;
  savedMask: bigint | undefined;
  signalStack: SignalStack = { address: 0, size: 0, flags: 2 };
  /** Signals that sigtimedwait waits for although they are blocked. */
  awaitedSignals: bigint = 0n;

  /** Guest addresses (0: none): CLONE_CHILD_CLEARTID, set_robust_list. */
  clearChildTid: number = 0;
  robustList: number = 0;
  /** Called once when the task execs or ends (vfork's parent waits for it). */
  readonly released: WaitQueue = new WaitQueue();
  vforkPending: boolean = false;

  readonly usage: Usage = emptyUsage();
  /** prctl: PR_SET_NO_NEW_PRIVS, PR_SET_PDEATHSIG. */
  noNewPrivileges: boolean = false;
  parentDeathSignal: number = 0;

  constructor(init: TaskInit) {
    this.process = init.process;
    this.tid = init.tid;
    this.abi = init.abi;
    this.memory = init.memory;
    this.files = init.files;
    this.filesystem = init.filesystem;
    this.credentials = init.credentials;
    this.name = init.name;
    this.process.tasks.add(this);
  }

  /** What is there once: clock, file systems, network, tables of tasks. */
  get machine(): Kernel {
    return this.process.kernel;
  }

  /** Signals that are pending for this task, blocked ones included. */
  get pendingSet(): bigint {
    return this.pending.set | this.process.pending.set;
  }

  /** Whether a signal waits that would interrupt the task now. */
  get interrupted(): boolean {
    if (this.process.groupExit !== undefined) return true;
    const pending = this.pendingSet;
    return pending !== 0n && (pending & ~this.signalMask) !== 0n;
  }

  /** Sends a signal to this thread (SIGPIPE of a write, faults). */
  signal(info: SignalInfo): void {
    this.machine.signals.sendToTask(this, info);
  }
}
