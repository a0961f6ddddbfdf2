/**
 * A page of guest code with the blocks decoded from it. A process that comes to a page with the
 * same bytes gets all its blocks at once: one comparison and one copy instead of one for each.
 */

import { type DecodedBlock, sameCode } from './blocks.ts';
import { blockField, blockHeaderBytes } from './interpreter/layout.ts';
import { guestBias } from './state.ts';

/** Blocks begin and end on pages of this size, but for the last instruction's end. Bytes. */
export const codePageBytes = 4096;

/** More than an instruction of any set, which may reach into the next page. Bytes. */
const tailBytes = 16;

/** Most words of blocks placed together; only a page that is jumped to everywhere has more. */
const imageWordsMax = 0x8000;
/** Most blocks kept for one address whose code depends on other memory too. */
const conditionalMax = 8;

/** Number of the page a guest address is in. */
export function codePageOf(pc: number): number {
  return Math.floor(pc / codePageBytes);
}

/** The words of a page, in the wasm memory, and what follows it as far as there is memory. */
function pageRange(page: number, memory: Int32Array): readonly [start: number, end: number] {
  const at = (page * codePageBytes - guestBias) / 4;
  const start = at < 0 ? memory.length : Math.min(at, memory.length);
  return [start, Math.min(start + (codePageBytes + tailBytes) / 4, memory.length)];
}

/** Blocks of one content of a page. */
export class CodePage {
  readonly page: number;
  readonly #code: Int32Array;
  /** By guest address; blocks that depend on other memory, or are too many, are apart. */
  readonly #byPc = new Map<number, DecodedBlock>();
  readonly #conditional = new Map<number, DecodedBlock[]>();
  /** Blocks that depend on the page only, as the arena wants them: one after another. */
  #image = new Int32Array(0);
  #words = 0;
  #isStale = false;
  /** How often a block was added: what was kept of the page then is all of it. */
  version = 0;

  constructor(page: number, memory: Int32Array) {
    this.page = page;
    this.#code = memory.slice(...pageRange(page, memory));
  }

  /** Whether the page has these bytes in a guest's memory, given as words. */
  isCurrent(memory: Int32Array): boolean {
    const [start, end] = pageRange(this.page, memory);
    const own = this.#code;
    if (end - start !== own.length) return false;
    for (let i = 0; i < own.length; i++) if (memory[start + i] !== own[i]) return false;
    return true;
  }

  /** The block at a guest address, if the rest of what it depends on is current too. */
  find(pc: number, memory: Uint8Array): DecodedBlock | undefined {
    const conditional = this.#conditional.get(pc)?.find((block) => sameCode(block, memory));
    return conditional ?? this.#byPc.get(pc);
  }

  add(block: DecodedBlock): void {
    this.version++;
    const words = this.#words + (blockHeaderBytes >> 2) + block.words.length;
    if (block.depends.length === 0 && words <= imageWordsMax) {
      this.#words = words;
      this.#byPc.set(block.pc, block);
      this.first ??= block.pc;
      this.#isStale = true;
      return;
    }
    const others = this.#conditional.get(block.pc);
    if (!others) this.#conditional.set(block.pc, [block]);
    else if (others.unshift(block) > conditionalMax) others.pop();
  }

  /** Blocks that depend on nothing else, in the order of `image`. */
  get blocks(): Iterable<DecodedBlock> {
    return this.#byPc.values();
  }

  /** Guest address of the first of `blocks`. */
  first: number | undefined;

  /** Headers and cells of `blocks`, from then on the place of their words. */
  get image(): Int32Array {
    if (!this.#isStale) return this.#image;
    this.#isStale = false;
    const header = blockHeaderBytes >> 2;
    const image = new Int32Array(this.#words);
    let at = 0;
    for (const block of this.blocks) {
      const { words } = block;
      image[at + (blockField.pc >> 2)] = block.pc;
      image[at + (blockField.instructions >> 2)] = block.instructions;
      image.set(words, at + header);
      block.words = image.subarray(at + header, at + header + words.length);
      at += header + words.length;
    }
    this.#image = image;
    return image;
  }
}
