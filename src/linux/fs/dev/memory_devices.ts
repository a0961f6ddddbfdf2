/** /dev/null, zero, full, random, urandom: mem(4), null(4), full(4), random(4). */

import { EFAULT, EINVAL, ENOSPC, ENOTTY } from '../../abi/errno.ts';
import { EntropySource } from '../../kernel/entropy.ts';
import type { Task } from '../../kernel/task.ts';
import { BaseFile } from '../base_file.ts';
import type { DeviceTable } from '../devices.ts';
import { writeU32 } from '../guest_values.ts';

/** Reads end at once, writes vanish. */
class NullFile extends BaseFile {
  override readonly seekable: boolean = true;

  override read(): number {
    return 0;
  }

  override write(from: Uint8Array): number {
    return from.length;
  }
}

class ZeroFile extends BaseFile {
  override readonly seekable: boolean = true;

  override read(into: Uint8Array): number {
    into.fill(0);
    return into.length;
  }

  override write(from: Uint8Array): number {
    return from.length;
  }
}

class FullFile extends ZeroFile {
  override write(from: Uint8Array): number {
    return from.length === 0 ? 0 : -ENOSPC;
  }
}

/** The machine's entropy; the kernel itself (no task) gets a stream of its own. */
const kernelEntropy = 0x7374696c6574746fn;

class RandomFile extends BaseFile {
  override read(into: Uint8Array, _offset: number, task?: Task): number {
    (task?.machine.entropy ?? new EntropySource(kernelEntropy)).fill(into);
    return into.length;
  }

  /** Written bytes are not mixed in: a run stays a function of its seed. */
  override write(from: Uint8Array): number {
    return from.length;
  }

  ioctl(request: number, argument: number, task: Task): number {
    if (request === 0x80045200) return writeU32(task, argument, 256); // RNDGETENTCNT
    if (request === 0x40045201) return argument === 0 ? -EFAULT : 0; // RNDADDTOENTCNT
    return request === 0x5206 || request === 0x5204 ? 0 : isRandomRequest(request);
  }
}

function isRandomRequest(request: number): number {
  return ((request >>> 8) & 0xff) === 0x52 ? -EINVAL : -ENOTTY;
}

/** Registers the memory devices (major 1). */
export function registerMemoryDevices(devices: DeviceTable): void {
  const table = [
    [3, NullFile],
    [5, ZeroFile],
    [7, FullFile],
    [8, RandomFile],
    [9, RandomFile],
  ] as const;
  for (const [minor, FileClass] of table) {
    devices.register('character', 1, minor, (path, flags) => {
      return new FileClass(path.dentry.inode, flags, path);
    });
  }
}
