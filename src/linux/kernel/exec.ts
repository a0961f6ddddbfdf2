/** execve: a new program in a fresh address space. */

import type { CpuOptions } from '../../cpu/cpu.ts';
import { createCpu } from '../../cpu/processor.ts';
import { decodeName } from '../../rootfs/name.ts';
import type { Abi } from '../abi/abi.ts';
import { ENOEXEC, ENOMEM } from '../abi/errno.ts';
import type { Path } from '../fs/path.ts';
import { pathName } from '../fs/path.ts';
import { commBytesMax } from '../limits.ts';
import type { Loaded } from '../loader/load.ts';
import { loadProgram, planProgram } from '../loader/load.ts';
import type { Program } from '../loader/program.ts';
import { findProgram } from '../loader/program.ts';
import { AddressSpace, heapAtOnce } from '../mm/address_space.ts';
import type { AddressLayout } from '../mm/layout.ts';
import type { Credentials } from './credentials.ts';
import { endTask, releaseMemory } from './exit.ts';
import type { Kernel } from './kernel.ts';
import { setProgramCounter, setStackPointer } from './registers.ts';
import { RLIMIT_STACK } from './resource_limits.ts';
import { keepRegisters } from './slice.ts';
import type { Task } from './task.ts';
import type { SyscallRun } from './wait.ts';

/** Arguments of execve(2), byte strings without zeros. */
export interface ExecArguments {
  readonly path: string;
  readonly start: Path | undefined;
  readonly follow: boolean;
  readonly args: readonly Uint8Array[];
  readonly env: readonly Uint8Array[];
}

/** An empty address space with its processor. */
export function makeSpace(kernel: Kernel, abi: Abi, layout: AddressLayout): AddressSpace {
  const { littleEndian, wordBytes } = abi;
  const reserve = layout.brkStart + heapAtOnce;
  const pool = kernel.memories;
  const space = new AddressSpace({ pool, littleEndian, wordBytes, layout, reserve });
  const { cache, tier } = kernel.options;
  const options: CpuOptions = {
    isa: abi.isa,
    memory: space.memory,
    cache,
    ...(tier ? { tier } : {}),
    allocate: (bytes) => space.allocateHidden(bytes),
    ...(kernel.options.protection ? { rights: space.allocateRights() } : {}),
    entropy: () => kernel.entropy.next(),
  };
  space.attach(createCpu(options));
  return space;
}

/** As `makeSpace`, but undefined where the host has no room for another memory. */
function trySpace(kernel: Kernel, abi: Abi, layout: AddressLayout): AddressSpace | undefined {
  try {
    return makeSpace(kernel, abi, layout);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Credentials after exec of a set-user-id or set-group-id program. */
function execCredentials(task: Task, program: Program): Credentials {
  const old = task.credentials;
  const { mode, uid, gid } = program.main.file.attributes;
  const ignore = task.noNewPrivileges;
  const euid = mode & 0o4000 && !ignore ? uid : old.euid;
  const egid = (mode & 0o2010) === 0o2010 && !ignore ? gid : old.egid;
  return { ...old, euid, suid: euid, fsuid: euid, egid, sgid: egid, fsgid: egid };
}

/** Runs a program in a task. Returns a negative errno, or `keepRegisters` when it has begun. */
export function* execute(task: Task, request: ExecArguments): SyscallRun {
  const program = yield* findProgram(task, request);
  if (typeof program === 'number') return program;
  const plan = planProgram(program.main);
  if (!plan) return -ENOEXEC;
  const { machine } = task;
  const credentials = execCredentials(task, program);
  const secure = credentials.euid !== credentials.uid || credentials.egid !== credentials.gid;
  const space = trySpace(machine, program.abi, plan.layout);
  if (!space) return -ENOMEM;
  const context = { kernel: machine, credentials, env: request.env, secure };
  const loaded = loadProgram(space, program, plan.bias, context);
  if (typeof loaded === 'number') {
    space.release();
    return loaded;
  }
  space.limitStack(task.process.limits[RLIMIT_STACK]!.soft);
  replaceProgram(task, program, space, loaded);
  task.credentials = credentials;
  return keepRegisters;
}

/** The point of no return: threads, memory, handlers and descriptors of the old program go. */
function replaceProgram(task: Task, program: Program, space: AddressSpace, loaded: Loaded): void {
  const { process, machine } = task;
  for (const other of Array.from(process.tasks)) if (other !== task) endTask(other);
  if (task.tid !== process.pid) {
    machine.pids.removeTask(task.tid);
    task.tid = process.pid;
    machine.pids.addTask(task);
  }
  releaseMemory(task);
  task.memory = space;
  task.abi = program.abi;
  task.savedState = undefined;
  machine.scheduler.activate(task);
  const { view } = space;
  program.abi.resetRegisters(view);
  setProgramCounter(task, loaded.entry);
  setStackPointer(task, loaded.stackPointer);
  if (task.files.shared) {
    const own = task.files.fork();
    task.files.release();
    task.files = own;
  }
  task.files.closeForExec();
  process.handlers = process.handlers.forExec();
  process.timers?.clear(false);
  process.hasExecuted = true;
  process.executable = pathName(program.main.path, task.filesystem.root) ?? '';
  task.signalStack = { address: 0, size: 0, flags: 2 };
  task.parentDeathSignal = 0;
  task.name = commOf(program.name);
}

/** `comm` of a program: the last part of its path, at most 15 bytes. */
export function commOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return decodeName(new TextEncoder().encode(name).subarray(0, commBytesMax - 1));
}
