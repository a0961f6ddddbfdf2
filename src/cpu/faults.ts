/** From an exception out of wasm to the guest's trap. */

import type { DecodedBlock } from './blocks.ts';
import { blockHeaderBytes, coreWord } from './interpreter/layout.ts';
import { opRows } from './ir/rows.ts';
import { shape, shapes } from './ir/shapes.ts';
import { firstDenied, rangesOf, right } from './protection.ts';
import { guestBias, stateOffset } from './state.ts';
import { GuestTrap, type TrapKind } from './trap.ts';

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
  if (cellAddress === 0) return undefined;
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
  const kind = trapOfMessage(error.message);
  return kind && new GuestTrap(kind);
}

/** Translated code without checks gives no more than the engine's message. */
function trapOfMessage(message: string): TrapKind | undefined {
  if (/memory|out[- ]of[- ]bounds/i.test(message) && !/table/i.test(message)) return 'memory';
  if (/divi|remainder|unrepresentable|integer overflow/i.test(message)) return 'divide';
  return undefined;
}

/**
 * Whether what the instruction's `cell` loads is stored to afterwards: a processor asks for the
 * right to write before it reads.
 */
function isModified(view: DataView, { block, cells, cell, instruction }: Interrupted): boolean {
  const word = (at: number, n: number): number => view.getInt32(cells + at * 16 + n * 4, true);
  const end = block.instructionCell[instruction + 1] ?? block.last;
  const last = instruction + 1 < block.instructions ? end : block.last;
  for (let at = cell + 1; at < last; at++) {
    const code = word(at, 0) & 0xffff;
    const stores = opRows[code - 1]?.kind === 'store';
    if (stores && word(at, 1) === word(cell, 1) && word(at, 3) === word(cell, 2)) return true;
    if ((shapes[code] ?? 0) & shape.raw) at++;
  }
  return false;
}

function trapOfCell(view: DataView, at: Interrupted): GuestTrap | undefined {
  const cell = at.cells + at.cell * 16;
  const word = (n: number): number => view.getInt32(cell + n * 4, true);
  const operand = (n: number): number => view.getUint32(word(n), true);
  const row = opRows[(word(0) & 0xffff) - 1];
  if (!row) return undefined;
  const bits = shapes[row.code]!;
  if (!(bits & shape.memory)) return new GuestTrap('divide');
  if (row.kind === 'load' || row.kind === 'store') {
    // The displacement has the bias subtracted.
    const displacement = word(row.kind === 'load' ? 2 : 3) + guestBias;
    const wanted = row.kind === 'store' ? right.write : right.read;
    const trap = trapOfRange(view, (operand(1) + displacement) >>> 0, row.bytes, wanted);
    const write = trap?.write === false && isModified(view, at);
    return write ? new GuestTrap('memory', trap.address, { write }) : trap;
  }
  for (const [n, wanted] of rangesOf(row.code)) {
    const trap = trapOfRange(view, operand(n), operand(3), wanted);
    if (trap) return trap;
  }
  return undefined;
}

/** The trap of the first byte of a range that must not be accessed, if there is one. */
function trapOfRange(
  view: DataView,
  address: number,
  bytes: number,
  wanted: number,
): GuestTrap | undefined {
  const denied = firstDenied(view, address, bytes, wanted);
  return denied < 0
    ? undefined
    : new GuestTrap('memory', denied, { write: wanted === right.write });
}
