/** What a signal handler finds on its stack, per architecture: built and read back as data. */

import type { SignalInfo } from '../kernel/signal_state.ts';
import type { GuestData } from '../mm/guest_data.ts';
import { SI_TIMER, SIGBUS, SIGCHLD, SIGFPE, SIGILL, SIGIO, SIGSEGV, SIGTRAP } from './signals.ts';

/** A handler to be called. */
export interface FrameRequest {
  readonly memory: GuestData;
  readonly info: SignalInfo;
  /** Guest address of the handler. */
  readonly handler: number;
  /** SA_* flags. */
  readonly flags: number;
  /** Guest address of the code that calls rt_sigreturn. */
  readonly restorer: number;
  /** The blocked set to return to. */
  readonly mask: bigint;
  /** Alternate stack as sigaltstack(2) would report it. */
  readonly stack: { readonly address: number; readonly size: number; readonly flags: number };
  /** Where the frame goes: below this guest address. */
  readonly stackPointer: number;
}

/** What rt_sigreturn restores besides registers. */
export interface FrameState {
  readonly mask: bigint;
  readonly stack: { readonly address: number; readonly size: number; readonly flags: number };
}

export interface SignalFrameFormat {
  /** Bytes below the stack pointer that belong to the interrupted function. */
  readonly redZoneBytes: number;
  /** Smallest alternate stack that sigaltstack(2) takes (MINSIGSTKSZ). Bytes. */
  readonly stackBytesMin: number;
  /** Code that calls rt_sigreturn, for handlers without SA_RESTORER; mapped as [vdso]. */
  readonly trampoline: Uint8Array;
  /**
   * Writes the frame and sets the registers for the handler's first instruction. Throws
   * `GuestFault` where the stack is not mapped; nothing is changed then but stack memory.
   */
  push(request: FrameRequest): void;
  /** Reads the frame back at rt_sigreturn. Throws `GuestFault`. */
  pop(memory: GuestData): FrameState;
}

/**
 * What rt_sigreturn restores besides registers, out of a frame of a 64-bit architecture.
 *
 * @param ucontext guest address of the ucontext: uc_flags and uc_link (16 bytes), then uc_stack
 * @param mask guest address of uc_sigmask, which stands elsewhere on each architecture
 */
export function readFrameState(memory: GuestData, ucontext: number, mask: number): FrameState {
  return {
    mask: memory.readU64(mask),
    stack: {
      address: memory.readPointer(ucontext + 16),
      flags: memory.readI32(ucontext + 24),
      size: memory.readPointer(ucontext + 32),
    },
  };
}

/** Size of siginfo_t on every architecture. */
export const siginfoBytes = 128;

const siginfo = new Uint8Array(siginfoBytes);
const siginfoView = new DataView(siginfo.buffer);

/** siginfo_t as the guest sees it (asm-generic/siginfo.h). Valid until the next call. */
export function encodeSiginfo(
  info: SignalInfo,
  littleEndian: boolean,
  wordBytes: 4 | 8,
): Uint8Array {
  const [bytes, view] = [siginfo, siginfoView];
  bytes.fill(0);
  const base = wordBytes === 8 ? 16 : 12;
  const int = (at: number, value: number): void => view.setInt32(at, value, littleEndian);
  const word = (at: number, value: bigint): void => {
    if (wordBytes === 8) view.setBigUint64(at, BigInt.asUintN(64, value), littleEndian);
    else view.setUint32(at, Number(BigInt.asUintN(32, value)), littleEndian);
  };
  int(0, info.signal);
  int(4, info.errno ?? 0);
  int(8, info.code);
  if (isFault(info)) {
    word(base, BigInt(info.address ?? 0));
    return bytes;
  }
  if (info.signal === SIGIO && info.code > 0) {
    word(base, BigInt(info.band ?? 0));
    int(base + wordBytes, info.fd ?? 0);
    return bytes;
  }
  const timer = info.code === SI_TIMER;
  int(base, timer ? (info.timer ?? 0) : (info.pid ?? 0));
  int(base + 4, timer ? (info.overrun ?? 0) : (info.uid ?? 0));
  if (info.signal === SIGCHLD && info.code > 0) {
    int(base + 8, info.status ?? 0);
    word(base + 8 + wordBytes, BigInt(info.userTime ?? 0));
    word(base + 8 + 2 * wordBytes, BigInt(info.systemTime ?? 0));
  } else {
    word(base + 8, info.value ?? 0n);
  }
  return bytes;
}

function isFault(info: SignalInfo): boolean {
  const isOwn = info.code > 0 || info.address !== undefined;
  return isOwn && [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP].includes(info.signal);
}

/** siginfo_t that a guest passes to rt_sigqueueinfo. */
export function decodeSiginfo(
  bytes: Uint8Array,
  littleEndian: boolean,
  wordBytes: 4 | 8,
): SignalInfo {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const base = wordBytes === 8 ? 16 : 12;
  const code = view.getInt32(8, littleEndian);
  const value =
    wordBytes === 8
      ? view.getBigUint64(base + 8, littleEndian)
      : BigInt(view.getUint32(base + 8, littleEndian));
  const common = {
    signal: view.getInt32(0, littleEndian),
    code,
    errno: view.getInt32(4, littleEndian),
  };
  const first = view.getInt32(base, littleEndian);
  const second = view.getInt32(base + 4, littleEndian);
  return { ...common, pid: first, uid: second, value };
}
