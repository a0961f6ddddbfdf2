/** pid 1: a task whose first deed is execve. */

import { EngineError } from '../../engine/error.ts';
import { encodeName } from '../../rootfs/name.ts';
import { EACCES, ENOENT, ENOTDIR } from '../abi/errno.ts';
import { FsContext } from '../fs/context.ts';
import { FileTable } from '../fs/file_table.ts';
import type { Path } from '../fs/path.ts';
import { AddressSpace } from '../mm/address_space.ts';
import { layoutAfter, pieBase } from '../mm/layout.ts';
import { credentialsOf } from './credentials.ts';
import { execute } from './exec.ts';
import type { Kernel } from './kernel.ts';
import { Process } from './process.ts';
import { keepRegisters } from './slice.ts';
import { Task } from './task.ts';
import type { SyscallRun } from './wait.ts';

/** How the first process is to start. */
export interface InitRequest {
  readonly args: readonly string[];
  readonly env: readonly string[];
  /** Absolute path. */
  readonly cwd: string;
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  /** Paths to try in order. */
  readonly candidates: readonly string[];
}

/** The first process; `failure` is the errno of an execve that did not work. */
export interface Init {
  readonly process: Process;
  readonly task: Task;
  readonly failure: number | undefined;
}

/** Makes pid 1 and puts it into the run queue. Throws EXEC_FAILED where `cwd` is no directory. */
export function startInit(kernel: Kernel, request: InitRequest): Init {
  const pid = kernel.pids.allocate();
  if (pid !== 1) throw new Error('pid 1 exists already');
  const process = new Process(kernel, pid, undefined);
  process.pgid = pid;
  process.sid = pid;
  process.uid = request.uid;
  kernel.pids.addProcess(process);
  const [abi] = kernel.options.abis;
  if (!abi) throw new Error('a kernel without architectures');
  const { littleEndian, wordBytes } = abi;
  const { root } = kernel.vfs;
  const task = new Task({
    process,
    tid: pid,
    abi,
    name: 'init',
    files: new FileTable(),
    memory: new AddressSpace({
      pool: kernel.memories,
      littleEndian,
      wordBytes,
      layout: layoutAfter(pieBase),
    }),
    filesystem: new FsContext(root, workingDirectory(kernel, request.cwd)),
    credentials: credentialsOf(request.uid, request.gid, request.groups),
  });
  kernel.pids.addTask(task);
  const init: { process: Process; task: Task; failure: number | undefined } = {
    process,
    task,
    failure: undefined,
  };
  const run = firstProgram(task, request, (errno) => {
    init.failure = errno;
  });
  const registers = [0n, 0n, 0n, 0n, 0n, 0n];
  const call = { number: 0, row: undefined, name: 'execve', registers, repeat: undefined };
  task.call = { ...call, run };
  kernel.scheduler.ready(task);
  return init;
}

function workingDirectory(kernel: Kernel, cwd: string): Path {
  const found = kernel.vfs.walk(undefined, cwd, { follow: true });
  const path = typeof found === 'number' ? undefined : found.path;
  if (path?.dentry.inode.attributes.kind === 'directory') return path;
  throw new EngineError('EXEC_FAILED', `the working directory ${cwd} is not there`, {
    remedy: 'choose a directory that the file system has, or make it first',
  });
}

/** execvp: tries the candidates; EACCES is told only when nothing else is found. */
function* firstProgram(
  task: Task,
  request: InitRequest,
  failed: (errno: number) => void,
): SyscallRun {
  const args = request.args.map(encodeName);
  const env = request.env.map(encodeName);
  let errno = ENOENT;
  for (const path of request.candidates) {
    const where = { path, start: undefined, follow: true };
    const result = yield* execute(task, { ...where, args, env });
    if (result === keepRegisters) return keepRegisters;
    const why = -Number(result);
    if (why === EACCES) errno = EACCES;
    else if (why !== ENOENT && why !== ENOTDIR) {
      errno = why;
      break;
    }
  }
  failed(errno);
  task.process.groupExit = { code: 127, signal: 0, core: false };
  return keepRegisters;
}
