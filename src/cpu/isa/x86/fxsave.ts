/** The 512-byte FXSAVE image (SDM vol. 1, 10.5.1), as instructions and signal frames use it. */

import { guestBias } from '../../state.ts';
import { controlInitial, mxcsrMask, registers, x87Slots } from './registers.ts';

/** Size of the image. Bytes. */
export const fxsaveBytes = 512;

/** Writes the image at guest address `address` (u32) of the wasm memory behind `view`. */
export function storeFxsave(view: DataView, address: number): void {
  const at = (address - guestBias) >>> 0;
  storeX87(view, at);
  storeMxcsr(view, at);
  storeXmm(view, at);
}

function storeX87(view: DataView, at: number): void {
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

function storeMxcsr(view: DataView, at: number): void {
  view.setInt32(at + 24, view.getInt32(registers.mxcsr.offset, true), true);
  view.setInt32(at + 28, mxcsrMask, true);
}

function storeXmm(view: DataView, at: number): void {
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

function loadX87(view: DataView, at: number): void {
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

function loadMxcsr(view: DataView, at: number): void {
  view.setInt32(registers.mxcsr.offset, view.getInt32(at + 24, true) & mxcsrMask, true);
}

function loadXmm(view: DataView, at: number): void {
  const bytes = new Uint8Array(view.buffer, view.byteOffset);
  bytes.copyWithin(registers.xmm[0]!.offset, at + 160, at + 416);
}

/** Size of the XSAVE image: legacy area, header, upper halves of ymm. Bytes. */
export const xsaveBytes = 832;
const headerAt = 512;
const ymmAt = 576;

/** State components (SDM vol. 1, 13.1). */
export const component = { x87: 1, sse: 2, avx: 4 } as const;

/** XSAVE: writes the requested components and marks them in the header. */
export function storeXsave(view: DataView, address: number, requested: number): void {
  const at = (address - guestBias) >>> 0;
  if (requested & component.x87) storeX87(view, at);
  if (requested & (component.sse | component.avx)) storeMxcsr(view, at);
  if (requested & component.sse) storeXmm(view, at);
  if (requested & component.avx) {
    const from = registers.ymmHigh[0]!.offset;
    new Uint8Array(view.buffer, view.byteOffset).copyWithin(at + ymmAt, from, from + 256);
  }
  const marks = view.getInt32(at + headerAt, true);
  view.setInt32(at + headerAt, (marks & ~requested) | requested, true);
}

/**
 * XRSTOR: reads the requested components, or their initial state where the header does not mark
 * them. False (and nothing changed) where the header is not valid: #GP.
 */
export function loadXsave(view: DataView, address: number, requested: number): boolean {
  const at = (address - guestBias) >>> 0;
  const marks = view.getInt32(at + headerAt, true);
  for (let n = 4; n < 24; n += 4) if (view.getInt32(at + headerAt + n, true) !== 0) return false;
  if (marks & ~7) return false;
  if (requested & component.x87) {
    if (marks & component.x87) loadX87(view, at);
    else resetX87(view);
  }
  if (requested & (component.sse | component.avx)) loadMxcsr(view, at);
  const bytes = new Uint8Array(view.buffer, view.byteOffset);
  if (requested & component.sse) {
    if (marks & component.sse) loadXmm(view, at);
    else bytes.fill(0, registers.xmm[0]!.offset, registers.xmm[0]!.offset + 256);
  }
  if (requested & component.avx) {
    const to = registers.ymmHigh[0]!.offset;
    if (marks & component.avx) bytes.copyWithin(to, at + ymmAt, at + ymmAt + 256);
    else bytes.fill(0, to, to + 256);
  }
  return true;
}

function resetX87(view: DataView): void {
  view.setInt32(x87Slots.control.offset, controlInitial, true);
  view.setInt32(x87Slots.status.offset, 0, true);
  view.setInt32(x87Slots.top.offset, 0, true);
  view.setInt32(x87Slots.empty.offset, 0xff, true);
  for (let n = 0; n < 8; n++) {
    view.setBigUint64(x87Slots.significand[n]!.offset, 0n, true);
    view.setInt32(x87Slots.exponent[n]!.offset, 0, true);
  }
}
