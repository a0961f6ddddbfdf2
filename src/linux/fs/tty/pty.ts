/** Pseudo terminals: pty(7), /dev/ptmx and /dev/pts. */

import { EAGAIN, EFAULT, EIO, ENOSPC, ENOTTY } from '../../abi/errno.ts';
import type { Task } from '../../kernel/task.ts';
import { WaitQueue } from '../../kernel/wait.ts';
import { BaseFile } from '../base_file.ts';
import { openDirectory } from '../directory_file.ts';
import { readU32, writeU32 } from '../guest_values.ts';
import type {
  DirectoryEntry,
  FileSystem,
  FileSystemStatistics,
  InodeAttributes,
  OpenFile,
} from '../inode.ts';
import { Inode, POLLHUP, POLLIN, POLLOUT } from '../inode.ts';
import { ptysMax, ttyOutputBytesMax } from '../limits.ts';
import { Dentry, type Path } from '../path.ts';
import { identityOf } from '../permission.ts';
import type { Vfs } from '../vfs.ts';
import { TerminalDevice } from './terminal.ts';
import { maybeControl, TtyFile, ttyIoctls } from './tty_file.ts';

/** Major number of /dev/pts/N. */
export const ptsMajor = 136;

/** One pair. */
export class Pty {
  readonly number: number;
  readonly device: TerminalDevice;
  /** Output of the terminal that the master has not read. */
  #output: Uint8Array[] = [];
  #outputBytes: number = 0;
  readonly changed: WaitQueue = new WaitQueue();
  locked: boolean = true;
  /** Open slaves; the master's reads fail with EIO once the last one is closed. */
  slaves: number = 0;
  everOpened: boolean = false;

  /** `output` takes the terminal's output at once instead of a master that reads it. */
  constructor(number: number, output?: (bytes: Uint8Array) => void) {
    this.number = number;
    this.device = new TerminalDevice(ptsMajor, number, {
      emit: (bytes) => (output ? output(bytes) : this.#emit(bytes)),
      room: () => ttyOutputBytesMax - this.#outputBytes,
      queued: () => this.#outputBytes,
      discard: () => this.#discard(),
    });
  }

  readOutput(into: Uint8Array): number {
    if (this.#outputBytes === 0) return this.everOpened && this.slaves === 0 ? -EIO : -EAGAIN;
    let done = 0;
    while (done < into.length && this.#output.length > 0) {
      const chunk = this.#output[0]!;
      const part = chunk.subarray(0, into.length - done);
      into.set(part, done);
      done += part.length;
      if (part.length === chunk.length) this.#output.shift();
      else this.#output[0] = chunk.subarray(part.length);
    }
    this.#outputBytes -= done;
    this.device.changed.wake();
    return done;
  }

  get unread(): number {
    return this.#outputBytes;
  }

  slaveClosed(): void {
    this.slaves--;
    this.changed.wake();
  }

  #emit(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#output.push(bytes.slice());
    this.#outputBytes += bytes.length;
    this.changed.wake();
  }

  #discard(): void {
    this.#output = [];
    this.#outputBytes = 0;
    this.device.changed.wake();
  }
}

const TIOCSPTLCK = 0x40045431;
const TIOCGPTLCK = 0x80045439;
const TIOCGPTN = 0x80045430;
const TIOCGPTPEER = 0x5441;
const TIOCGPGRP = 0x540f;
const TIOCGSID = 0x5429;
const FIONREAD = 0x541b;

/** The master's end. */
class MasterFile extends BaseFile {
  readonly #pty: Pty;
  readonly #pts: DevPts;
  override readonly changed: WaitQueue;

  constructor(pty: Pty, pts: DevPts, flags: number, path: Path) {
    super(path.dentry.inode, flags, path);
    this.#pty = pty;
    this.#pts = pts;
    this.changed = pty.changed;
  }

  override read(into: Uint8Array): number {
    return this.#pty.readOutput(into);
  }

  override write(from: Uint8Array): number {
    this.#pty.device.input(from.slice());
    return from.length;
  }

  override poll(): number {
    const gone = this.#pty.everOpened && this.#pty.slaves === 0;
    return POLLOUT | (this.#pty.unread > 0 ? POLLIN : 0) | (gone ? POLLHUP : 0);
  }

  ioctl(request: number, argument: number, task: Task): number {
    const { device } = this.#pty;
    switch (request) {
      case TIOCGPTN:
        return writeU32(task, argument, this.#pty.number);
      case TIOCSPTLCK: {
        const locked = readU32(task, argument);
        if (locked === undefined) return -EFAULT;
        this.#pty.locked = locked !== 0;
        return 0;
      }
      case TIOCGPTLCK:
        return writeU32(task, argument, this.#pty.locked ? 1 : 0);
      case TIOCGPTPEER: {
        const slave = this.#pts.openSlave(this.#pty, argument, task);
        return typeof slave === 'number' ? slave : task.files.install(slave);
      }
      case TIOCGPGRP:
        return writeU32(task, argument, device.foreground);
      case TIOCGSID:
        return device.session === 0 ? -ENOTTY : writeU32(task, argument, device.session);
      case FIONREAD:
        return writeU32(task, argument, this.#pty.unread);
      default: {
        const handler = ttyIoctls.get(request);
        return handler ? handler(device, argument, task) : -ENOTTY;
      }
    }
  }

  override close(): void {
    this.#pts.remove(this.#pty);
    this.#pty.device.hangUp();
  }
}

/** The file system on /dev/pts. */
export class DevPts implements FileSystem {
  readonly type: string = 'devpts';
  readonly deviceMajor: number = 0;
  readonly deviceMinor: number;
  readonly volatileNames: boolean = true;
  readonly root: Inode;
  readonly #vfs: Vfs;
  readonly #ptys: Map<number, { pty: Pty; inode: Inode }> = new Map();
  /** Where it is mounted: paths of slaves opened through the master. */
  mountPath: Path | undefined;

  constructor(vfs: Vfs) {
    this.#vfs = vfs;
    this.deviceMinor = vfs.nextMinor();
    this.root = new PtsInode(this, attributes(1, 'directory', 0o755, vfs.now()));
    vfs.devices.register('character', 5, 2, (path, flags, task) =>
      this.#openMaster(path, flags, task),
    );
    vfs.devices.register('character', ptsMajor, undefined, (path, flags, task) => {
      const entry = this.#ptys.get(path.dentry.inode.attributes.rdevMinor);
      return entry ? this.#openAt(entry.pty, path, flags, task) : -EIO;
    });
  }

  statistics(): FileSystemStatistics {
    return { type: 0x1cd1, blocks: 0, blocksFree: 0, files: 0, filesFree: 0 };
  }

  entry(name: string): Inode | undefined {
    return this.#ptys.get(Number(name))?.inode;
  }

  names(): string[] {
    return [...this.#ptys.keys()].sort((a, b) => a - b).map(String);
  }

  remove(pty: Pty): void {
    this.#ptys.delete(pty.number);
  }

  /** The terminal of the machine's user: the first of the pairs, its master is the host. */
  addHostTerminal(output: (bytes: Uint8Array) => void): Pty {
    const pty = this.#add(0, 0, output);
    pty.locked = false;
    return pty;
  }

  /** Changes the owner of a terminal's name. */
  giveTo(pty: Pty, uid: number): void {
    const entry = this.#ptys.get(pty.number);
    if (entry) entry.inode.attributes.uid = uid;
  }

  /** Opens the terminal side of a pair without its name (TIOCGPTPEER, standard streams). */
  openSlave(pty: Pty, flags: number, task?: Task): OpenFile | number {
    const entry = this.#ptys.get(pty.number);
    if (!entry || !this.mountPath) return -EIO;
    const { mount, dentry } = this.mountPath;
    const path = { mount, dentry: new Dentry(String(pty.number), dentry, entry.inode) };
    return this.#openAt(pty, path, flags, task);
  }

  #openAt(pty: Pty, path: Path, flags: number, task: Task | undefined): OpenFile | number {
    if (pty.locked) return -EIO;
    pty.slaves++;
    pty.everOpened = true;
    maybeControl(pty.device, flags, task);
    return new TtyFile(pty.device, path.dentry.inode, path, flags, () => pty.slaveClosed());
  }

  #openMaster(path: Path, flags: number, task: Task | undefined): OpenFile | number {
    let number = 0;
    while (this.#ptys.has(number)) number++;
    if (number >= ptysMax) return -ENOSPC;
    const pty = this.#add(number, identityOf(task).uid);
    return new MasterFile(pty, this, flags, path);
  }

  #add(number: number, uid: number, output?: (bytes: Uint8Array) => void): Pty {
    const pty = new Pty(number, output);
    const inode = new PtsInode(this, {
      ...attributes(number + 3, 'character', 0o620, this.#vfs.now()),
      uid,
      gid: 5, // the tty group, as Debian mounts devpts with gid=5
      rdevMajor: ptsMajor,
      rdevMinor: number,
    });
    this.#ptys.set(number, { pty, inode });
    return pty;
  }
}

function attributes(
  ino: number,
  kind: 'directory' | 'character',
  mode: number,
  now: bigint,
): InodeAttributes {
  const times = { atime: now, mtime: now, ctime: now };
  const owner = { uid: 0, gid: 0, nlink: kind === 'directory' ? 2 : 1, size: 0 };
  return { ...times, ...owner, ino, kind, mode, rdevMajor: 0, rdevMinor: 0 };
}

/** The directory, or one terminal. Opening a terminal goes through the device table. */
class PtsInode extends Inode {
  override readonly fs: DevPts;
  override readonly attributes: InodeAttributes;

  constructor(fs: DevPts, its: InodeAttributes) {
    super();
    this.fs = fs;
    this.attributes = its;
  }

  override lookup(name: string): Inode | undefined {
    if (name === 'ptmx') return ptmx(this.fs);
    return this.attributes.kind === 'directory' && /^\d+$/.test(name)
      ? this.fs.entry(name)
      : undefined;
  }

  override list(): readonly DirectoryEntry[] {
    const terminals = this.fs.names().map((name) => {
      return { name, ino: this.fs.entry(name)!.attributes.ino, kind: 'character' as const };
    });
    return [...terminals, { name: 'ptmx', ino: 2, kind: 'character' }];
  }

  override open(path: Path, flags: number, task: Task | undefined): OpenFile | number {
    if (this.attributes.kind !== 'directory') return -EIO;
    return openDirectory(this, path, flags, task);
  }
}

const ptmxNodes: WeakMap<DevPts, Inode> = new WeakMap<DevPts, Inode>();

function ptmx(fs: DevPts): Inode {
  const known = ptmxNodes.get(fs);
  if (known) return known;
  const base = attributes(2, 'character', 0o666, fs.root.attributes.mtime);
  const inode = new PtsInode(fs, { ...base, rdevMajor: 5, rdevMinor: 2 });
  ptmxNodes.set(fs, inode);
  return inode;
}
