/** The signal frame of arm64: arch/arm64/kernel/signal.c, uapi/asm/sigcontext.h. */

import { getNzcv, registers, setFloatStatus, setNzcv } from '../../cpu/isa/aarch64/registers.ts';
import { stateOffset } from '../../cpu/state.ts';
import type { GuestData } from '../mm/guest_data.ts';
import type { FrameRequest, FrameState, SignalFrameFormat } from './signal_frame.ts';
import { encodeSiginfo, readFrameState, siginfoBytes } from './signal_frame.ts';
import { SA_SIGINFO } from './signals.ts';

/** Offsets in struct rt_sigframe. */
const ucontextAt = siginfoBytes;
const maskAt = ucontextAt + 40;
const mcontextAt = ucontextAt + 176;
const registersAt = mcontextAt + 8;
const stackPointerAt = registersAt + 248;
const pcAt = registersAt + 256;
const pstateAt = registersAt + 264;
const reservedAt = mcontextAt + 288;
const frameBytes = reservedAt + 4096;
const fpsimdMagic = 0x46508001;
const fpsimdBytes = 528;

function push(request: FrameRequest): void {
  const { memory, stack, info } = request;
  const { view } = memory;
  // A frame record {fp, lr} on top, so that unwinders see through the handler.
  const record = Math.floor(request.stackPointer / 16) * 16 - 16;
  const frame = record - frameBytes;
  const x = (n: number): bigint => view.getBigUint64(registers.x[n]!.offset, true);
  memory.writeU64(record, x(29));
  memory.writeU64(record + 8, x(30));
  memory.range(frame, frameBytes).fill(0);
  memory.writeU64(frame + ucontextAt + 16, BigInt(stack.address));
  memory.writeU32(frame + ucontextAt + 24, stack.flags);
  memory.writeU64(frame + ucontextAt + 32, BigInt(stack.size));
  memory.writeU64(frame + maskAt, request.mask);
  memory.writeU64(frame + mcontextAt, BigInt(info.address ?? 0));
  const first = registers.x[0]!.offset;
  memory.writeBytes(frame + registersAt, memory.bytes.subarray(first, first + 248));
  const sp = view.getBigUint64(registers.sp.offset, true);
  memory.writeU64(frame + stackPointerAt, sp);
  memory.writeU64(frame + pcAt, BigInt(view.getUint32(stateOffset.pc, true)));
  memory.writeU64(frame + pstateAt, BigInt(getNzcv(view)));
  saveVectors(memory, frame + reservedAt);
  memory.writeBytes(frame, encodeSiginfo(info, true, 8));
  const set = (n: number, value: number): void =>
    view.setBigUint64(registers.x[n]!.offset, BigInt(value), true);
  set(0, info.signal);
  if (request.flags & SA_SIGINFO) {
    set(1, frame);
    set(2, frame + ucontextAt);
  }
  set(29, record);
  set(30, request.restorer);
  view.setBigUint64(registers.sp.offset, BigInt(frame), true);
  view.setUint32(stateOffset.pc, request.handler, true);
}

function saveVectors(memory: GuestData, at: number): void {
  const { view, bytes } = memory;
  memory.writeU32(at, fpsimdMagic);
  memory.writeU32(at + 4, fpsimdBytes);
  memory.writeU32(at + 8, view.getUint32(registers.fpsr.offset, true));
  memory.writeU32(at + 12, view.getUint32(registers.fpcr.offset, true));
  // One after another, as the slots are.
  const { offset } = registers.v[0]!;
  memory.writeBytes(at + 16, bytes.subarray(offset, offset + 512));
}

function restoreVectors(memory: GuestData, reserved: number): void {
  const { view, bytes } = memory;
  for (let at = reserved; at < reserved + 4096; ) {
    const magic = memory.readU32(at);
    const size = memory.readU32(at + 4);
    if (magic === 0 || size < 16) return;
    if (magic === fpsimdMagic) {
      setFloatStatus(view, memory.readU32(at + 12), memory.readU32(at + 8));
      bytes.set(memory.range(at + 16, 512), registers.v[0]!.offset);
    }
    at += size;
  }
}

function pop(memory: GuestData): FrameState {
  const { view } = memory;
  const frame = view.getUint32(registers.sp.offset, true);
  restoreVectors(memory, frame + reservedAt);
  memory.bytes.set(memory.range(frame + registersAt, 248), registers.x[0]!.offset);
  view.setBigUint64(registers.sp.offset, memory.readU64(frame + stackPointerAt), true);
  view.setUint32(stateOffset.pc, memory.readPointer(frame + pcAt), true);
  setNzcv(view, memory.readU32(frame + pstateAt));
  return readFrameState(memory, frame + ucontextAt, frame + maskAt);
}

export const aarch64Frame: SignalFrameFormat = {
  redZoneBytes: 0,
  stackBytesMin: 5120,
  // mov x8, #139; svc #0: what unwinders recognise as the vdso's __kernel_rt_sigreturn.
  trampoline: Uint8Array.of(0x68, 0x11, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4),
  push,
  pop,
};
