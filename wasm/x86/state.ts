/**
 * Where the state is that the helpers share with the instruction rows: wasm addresses, given by
 * `src/cpu/isa/x86/registers.ts`, which lays these slots out first. All of it is always in memory.
 */

/** x87: eight physical registers, their significands and their sign-and-exponent words. */
export const significands: u32 = 0x100;
export const exponents: u32 = 0x140;
/** Number of the physical register that is ST(0). */
export const top: u32 = 0x160;
/** Bit n: physical register n is empty. */
export const empty: u32 = 0x164;
export const control: u32 = 0x168;
/** The status word without TOP. */
export const status: u32 = 0x16c;
export const mxcsr: u32 = 0x170;
/** Unmasked exceptions of the floating-point operation just done. */
export const pending: u32 = 0x174;
/** Four words of 16 bytes: operands of vector operations; the result is in the first. */
export const operands: u32 = 0x180;
