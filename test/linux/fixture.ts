/** File trees, and a task without a processor: enough to call system-call handlers directly. */

import { guestBias } from '../../src/cpu/state.ts';
import { abiOfArchitecture } from '../../src/linux/abi/registry.ts';
import { FsContext } from '../../src/linux/fs/context.ts';
import { type CreatedVfs, createVfs } from '../../src/linux/fs/create_vfs.ts';
import { FileTable } from '../../src/linux/fs/file_table.ts';
import { VirtualClock } from '../../src/linux/kernel/clock.ts';
import { credentialsOf } from '../../src/linux/kernel/credentials.ts';
import { EntropySource } from '../../src/linux/kernel/entropy.ts';
import { HostEvents } from '../../src/linux/kernel/host_events.ts';
import { defaultLimits } from '../../src/linux/kernel/resource_limits.ts';
import type { SignalInfo } from '../../src/linux/kernel/signal_state.ts';
import type { Task } from '../../src/linux/kernel/task.ts';
import { TimerQueue } from '../../src/linux/kernel/timers.ts';
import type { SyscallRun, SyscallValue } from '../../src/linux/kernel/wait.ts';
import { GuestData } from '../../src/linux/mm/guest_data.ts';
import { Network } from '../../src/linux/net/network.ts';
import { allRows } from '../../src/linux/syscalls/all_rows.ts';
import type { Mount } from '../../src/machine/machine.ts';
import { memoryContent } from '../../src/rootfs/content.ts';
import { compareNames, encodeName } from '../../src/rootfs/name.ts';
import type { DirectoryNode, FileNode, Node } from '../../src/rootfs/node.ts';

const plain = { uid: 0, gid: 0, mtime: 1_600_000_000_000_000_000n };

export function dir(
  entries: Readonly<Record<string, Node>> = {},
  mode: number = 0o755,
): DirectoryNode {
  const sorted = Object.entries(entries).sort(([a], [b]) => compareNames(a, b));
  return { kind: 'directory', ...plain, mode, entries: new Map(sorted) };
}

export function file(text: string, mode: number = 0o644): FileNode {
  return { kind: 'file', ...plain, mode, content: memoryContent(encodeName(text)) };
}

export function link(target: string): Node {
  return { kind: 'symlink', ...plain, mode: 0o777, target };
}

/** The node at a path, or undefined. */
export function nodeAt(root: DirectoryNode, path: string): Node | undefined {
  let node: Node | undefined = root;
  for (const name of path.split('/').filter((part) => part !== '')) {
    node = node?.kind === 'directory' ? node.entries.get(name) : undefined;
  }
  return node;
}

export function textAt(root: DirectoryNode, path: string): string | undefined {
  const node = nodeAt(root, path);
  return node?.kind === 'file' ? new TextDecoder().decode(node.content.bytes) : undefined;
}

/** 128 KiB of mapped guest memory from `guestBias` on. */
class FlatMemory extends GuestData {
  #next: number = guestBias + 4096;

  constructor(littleEndian: boolean) {
    super(new WebAssembly.Memory({ initial: 2 }), littleEndian, 8);
  }

  override slice(address: number, length: number): Uint8Array | undefined {
    const start = address - guestBias;
    if (start < 0 || start + length > this.bytes.length) return undefined;
    return this.bytes.subarray(start, start + length);
  }

  /** Room for bytes; the same memory is used again after a while. */
  place(bytes: Uint8Array): number {
    if (this.#next + bytes.length + 8 > guestBias + 65536) this.#next = guestBias + 4096;
    const address = this.#next;
    this.writeBytes(address, bytes);
    this.#next += Math.ceil((bytes.length + 1) / 8) * 8;
    return address;
  }
}

/** Guest address of a buffer of 32 KiB for results. */
export const buffer: number = guestBias + 70_000;

const rows = new Map(allRows.map((row) => [row.name, row]));

export interface Guest {
  readonly task: Task;
  readonly created: CreatedVfs;
  readonly clock: VirtualClock;
  /** Signals sent to the task. */
  readonly signals: number[];
  /** Calls a handler with numbers, bigints, and texts as guest strings. A call that waits fails. */
  call(name: string, ...args: (number | bigint | string | Uint8Array)[]): number;
  /** Starts a call that may wait. */
  start(
    name: string,
    ...args: (number | bigint | string | Uint8Array)[]
  ): SyscallValue | SyscallRun;
  /** Bytes of the buffer as text. */
  text(length: number): string;
  bytes(length: number): Uint8Array;
  /** Another task of the same machine. */
  fork(ids?: { uid: number; gid: number; groups?: readonly number[] }): Guest;
}

export interface GuestOptions {
  readonly rootfs?: DirectoryNode;
  readonly mounts?: readonly Mount[];
  readonly architecture?: string;
  readonly log?: (line: string) => void;
}

export function makeGuest(options: GuestOptions = {}): Guest {
  const clock = new VirtualClock(1_700_000_000_000_000_000n);
  const network = new Network(options.log ? { log: options.log } : {});
  const rootfs = options.rootfs ?? dir({ tmp: dir({}, 0o1777) });
  const mounts = options.mounts ?? [];
  const created = createVfs({ clock, network, rootfs, mounts, hostname: 'box' });
  const machine = {
    clock,
    vfs: created.vfs,
    host: new HostEvents(),
    timers: new TimerQueue(),
    entropy: new EntropySource(1n),
    hostname: 'box',
    processes: () => [],
    // Nobody runs here, so no turn ends.
    scheduler: { wrote: () => undefined },
  };
  return guestOf(machine, created, clock, options.architecture ?? 'amd64', {
    uid: 0,
    gid: 0,
    files: new FileTable(),
    pid: 1,
  });
}

interface GuestParts {
  readonly uid: number;
  readonly gid: number;
  readonly groups?: readonly number[];
  readonly files: FileTable;
  readonly pid: number;
}

function guestOf(
  machine: object,
  created: CreatedVfs,
  clock: VirtualClock,
  architecture: string,
  parts: GuestParts,
): Guest {
  const abi = abiOfArchitecture(architecture)!;
  const memory = new FlatMemory(abi.littleEndian);
  const signals: number[] = [];
  const { vfs } = created;
  const task = {
    abi,
    memory,
    machine,
    files: parts.files,
    signalMask: 0n,
    filesystem: new FsContext(vfs.root, vfs.root),
    credentials: credentialsOf(parts.uid, parts.gid, parts.groups ?? []),
    process: { pid: parts.pid, pgid: 1, sid: 1, limits: defaultLimits() },
    signal: (info: SignalInfo) => signals.push(info.signal),
  } as unknown as Task;
  const start: Guest['start'] = (name, ...args) => {
    const row = rows.get(name);
    if (!row?.handler) throw new Error(`no system call ${name}`);
    const values = args.map((arg) => {
      if (typeof arg === 'string') return memory.place(new Uint8Array([...encodeName(arg), 0]));
      return arg instanceof Uint8Array ? memory.place(arg) : arg;
    });
    return row.handler(task, ...values);
  };
  return {
    task,
    created,
    clock,
    signals,
    start,
    call(name, ...args) {
      const result = start(name, ...args);
      if (typeof result !== 'object') return Number(result);
      const step = result.next();
      if (!step.done) throw new Error(`${name} waits`);
      return Number(step.value);
    },
    text: (length) => new TextDecoder().decode(memory.readBytes(buffer, length)),
    bytes: (length) => memory.readBytes(buffer, length),
    fork: (ids = { uid: 0, gid: 0 }) =>
      guestOf(machine, created, clock, architecture, {
        ...ids,
        files: parts.files.fork(),
        pid: parts.pid + 1,
      }),
  };
}

/** Numbers from a seed (mulberry32), for tests that try many cases. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}
