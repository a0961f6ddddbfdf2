/** Reading and writing guest memory from system calls. */

import { guestBias } from '../../cpu/state.ts';
import { decodeName } from '../../rootfs/name.ts';
import type { GuestMemory } from '../fs/inode.ts';
import { GuestFault } from './fault.ts';

/**
 * Accessors over guest addresses in the guest's byte order. All of them throw `GuestFault` where
 * the address is not mapped or must not be accessed so; `slice` returns undefined instead.
 */
export abstract class GuestData implements GuestMemory {
  readonly littleEndian: boolean;
  /** Bytes of a pointer and of `long`. */
  readonly wordBytes: 4 | 8;
  readonly #memory: WebAssembly.Memory;
  #view: DataView;
  #bytes: Uint8Array;

  constructor(memory: WebAssembly.Memory, littleEndian: boolean, wordBytes: 4 | 8) {
    this.#memory = memory;
    this.littleEndian = littleEndian;
    this.wordBytes = wordBytes;
    this.#view = new DataView(memory.buffer);
    this.#bytes = new Uint8Array(memory.buffer);
  }

  /** The memory has grown: old views are detached. */
  protected refresh(): void {
    this.#view = new DataView(this.#memory.buffer);
    this.#bytes = new Uint8Array(this.#memory.buffer);
  }

  /** The whole wasm memory: index = guest address - guestBias. */
  get view(): DataView {
    if (this.#bytes.length === 0) this.refresh();
    return this.#view;
  }

  /** The whole wasm memory: index = guest address - guestBias. */
  get bytes(): Uint8Array {
    // Growing detaches the old buffer; asking the memory for its buffer takes longer than this.
    if (this.#bytes.length === 0) this.refresh();
    return this.#bytes;
  }

  abstract slice(address: number, length: number): Uint8Array | undefined;

  /** As `slice`, for bytes the guest may write to. */
  writableSlice(address: number, length: number): Uint8Array | undefined {
    return this.slice(address, length);
  }

  /** Whether the guest may read a range, or write to it; without the cost of a view. */
  mayAccess(address: number, length: number, writes: boolean): boolean {
    const bytes = writes ? this.writableSlice(address, length) : this.slice(address, length);
    return bytes !== undefined;
  }

  /** The index of a range that may be written to. */
  #to(address: number, length: number): number {
    if (!this.mayAccess(address, length, true)) throw new GuestFault(address);
    return address - guestBias;
  }

  /** The index of a mapped range. */
  #at(address: number, length: number): number {
    if (!this.mayAccess(address, length, false)) throw new GuestFault(address);
    return address - guestBias;
  }

  /** A view of [address, address + length). Valid until memory grows: do not keep it. */
  range(address: number, length: number): Uint8Array {
    const bytes = this.slice(address, length);
    if (bytes === undefined) throw new GuestFault(address);
    return bytes;
  }

  readU8(address: number): number {
    return this.view.getUint8(this.#at(address, 1));
  }

  readU16(address: number): number {
    return this.view.getUint16(this.#at(address, 2), this.littleEndian);
  }

  readU32(address: number): number {
    return this.view.getUint32(this.#at(address, 4), this.littleEndian);
  }

  readI32(address: number): number {
    return this.view.getInt32(this.#at(address, 4), this.littleEndian);
  }

  readU64(address: number): bigint {
    return this.view.getBigUint64(this.#at(address, 8), this.littleEndian);
  }

  readI64(address: number): bigint {
    return this.view.getBigInt64(this.#at(address, 8), this.littleEndian);
  }

  /** An unsigned `long`. */
  readWord(address: number): bigint {
    return this.wordBytes === 8 ? this.readU64(address) : BigInt(this.readU32(address));
  }

  /** A pointer as u32; one beyond 4 GiB becomes 0xffffffff, which is never mapped. */
  readPointer(address: number): number {
    const word = this.readWord(address);
    return word > 0xffffffffn ? 0xffffffff : Number(word);
  }

  writeU8(address: number, value: number): void {
    this.view.setUint8(this.#to(address, 1), value);
  }

  writeU16(address: number, value: number): void {
    this.view.setUint16(this.#to(address, 2), value, this.littleEndian);
  }

  writeU32(address: number, value: number): void {
    this.view.setUint32(this.#to(address, 4), value, this.littleEndian);
  }

  writeU64(address: number, value: bigint): void {
    this.view.setBigUint64(this.#to(address, 8), value, this.littleEndian);
  }

  /** A `long` or pointer. */
  writeWord(address: number, value: number | bigint): void {
    if (this.wordBytes === 8) this.writeU64(address, BigInt.asUintN(64, BigInt(value)));
    else this.writeU32(address, Number(BigInt.asUintN(32, BigInt(value))));
  }

  /** A copy of guest bytes. */
  readBytes(address: number, length: number): Uint8Array {
    return this.range(address, length).slice();
  }

  writeBytes(address: number, bytes: Uint8Array): void {
    const into = this.writableSlice(address, bytes.length);
    if (into === undefined) throw new GuestFault(address);
    into.set(bytes);
  }

  /**
   * Bytes of a C string without its zero, as a copy; undefined when it is longer than `maximum`
   * bytes, the zero included.
   */
  readCString(address: number, maximum: number): Uint8Array | undefined {
    let length = 0;
    while (length < maximum) {
      // Up to the end of the page: a string may end right before an unmapped page.
      const step = Math.min(maximum - length, 4096 - ((address + length) % 4096));
      const piece = this.range(address + length, step);
      const zero = piece.indexOf(0);
      if (zero >= 0) return this.readBytes(address, length + zero);
      length += step;
    }
    return undefined;
  }

  /** A C string as text; bytes that are not UTF-8 as lone surrogates U+DC80…U+DCFF. */
  readString(address: number, maximum: number): string | undefined {
    const bytes = this.readCString(address, maximum);
    return bytes && decodeName(bytes);
  }
}
