/**
 * Data flow of guest state through a region: which slots may differ from memory (dirty), which
 * values are still needed (live). Gives what to load at the entry and after calls, what to store
 * at exits, and which cells have no effect.
 */

import type { ValueType } from '../ir/ops.ts';
import { opCode, opRows } from '../ir/rows.ts';
import { shape, shapes } from '../ir/shapes.ts';
import { stateOffset } from '../state.ts';
import { type BlockChecks, blockHead, planChecks } from './checks.ts';
import type { Graph, Node } from './graph.ts';

/** A set of the region's slots: bit n of word n >> 5. */
export type SlotSet = Int32Array;

export interface RegionSlot {
  /** wasm address. */
  readonly offset: number;
  readonly type: ValueType;
}

export interface NodeFlow {
  /** Slots that may be dirty where the block ends. */
  readonly dirtyOut: SlotSet;
  readonly liveIn: SlotSet;
  /** Cells without effect. */
  readonly dead: Uint8Array;
  /** How often each cell's value is read. */
  readonly uses: Uint16Array;
  /** Slots that may be dirty at `trap_if` and helper cells. */
  readonly dirtyAt: ReadonlyMap<number, SlotSet>;
  /**
   * Slots that may be dirty where a failed check leaves the region: before a cell, or (`blockHead`)
   * where the block begins.
   */
  readonly resumeAt: ReadonlyMap<number, SlotSet>;
  /** Checks before cells. */
  readonly checks: BlockChecks;
  /** Slots needed after a helper. */
  readonly reload: ReadonlyMap<number, SlotSet>;
}

type DirtyPoints = Pick<NodeFlow, 'dirtyOut' | 'dirtyAt' | 'resumeAt'>;

export interface Flow {
  readonly slots: readonly RegionSlot[];
  /** Number of the slot at a wasm address: `slotNumber[offset >> 2]`, -1 if not used. */
  readonly slotNumber: Int16Array;
  readonly nodes: readonly NodeFlow[];
}

/** Members of a set in ascending order. */
export function members(set: SlotSet): number[] {
  const out: number[] = [];
  set.forEach((word, w) => {
    for (let bits = word; bits !== 0; bits &= bits - 1)
      out.push(w * 32 + 31 - Math.clz32(bits & -bits));
  });
  return out;
}

function add(set: SlotSet, n: number): void {
  set[n >> 5]! |= 1 << (n & 31);
}

function remove(set: SlotSet, n: number): void {
  set[n >> 5]! &= ~(1 << (n & 31));
}

function has(set: SlotSet, n: number): boolean {
  return (set[n >> 5]! & (1 << (n & 31))) !== 0;
}

function union(into: SlotSet, from: SlotSet): void {
  for (let w = 0; w < into.length; w++) into[w]! |= from[w]!;
}

/** One walk over the cells of a block in either direction; raw cells are skipped. */
function cellsOf({ block }: Node): number[] {
  const cells: number[] = [];
  for (let n = 0; n <= block.last; n++) {
    cells.push(n);
    if (shapes[block.words[n * 4]! & 0xffff]! & shape.raw) n++;
  }
  return cells;
}

/** `checked`: accesses to memory are. */
export function analyse(graph: Graph, checked: boolean): Flow {
  return new Analysis(graph, checked).result();
}

class Analysis {
  readonly #graph: Graph;
  readonly #checked: boolean;
  readonly #checks: BlockChecks[];
  readonly #slots: RegionSlot[] = [];
  readonly #slotNumber = new Int16Array(stateOffset.temps / 4).fill(-1);
  readonly #cells: number[][];
  #setWords = 0;

  constructor(graph: Graph, checked: boolean) {
    this.#graph = graph;
    this.#checked = checked;
    this.#checks = graph.nodes.map((node) => (checked ? planChecks(node) : new Map()));
    this.#cells = graph.nodes.map((node) => cellsOf(node));
    graph.nodes.forEach((node, n) => {
      this.#findSlots(node, this.#cells[n]!);
    });
    this.#setWords = (this.#slots.length + 31) >> 5;
  }

  result(): Flow {
    const { nodes } = this.#graph;
    const dirtyIn = this.#dirtyIn();
    const points = nodes.map((node, n) => this.#dirtyPoints(node, n, dirtyIn[n]!));
    const liveIn = nodes.map(() => this.#set());
    const steps = nodes.map((node, n) => this.#transfer(node, n, points[n]!));
    let changed = true;
    while (changed) {
      changed = false;
      for (let n = nodes.length - 1; n >= 0; n--) {
        const live = this.#liveOut(n, liveIn, points[n]!.dirtyOut);
        const { gen, kill } = steps[n]!;
        for (let w = 0; w < live.length; w++) {
          const value = gen[w]! | (live[w]! & ~kill[w]!);
          if (value !== liveIn[n]![w]) changed = true;
          liveIn[n]![w] = value;
        }
      }
    }
    const flows = nodes.map((node, n): NodeFlow => {
      const point = points[n]!;
      const live = this.#liveOut(n, liveIn, point.dirtyOut);
      const pruned = this.#prune(node, n, live, point);
      return { ...point, checks: this.#checks[n]!, liveIn: liveIn[n]!, ...pruned };
    });
    return { slots: this.#slots, slotNumber: this.#slotNumber, nodes: flows };
  }

  #set(): SlotSet {
    return new Int32Array(this.#setWords);
  }

  #slotAt(address: number): number {
    return this.#slotNumber[address >> 2]!;
  }

  #findSlots({ block }: Node, cells: readonly number[]): void {
    const { words } = block;
    const note = (offset: number, type: ValueType): void => {
      if (this.#slotNumber[offset >> 2]! >= 0) return;
      this.#slotNumber[offset >> 2] = this.#slots.push({ offset, type }) - 1;
    };
    for (const n of cells) {
      const code = words[n * 4]! & 0xffff;
      const row = opRows[code - 1]!;
      const bits = shapes[code]!;
      if (bits & (shape.get | shape.put)) {
        note(words[n * 4 + 1]!, row.name.slice(4) as ValueType);
      }
      forEachOperand(words, n, bits, (address, k) => {
        if (address < stateOffset.temps)
          note(address, row.operands[row.operands.length === 1 ? 0 : k]!);
      });
    }
  }

  /** Slots put in a block after its last helper. */
  #puts({ block }: Node, cells: readonly number[]): SlotSet {
    const set = this.#set();
    for (const n of cells) {
      const bits = shapes[block.words[n * 4]! & 0xffff]!;
      if (bits & shape.put) add(set, this.#slotAt(block.words[n * 4 + 1]!));
      else if (bits & shape.helper) set.fill(0);
    }
    return set;
  }

  #dirtyIn(): SlotSet[] {
    const { nodes } = this.#graph;
    const puts = nodes.map((node, n) => this.#puts(node, this.#cells[n]!));
    const cleans = nodes.map(({ block }, n) =>
      this.#cells[n]!.some((c) => shapes[block.words[c * 4]! & 0xffff]! & shape.helper),
    );
    const into = nodes.map(() => this.#set());
    let changed = true;
    while (changed) {
      changed = false;
      nodes.forEach(({ successors, isCall }, n) => {
        if (isCall) return;
        for (const to of successors) {
          for (let w = 0; w < this.#setWords; w++) {
            const value = into[to]![w]! | puts[n]![w]! | (cleans[n] ? 0 : into[n]![w]!);
            if (value !== into[to]![w]) changed = true;
            into[to]![w] = value;
          }
        }
      });
    }
    return into;
  }

  #dirtyPoints({ block }: Node, index: number, dirtyIn: SlotSet): DirtyPoints {
    const dirty = dirtyIn.slice();
    const dirtyAt = new Map<number, SlotSet>();
    const resumeAt = new Map<number, SlotSet>();
    const checks = this.#checks[index]!;
    if (checks.has(blockHead)) resumeAt.set(blockHead, dirtyIn);
    for (const n of this.#cells[index]!) {
      const code = block.words[n * 4]! & 0xffff;
      const bits = shapes[code]!;
      if (bits & shape.put) add(dirty, this.#slotAt(block.words[n * 4 + 1]!));
      else if (bits & shape.memory) {
        const isRange = opRows[code - 1]!.kind === 'plain';
        if (checks.has(n) || (this.#checked && isRange)) resumeAt.set(n, dirty.slice());
      } else if (code === opCode.trap_if) dirtyAt.set(n, dirty.slice());
      else if (bits & shape.helper) {
        dirtyAt.set(n, dirty.slice());
        dirty.fill(0);
      }
    }
    return { dirtyOut: dirty, dirtyAt, resumeAt };
  }

  /** Every block may leave the region where it ends, so what is dirty there is needed. */
  #liveOut(n: number, liveIn: readonly SlotSet[], dirtyOut: SlotSet): SlotSet {
    const live = this.#set();
    const { isCall, successors } = this.#graph.nodes[n]!;
    if (isCall || this.#mayLeave(n)) union(live, dirtyOut);
    if (!isCall) for (const to of successors) union(live, liveIn[to]!);
    return live;
  }

  /** False for transfers within the region that do not check fuel. */
  #mayLeave(n: number): boolean {
    const { block, ending, successors } = this.#graph.nodes[n]!;
    const at = block.last * 4;
    const checks = block.words[at + 6]! !== 0 || block.words[at + 7]! !== 0;
    if (ending === opCode.jump) return checks || successors.length !== 1;
    if (ending === opCode.branch) {
      const same = block.words[at + 2] === block.words[at + 3];
      return checks || successors.length !== (same ? 1 : 2);
    }
    return true;
  }

  #transfer(
    { block }: Node,
    index: number,
    { dirtyAt, resumeAt }: DirtyPoints,
  ): { gen: SlotSet; kill: SlotSet } {
    const gen = this.#set();
    const kill = this.#set();
    const cells = this.#cells[index]!;
    for (let i = cells.length - 1; i >= 0; i--) {
      const n = cells[i]!;
      const bits = shapes[block.words[n * 4]! & 0xffff]!;
      if (bits & shape.put) {
        const slot = this.#slotAt(block.words[n * 4 + 1]!);
        remove(gen, slot);
        add(kill, slot);
      } else if (bits & shape.helper) {
        gen.fill(0);
        kill.fill(-1);
      }
      const dirty = dirtyAt.get(n) ?? resumeAt.get(n);
      if (dirty) union(gen, dirty);
      this.#readSlots(block.words, n, bits, gen);
    }
    const dirty = resumeAt.get(blockHead);
    if (dirty) union(gen, dirty);
    return { gen, kill };
  }

  #readSlots(words: Int32Array, n: number, bits: number, into: SlotSet): void {
    if (bits & shape.get) add(into, this.#slotAt(words[n * 4 + 1]!));
    forEachOperand(words, n, bits, (address) => {
      if (address < stateOffset.temps) add(into, this.#slotAt(address));
    });
  }

  /** Backwards with what is live at the end: cells without effect, uses, reloads after helpers. */
  #prune(
    { block }: Node,
    index: number,
    live: SlotSet,
    { dirtyAt, resumeAt }: DirtyPoints,
  ): Pick<NodeFlow, 'dead' | 'uses' | 'reload'> {
    const dead = new Uint8Array(block.last + 1);
    const uses = new Uint16Array(block.last + 1);
    const reload = new Map<number, SlotSet>();
    const cells = this.#cells[index]!;
    for (let i = cells.length - 1; i >= 0; i--) {
      const n = cells[i]!;
      const bits = shapes[block.words[n * 4]! & 0xffff]!;
      if (bits & shape.put) {
        const slot = this.#slotAt(block.words[n * 4 + 1]!);
        if (!has(live, slot)) dead[n] = 1;
        remove(live, slot);
      } else if (bits & shape.pure && uses[n] === 0) {
        dead[n] = 1;
      } else if (bits & shape.helper) {
        reload.set(n, live.slice());
        live.fill(0);
      }
      if (dead[n]) continue;
      const dirty = dirtyAt.get(n) ?? resumeAt.get(n);
      if (dirty) union(live, dirty);
      this.#readSlots(block.words, n, bits, live);
      forEachOperand(block.words, n, bits, (address) => {
        if (address >= stateOffset.temps) uses[(address - stateOffset.temps) >> 4]!++;
      });
    }
    return { dead, uses, reload };
  }
}

/** Calls `visit` with each value operand's wasm address and its position (0…2). */
export function forEachOperand(
  words: Int32Array,
  n: number,
  bits: number,
  visit: (address: number, position: number) => void,
): void {
  if (bits & shape.value1) visit(words[n * 4 + 1]!, 0);
  if (bits & shape.value2) visit(words[n * 4 + 2]!, 1);
  if (bits & shape.value3) visit(words[n * 4 + 3]!, 2);
}
