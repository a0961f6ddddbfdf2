/** Which form of the instruction set is being lowered; set by `aarch64.ts` for each instruction. */

let exact = false;

/** Whether floating-point instructions mind FPCR and raise flags. */
export function isExact(): boolean {
  return exact;
}

export function setExact(value: boolean): void {
  exact = value;
}
