/** Open terminals and their ioctls: ioctl_tty(2). */

import { EFAULT, EINVAL, ENOTTY, EPERM } from '../../abi/errno.ts';
import { O_NOCTTY, O_PATH } from '../../abi/open_flags.ts';
import { SIGTTOU } from '../../abi/signals.ts';
import type { Task } from '../../kernel/task.ts';
import type { WaitQueue } from '../../kernel/wait.ts';
import { BaseFile } from '../base_file.ts';
import { privilegedTask, readU32, writeU32 } from '../guest_values.ts';
import type { Inode } from '../inode.ts';
import type { Path } from '../path.ts';
import type { TerminalDevice } from './terminal.ts';
import {
  decodeTermios,
  encodeTermios,
  termios2Bytes,
  termiosBytes,
  VMIN,
  VTIME,
} from './termios.ts';

// Generic numbers (asm-generic/ioctls.h), used by x86, Arm, s390x and RISC-V.
export const TCGETS = 0x5401;
export const TCSETS = 0x5402;
export const TCSETSW = 0x5403;
export const TCSETSF = 0x5404;
export const TIOCSCTTY = 0x540e;
export const TIOCGPGRP = 0x540f;
export const TIOCSPGRP = 0x5410;
export const TIOCGWINSZ = 0x5413;
export const TIOCSWINSZ = 0x5414;
export const TIOCNOTTY = 0x5422;
export const TIOCGSID = 0x5429;
export const TCGETS2 = 0x802c542a;
export const TCSETS2 = 0x402c542b;

/** An ioctl's answer. */
export type TtyIoctl = (device: TerminalDevice, argument: number, task: Task) => number;

/** What every terminal answers, by request number. */
export const ttyIoctls: ReadonlyMap<number, TtyIoctl> = new Map<number, TtyIoctl>([
  [TCGETS, (device, at, task) => getTermios(device, at, task, termiosBytes)],
  [TCGETS2, (device, at, task) => getTermios(device, at, task, termios2Bytes)],
  [TCSETS, (device, at, task) => setTermios(device, at, task, termiosBytes, false)],
  [TCSETSW, (device, at, task) => setTermios(device, at, task, termiosBytes, false)],
  [TCSETSF, (device, at, task) => setTermios(device, at, task, termiosBytes, true)],
  [TCSETS2, (device, at, task) => setTermios(device, at, task, termios2Bytes, false)],
  [0x402c542c, (device, at, task) => setTermios(device, at, task, termios2Bytes, false)],
  [0x402c542d, (device, at, task) => setTermios(device, at, task, termios2Bytes, true)],
  [0x5409, () => 0], // TCSBRK: output is never pending here
  [0x5425, () => 0], // TCSBRKP
  [0x540a, flowControl], // TCXONC
  [0x540b, flush], // TCFLSH
  [0x540c, (device) => setExclusive(device, true)], // TIOCEXCL
  [0x540d, (device) => setExclusive(device, false)], // TIOCNXCL
  [TIOCSCTTY, (device, _argument, task) => device.control(task)],
  [TIOCNOTTY, (device, _argument, task) => device.release(task)],
  [TIOCGPGRP, getForeground],
  [TIOCSPGRP, setForeground],
  [TIOCGSID, getSession],
  [0x5411, (device, at, task) => writeU32(task, at, device.sink.queued())], // TIOCOUTQ
  [0x5412, simulateInput], // TIOCSTI
  [TIOCGWINSZ, getWindowSize],
  [TIOCSWINSZ, setWindowSize],
  [0x5419, (_device, at, task) => writeU32(task, at, 0)], // TIOCGSOFTCAR
  [0x541b, (device, at, task) => writeU32(task, at, device.discipline.available)], // FIONREAD
  [0x5423, setDiscipline], // TIOCSETD
  [0x5424, (_device, at, task) => writeU32(task, at, 0)], // TIOCGETD: N_TTY
]);

function getTermios(device: TerminalDevice, at: number, task: Task, bytes: number): number {
  const target = task.memory.slice(at, bytes);
  if (!target) return -EFAULT;
  encodeTermios(device.discipline.termios, target, task.abi.littleEndian);
  return 0;
}

function setTermios(
  device: TerminalDevice,
  at: number,
  task: Task,
  bytes: number,
  flushInput: boolean,
): number {
  const refused = device.checkForeground(task, SIGTTOU);
  if (refused < 0) return refused;
  const source = task.memory.slice(at, bytes);
  if (!source) return -EFAULT;
  const { discipline } = device;
  if (flushInput) discipline.flushInput();
  discipline.termios = decodeTermios(source, task.abi.littleEndian, discipline.termios);
  return 0;
}

function flowControl(device: TerminalDevice, action: number, task: Task): number {
  const refused = device.checkForeground(task, SIGTTOU);
  if (refused < 0) return refused;
  if (action > 3) return -EINVAL;
  if (action < 2) device.discipline.stopped = action === 0; // TCOOFF, TCOON
  device.changed.wake();
  return 0;
}

function flush(device: TerminalDevice, queue: number, task: Task): number {
  const refused = device.checkForeground(task, SIGTTOU);
  if (refused < 0) return refused;
  if (queue > 2) return -EINVAL;
  if (queue !== 1) device.discipline.flushInput();
  if (queue !== 0) device.sink.discard();
  return 0;
}

function setExclusive(device: TerminalDevice, exclusive: boolean): number {
  device.exclusive = exclusive;
  return 0;
}

function getForeground(device: TerminalDevice, at: number, task: Task): number {
  if (task.process.terminal !== device) return -ENOTTY;
  return writeU32(task, at, device.foreground);
}

function setForeground(device: TerminalDevice, at: number, task: Task): number {
  const pgid = readU32(task, at);
  if (pgid === undefined) return -EFAULT;
  return (pgid | 0) < 0 ? -EINVAL : device.setForeground(task, pgid);
}

function getSession(device: TerminalDevice, at: number, task: Task): number {
  if (task.process.terminal !== device || device.session === 0) return -ENOTTY;
  return writeU32(task, at, device.session);
}

function simulateInput(device: TerminalDevice, at: number, task: Task): number {
  if (task.process.terminal !== device && !privilegedTask(task)) return -EPERM;
  const byte = task.memory.slice(at, 1);
  if (!byte) return -EFAULT;
  device.input(byte.slice());
  return 0;
}

function getWindowSize(device: TerminalDevice, at: number, task: Task): number {
  const bytes = task.memory.slice(at, 8);
  if (!bytes) return -EFAULT;
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
  const { rows, columns, xPixels, yPixels } = device.size;
  [rows, columns, xPixels, yPixels].forEach((value, index) => {
    view.setUint16(2 * index, value, task.abi.littleEndian);
  });
  return 0;
}

function setWindowSize(device: TerminalDevice, at: number, task: Task): number {
  const bytes = task.memory.slice(at, 8);
  if (!bytes) return -EFAULT;
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
  const value = (index: number): number => view.getUint16(2 * index, task.abi.littleEndian);
  device.resize({ rows: value(0), columns: value(1), xPixels: value(2), yPixels: value(3) });
  return 0;
}

function setDiscipline(_device: TerminalDevice, at: number, task: Task): number {
  const wanted = readU32(task, at);
  if (wanted === undefined) return -EFAULT;
  return wanted === 0 ? 0 : -EINVAL;
}

/** The terminal side of a pty, or the console. */
export class TtyFile extends BaseFile {
  readonly device: TerminalDevice;
  override readonly changed: WaitQueue;
  readonly #onClose: (() => void) | undefined;

  constructor(
    device: TerminalDevice,
    inode: Inode,
    path: Path,
    flags: number,
    onClose?: () => void,
  ) {
    super(inode, flags, path);
    this.device = device;
    this.changed = device.changed;
    this.#onClose = onClose;
  }

  override read(into: Uint8Array, _offset: number, task?: Task): number {
    return this.device.read(into, task);
  }

  override write(from: Uint8Array, _offset: number, task?: Task): number {
    return this.device.write(from, task);
  }

  override poll(): number {
    return this.device.poll();
  }

  readDeadline(start: bigint): bigint | undefined {
    const { termios, available } = this.device.discipline;
    const canonical = (termios.lflag & 2) !== 0;
    const time = BigInt(termios.cc[VTIME]!) * 100_000_000n;
    if (canonical || time === 0n) return undefined;
    if (termios.cc[VMIN] === 0) return start + time;
    if (available === 0) return undefined;
    const { lastInput } = this.device;
    return (lastInput > start ? lastInput : start) + time;
  }

  readExpired(into: Uint8Array): number {
    return this.device.discipline.readRaw(into);
  }

  ioctl(request: number, argument: number, task: Task): number {
    const handler = ttyIoctls.get(request);
    return handler ? handler(this.device, argument, task) : -ENOTTY;
  }

  override close(): void {
    this.#onClose?.();
  }
}

/** Opening a terminal without O_NOCTTY gives a session leader without one its terminal. */
export function maybeControl(device: TerminalDevice, flags: number, task: Task | undefined): void {
  if (!task || flags & (O_NOCTTY | O_PATH) || device.session !== 0) return;
  const { process } = task;
  if (process.pid === process.sid && !process.terminal) device.control(task);
}
