/** The 512-byte FXSAVE image (SDM vol. 1, 10.5.1), as instructions and signal frames use it. */

import { guestBias } from '../../state.ts';
import { mxcsrMask, registers, x87Slots } from './registers.ts';

/** Size of the image. Bytes. */
export const fxsaveBytes = 512;

/** Writes the image at guest address `address` (u32) of the wasm memory behind `view`. */
export function storeFxsave(view: DataView, address: number): void {
  const at = (address - guestBias) >>> 0;
  storeX87(view, at);
  storeMxcsr(view, at);
  storeXmm(view, at);
}

/** The x87 part of an image at wasm address `at`. */
export function storeX87(view: DataView, at: number): void {
  const top = view.getInt32(x87Slots.top.offset, true) & 7;
  const status = view.getInt32(x87Slots.status.offset, true);
  view.setUint16(at, view.getInt32(x87Slots.control.offset, true), true);
  view.setUint16(at + 2, (status & ~0x3800) | (top << 11), true);
  view.setUint16(at + 4, ~view.getInt32(x87Slots.empty.offset, true) & 0xff, true);
  for (let n = 6; n < 24; n += 2) view.setUint16(at + n, 0, true);
  for (let n = 0; n < 8; n++) {
    const physical = (top + n) & 7;
    const to = at + 32 + 16 * n;
    const significand = view.getBigUint64(x87Slots.significand[physical]!.offset, true);
    view.setBigUint64(to, significand, true);
    view.setUint16(to + 8, view.getInt32(x87Slots.exponent[physical]!.offset, true), true);
    view.setUint16(to + 10, 0, true);
    view.setInt32(to + 12, 0, true);
  }
}

/** MXCSR and its mask. */
export function storeMxcsr(view: DataView, at: number): void {
  view.setInt32(at + 24, view.getInt32(registers.mxcsr.offset, true), true);
  view.setInt32(at + 28, mxcsrMask, true);
}

/** xmm0…15. */
export function storeXmm(view: DataView, at: number): void {
  const bytes = new Uint8Array(view.buffer, view.byteOffset);
  const xmm = view.byteOffset + registers.xmm[0]!.offset;
  bytes.copyWithin(at + 160, xmm - view.byteOffset, xmm - view.byteOffset + 256);
}

/** Reads the image at guest address `address` into the state. */
export function loadFxsave(view: DataView, address: number): void {
  const at = (address - guestBias) >>> 0;
  loadX87(view, at);
  loadMxcsr(view, at);
  loadXmm(view, at);
}

/** Whether an image at guest address `address` leaves an x87 or SSE exception unmasked. */
export function unmasks(view: DataView, address: number): boolean {
  const at = (address - guestBias) >>> 0;
  const x87 = view.getUint16(at, true) & 0x3f;
  const sse = view.getInt32(at + 24, true) & 0x1f80;
  return x87 !== 0x3f || sse !== 0x1f80;
}

/** The x87 part, from wasm address `at`. */
export function loadX87(view: DataView, at: number): void {
  const status = view.getUint16(at + 2, true);
  const top = (status >> 11) & 7;
  view.setInt32(x87Slots.control.offset, view.getUint16(at, true) | 0x40, true);
  view.setInt32(x87Slots.status.offset, status & ~0x3800, true);
  view.setInt32(x87Slots.top.offset, top, true);
  view.setInt32(x87Slots.empty.offset, ~view.getUint8(at + 4) & 0xff, true);
  for (let n = 0; n < 8; n++) {
    const physical = (top + n) & 7;
    const from = at + 32 + 16 * n;
    const significand = view.getBigUint64(from, true);
    view.setBigUint64(x87Slots.significand[physical]!.offset, significand, true);
    view.setInt32(x87Slots.exponent[physical]!.offset, view.getUint16(from + 8, true), true);
  }
}

/** MXCSR. */
export function loadMxcsr(view: DataView, at: number): void {
  view.setInt32(registers.mxcsr.offset, view.getInt32(at + 24, true) & mxcsrMask, true);
}

/** xmm0…15. */
export function loadXmm(view: DataView, at: number): void {
  const bytes = new Uint8Array(view.buffer, view.byteOffset);
  bytes.copyWithin(registers.xmm[0]!.offset, at + 160, at + 416);
}
