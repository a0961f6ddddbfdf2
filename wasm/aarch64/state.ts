/** Where state is that is always in memory: wasm addresses, in the order of `registers.ts`. */

export const fpcrAt: u32 = 0x100;
export const fpsrAt: u32 = 0x104;
/** `floatQuick`. */
export const quickAt: u32 = 0x108;
/** `helperOperands`. */
export const vd: u32 = 0x110;
export const vn: u32 = 0x120;
export const vm: u32 = 0x130;
