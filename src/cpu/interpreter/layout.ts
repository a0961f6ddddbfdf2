/**
 * The memory the interpreter works on: words of the state area, decoded blocks, and the table of
 * blocks by guest address. All of it is in the guest's own wasm memory, so a fork copies it.
 */

/** Words of the core at the start of `stateOffset.scratch` (wasm addresses). */
export const coreWord = {
  /** wasm address of the block table. */
  table: 0x20,
  /** Entries of the block table less one (a power of two less one). */
  tableMask: 0x24,
  /** Executions after which a block asks to be translated. */
  hotThreshold: 0x28,
  /** wasm address of the block the interpreter is in. */
  block: 0x2c,
  /** wasm address of the table of page rights (protection.ts); 0: nothing is checked. */
  rights: 0x30,
  /** Not 0: the interpreter executes the next block itself, even if it has a region. */
  resume: 0x34,
  /** Operands and result of a helper called by translated code: four i64. */
  helper: 0x40,
} as const;

/**
 * First byte of the scratch area that an instruction set may use within an instruction, up to
 * `slots`: by helpers, and as memory (guest addresses from `guestBias` on), which is not checked.
 */
export const helperScratch: number = 0x60;

/** Fields of a block header: byte offsets. */
export const blockField = {
  /** Guest address (u32). */
  pc: 0,
  /** Guest instructions in the block. */
  instructions: 4,
  /** Times entered by the interpreter. */
  counter: 8,
  /** Index of its translated region in the core's function table; 0: none. */
  region: 12,
  /** Number of the block in `BlockArena.blocks`. */
  id: 16,
} as const;

/** Size of a block header; the cells follow. Bytes. */
export const blockHeaderBytes = 32;

/** Bytes of a cell. */
export const cellBytes = 16;

/**
 * A terminator is followed by a cell of links: [block of target, block of the other target, whether
 * the transfer to the target checks fuel, the same of the other].
 */
export const linkWord = { taken: 16, next: 20, takenChecks: 24, nextChecks: 28 } as const;

/** An indirect jump with hint `jump` is followed by this many observed targets (a power of two). */
export const observedTargetsMax = 64;

/** Where the observed targets begin, in bytes from the terminator. */
export const observedTargetsOffset = 16;

/** Entry of the block table: guest address and wasm address of the block (0: free). Bytes. */
export const tableEntryBytes = 8;

/** Multiplier and shift of the table's hash (Knuth, multiplicative hashing, 2³²/φ). */
export const hashMultiplier = 0x9e3779b1;
export const hashShift = 12;

/** Requests to the host by the core, as ids of the `service` import below the helpers' ids. */
export const service = { decode: -1, hot: -2, link: -3 } as const;

/** Place of the helper module's function in the core's table, which regions never have. */
export const helperTableIndex = 0;

/** Returned by `callpc` instead of a guest address when `exitReason` is set. */
export const unwinding = -1;

/** `exitReason` is the trap kind's number plus one, and this for a write that faulted. */
export const exitWrite = 0x100;

/** Host stack a frame of the interpreter takes, for the depth budget. Bytes. */
export const interpreterFrameBytes = 400;
