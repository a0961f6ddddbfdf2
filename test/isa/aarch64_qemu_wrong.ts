/** Instructions QEMU 7.2 executes otherwise than the Arm ARM (DDI 0487) says. */

interface Wrong {
  /** Bits of the instruction word that name the case. */
  readonly mask: number;
  readonly value: number;
  /** What is wrong there, with the section that says so. */
  readonly why: string;
}

const wrong: readonly Wrong[] = [
  {
    mask: 0xfff0fc00 | 0,
    value: 0x5f10fc00,
    why: 'FCVTZS Hd, Hn, #fbits sets bits 31…16 to the sign; C7.2.92: V[d] = a 16-bit result',
  },
];

/** Whether random programs leave a word out, because QEMU cannot tell the right result. */
export function isWrongInQemu(word: number): boolean {
  return wrong.some(({ mask, value }) => (word & mask) === value);
}
