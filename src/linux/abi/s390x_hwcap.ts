/** AT_HWCAP of s390x: arch/s390/include/asm/elf.h, arch/s390/kernel/processor.c. */

import { facilities } from '../../cpu/isa/s390x/system.ts';

/**
 * Names of the bits from 0 up, as /proc/cpuinfo prints them, with the facilities that make each
 * (Principles of Operation, "Facility indications"); without a list Linux does not offer it here.
 */
const bits: readonly (readonly [name: string, facilities: readonly number[] | undefined])[] = [
  ['esan3', [0]],
  ['zarch', [2]],
  ['stfle', [7]],
  ['msa', [17]],
  ['ldisp', [18]],
  ['eimm', [21]],
  ['dfp', [42, 44]],
  ['edat', undefined],
  ['etf3eh', [22, 30]],
  // Registers of 64 bits are there in every z/Architecture process.
  ['highgprs', []],
  ['te', undefined],
  ['vx', [129]],
  ['vxd', [129, 134]],
  ['vxe', [129, 135]],
];

const isOffered = (needed: readonly number[] | undefined): boolean =>
  needed?.every((facility) => facilities.includes(facility)) === true;

/** AT_HWCAP: what STFLE reports, for programs that ask the kernel instead. */
export const s390xHwcap: bigint = bits.reduce(
  (set, [, needed], bit) => (isOffered(needed) ? set | (1n << BigInt(bit)) : set),
  0n,
);

/** The same as names, for /proc/cpuinfo. */
export const s390xFeatures: readonly string[] = bits
  .filter(([, needed]) => isOffered(needed))
  .map(([name]) => name);
