/** What the processor gives a module besides memory. */

/** Leaves the instruction before it has changed anything, for code as of `Isa.exact`. */
export declare function changeInstructionSet(): void;
