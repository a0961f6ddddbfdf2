// hot path: runs once per decoded block, in a cold process. No objects per cell.
/**
 * Turns the builder's cells into the interpreter's: values read from guest state are forwarded,
 * cells without effect are dropped, and operands become wasm addresses.
 *
 * Guest state stays exact at every cell that may fault, trap or look at it: a `put` is dropped only
 * when another one to the same slot follows with none of those between.
 */

import { blockHeaderBytes, observedTargetsMax } from '../interpreter/layout.ts';
import { blockOpsMax, guestBias, stateOffset } from '../state.ts';
import type { Builder } from './builder.ts';
import { lanes } from './ops.ts';
import { opCode, opRows } from './rows.ts';
import { shape, shapes } from './shapes.ts';

export interface CompactCells {
  readonly words: Int32Array;
  readonly last: number;
  readonly instructions: number;
  readonly instructionCell: Uint16Array;
  readonly instructionPc: Uint32Array;
}

const slotWords = stateOffset.temps / 4;
const never = 0x7fffffff;
// Scratch of the passes, by cell or by slot; valid during one call.
const dead = new Uint8Array(blockOpsMax);
const replacement = new Int32Array(blockOpsMax);
const lastUse = new Int32Array(blockOpsMax);
const aliased = new Uint8Array(blockOpsMax);
const operandAddress = new Int32Array(blockOpsMax);
const newCell = new Uint16Array(blockOpsMax + 1);
const slotValue = new Int32Array(slotWords);
const slotNextPut = new Int32Array(slotWords);
const slotCovered = new Int32Array(slotWords);

/** Bytes of a lane by operation code, else 0. */
export const laneBytes: Uint8Array = Uint8Array.from([
  0,
  ...opRows.map(({ name, kind }) =>
    kind === 'lane' ? 16 / lanes[name as keyof typeof lanes][2] : 0,
  ),
]);

/** See above; the builder's cells are overwritten. */
export function compactCells(b: Builder): CompactCells {
  forwardState(b);
  markDead(b);
  return emit(b);
}

/** Replaces a `get` by the value last put into the slot or got from it in this block. */
function forwardState({ words, count }: Builder): void {
  slotValue.fill(-1);
  for (let n = 0; n < count; n++) {
    const at = n * 4;
    const bits = shapes[words[at]! & 0xffff]!;
    dead[n] = 0;
    replacement[n] = n;
    if (bits & shape.value1) words[at + 1] = replacement[words[at + 1]!]!;
    if (bits & shape.value2) words[at + 2] = replacement[words[at + 2]!]!;
    if (bits & shape.value3) words[at + 3] = replacement[words[at + 3]!]!;
    if (bits & shape.get) {
      const slot = words[at + 1]! >> 2;
      if (slotValue[slot]! >= 0) {
        replacement[n] = slotValue[slot]!;
        dead[n] = 1;
      } else {
        slotValue[slot] = n;
      }
    } else if (bits & shape.put) {
      slotValue[words[at + 1]! >> 2] = words[at + 2]!;
    } else if (bits & shape.helper) {
      slotValue.fill(-1);
    } else if (bits & shape.raw) {
      dead[++n] = 2;
    }
  }
}

/** Backwards: unused values, overwritten slots; and which `get`s can be read in place. */
function markDead({ words, count }: Builder): void {
  slotNextPut.fill(never);
  slotCovered.fill(0);
  lastUse.fill(-1, 0, count);
  let epoch = 1;
  let nextHelper = never;
  for (let n = count - 1; n >= 0; n--) {
    if (dead[n]) continue;
    const at = n * 4;
    const bits = shapes[words[at]! & 0xffff]!;
    const unused = lastUse[n]! < 0;
    if (bits & shape.pure && unused) {
      dead[n] = 1;
      if (bits & shape.raw) dead[n + 1] = 1;
      continue;
    }
    if (bits & shape.get) {
      const slot = words[at + 1]! >> 2;
      slotCovered[slot] = 0;
      const stable = Math.min(slotNextPut[slot]!, nextHelper) >= lastUse[n]!;
      aliased[n] = stable ? 1 : 0;
      continue;
    }
    if (bits & shape.put) {
      const slot = words[at + 1]! >> 2;
      if (slotCovered[slot] === epoch) {
        dead[n] = 1;
        continue;
      }
      slotCovered[slot] = epoch;
      slotNextPut[slot] = n;
    }
    if (bits & shape.observer) epoch++;
    if (bits & shape.helper) nextHelper = n;
    if (bits & shape.value1) use(words[at + 1]!, n);
    if (bits & shape.value2) use(words[at + 2]!, n);
    if (bits & shape.value3) use(words[at + 3]!, n);
  }
}

function use(value: number, by: number): void {
  if (lastUse[value]! < by) lastUse[value] = by;
}

/** Renumbers what is left and writes it with its links. */
function emit(b: Builder): CompactCells {
  const { words, count } = b;
  let cells = 0;
  for (let n = 0; n < count; n++) {
    newCell[n] = cells;
    if (dead[n] === 1) continue;
    const isGet = dead[n] === 0 && (shapes[words[n * 4]! & 0xffff]! & shape.get) !== 0;
    if (isGet && aliased[n]) {
      operandAddress[n] = words[n * 4 + 1]!;
      dead[n] = 1;
    } else {
      operandAddress[n] = stateOffset.temps + 16 * cells++;
    }
  }
  newCell[count] = cells;
  const last = cells - 1;
  const terminator = words[(count - 1) * 4]!;
  const records = (terminator & 0xffff) === opCode.jump_indirect && terminator >>> 16 === 0;
  const extra = records ? observedTargetsMax : 4;
  const out = new Int32Array(cells * 4 + extra);
  for (let n = 0; n < count; n++) if (dead[n] !== 1) emitCell(words, n, out, newCell[n]! * 4);
  const { instructions } = b;
  const instructionCell = new Uint16Array(instructions);
  for (let i = 0; i < instructions; i++) instructionCell[i] = newCell[b.instructionCell[i]!]!;
  const instructionPc = b.instructionPc.slice(0, instructions);
  finishTraps(out, last, instructionCell);
  writeFuelChecks(out, last * 4, instructionPc[instructions - 1] ?? b.pc);
  return { words: out, last, instructions, instructionCell, instructionPc };
}

function emitCell(words: Int32Array, n: number, out: Int32Array, to: number): void {
  const at = n * 4;
  out[to] = words[at]!;
  out[to + 1] = words[at + 1]!;
  out[to + 2] = words[at + 2]!;
  out[to + 3] = words[at + 3]!;
  if (dead[n] === 2) return;
  const code = words[at]! & 0xffff;
  const bits = shapes[code]!;
  if (bits & shape.value1) out[to + 1] = operandAddress[words[at + 1]!]!;
  if (bits & shape.value2) out[to + 2] = operandAddress[words[at + 2]!]!;
  if (bits & shape.value3) out[to + 3] = operandAddress[words[at + 3]!]!;
  const lane = laneBytes[code]!;
  if (lane) out[to] = code | (((words[at]! >>> 16) * lane) << 16);
  if (bits & shape.memory) {
    const { kind } = opRows[code - 1]!;
    // The bias is subtracted here once instead of at every execution.
    if (kind === 'load') out[to + 2] = out[to + 2]! - guestBias;
    if (kind === 'store') out[to + 3] = out[to + 3]! - guestBias;
  }
}

/** `trap_if` cells also carry how many instructions of the block came before: bits 20…31. */
function finishTraps(out: Int32Array, last: number, instructionCell: Uint16Array): void {
  let instruction = 0;
  for (let n = 0; n < last; n++) {
    while (instruction + 1 < instructionCell.length && instructionCell[instruction + 1]! <= n) {
      instruction++;
    }
    const code = out[n * 4]! & 0xffff;
    if (code === opCode.trap_if) out[n * 4] = out[n * 4]! | (instruction << 20);
    if (shapes[code]! & shape.raw) n++;
  }
}

/** Direct transfers backwards check fuel (calls, returns and indirect jumps always do). */
function writeFuelChecks(out: Int32Array, at: number, from: number): void {
  const code = out[at]! & 0xffff;
  if (code === opCode.jump) out[at + 6] = out[at + 1]! >>> 0 <= from ? 1 : 0;
  if (code === opCode.branch) {
    out[at + 6] = out[at + 2]! >>> 0 <= from ? 1 : 0;
    out[at + 7] = out[at + 3]! >>> 0 <= from ? 1 : 0;
  }
}

/** Bytes a block takes in the arena. */
export function blockBytes(words: Int32Array): number {
  return blockHeaderBytes + words.length * 4;
}
