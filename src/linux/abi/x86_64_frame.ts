/** The signal frame of x86-64: arch/x86/include/asm/sigframe.h, uapi/asm/sigcontext.h. */

import {
  exceptionSlots,
  getFlags,
  mxcsrMask,
  registers,
  setFlags,
  x87Slots,
} from '../../cpu/isa/x86/registers.ts';
import { resetComponents, xsaveBytes } from '../../cpu/isa/x86/xsave.ts';
import { stateOffset } from '../../cpu/state.ts';
import type { GuestData } from '../mm/guest_data.ts';
import type { FrameRequest, FrameState, SignalFrameFormat } from './signal_frame.ts';
import { encodeSiginfo, readFrameState } from './signal_frame.ts';

/** Offsets in struct rt_sigframe: return address, ucontext, siginfo. */
const ucontextAt = 8;
const siginfoAt = 312;
const frameBytes = 440;
const mcontextAt = ucontextAt + 40;
/** Registers in the order of struct sigcontext, by their numbers in instructions. */
const contextOrder = [8, 9, 10, 11, 12, 13, 14, 15, 7, 6, 5, 3, 2, 0, 1, 4];
/** Offsets in struct sigcontext. */
const ripAt = mcontextAt + 128;
const flagsAt = mcontextAt + 136;
const segmentsAt = mcontextAt + 144;
/** err, trapno, oldmask, cr2. */
const errorAt = mcontextAt + 152;
const fpstateAt = mcontextAt + 184;
const maskAt = ucontextAt + 296;

/** The XSAVE image: legacy area, header, upper halves of ymm, and the closing magic. */
const magic1 = 0x46505853;
const magic2 = 0x46505845;
const xfeatures = 7n;
/** UC_FP_XSTATE | UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS. */
const ucontextFlags = 7n;
const trapFlags = (1 << 8) | (1 << 10) | (1 << 16);

function saveFpu(memory: GuestData, at: number): void {
  const { view } = memory;
  memory.range(at, xsaveBytes + 4).fill(0);
  const state = (slot: { offset: number }): number => view.getUint32(slot.offset, true);
  const top = state(x87Slots.top);
  memory.writeU16(at, state(x87Slots.control));
  memory.writeU16(at + 2, (state(x87Slots.status) & ~0x3800) | (top << 11));
  memory.writeU8(at + 4, ~state(x87Slots.empty) & 0xff);
  memory.writeU32(at + 24, state(registers.mxcsr));
  memory.writeU32(at + 28, mxcsrMask);
  for (let i = 0; i < 8; i++) {
    const physical = (top + i) & 7;
    const significand = x87Slots.significand[physical]!;
    memory.writeU64(at + 32 + 16 * i, view.getBigUint64(significand.offset, true));
    memory.writeU16(at + 40 + 16 * i, state(x87Slots.exponent[physical]!));
  }
  const bytes = memory.bytes;
  for (let i = 0; i < 16; i++) {
    const low = registers.xmm[i]!.offset;
    const high = registers.ymmHigh[i]!.offset;
    memory.writeBytes(at + 160 + 16 * i, bytes.subarray(low, low + 16));
    memory.writeBytes(at + 576 + 16 * i, bytes.subarray(high, high + 16));
  }
  memory.writeU32(at + 464, magic1);
  memory.writeU32(at + 468, xsaveBytes + 4);
  memory.writeU64(at + 472, xfeatures);
  memory.writeU32(at + 480, xsaveBytes);
  memory.writeU64(at + 512, xfeatures);
  memory.writeU32(at + xsaveBytes, magic2);
}

function restoreFpu(memory: GuestData, at: number): void {
  const { view, bytes } = memory;
  const set = (slot: { offset: number }, value: number): void =>
    view.setUint32(slot.offset, value, true);
  const status = memory.readU16(at + 2);
  const top = (status >> 11) & 7;
  set(x87Slots.control, memory.readU16(at));
  set(x87Slots.status, status & ~0x3800);
  set(x87Slots.top, top);
  set(x87Slots.empty, ~memory.readU8(at + 4) & 0xff);
  set(registers.mxcsr, memory.readU32(at + 24) & mxcsrMask);
  for (let i = 0; i < 8; i++) {
    const physical = (top + i) & 7;
    const significand = memory.readU64(at + 32 + 16 * i);
    view.setBigUint64(x87Slots.significand[physical]!.offset, significand, true);
    set(x87Slots.exponent[physical]!, memory.readU16(at + 40 + 16 * i));
  }
  for (let i = 0; i < 16; i++) {
    bytes.set(memory.range(at + 160 + 16 * i, 16), registers.xmm[i]!.offset);
  }
  if (memory.readU32(at + 464) !== magic1) return;
  for (let i = 0; i < 16; i++) {
    bytes.set(memory.range(at + 576 + 16 * i, 16), registers.ymmHigh[i]!.offset);
  }
}

function push(request: FrameRequest): void {
  const { memory, stack, info } = request;
  const { view } = memory;
  // The red zone of the interrupted function stays as it is.
  const fpstate = Math.floor((request.stackPointer - (xsaveBytes + 4)) / 64) * 64;
  const frame = Math.floor((fpstate - frameBytes) / 16) * 16 - 8;
  memory.range(frame, frameBytes).fill(0);
  saveFpu(memory, fpstate);
  // The handler starts with a new state (fpu__clear_user_states).
  resetComponents(view);
  memory.writeU64(frame, BigInt(request.restorer));
  memory.writeU64(frame + ucontextAt, ucontextFlags);
  memory.writeU64(frame + ucontextAt + 16, BigInt(stack.address));
  memory.writeU32(frame + ucontextAt + 24, stack.flags);
  memory.writeU64(frame + ucontextAt + 32, BigInt(stack.size));
  contextOrder.forEach((number, index) => {
    const value = view.getBigUint64(registers.gpr[number]!.offset, true);
    memory.writeU64(frame + mcontextAt + 8 * index, value);
  });
  memory.writeU64(frame + ripAt, BigInt(view.getUint32(stateOffset.pc, true)));
  memory.writeU64(frame + flagsAt, BigInt(getFlags(view)));
  // cs 0x33, gs 0, fs 0, ss 0x2b: Linux's user segments.
  memory.writeU64(frame + segmentsAt, 0x002b_0000_0000_0033n);
  const { errorCode, trapNumber, address } = exceptionSlots;
  memory.writeU64(frame + errorAt, BigInt(view.getUint32(errorCode.offset, true)));
  memory.writeU64(frame + errorAt + 8, BigInt(view.getUint32(trapNumber.offset, true)));
  memory.writeU64(frame + errorAt + 16, request.mask);
  memory.writeU64(frame + errorAt + 24, view.getBigUint64(address.offset, true));
  memory.writeU64(frame + fpstateAt, BigInt(fpstate));
  memory.writeU64(frame + maskAt, request.mask);
  memory.writeBytes(frame + siginfoAt, encodeSiginfo(info, true, 8));
  const setGpr = (number: number, value: number): void =>
    view.setBigUint64(registers.gpr[number]!.offset, BigInt(value), true);
  setGpr(7, info.signal);
  setGpr(6, frame + siginfoAt);
  setGpr(2, frame + ucontextAt);
  setGpr(0, 0);
  setGpr(4, frame);
  setFlags(view, getFlags(view) & ~trapFlags);
  view.setUint32(stateOffset.pc, request.handler, true);
}

function pop(memory: GuestData): FrameState {
  const { view } = memory;
  // The handler's `ret` has taken the return address off.
  const frame = view.getUint32(registers.gpr[4]!.offset, true) - 8;
  const fpstate = memory.readPointer(frame + fpstateAt);
  if (fpstate !== 0) restoreFpu(memory, fpstate);
  contextOrder.forEach((number, index) => {
    const value = memory.readU64(frame + mcontextAt + 8 * index);
    view.setBigUint64(registers.gpr[number]!.offset, value, true);
  });
  view.setUint32(stateOffset.pc, memory.readPointer(frame + ripAt), true);
  setFlags(view, memory.readU32(frame + flagsAt));
  return readFrameState(memory, frame + ucontextAt, frame + maskAt);
}

export const x86Frame: SignalFrameFormat = {
  redZoneBytes: 128,
  stackBytesMin: 2048,
  // mov $15,%eax; syscall. Not used by glibc or musl, which pass SA_RESTORER.
  trampoline: Uint8Array.of(0xb8, 0x0f, 0, 0, 0, 0x0f, 0x05),
  push,
  pop,
};
