/** fork, vfork, clone: a new task from an old one (kernel/fork.c). */

import { EAGAIN, EINVAL, ENOMEM, EPERM } from '../abi/errno.ts';
import { SS_DISABLE } from '../abi/signals.ts';
import { PidFile } from './pid_file.ts';
import { Process } from './process.ts';
import { setResult, setStackPointer, setThreadPointer, stackPointerOf } from './registers.ts';
import { loadRegisters, saveRegisters } from './state_switch.ts';
import { Task } from './task.ts';

/** CLONE_* flags of uapi/linux/sched.h. */
export const CloneFlag = {
  VM: 0x100,
  FS: 0x200,
  FILES: 0x400,
  SIGHAND: 0x800,
  PIDFD: 0x1000,
  VFORK: 0x4000,
  PARENT: 0x8000,
  THREAD: 0x10000,
  SYSVSEM: 0x40000,
  SETTLS: 0x80000,
  /** Ignored but with PIDFD. */
  DETACHED: 0x400000,
  PARENT_SETTID: 0x100000,
  CHILD_CLEARTID: 0x200000,
  CHILD_SETTID: 0x1000000,
} as const;

/** New namespaces: mount, cgroup, uts, ipc, user, pid, net, time. */
const namespaceFlags = 0x7e02_0080;

export interface CloneRequest {
  /** CLONE_* bits without the exit signal. */
  readonly flags: number;
  readonly exitSignal: number;
  /** Guest addresses; 0: none. `stack` is the new stack pointer. */
  readonly stack: number;
  readonly parentTid: number;
  readonly childTid: number;
  readonly tls: bigint;
  readonly pidfd: number;
}

function checkFlags(flags: number): number {
  const has = (bit: number): boolean => (flags & bit) !== 0;
  if (flags & namespaceFlags) return -EPERM;
  if (has(CloneFlag.SIGHAND) && !has(CloneFlag.VM)) return -EINVAL;
  if (has(CloneFlag.THREAD) && !has(CloneFlag.SIGHAND)) return -EINVAL;
  if (has(CloneFlag.PIDFD) && (has(CloneFlag.THREAD) || has(CloneFlag.DETACHED))) return -EINVAL;
  return 0;
}

/** Makes the new task and puts it at the end of the run queue, or returns a negative errno. */
export function cloneTask(parent: Task, request: CloneRequest): Task | number {
  const { flags } = request;
  const wrong = checkFlags(flags);
  if (wrong < 0) return wrong;
  const { machine } = parent;
  const tid = machine.pids.allocate((flags & CloneFlag.THREAD) !== 0);
  if (tid === undefined) return -EAGAIN;
  const wantsDescriptor = (flags & CloneFlag.PIDFD) !== 0;
  // What may fail comes before there is a child.
  if (wantsDescriptor) parent.memory.readU32(request.pidfd);
  const child = buildTask(parent, request, tid);
  if (typeof child === 'number') return child;
  const pidfd = wantsDescriptor ? installDescriptor(parent, child) : -1;
  if (flags & CloneFlag.PARENT_SETTID) parent.memory.writeU32(request.parentTid, tid);
  if (pidfd >= 0) parent.memory.writeU32(request.pidfd, pidfd);
  machine.scheduler.ready(child);
  return child;
}

/** CLONE_PIDFD: the parent's descriptor of the child; -EMFILE leaves it without one. */
function installDescriptor(parent: Task, child: Task): number {
  const file = new PidFile(parent.machine.vfs, child.process, 0);
  return parent.files.install(file, { closeOnExec: true });
}

function buildTask(parent: Task, request: CloneRequest, tid: number): Task | number {
  const { flags } = request;
  const sharesMemory = (flags & CloneFlag.VM) !== 0;
  const memory = copyMemory(parent, sharesMemory);
  if (!memory) return -ENOMEM;
  const process = flags & CloneFlag.THREAD ? parent.process : newProcess(parent, request, tid);
  const child = new Task({
    process,
    tid,
    abi: parent.abi,
    memory,
    name: parent.name,
    files: flags & CloneFlag.FILES ? parent.files.share() : parent.files.fork(),
    filesystem: flags & CloneFlag.FS ? parent.filesystem : parent.filesystem.fork(),
    credentials: parent.credentials,
  });
  parent.machine.pids.addTask(child);
  child.signalMask = parent.signalMask;
  child.noNewPrivileges = parent.noNewPrivileges;
  const keepsStack = !sharesMemory || (flags & CloneFlag.VFORK) !== 0;
  child.signalStack = keepsStack ? parent.signalStack : { address: 0, size: 0, flags: SS_DISABLE };
  if (flags & CloneFlag.CHILD_CLEARTID) child.clearChildTid = request.childTid;
  child.vforkPending = (flags & CloneFlag.VFORK) !== 0;
  setRegisters(parent, child, request);
  if (flags & CloneFlag.CHILD_SETTID) memory.writeU32(request.childTid, tid);
  return child;
}

function copyMemory(parent: Task, shared: boolean): Task['memory'] | undefined {
  if (shared) {
    parent.memory.users++;
    return parent.memory;
  }
  try {
    return parent.memory.fork(stackPointerOf(parent));
  } catch (error) {
    // The host has no room for another memory.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function newProcess(parent: Task, request: CloneRequest, pid: number): Process {
  const { process: old, machine } = parent;
  const sibling = (request.flags & CloneFlag.PARENT) !== 0;
  const process = new Process(machine, pid, sibling ? old.parent : old);
  process.pgid = old.pgid;
  process.sid = old.sid;
  process.terminal = old.terminal;
  process.handlers = request.flags & CloneFlag.SIGHAND ? old.handlers : old.handlers.fork();
  process.limits = [...old.limits];
  process.exitSignal = sibling ? old.exitSignal : request.exitSignal;
  process.executable = old.executable;
  process.personality = old.personality;
  process.nice = old.nice;
  process.dumpable = old.dumpable;
  process.uid = old.uid;
  machine.pids.addProcess(process);
  return process;
}

/** The child's registers: the parent's, with result 0, and stack and thread pointer as asked. */
function setRegisters(parent: Task, child: Task, request: CloneRequest): void {
  const { memory } = child;
  const sharesMemory = memory === parent.memory;
  if (sharesMemory) saveRegisters(parent);
  else memory.owner = child;
  setResult(child, 0);
  if (request.stack !== 0) setStackPointer(child, request.stack);
  if (request.flags & CloneFlag.SETTLS) setThreadPointer(child, request.tls);
  if (!sharesMemory) return;
  // The state area is the parent's again.
  saveRegisters(child);
  loadRegisters(parent);
}
