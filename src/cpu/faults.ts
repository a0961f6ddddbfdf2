/** From an exception out of wasm to the guest's trap. */

import type { DecodedBlock } from './blocks.ts';
import { blockHeaderBytes, coreWord } from './interpreter/layout.ts';
import { opCode, opRows } from './ir/rows.ts';
import { shape, shapes } from './ir/shapes.ts';
import { guestBias, stateOffset } from './state.ts';
import { GuestTrap, type TrapKind } from './trap.ts';

/** What translated code leaves in `stateOffset.cell` during an operation on ranges of memory. */
export const rangeFaultMark = 1;

/** Where the interpreter was when an exception came. */
export interface Interrupted {
  readonly block: DecodedBlock;
  /** wasm address of its cells, and number of the cell that was executed. */
  readonly cells: number;
  readonly cell: number;
  /** Index of the guest instruction in the block. */
  readonly instruction: number;
}

/** The interpreter's position, or undefined when translated code was running. */
export function interrupted(
  words: Int32Array,
  blockAt: (address: number) => DecodedBlock | undefined,
): Interrupted | undefined {
  const cellAddress = words[stateOffset.cell >> 2]!;
  if (cellAddress === 0 || cellAddress === rangeFaultMark) return undefined;
  const address = words[coreWord.block >> 2]!;
  const block = blockAt(address);
  if (!block) return undefined;
  const cells = (address >>> 0) + blockHeaderBytes;
  const cell = ((cellAddress >>> 0) - cells) >> 4;
  return { block, cells, cell, instruction: instructionOf(block, cell) };
}

/** Index of the instruction a cell belongs to. */
export function instructionOf(block: DecodedBlock, cell: number): number {
  let found = 0;
  while (found + 1 < block.instructions && block.instructionCell[found + 1]! <= cell) found++;
  return found;
}

/** What a `WebAssembly.RuntimeError` or an exception of a helper means to the guest. */
export function trapOf(
  error: unknown,
  view: DataView,
  at: Interrupted | undefined,
): GuestTrap | undefined {
  if (error instanceof GuestTrap) return error;
  if (!(error instanceof WebAssembly.RuntimeError)) return undefined;
  if (at) return trapOfCell(view, at);
  if (view.getUint32(stateOffset.cell, true) === rangeFaultMark) {
    const word = (n: number): number => view.getUint32(coreWord.helper + 4 * n, true);
    return trapOfRange(view, word(3), [word(0), word(1), word(2)]);
  }
  const kind = trapOfMessage(error.message);
  return kind && new GuestTrap(kind);
}

/** Translated code gives no more than the engine's message. */
function trapOfMessage(message: string): TrapKind | undefined {
  if (/memory|out[- ]of[- ]bounds/i.test(message) && !/table/i.test(message)) return 'memory';
  if (/divi|remainder|unrepresentable|integer overflow/i.test(message)) return 'divide';
  return undefined;
}

function trapOfCell(view: DataView, { cells, cell }: Interrupted): GuestTrap | undefined {
  const at = cells + cell * 16;
  const word = (n: number): number => view.getInt32(at + n * 4, true);
  const operand = (n: number): number => view.getUint32(word(n), true);
  const row = opRows[(word(0) & 0xffff) - 1];
  if (!row) return undefined;
  const bits = shapes[row.code]!;
  if (!(bits & shape.memory)) return new GuestTrap('divide');
  const write = (bits & shape.write) !== 0;
  if (row.kind === 'load' || row.kind === 'store') {
    // The displacement has the bias subtracted.
    const displacement = word(row.kind === 'load' ? 2 : 3) + guestBias;
    return new GuestTrap('memory', (operand(1) + displacement) >>> 0, { write });
  }
  return trapOfRange(view, row.code, [operand(1), operand(2), operand(3)]);
}

/** Which range of a memory_copy and its like is outside memory. */
function trapOfRange(
  view: DataView,
  code: number,
  [first, second, length]: [number, number, number],
): GuestTrap {
  const outside = (address: number): boolean =>
    ((address - guestBias) >>> 0) + length > view.byteLength;
  const write = (shapes[code]! & shape.write) !== 0;
  const hasOneRange = code === opCode.memory_fill || code === opCode.memory_find;
  if (hasOneRange || outside(first)) {
    return new GuestTrap('memory', firstOutside(first, view), { write });
  }
  return new GuestTrap('memory', firstOutside(second, view));
}

/** First address of a range from `address` on that is not in memory. */
function firstOutside(address: number, view: DataView): number {
  const end = view.byteLength + guestBias;
  return address < guestBias || address >= end ? address : end;
}
