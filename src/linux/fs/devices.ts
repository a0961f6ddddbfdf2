/** Character and block devices by number. */

import { ENXIO } from '../abi/errno.ts';
import type { Task } from '../kernel/task.ts';
import type { InodeKind, OpenFile } from './inode.ts';
import type { Path } from './path.ts';

/** Opens a device node found at `path`. */
export type DeviceOpener = (path: Path, flags: number, task: Task | undefined) => OpenFile | number;

/** Drivers; numbers as in Linux's Documentation/admin-guide/devices.txt. */
export class DeviceTable {
  readonly #openers: Map<string, DeviceOpener> = new Map<string, DeviceOpener>();

  /** Minor undefined: all minors of the major that have no opener of their own. */
  register(kind: InodeKind, major: number, minor: number | undefined, opener: DeviceOpener): void {
    this.#openers.set(`${kind} ${major}:${minor ?? '*'}`, opener);
  }

  /** Opens the device that the node at `path` names: -ENXIO where there is none. */
  open(path: Path, flags: number, task: Task | undefined): OpenFile | number {
    const { kind, rdevMajor, rdevMinor } = path.dentry.inode.attributes;
    const opener =
      this.#openers.get(`${kind} ${rdevMajor}:${rdevMinor}`) ??
      this.#openers.get(`${kind} ${rdevMajor}:*`);
    return opener ? opener(path, flags, task) : -ENXIO;
  }
}
