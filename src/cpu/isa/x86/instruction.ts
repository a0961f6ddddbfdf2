/** One decoded instruction: plain numbers, reused for every decode. */

import type { Row } from './row.ts';

/** Width of an integer operand in bits. */
export type Bits = 8 | 16 | 32 | 64;

/**
 * Legacy prefixes that decide the meaning of an opcode (SDM vol. 2, 2.1.2): bits of `Row.prefixes`.
 */
export const prefixBit = { none: 1, x66: 2, xF3: 4, xF2: 8 } as const;

/** A decoded instruction: its row and the fields of its encoding. */
export class Instruction {
  row: Row | undefined;
  /** Guest address (u32). */
  pc = 0;
  /** Length in bytes. */
  bytes = 0;
  /** Last opcode byte. */
  opcode = 0;
  /** REX prefix or 0; a VEX prefix leaves its W, R, X, B here. */
  rex = 0;
  /** Register in VEX.vvvv, and VEX.L. */
  vvvv = 0;
  vectorLength = 0;
  /** 0, 0xf2 or 0xf3. */
  repeat = 0;
  /** Whether 66, 67, F0 were seen. */
  operandPrefix = false;
  addressPrefix = false;
  lock = false;
  /** 0, 0x64 (FS) or 0x65 (GS). */
  segment = 0;
  /** Operand-size attribute. */
  size: Bits = 32;
  modrm = 0;
  mod = 0;
  /** ModRM.reg with REX.R. */
  reg = 0;
  /** ModRM.rm with REX.B; meaningful with mod = 3. */
  rm = 0;
  /** Register encoded in the opcode, with REX.B. */
  opcodeReg = 0;
  /** Base and index registers of the memory operand, −1 for none; 16 is RIP. */
  base = -1;
  index = -1;
  scale = 0;
  displacement = 0;
  /** Immediate, sign-extended from its encoded size; the low half of an imm64. */
  immediate = 0;
  /** High half of an imm64; otherwise the sign of `immediate`. */
  immediateHigh = 0;
  /** Second immediate (ENTER). */
  immediate2 = 0;

  /** Whether the r/m operand is in memory. */
  get inMemory(): boolean {
    return this.mod !== 3;
  }
}
