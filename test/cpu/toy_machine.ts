/** A processor over a toy program, with a small memory. */

import {
  type Cpu,
  createCpu,
  createTranslationCache,
  type TierPolicy,
  type TranslationCache,
} from '../../src/cpu/cpu.ts';
import { right, rightsTableBytes } from '../../src/cpu/protection.ts';
import { guestBias, type Slot, stateOffset } from '../../src/cpu/state.ts';
import { type ToyInstruction, type ToyIsa, toyBase } from './toy_isa.ts';

/** Guest address of 64 KiB of data. */
export const dataBase = 0x40000;
/** End of the memory the guest has at first (guest address); the processor's tables follow. */
export const memoryEnd: number = 0x80000 + guestBias;

export class ToyMachine {
  readonly isa: ToyIsa;
  readonly memory: WebAssembly.Memory = new WebAssembly.Memory({ initial: 8, maximum: 4096 });
  readonly cpu: Cpu;

  constructor(
    isa: ToyIsa,
    program: readonly ToyInstruction[],
    tier: TierPolicy = 'tiered',
    cache: TranslationCache = createTranslationCache(),
    isChecked: boolean = false,
  ) {
    this.isa = isa;
    isa.place(this.memory, program);
    this.cpu = createCpu({
      isa,
      memory: this.memory,
      cache,
      tier,
      allocate: allocator(this.memory),
      entropy: () => 42n,
      ...(isChecked ? { rights: allocator(this.memory)(rightsTableBytes) } : {}),
    });
    this.cpu.protect(0x10000, memoryEnd, right.read | right.write | right.execute);
    this.pc = toyBase;
  }

  get view(): DataView {
    return new DataView(this.memory.buffer);
  }

  get pc(): number {
    return this.view.getUint32(stateOffset.pc, true);
  }

  set pc(pc: number) {
    this.view.setUint32(stateOffset.pc, pc, true);
  }

  /** Bits of an integer slot. */
  get(slot: Slot): bigint {
    return slot.type === 'i32' || slot.type === 'f32'
      ? BigInt(this.view.getUint32(slot.offset, true))
      : this.view.getBigUint64(slot.offset, true);
  }

  set(slot: Slot, bits: bigint): void {
    if (slot.type === 'i32' || slot.type === 'f32') {
      this.view.setUint32(slot.offset, Number(BigInt.asUintN(32, bits)), true);
    } else {
      this.view.setBigUint64(slot.offset, BigInt.asUintN(64, bits), true);
    }
  }

  /** All slots as text: to compare two machines. */
  state(): string {
    const bytes = new Uint8Array(this.memory.buffer);
    const lines = this.isa.slots.map(({ name, offset, type }) => {
      const size = { i32: 4, i64: 8, f32: 4, f64: 8, v128: 16 }[type];
      const hex = [...bytes.subarray(offset, offset + size)].reverse();
      return `${name}=${hex.map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
    });
    return lines.join(' ');
  }

  /** The guest's data area as text. */
  data(bytes = 4096): string {
    const start = dataBase - guestBias;
    return String(new Uint8Array(this.memory.buffer).subarray(start, start + bytes));
  }
}

/** Gives address space by growing the memory. */
export function allocator(memory: WebAssembly.Memory): (bytes: number) => number {
  return (bytes) => memory.grow(bytes / 0x10000) * 0x10000 + guestBias;
}
