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
  readonly instructionCell: Int16Array;
  /** Signed: use `>>> 0`. */
  readonly instructionPc: Int32Array;
}

/**
 * Small arrays cut from large ones: a buffer of its own for each is what a cold start would feel.
 */
class Pool {
  #words = new Int32Array(0);
  #wordsUsed = 0;
  #shorts = new Int16Array(0);
  #shortsUsed = 0;

  words(count: number): Int32Array {
    if (this.#wordsUsed + count > this.#words.length) {
      this.#words = new Int32Array(poolEntries);
      this.#wordsUsed = 0;
    }
    return this.#words.subarray(this.#wordsUsed, (this.#wordsUsed += count));
  }

  shorts(count: number): Int16Array {
    if (this.#shortsUsed + count > this.#shorts.length) {
      this.#shorts = new Int16Array(poolEntries);
      this.#shortsUsed = 0;
    }
    return this.#shorts.subarray(this.#shortsUsed, (this.#shortsUsed += count));
  }
}

/** Entries of a pool's arrays; more than a block can need. */
const poolEntries = 0x8000;
const pool = new Pool();

const slotWords = stateOffset.temps / 4;
const never = 0x7fffffff;
// Scratch of the passes, by cell or by slot; valid during one call.
const dead = new Uint8Array(blockOpsMax);
const replacement = new Int32Array(blockOpsMax);
const lastUse = new Int32Array(blockOpsMax);
const aliased = new Uint8Array(blockOpsMax);
const operandAddress = new Int32Array(blockOpsMax);
const written = new Int32Array(blockOpsMax * 4);
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

/** By operation code: bytes of a lane, or minus the word of a displacement, or 0. */
const adjusts: Int8Array = Int8Array.from([
  0,
  ...opRows.map(({ kind, code }) =>
    kind === 'load' ? -2 : kind === 'store' ? -3 : laneBytes[code]!,
  ),
]);

/** For operations that extract a lane: the one that replaces it; else 0. */
const replaces: Int16Array = Int16Array.from([
  0,
  ...opRows.map(({ name }) => {
    const other = name.replace(/_extract_lane(_[su])?$/, '_replace_lane');
    return other !== name && /^[if](32x4|64x2)/.test(name)
      ? opCode[other as keyof typeof lanes]
      : 0;
  }),
]);

/** See above; the builder's cells are overwritten. */
export function compactCells(b: Builder): CompactCells {
  forwardState(b);
  markDead(b);
  return emit(b);
}

/**
 * Replaces a `get` by the value last put into the slot or got from it in this block, and a lane
 * extracted from a vector it was just put into by that scalar.
 */
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
    } else if (replaces[words[at]! & 0xffff]) {
      const from = words[at + 1]! * 4;
      const same = words[from]! === (replaces[words[at]! & 0xffff]! | (words[at]! & 0xffff0000));
      if (!same) continue;
      replacement[n] = words[from + 2]!;
      dead[n] = 1;
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

/** Renumbers what is left and writes it with its links, in one walk. */
function emit(b: Builder): CompactCells {
  const { words, count, instructions } = b;
  const instructionCell = pool.shorts(instructions);
  const trapIf = opCode.trap_if;
  let cells = 0;
  let begun = 0;
  for (let n = 0; n < count; n++) {
    while (begun < instructions && b.instructionCell[begun]! <= n) instructionCell[begun++] = cells;
    if (dead[n] === 1) continue;
    const at = n * 4;
    const to = cells * 4;
    const code = words[at]! & 0xffff;
    if (dead[n] === 0) {
      const bits = shapes[code]!;
      if (bits & shape.get && aliased[n]) {
        operandAddress[n] = words[at + 1]!;
        continue;
      }
      operandAddress[n] = stateOffset.temps + 16 * cells;
      if (bits & shape.value1) words[at + 1] = operandAddress[words[at + 1]!]!;
      if (bits & shape.value2) words[at + 2] = operandAddress[words[at + 2]!]!;
      if (bits & shape.value3) words[at + 3] = operandAddress[words[at + 3]!]!;
      const adjust = adjusts[code]!;
      if (adjust !== 0) adjustCell(words, at, adjust);
      // These also carry how many instructions of the block came before: bits 20…31.
      if (code === trapIf) words[at]! |= (begun - 1) << 20;
    }
    written[to] = words[at]!;
    written[to + 1] = words[at + 1]!;
    written[to + 2] = words[at + 2]!;
    written[to + 3] = words[at + 3]!;
    cells++;
  }
  while (begun < instructions) instructionCell[begun++] = cells - 1;
  const last = cells - 1;
  const terminator = written[last * 4]!;
  const records = (terminator & 0xffff) === opCode.jump_indirect && terminator >>> 16 === 0;
  const out = pool.words(cells * 4 + (records ? observedTargetsMax : 4));
  out.set(written.subarray(0, cells * 4));
  const instructionPc = pool.words(instructions);
  for (let i = 0; i < instructions; i++) instructionPc[i] = b.instructionPc[i]!;
  writeFuelChecks(out, last * 4, (instructions ? instructionPc[instructions - 1]! : b.pc) >>> 0);
  return { words: out, last, instructions, instructionCell, instructionPc };
}

/** Lane numbers become byte offsets; the bias is subtracted from displacements once, here. */
function adjustCell(words: Int32Array, at: number, adjust: number): void {
  if (adjust < 0) words[at - adjust] = words[at - adjust]! - guestBias;
  else words[at] = (words[at]! & 0xffff) | (((words[at]! >>> 16) * adjust) << 16);
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
