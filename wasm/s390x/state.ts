/** Where registers lie in the state area; `helper_module.ts` asserts that this is so. */

const vectors: u32 = 0x100;
const general: u32 = 0x300;
const control: u32 = 0x3c0;

/** wasm address of vector register n: element 0 is in its highest bytes. */
export function vectorAddress(n: u32): u32 {
  return vectors + 16 * n;
}

export function vectorHigh(n: u32): u64 {
  return load<u64>(vectorAddress(n), 8);
}

export function vectorLow(n: u32): u64 {
  return load<u64>(vectorAddress(n));
}

export function setVector(n: u32, high: u64, low: u64): void {
  store<u64>(vectorAddress(n), high, 8);
  store<u64>(vectorAddress(n), low);
}

export function setFloat(n: u32, bits: u64): void {
  store<u64>(vectorAddress(n), bits, 8);
}

/** Writes the left half of a floating-point register. */
export function setShort(n: u32, bits: u32): void {
  store<u32>(vectorAddress(n), bits, 12);
}

export function setGeneral(n: u32, value: u64): void {
  store<u64>(general + 8 * n, value);
}

export function setGeneralLow(n: u32, value: u32): void {
  store<u32>(general + 8 * n, value);
}

export function fpc(): u32 {
  return load<u32>(control);
}

export function setFpc(value: u32): void {
  store<u32>(control, value);
}
