/** The signal frame of s390x: arch/s390/kernel/signal.c, uapi/asm/{sigcontext,ucontext}.h. */

import { getConditionCode, registers, setConditionCode } from '../../cpu/isa/s390x/registers.ts';
import { stateOffset } from '../../cpu/state.ts';
import type { GuestData } from '../mm/guest_data.ts';
import type { FrameRequest, FrameState, SignalFrameFormat } from './signal_frame.ts';
import { encodeSiginfo, readFrameState } from './signal_frame.ts';

/** Offsets in struct rt_sigframe: register save area of the callee, svc, siginfo, ucontext. */
const svcAt = 160;
const siginfoAt = 168;
const ucontextAt = 296;
const psw = ucontextAt + 40;
const gprsAt = psw + 16;
const accessAt = gprsAt + 128;
const fpcAt = accessAt + 64;
const fprsAt = fpcAt + 8;
const maskAt = ucontextAt + 384;
const vectorLowAt = ucontextAt + 512;
const vectorHighAt = vectorLowAt + 128;
const frameBytes = ucontextAt + 1024;
/** UC_GPRS_HIGH | UC_VXRS. */
const ucontextFlags = 3n;
/** PSW_USER_BITS of a 64-bit program: what it reads in its own PSW mask. */
const pswUserBits = 0x0705_0001_8000_0000n;

function push(request: FrameRequest): void {
  const { memory, stack, info } = request;
  const { view } = memory;
  const frame = Math.floor((request.stackPointer - frameBytes) / 8) * 8;
  memory.range(frame, frameBytes).fill(0);
  const r = (n: number): bigint => view.getBigUint64(registers.r[n]!.offset, true);
  memory.writeU64(frame, r(15));
  // svc 173: rt_sigreturn.
  memory.writeU16(frame + svcAt, 0x0aad);
  memory.writeBytes(frame + siginfoAt, encodeSiginfo(info, false, 8));
  memory.writeU64(frame + ucontextAt, ucontextFlags);
  memory.writeU64(frame + ucontextAt + 16, BigInt(stack.address));
  memory.writeU32(frame + ucontextAt + 24, stack.flags);
  memory.writeU64(frame + ucontextAt + 32, BigInt(stack.size));
  const programMask = BigInt(view.getUint32(registers.programMask.offset, true) & 15);
  const mask = pswUserBits | (BigInt(getConditionCode(view)) << 44n) | (programMask << 40n);
  memory.writeU64(frame + psw, mask);
  memory.writeU64(frame + psw + 8, BigInt(view.getUint32(stateOffset.pc, true)));
  for (let n = 0; n < 16; n++) {
    memory.writeU64(frame + gprsAt + 8 * n, r(n));
    memory.writeU32(frame + accessAt + 4 * n, view.getUint32(registers.a[n]!.offset, true));
  }
  memory.writeU32(frame + fpcAt, view.getUint32(registers.fpc.offset, true));
  for (let n = 0; n < 32; n++) saveVector(memory, frame, n);
  memory.writeU64(frame + maskAt, request.mask);
  const set = (n: number, value: number): void =>
    view.setBigUint64(registers.r[n]!.offset, BigInt(value), true);
  set(2, info.signal);
  set(3, frame + siginfoAt);
  set(4, frame + ucontextAt);
  set(14, request.restorer);
  set(15, frame);
  view.setUint32(stateOffset.pc, request.handler, true);
}

/** Guest addresses of the two halves of vector register n. */
function vectorHalves(frame: number, n: number): [high: number, low: number] {
  if (n < 16) return [frame + fprsAt + 8 * n, frame + vectorLowAt + 8 * n];
  const at = frame + vectorHighAt + 16 * (n - 16);
  return [at, at + 8];
}

function saveVector(memory: GuestData, frame: number, n: number): void {
  const { offset } = registers.v[n]!;
  const [high, low] = vectorHalves(frame, n);
  memory.writeU64(high, memory.view.getBigUint64(offset + 8, true));
  memory.writeU64(low, memory.view.getBigUint64(offset, true));
}

function pop(memory: GuestData): FrameState {
  const { view } = memory;
  const frame = view.getUint32(registers.r[15]!.offset, true);
  const mask = memory.readU64(frame + psw);
  for (let n = 0; n < 16; n++) {
    view.setBigUint64(registers.r[n]!.offset, memory.readU64(frame + gprsAt + 8 * n), true);
    view.setUint32(registers.a[n]!.offset, memory.readU32(frame + accessAt + 4 * n), true);
  }
  view.setUint32(registers.fpc.offset, memory.readU32(frame + fpcAt), true);
  for (let n = 0; n < 32; n++) {
    const { offset } = registers.v[n]!;
    const [high, low] = vectorHalves(frame, n);
    view.setBigUint64(offset + 8, memory.readU64(high), true);
    view.setBigUint64(offset, memory.readU64(low), true);
  }
  setConditionCode(view, Number((mask >> 44n) & 3n));
  view.setUint32(registers.programMask.offset, Number((mask >> 40n) & 15n), true);
  view.setUint32(stateOffset.pc, memory.readPointer(frame + psw + 8), true);
  return readFrameState(memory, frame + ucontextAt, frame + maskAt);
}

export const s390xFrame: SignalFrameFormat = {
  redZoneBytes: 0,
  stackBytesMin: 2048,
  // svc 173
  trampoline: Uint8Array.of(0x0a, 0xad),
  push,
  pop,
};
