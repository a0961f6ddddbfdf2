/** The terminal that an exec was given: /dev/pts/0, /dev/tty and /dev/console. */

import type { Terminal } from '../../../machine/machine.ts';
import { O_NOCTTY, O_RDWR } from '../../abi/open_flags.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Process } from '../../kernel/process.ts';
import type { OpenFile } from '../inode.ts';
import type { TerminalDevice } from './terminal.ts';
import { TtyFile } from './tty_file.ts';

/** A terminal of the host, connected. */
export interface Console {
  readonly device: TerminalDevice;
  /** Opens it: one description for stdin, stdout and stderr, as a login has it. */
  open(): OpenFile;
  /** Makes it the controlling terminal of the machine's first process, in the foreground. */
  control(process: Process): void;
}

/**
 * Connects a host's terminal. Typed bytes are taken as they come, so that ^C works while nothing
 * reads; the end of input hangs the terminal up.
 */
export function openConsole(kernel: Kernel, terminal: Terminal): Console {
  const { pts } = kernel.vfs;
  if (!pts) throw new Error('the root file system has a file at /dev/pts: no terminal');
  const pty = pts.addHostTerminal((bytes) => terminal.write(bytes));
  const { device } = pty;
  resize(device, terminal.rows, terminal.columns);
  terminal.onResize = (rows, columns) => {
    resize(device, rows, columns);
    kernel.host.notify();
  };
  kernel.vfs.devices.register('character', 5, 1, (path, flags) => {
    return new TtyFile(device, path.dentry.inode, path, flags);
  });
  const pump = async (): Promise<void> => {
    for (;;) {
      const read = terminal.input.read();
      kernel.host.track(read.then(noResult, noResult));
      const bytes = await read;
      if (!bytes) break;
      device.input(bytes);
      kernel.host.notify();
    }
  };
  pump().then(
    () => hangUp(kernel, device),
    () => hangUp(kernel, device),
  );
  return {
    device,
    open() {
      const file = pts.openSlave(pty, O_RDWR | O_NOCTTY);
      if (typeof file === 'number') throw new Error(`opening the terminal gave errno ${-file}`);
      return file;
    },
    control(process) {
      device.attach(kernel, process.sid, process.pgid);
      process.terminal = device;
      // As runc does: the terminal belongs to the container's user.
      const owner = process.leader?.credentials.uid;
      if (owner !== undefined) pts.giveTo(pty, owner);
    },
  };
}

function noResult(): void {}

function hangUp(kernel: Kernel, device: TerminalDevice): void {
  device.hangUp();
  kernel.host.notify();
}

function resize(device: TerminalDevice, rows: number, columns: number): void {
  device.resize({ rows, columns, xPixels: 0, yPixels: 0 });
}
