/** What each operation does to the data flow of a block, by code: for the passes over cells. */

import { opRows } from './rows.ts';

/** Bits of a shape. */
export const shape = {
  /** Words 1, 2, 3 are values. */
  value1: 1,
  value2: 2,
  value3: 4,
  /** The cell produces a value. */
  result: 8,
  /** It can be dropped when its value is not used. */
  pure: 16,
  /** Guest state must be exact here: it may fault, trap or look at the state. */
  observer: 32,
  get: 64,
  put: 128,
  helper: 256,
  /** The next cell is raw bytes. */
  raw: 512,
  terminator: 1024,
  /** It reads or writes guest memory. */
  memory: 2048,
  /** It writes guest memory. */
  write: 4096,
  /** It reads or writes state that is always in memory. */
  state: 8192,
} as const;

const terminators = new Set(['jump', 'branch', 'call', 'jump_indirect', 'syscall', 'trap']);
const memoryOperations = new Set([
  'memory_copy',
  'memory_copy_forward',
  'memory_fill',
  'memory_mismatch',
  'memory_find',
]);

function shapeOf(index: number): number {
  const { name, kind, operands, result } = opRows[index]!;
  const values = [0, 1, 3, 7][operands.length]!;
  const produces = result ? shape.result : 0;
  const touches = shape.observer | shape.memory;
  switch (kind) {
    case 'plain':
      if (memoryOperations.has(name)) {
        return values | produces | touches | (result ? 0 : shape.write);
      }
      return values | produces | shape.pure;
    case 'load':
      return shape.value1 | produces | touches;
    case 'store':
      return shape.value1 | shape.value2 | touches | shape.write;
    case 'lane':
      return values | produces | shape.pure;
    case 'special':
      break;
  }
  if (terminators.has(name)) return values | shape.observer | shape.terminator;
  if (name.startsWith('get_')) return shape.result | shape.get | shape.pure;
  if (name.startsWith('put_')) return shape.value2 | shape.put;
  if (name === 'helper') return values | produces | shape.observer | shape.helper;
  if (name.startsWith('peek_')) return shape.result | shape.state | shape.pure;
  if (name.startsWith('poke_')) return shape.value2 | shape.state;
  if (name === 'leaf') return values | produces;
  if (name === 'trap_if') return values | shape.observer;
  const raw = name === 'shuffle' || name === 'constv128' ? shape.raw : 0;
  return values | produces | shape.pure | raw;
}

/** Shape of each operation; index 0 is no operation. */
export const shapes: Uint16Array = Uint16Array.from([
  0,
  ...opRows.map((_, index) => shapeOf(index)),
]);
