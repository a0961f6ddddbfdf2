/** Where things are in an address space: low and close together, because memory is one array. */

import { heapBytes, stackBytes } from '../limits.ts';
import { pageBytes } from './mapping.ts';

/** Lowest guest address that can be mapped (vm.mmap_min_addr). */
export const addressMin = 0x10000;
/** End of guest addresses: 65535 wasm pages above the bias. */
export const addressMax = 0xffffb000;
/** Where position-independent programs are loaded. */
export const pieBase = 0x400000;

/** Guest addresses of the parts of a fresh address space. */
export interface AddressLayout {
  /** Start of the heap: the page after the program. */
  readonly brkStart: number;
  readonly brkEnd: number;
  readonly stackStart: number;
  readonly stackEnd: number;
  /** mmap looks for room from here upwards. */
  readonly mmapBase: number;
}

/** Program, then room for brk, the stack, and mmap's area above, as low as the program allows. */
export function layoutAfter(programEnd: number): AddressLayout {
  const brkStart = Math.ceil(programEnd / pageBytes) * pageBytes;
  const guard = 0x10000;
  const brkEnd = brkStart + heapBytes;
  const stackStart = brkEnd + guard;
  const stackEnd = stackStart + stackBytes;
  const mmapBase = Math.ceil((stackEnd + guard) / 0x10000) * 0x10000;
  return { brkStart, brkEnd, stackStart, stackEnd, mmapBase };
}
