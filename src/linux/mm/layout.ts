/** Where things are in an address space: low and close together, because memory is one array. */

import { heapBytes, stackBytes } from '../limits.ts';

/** Lowest guest address that can be mapped (vm.mmap_min_addr). */
export const addressMin = 0x10000;
/** End of guest addresses: 65535 wasm pages above the bias. */
export const addressMax = 0xffffb000;
/** Where position-independent programs are loaded. */
export const pieBase = 0x400000;
/**
 * Where those without an interpreter are: one may be an interpreter itself that ldd starts, which
 * maps its program where that wants to be (load_elf_binary uses mmap's area for the same reason).
 */
export const interpreterBase = 0x4000000;

/** Room for the processor's first tables, between stack and heap. */
const hiddenBytes = 0x300000;
/**
 * Room for all others, between heap and mmap's area (arenaBytesMax and its tables): how much code
 * has been decoded must not show in the addresses mmap gives.
 */
const hiddenMoreBytes = 0x6000000;

/** Guest addresses of the parts of a fresh address space. */
export interface AddressLayout {
  readonly stackStart: number;
  readonly stackEnd: number;
  /** Where the processor's tables are looked room for. */
  readonly hiddenStart: number;
  readonly brkStart: number;
  readonly brkEnd: number;
  /** Where room is looked for when there is none at `hiddenStart`; up to `mmapBase`. */
  readonly hiddenMoreStart: number;
  /** mmap looks for room from here upwards. */
  readonly mmapBase: number;
}

/**
 * Program, stack, processor tables, heap, mmap's area: what a small program touches comes first,
 * so that its memory is small. Linux with randomised brk has gaps between program and heap too.
 */
export function layoutAfter(programEnd: number): AddressLayout {
  const unit = 0x10000;
  // A growing stack keeps its distance from the program.
  const stackStart = (Math.ceil(programEnd / unit) + 17) * unit;
  const stackEnd = stackStart + stackBytes;
  const hiddenStart = stackEnd + unit;
  const brkStart = hiddenStart + hiddenBytes;
  const brkEnd = brkStart + heapBytes;
  const hiddenMoreStart = brkEnd + unit;
  const mmapBase = hiddenMoreStart + hiddenMoreBytes;
  return { stackStart, stackEnd, hiddenStart, brkStart, brkEnd, hiddenMoreStart, mmapBase };
}
