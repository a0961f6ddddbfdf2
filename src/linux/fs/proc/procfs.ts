/** The root of /proc. */

import { ENOENT } from '../../abi/errno.ts';
import type { Task } from '../../kernel/task.ts';
import type { Inode } from '../inode.ts';
import { type DirectorySpec, directory, type Spec, SyntheticFileSystem } from '../synthetic.ts';
import type { Vfs } from '../vfs.ts';
import { networkFiles } from './network_files.ts';
import { processDirectory } from './process_files.ts';
import { systemFiles } from './system_files.ts';

const PROC_SUPER_MAGIC = 0x9fa0;

/** A proc file system and its root. */
export function makeProcfs(vfs: Vfs): { fs: SyntheticFileSystem; root: Inode } {
  const fs = new SyntheticFileSystem({
    type: 'proc',
    magic: PROC_SUPER_MAGIC,
    minor: vfs.nextMinor(),
    now: () => vfs.now(),
  });
  const fixed = new Map<string, Spec>(Object.entries(systemFiles()));
  fixed.set('self', {
    kind: 'symlink',
    target: (task) => (task ? String(task.process.pid) : -ENOENT),
  });
  fixed.set('thread-self', {
    kind: 'symlink',
    target: (task) => (task ? `${task.process.pid}/task/${task.tid}` : -ENOENT),
  });
  fixed.set('mounts', { kind: 'symlink', target: () => 'self/mounts' });
  const network = networkFiles();
  const root: DirectorySpec = {
    kind: 'directory',
    names: (task) => [...processNames(task), ...fixed.keys()],
    child: (name, task) => fixed.get(name) ?? processChild(name, task, network),
  };
  return { fs, root: fs.makeRoot(root) };
}

function processNames(task: Task | undefined): string[] {
  return task ? task.machine.processes().map(({ pid }) => String(pid)) : [];
}

function processChild(
  name: string,
  task: Task | undefined,
  network: DirectorySpec,
): Spec | undefined {
  if (!task || !/^[1-9]\d{0,9}$/.test(name)) return undefined;
  // Threads can be looked up by their id although they are not listed.
  const found = task.machine.process(Number(name))?.leader ?? task.machine.task(Number(name));
  if (!found) return undefined;
  const own = processDirectory(found);
  return {
    ...own,
    names: (reader) => [...own.names(reader), 'net'],
    child: (child, reader) => (child === 'net' ? network : own.child(child, reader)),
  };
}

/** A minimal /sys: what programs look for to count processors and interfaces. */
export function makeSysfs(vfs: Vfs): { fs: SyntheticFileSystem; root: Inode } {
  const fs = new SyntheticFileSystem({
    type: 'sysfs',
    magic: 0x62656572,
    minor: vfs.nextMinor(),
    now: () => vfs.now(),
  });
  const text = (value: string): Spec => ({ kind: 'file', text: () => `${value}\n` });
  const loopback = directory({
    address: text('00:00:00:00:00:00'),
    carrier: text('1'),
    flags: text('0x9'),
    ifindex: text('1'),
    mtu: text('65536'),
    operstate: text('unknown'),
    type: text('772'),
  });
  const root = directory({
    block: directory({}),
    bus: directory({}),
    class: directory({ net: directory({ lo: loopback }), tty: directory({}) }),
    dev: directory({ block: directory({}), char: directory({}) }),
    devices: directory({
      system: directory({
        cpu: directory({
          kernel_max: text('0'),
          offline: text(''),
          online: text('0'),
          possible: text('0'),
          present: text('0'),
          cpu0: directory({}),
        }),
        node: directory({ online: text('0'), possible: text('0') }),
      }),
    }),
    firmware: directory({}),
    fs: directory({ cgroup: directory({}) }),
    kernel: directory({
      mm: directory({
        transparent_hugepage: directory({ enabled: text('always madvise [never]') }),
      }),
    }),
    module: directory({}),
    power: directory({}),
  });
  return { fs, root: fs.makeRoot(root) };
}
