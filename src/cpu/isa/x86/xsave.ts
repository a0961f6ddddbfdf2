/** XSAVE and its kin (SDM vol. 1, chapter 13): x87, SSE and AVX state, as XCR0 says. */

import { guestBias } from '../../state.ts';
import { loadMxcsr, loadX87, loadXmm, storeMxcsr, storeX87, storeXmm } from './fxsave.ts';
import { controlInitial, mxcsrInitial, registers, x87Slots } from './registers.ts';

/** State components (SDM vol. 1, 13.1). */
const component = { x87: 1, sse: 2, avx: 4 } as const;

/** XCR0: the components that exist. */
export const enabledComponents = 7;

/** Size of the image: legacy area, header, upper halves of ymm; compacted it is the same. Bytes. */
export const xsaveBytes = 832;
const headerAt = 512;
const compactionAt = headerAt + 8;
const ymmAt = 576;
/** XCOMP_BV's bit of the compacted format, in its upper word. */
const compacted = 1 << 31;

/** The instructions that save. */
export type SaveKind = 'xsave' | 'xsaveopt' | 'xsavec';

const isZero = (view: DataView, from: number, bytes: number): boolean => {
  for (let at = from; at < from + bytes; at += 8) {
    if (view.getBigUint64(at, true) !== 0n) return false;
  }
  return true;
};

function isX87Initial(view: DataView): boolean {
  const { control, status, top, empty, significand, exponent } = x87Slots;
  const word = (slot: { readonly offset: number }): number => view.getInt32(slot.offset, true);
  return (
    word(control) === controlInitial &&
    word(status) === 0 &&
    word(top) === 0 &&
    word(empty) === 0xff &&
    isZero(view, significand[0]!.offset, 64) &&
    isZero(view, exponent[0]!.offset, 32)
  );
}

/** XINUSE: the components that are not as at the start. */
export function componentsInUse(view: DataView): number {
  let inUse = isX87Initial(view) ? 0 : component.x87;
  if (!isZero(view, registers.xmm[0]!.offset, 256)) inUse |= component.sse;
  if (!isZero(view, registers.ymmHigh[0]!.offset, 256)) inUse |= component.avx;
  return inUse;
}

/** Writes the requested components at guest address `address` and marks them in the header. */
export function storeXsave(
  view: DataView,
  address: number,
  requested: number,
  kind: SaveKind,
): void {
  const at = (address - guestBias) >>> 0;
  const asked = requested & enabledComponents;
  let inUse = componentsInUse(view);
  const mxcsr = view.getInt32(registers.mxcsr.offset, true);
  if (kind === 'xsavec' && mxcsr !== mxcsrInitial) inUse |= component.sse;
  const written = kind === 'xsave' ? asked : asked & inUse;
  if (written & component.x87) storeX87(view, at);
  const vectors = kind === 'xsavec' ? written & component.sse : asked & ~component.x87;
  if (vectors) storeMxcsr(view, at);
  if (written & component.sse) storeXmm(view, at);
  if (written & component.avx) {
    const from = registers.ymmHigh[0]!.offset;
    new Uint8Array(view.buffer, view.byteOffset).copyWithin(at + ymmAt, from, from + 256);
  }
  const kept = kind === 'xsavec' ? 0 : view.getInt32(at + headerAt, true) & ~asked;
  view.setInt32(at + headerAt, kept | (asked & inUse), true);
  if (kind !== 'xsavec') return;
  view.setInt32(at + headerAt + 4, 0, true);
  view.setInt32(at + compactionAt, asked, true);
  view.setInt32(at + compactionAt + 4, compacted, true);
}

/** Whether XRSTOR takes an image's header. */
function isValid(view: DataView, at: number): boolean {
  const word = (offset: number): number => view.getInt32(at + headerAt + offset, true);
  const marks = word(0);
  if (marks & ~enabledComponents || word(4) !== 0) return false;
  if (word(12) & compacted) {
    const present = word(8);
    if (word(12) !== compacted || present & ~enabledComponents || marks & ~present) return false;
    return isZero(view, at + headerAt + 16, 48);
  }
  return isZero(view, at + headerAt + 8, 16);
}

/**
 * XRSTOR: reads the requested components, or their initial state where the header does not mark
 * them. False (and nothing changed) where the header is not valid: #GP.
 */
export function loadXsave(view: DataView, address: number, requested: number): boolean {
  const at = (address - guestBias) >>> 0;
  if (!isValid(view, at)) return false;
  const isCompacted = view.getInt32(at + compactionAt + 4, true) !== 0;
  const marks = view.getInt32(at + headerAt, true);
  const asked = requested & enabledComponents;
  if (asked & component.x87) {
    if (marks & component.x87) loadX87(view, at);
    else resetX87(view);
  }
  if (isCompacted) {
    if (asked & component.sse && !(marks & component.sse)) {
      view.setInt32(registers.mxcsr.offset, mxcsrInitial, true);
    } else if (asked & component.sse) loadMxcsr(view, at);
  } else if (asked & ~component.x87) loadMxcsr(view, at);
  const bytes = new Uint8Array(view.buffer, view.byteOffset);
  if (asked & component.sse) {
    if (marks & component.sse) loadXmm(view, at);
    else bytes.fill(0, registers.xmm[0]!.offset, registers.xmm[0]!.offset + 256);
  }
  if (asked & component.avx) {
    const to = registers.ymmHigh[0]!.offset;
    if (marks & component.avx) bytes.copyWithin(to, at + ymmAt, at + ymmAt + 256);
    else bytes.fill(0, to, to + 256);
  }
  return true;
}

/** Whether XRSTOR of the requested components leaves an x87 or SSE exception unmasked. */
export function restoreUnmasks(view: DataView, address: number, requested: number): boolean {
  const at = (address - guestBias) >>> 0;
  const marks = view.getInt32(at + headerAt, true);
  const isCompacted = view.getInt32(at + compactionAt + 4, true) !== 0;
  const vectors = isCompacted ? requested & marks & component.sse : requested & ~component.x87;
  const x87 = requested & marks & component.x87 && (view.getUint16(at, true) & 0x3f) !== 0x3f;
  const sse = vectors && (view.getInt32(at + 24, true) & 0x1f80) !== 0x1f80;
  return Boolean(x87) || Boolean(sse);
}

/** Puts all components into their initial state, as Linux does before a signal handler. */
export function resetComponents(view: DataView): void {
  resetX87(view);
  view.setInt32(registers.mxcsr.offset, mxcsrInitial, true);
  const bytes = new Uint8Array(view.buffer, view.byteOffset);
  bytes.fill(0, registers.xmm[0]!.offset, registers.xmm[0]!.offset + 256);
  bytes.fill(0, registers.ymmHigh[0]!.offset, registers.ymmHigh[0]!.offset + 256);
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
