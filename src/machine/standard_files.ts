/** Descriptors 0, 1 and 2 of pid 1: the request's streams, or its terminal. */

import { hostInput, hostOutput } from '../linux/fs/stdio.ts';
import { openConsole } from '../linux/fs/tty/console.ts';
import type { Kernel } from '../linux/kernel/kernel.ts';
import type { Task } from '../linux/kernel/task.ts';
import type { ExecRequest } from './machine.ts';

/** Opens them in a task that has not run yet. */
export function connectStandardFiles(kernel: Kernel, task: Task, request: ExecRequest): void {
  const { vfs, host } = kernel;
  if (request.terminal) {
    const console = openConsole(kernel, request.terminal);
    console.control(task.process);
    const file = console.open();
    for (let fd = 0; fd < 3; fd++) task.files.install(file);
    return;
  }
  const files = [
    hostInput(vfs, host, request.stdin),
    hostOutput(vfs, request.stdout),
    hostOutput(vfs, request.stderr),
  ];
  for (const file of files) {
    // As runc does: /dev/stdout can be opened by the container's user.
    file.attributes.uid = task.credentials.uid;
    task.files.install(file);
  }
}
