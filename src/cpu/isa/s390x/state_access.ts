/** Registers and storage as helpers see them: big-endian storage through a `DataView`. */

import { checkedPlace } from '../../protection.ts';
import { guestBias } from '../../state.ts';
import { registers } from './registers.ts';

/** wasm address of a guest address (taken modulo 2³²). */
export function place(address: number): number {
  return (address - guestBias) >>> 0;
}

export function byteAt(view: DataView, address: number): number {
  return view.getUint8(checkedPlace(view, address, 1));
}

export function putByte(view: DataView, address: number, value: number): void {
  view.setUint8(checkedPlace(view, address, 1, true), value);
}

/** Traps where the bytes cannot be written. */
export function probeWrite(view: DataView, address: number, bytes: number): void {
  checkedPlace(view, address, bytes, true);
}

export function register(view: DataView, n: number): bigint {
  return view.getBigUint64(registers.r[n]!.offset, true);
}

/** Low half of a register as an unsigned number: an address. */
export function registerLow(view: DataView, n: number): number {
  return view.getUint32(registers.r[n]!.offset, true);
}

export function putRegister(view: DataView, n: number, value: bigint): void {
  view.setBigUint64(registers.r[n]!.offset, BigInt.asUintN(64, value), true);
}

export function putRegisterLow(view: DataView, n: number, value: number): void {
  view.setUint32(registers.r[n]!.offset, value, true);
}

/** Adds to an address register (64-bit addressing: the whole register). */
export function advance(view: DataView, n: number, bytes: number): void {
  putRegister(view, n, register(view, n) + BigInt(bytes));
}

/** Reads `bytes` bytes as an unsigned big-endian number. */
export function readNumber(view: DataView, address: number, bytes: number): bigint {
  let value = 0n;
  for (let i = 0; i < bytes; i++) value = (value << 8n) | BigInt(byteAt(view, address + i));
  return value;
}

/** Writes the low `bytes` bytes of a number, most significant first. */
export function writeNumber(view: DataView, address: number, bytes: number, value: bigint): void {
  for (let i = 0; i < bytes; i++) {
    putByte(view, address + i, Number((value >> BigInt(8 * (bytes - 1 - i))) & 0xffn));
  }
}

/** Copies `bytes` bytes out. */
export function readBytes(view: DataView, address: number, bytes: number): Uint8Array {
  const out = new Uint8Array(bytes);
  for (let i = 0; i < bytes; i++) out[i] = byteAt(view, address + i);
  return out;
}

/** Copies bytes in. A fault changes nothing. */
export function writeBytes(view: DataView, address: number, bytes: Uint8Array): void {
  if (bytes.length === 0) return;
  probeWrite(view, address, bytes.length);
  for (let i = 0; i < bytes.length; i++) putByte(view, address + i, bytes[i]!);
}
