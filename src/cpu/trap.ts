/** Why guest execution stopped; the only thing the processor tells the operating system layer. */

/**
 * - `syscall`: a system-call instruction was executed; `pc` is already past it.
 * - `fuel`: the quantum is used up.
 * - `memory`: an access to `address` faulted; `pc` is that of the instruction.
 * - `illegal`: undefined or privileged instruction at `pc`.
 * - `divide`: integer division by zero or overflow at `pc` (x86 #DE, s390x fixed/decimal-divide).
 * - `arithmetic`: other arithmetic trap (s390x data exception, trapping overflow).
 * - `breakpoint`: INT3, BRK, the s390x 0x0001 halfword; `detail` is the immediate.
 * - `alignment`: an alignment fault (s390x specification exception, exclusives).
 */
export type TrapKind =
  | 'syscall'
  | 'fuel'
  | 'memory'
  | 'illegal'
  | 'divide'
  | 'arithmetic'
  | 'breakpoint'
  | 'alignment';

/** Trap kinds in the order of their numbers in the state area. */
export const trapKinds: readonly TrapKind[] = [
  'syscall',
  'fuel',
  'memory',
  'illegal',
  'divide',
  'arithmetic',
  'breakpoint',
  'alignment',
];

export interface Trap {
  readonly kind: TrapKind;
  /** Guest address (u32) of the instruction; for `syscall` of the next one. */
  readonly pc: number;
  /** Faulting guest address (u32) of a `memory` or `alignment` trap, else 0. */
  readonly address: number;
  /** Immediate operand of the instruction where it has one (SVC n, BRK n), else 0. */
  readonly detail: number;
  /** Whether a `memory` trap was a write. */
  readonly write: boolean;
}

/**
 * Whether a `memory` trap came of fetching the instruction: it is at its address, or where its rest
 * begins on the next page (of 4096 bytes).
 */
export function isFetch({ kind, pc, address, write }: Trap, instructionBytesMax: number): boolean {
  const ahead = address - pc;
  const rest = ahead > 0 && ahead < instructionBytesMax && address % 4096 === 0;
  return kind === 'memory' && !write && (ahead === 0 || rest);
}

/** Thrown by a helper (`Isa.helpers`) to trap at the instruction that called it. */
export class GuestTrap extends Error {
  readonly kind: TrapKind;
  /** Faulting guest address (u32) of a `memory` or `alignment` trap. */
  readonly address: number;
  readonly detail: number;
  /** Whether a `memory` trap was a write. */
  readonly write: boolean;

  constructor(
    kind: TrapKind,
    address = 0,
    { detail = 0, write = false }: { detail?: number; write?: boolean } = {},
  ) {
    super(`guest trap ${kind}`);
    this.name = 'GuestTrap';
    this.kind = kind;
    this.address = address;
    this.detail = detail;
    this.write = write;
  }
}
