/** Process descriptors (pidfd_open(2)): ready to be read when the process has ended. */

import { O_RDWR } from '../abi/open_flags.ts';
import { BaseFile } from '../fs/base_file.ts';
import { POLLIN } from '../fs/inode.ts';
import type { Vfs } from '../fs/vfs.ts';
import type { Process } from './process.ts';
import type { WaitQueue } from './wait.ts';

export class PidFile extends BaseFile {
  readonly process: Process;
  override readonly changed: WaitQueue;

  /** `flags`: O_NONBLOCK (PIDFD_NONBLOCK) or 0. */
  constructor(vfs: Vfs, process: Process, flags: number) {
    const request = { kind: 'file', mode: 0o600, uid: 0, gid: 0 } as const;
    const { inode, path } = vfs.anonymous.make({ ...request, label: 'anon_inode:[pidfd]' });
    super(inode, O_RDWR | flags, path);
    this.process = process;
    this.changed = process.ended;
  }

  override poll(): number {
    return this.process.exitStatus === undefined ? 0 : POLLIN;
  }

  /** Lines of /proc/PID/fdinfo. */
  describe(): string {
    const { kernel, pid } = this.process;
    const shown = kernel.process(pid) === this.process ? pid : -1;
    return `Pid:\t${shown}\nNSpid:\t${shown}\n`;
  }
}
