/**
 * What the suite of precise faults needs of an instruction set: a program whose handlers write down
 * the exact state at each fault, change it and go on.
 */

/** Iterations of a loop before the one that faults: enough to have it translated. */
export const turns = 300;

/** Numbers of signals, the same on these architectures: signal(7). */
export const signals = { ill: 4, trap: 5, bus: 7, fpe: 8, segv: 11 } as const;

/** SA_SIGINFO | SA_RESTORER, where the kernel takes a restorer. */
export const actionFlags = 0x0400_0004;

/** One instruction set's program; a row of `sets` in `precise_faults.test.ts`. */
export interface FaultSet {
  /** OCI architecture. */
  readonly architecture: string;
  /** QEMU's name of it. */
  readonly qemu: string;
  /** Static ELF file; the same bytes each time. Its output depends on nothing but itself. */
  build(): Uint8Array;
  /** One line a fault, its name first, of what the program wrote. */
  lines(output: Uint8Array): string[];
  /** -cpu of QEMU; `max` otherwise. */
  readonly cpu?: string;
  /** A line of QEMU as Linux itself writes it. */
  readonly asLinux?: (line: string) => string;
  /** A line without what QEMU never gets right. */
  readonly comparable?: (line: string) => string;
  /** Faults QEMU gets wrong, by name, with the reason. */
  readonly qemuWrong?: ReadonlyMap<string, string>;
}
