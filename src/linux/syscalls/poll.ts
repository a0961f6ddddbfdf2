/** poll, ppoll, select, pselect6: waiting for descriptors. */

import { EBADF, EINVAL, ERESTARTNOHAND } from '../abi/errno.ts';
import { O_PATH } from '../abi/open_flags.ts';
import type { OpenFile } from '../fs/inode.ts';
import { POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT, POLLPRI } from '../fs/inode.ts';
import { unblockable } from '../kernel/signal_state.ts';
import type { Task } from '../kernel/task.ts';
import type { SyscallRun, SyscallValue, WaitQueue } from '../kernel/wait.ts';
import type { SyscallRow } from './row.ts';
import { full } from './row.ts';

type Result = SyscallValue | SyscallRun;

/** A descriptor that is polled: events asked for, and what holds. */
interface Polled {
  readonly fd: number;
  readonly events: number;
  revents: number;
}

/** POLLRDNORM and its like are told together with POLLIN and POLLOUT (uapi/poll.h). */
const POLLRDNORM = 0x40;
const POLLRDBAND = 0x80;
const POLLWRNORM = 0x100;
const POLLWRBAND = 0x200;

/** Bits of a file, widened to the synonyms that programs ask for. */
export function pollBits(file: OpenFile): number {
  const bits = file.poll();
  return (
    bits |
    (bits & POLLIN ? POLLRDNORM : 0) |
    (bits & POLLOUT ? POLLWRNORM : 0) |
    (bits & POLLPRI ? POLLRDBAND : 0)
  );
}

/** Absolute CLOCK_MONOTONIC deadline of a relative timeout; undefined: for ever. */
function deadlineOf(task: Task, timeout: bigint | undefined): bigint | undefined {
  return timeout === undefined ? undefined : task.machine.clock.monotonic() + timeout;
}

/** Looks at all; returns how many have something to tell. */
function look(task: Task, polled: readonly Polled[]): number {
  let ready = 0;
  for (const entry of polled) {
    entry.revents = 0;
    if (entry.fd < 0) continue;
    const file = task.files.get(entry.fd);
    const bits = file && (file.flags & O_PATH) === 0 ? pollBits(file) : POLLNVAL;
    entry.revents = bits & (entry.events | POLLERR | POLLHUP | POLLNVAL);
    if (entry.revents !== 0) ready++;
  }
  return ready;
}

function queuesOf(task: Task, polled: readonly Polled[]): WaitQueue[] {
  const queues = new Set<WaitQueue>();
  for (const { fd } of polled) {
    const file = fd < 0 ? undefined : task.files.get(fd);
    if (file) queues.add(file.changed);
  }
  return [...queues];
}

/**
 * Waits until one is ready. `finish` writes the answer and gives the call's value; it also runs
 * after a timeout. `mask` replaces the signal mask meanwhile.
 */
function pollWith(
  task: Task,
  polled: readonly Polled[],
  timeout: bigint | undefined,
  mask: bigint | undefined,
  finish: (ready: number) => number,
): Result {
  const ready = look(task, polled);
  if (ready > 0 || timeout === 0n) return finish(ready);
  return waitForReady(task, polled, deadlineOf(task, timeout), mask, finish);
}

function* waitForReady(
  task: Task,
  polled: readonly Polled[],
  deadline: bigint | undefined,
  mask: bigint | undefined,
  finish: (ready: number) => number,
): SyscallRun {
  const previous = task.signalMask;
  if (mask !== undefined) task.signalMask = mask & ~unblockable;
  for (;;) {
    const queues = queuesOf(task, polled);
    const reason = yield deadline === undefined ? { queues } : { queues, deadline };
    const ready = look(task, polled);
    if (ready > 0 || reason === 'deadline') {
      task.signalMask = previous;
      return finish(ready);
    }
    if (reason !== 'signal') continue;
    // The handler runs with the old mask restored afterwards, as after sigsuspend.
    if (mask !== undefined) task.savedMask ??= previous;
    return -ERESTARTNOHAND;
  }
}

function readPolled(task: Task, address: number, count: number): Polled[] | number {
  if (count > task.files.limit) return -EINVAL;
  const polled: Polled[] = [];
  for (let index = 0; index < count; index++) {
    const at = address + 8 * index;
    const fd = task.memory.readI32(at);
    polled.push({ fd, events: task.memory.readU16(at + 4), revents: 0 });
  }
  return polled;
}

function runPoll(
  task: Task,
  address: number,
  count: number,
  timeout: bigint | undefined,
  mask: bigint | undefined,
): Result {
  const polled = readPolled(task, address, count);
  if (typeof polled === 'number') return polled;
  return pollWith(task, polled, timeout, mask, (ready) => {
    polled.forEach(({ revents }, index) => {
      task.memory.writeU16(address + 8 * index + 6, revents);
    });
    return ready;
  });
}

function sysPoll(task: Task, address: number, count: number, timeout: number): Result {
  const nanoseconds = timeout < 0 ? undefined : BigInt(timeout) * 1_000_000n;
  return runPoll(task, address, count, nanoseconds, undefined);
}

/** A timespec or timeval as nanoseconds: undefined for a null pointer, negative for EINVAL. */
function readTimeout(task: Task, address: number, unit: bigint): bigint | undefined {
  if (address === 0) return undefined;
  const { wordBytes } = task.abi;
  const seconds = BigInt.asIntN(8 * wordBytes, task.memory.readWord(address));
  const rest = BigInt.asIntN(8 * wordBytes, task.memory.readWord(address + wordBytes));
  if (seconds < 0n || rest < 0n || rest * unit >= 1_000_000_000n) return -1n;
  return seconds * 1_000_000_000n + rest * unit;
}

/** A signal set in guest memory; undefined for a null pointer. */
export function readMask(task: Task, address: number, size: number): bigint | undefined | number {
  if (address === 0) return undefined;
  return size === 8 ? task.memory.readU64(address) : -EINVAL;
}

function sysPpoll(
  task: Task,
  address: number,
  count: number,
  timespec: number,
  maskAddress: number,
  maskSize: number,
): Result {
  const timeout = readTimeout(task, timespec, 1n);
  if (timeout !== undefined && timeout < 0n) return -EINVAL;
  const mask = readMask(task, maskAddress, maskSize);
  if (typeof mask === 'number') return mask;
  return runPoll(task, address, count, timeout, mask);
}

/** Which poll bits make a descriptor ready in each of select's sets (fs/select.c). */
const readBits = POLLIN | POLLRDNORM | POLLRDBAND | POLLHUP | POLLERR;
const writeBits = POLLOUT | POLLWRNORM | POLLWRBAND | POLLERR;
const exceptBits = POLLPRI;

/** fd_set: longs, bit n of long n / bits. In big-endian memory the bytes of a long are swapped. */
class FdSets {
  readonly #task: Task;
  readonly #addresses: readonly number[];
  readonly #count: number;

  constructor(task: Task, count: number, addresses: readonly number[]) {
    this.#task = task;
    this.#count = count;
    this.#addresses = addresses;
  }

  #byteOf(fd: number): number {
    const { wordBytes, littleEndian } = this.#task.abi;
    const byte = fd >> 3;
    return littleEndian ? byte : byte - (byte % wordBytes) + (wordBytes - 1 - (byte % wordBytes));
  }

  has(set: number, fd: number): boolean {
    const address = this.#addresses[set]!;
    if (address === 0) return false;
    return (this.#task.memory.readU8(address + this.#byteOf(fd)) & (1 << (fd & 7))) !== 0;
  }

  /** Writes the three sets anew. */
  write(ready: readonly ReadonlySet<number>[]): void {
    const { wordBytes } = this.#task.abi;
    const bytes = Math.ceil(this.#count / (8 * wordBytes)) * wordBytes;
    this.#addresses.forEach((address, set) => {
      if (address === 0) return;
      const target = this.#task.memory.range(address, bytes).fill(0);
      for (const fd of ready[set]!) target[this.#byteOf(fd)]! |= 1 << (fd & 7);
    });
  }
}

function runSelect(
  task: Task,
  count: number,
  addresses: readonly number[],
  timeout: bigint | undefined,
  mask: bigint | undefined,
): Result {
  if (count < 0) return -EINVAL;
  const limited = Math.min(count, task.files.limit);
  const sets = new FdSets(task, limited, addresses);
  const polled: Polled[] = [];
  for (let fd = 0; fd < limited; fd++) {
    const events =
      (sets.has(0, fd) ? readBits : 0) |
      (sets.has(1, fd) ? writeBits : 0) |
      (sets.has(2, fd) ? exceptBits : 0);
    if (events === 0) continue;
    if (!task.files.get(fd)) return -EBADF;
    polled.push({ fd, events, revents: 0 });
  }
  return selectReady(task, polled, sets, timeout, mask);
}

function selectReady(
  task: Task,
  polled: readonly Polled[],
  sets: FdSets,
  timeout: bigint | undefined,
  mask: bigint | undefined,
): Result {
  const wanted = polled.map(({ fd }) => [sets.has(0, fd), sets.has(1, fd), sets.has(2, fd)]);
  const masks = [readBits, writeBits, exceptBits];
  return pollWith(task, polled, timeout, mask, () => {
    const ready = [new Set<number>(), new Set<number>(), new Set<number>()];
    polled.forEach(({ fd, revents }, index) => {
      masks.forEach((bits, set) => {
        if (wanted[index]![set] && revents & bits) ready[set]!.add(fd);
      });
    });
    sets.write(ready);
    return ready[0]!.size + ready[1]!.size + ready[2]!.size;
  });
}

/** After the call the timeout holds what is left, as Linux does for select and pselect6. */
function writeRemaining(
  task: Task,
  address: number,
  deadline: bigint | undefined,
  unit: bigint,
): void {
  if (address === 0 || deadline === undefined) return;
  const left = deadline - task.machine.clock.monotonic();
  const rest = left > 0n ? left : 0n;
  task.memory.writeWord(address, rest / 1_000_000_000n);
  task.memory.writeWord(address + task.abi.wordBytes, (rest % 1_000_000_000n) / unit);
}

function* thenRemaining(run: SyscallRun, write: () => void): SyscallRun {
  const value = yield* run;
  write();
  return value;
}

function select(
  task: Task,
  count: number,
  addresses: readonly number[],
  time: { address: number; unit: bigint },
  mask: bigint | undefined,
): Result {
  const timeout = readTimeout(task, time.address, time.unit);
  if (timeout !== undefined && timeout < 0n) return -EINVAL;
  const deadline = deadlineOf(task, timeout);
  const write = (): void => writeRemaining(task, time.address, deadline, time.unit);
  const result = runSelect(task, count, addresses, timeout, mask);
  if (typeof result === 'object') return thenRemaining(result, write);
  write();
  return result;
}

function sysSelect(
  task: Task,
  count: number,
  reads: number,
  writes: number,
  excepts: number,
  timeval: number,
): Result {
  const time = { address: timeval, unit: 1000n };
  return select(task, count, [reads, writes, excepts], time, undefined);
}

function sysPselect6(
  task: Task,
  count: number,
  reads: number,
  writes: number,
  excepts: number,
  timespec: number,
  signals: number,
): Result {
  let mask: bigint | undefined;
  if (signals !== 0) {
    const { wordBytes } = task.abi;
    const address = task.memory.readPointer(signals);
    const size = Number(task.memory.readWord(signals + wordBytes));
    const read = readMask(task, address, size);
    if (typeof read === 'number') return read;
    mask = read;
  }
  const time = { address: timespec, unit: 1n };
  return select(task, count, [reads, writes, excepts], time, mask);
}

export const pollRows: readonly SyscallRow[] = [
  full('poll', sysPoll, ['pointer', 'uint', 'int']),
  full('ppoll', sysPpoll, ['pointer', 'uint', 'timespec', 'sigset', 'size']),
  full('select', sysSelect, ['int', 'pointer', 'pointer', 'pointer', 'pointer']),
  full('_newselect', sysSelect, ['int', 'pointer', 'pointer', 'pointer', 'pointer']),
  full('pselect6', sysPselect6, ['int', 'pointer', 'pointer', 'pointer', 'timespec', 'pointer']),
];
