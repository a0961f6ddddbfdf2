/** The control flow of a region as structured wasm (Ramsey 2022). */

import { directTargets } from '../blocks.ts';
import { opCode } from '../ir/rows.ts';
import { trapKinds } from '../trap.ts';
import { op } from '../wasm/encoder.ts';
import { BlockEmitter } from './block_emitter.ts';
import type { SlotSet } from './flow.ts';
import type { Frame } from './frame.ts';
import type { Graph, Node } from './graph.ts';
import { writeSwitch } from './jump_table.ts';

/** What encloses the current position: the label of a node, or nothing one can branch to. */
type Enclosure =
  | { readonly kind: 'loop' | 'block'; readonly node: number }
  | { readonly kind: 'if' };

export class RegionEmitter {
  readonly #graph: Graph;
  readonly #frame: Frame;
  readonly #enclosing: Enclosure[] = [];
  /** Exits for failed checks, by the slots they store. */
  readonly #exits = new Map<string, SlotSet>();
  #exitNames: string[] = [];

  constructor(graph: Graph, frame: Frame) {
    this.#graph = graph;
    this.#frame = frame;
  }

  write(): void {
    const { code, flow } = this.#frame;
    for (const { resumeAt } of flow.nodes) {
      for (const dirty of resumeAt.values()) this.#exits.set(String(dirty), dirty);
    }
    const exits = [...this.#exits.values()];
    for (const _ of exits) this.#open('block');
    this.#exitNames = [...this.#exits.keys()];
    this.#tree(0, 0);
    code.op(op.unreachable);
    for (const dirty of exits.reverse()) {
      this.#close();
      this.#frame.writeResume(dirty);
    }
  }

  /** Levels from here to the exit that stores the slots of `dirty`. */
  #resumeLabel(dirty: SlotSet): number {
    return this.#enclosing.length - 1 - this.#exitNames.indexOf(String(dirty));
  }

  #open(kind: 'block' | 'loop' | 'if', node?: number): void {
    this.#frame.code.open(kind);
    this.#enclosing.push(node === undefined || kind === 'if' ? { kind: 'if' } : { kind, node });
  }

  #close(): void {
    this.#frame.code.end();
    this.#enclosing.pop();
  }

  /** A node and what it dominates. `pending` instructions are not yet subtracted from fuel. */
  #tree(n: number, pending: number): void {
    const { dominator, isMerge, isLoop, nodes } = this.#graph;
    const merges: number[] = [];
    // Later in reverse postorder is further out.
    for (let m = nodes.length - 1; m > n; m--) if (dominator[m] === n && isMerge[m]) merges.push(m);
    if (isLoop[n]) this.#open('loop', n);
    for (const m of merges) this.#open('block', m);
    this.#node(n, pending);
    for (const m of merges.reverse()) {
      this.#close();
      this.#tree(m, 0);
    }
    if (isLoop[n]) this.#close();
  }

  #node(n: number, pending: number): void {
    const node = this.#graph.nodes[n]!;
    const block = new BlockEmitter(
      this.#frame,
      node,
      this.#frame.flow.nodes[n]!,
      pending,
      (dirty) => this.#resumeLabel(dirty),
    );
    block.writeBody();
    this.#ending(n, node, block, pending + node.block.instructions);
  }

  #ending(n: number, node: Node, block: BlockEmitter, spent: number): void {
    const { code } = this.#frame;
    const at = node.block.last * 4;
    const word = (i: number): number => node.block.words[at + i]!;
    switch (node.ending) {
      case opCode.jump:
        this.#transfer(n, word(1) >>> 0, spent, word(6) !== 0);
        return;
      case opCode.branch:
        this.#branch(n, node, block, spent);
        return;
      case opCode.call:
        this.#frame.spend(spent);
        this.#call(n, node, () => void code.i32(word(1)), word(1) >>> 0);
        return;
      case opCode.jump_indirect:
        block.pushCondition();
        code.set(this.#frame.target);
        this.#frame.spend(spent);
        this.#indirect(n, node);
        return;
      default:
        this.#stop(n, node, spent);
    }
  }

  /** syscall and trap. */
  #stop(n: number, node: Node, spent: number): void {
    const { code } = this.#frame;
    const at = node.block.last * 4;
    const { words } = node.block;
    const isSyscall = node.ending === opCode.syscall;
    this.#frame.store(this.#frame.flow.nodes[n]!.dirtyOut);
    this.#frame.storeFuel(isSyscall ? spent : spent - 1);
    const why = isSyscall ? trapKinds.indexOf('syscall') : words[at]! >>> 16;
    this.#frame.exit(() => void code.i32(words[at + 2]!), why + 1, words[at + 1]!);
  }

  #branch(n: number, node: Node, block: BlockEmitter, spent: number): void {
    const { code } = this.#frame;
    const at = node.block.last * 4;
    const { words } = node.block;
    const [taken, next] = [words[at + 2]! >>> 0, words[at + 3]! >>> 0];
    const takenChecks = words[at + 6] !== 0;
    if (taken === next) {
      this.#transfer(n, next, spent, takenChecks);
      return;
    }
    const label = this.#labelOf(n, taken);
    const inline = spent === 0 || label < 0 || takenChecks;
    if (!inline && label >= 0 && this.#labelOf(n, next) >= 0) {
      // Both ways need exact fuel: subtract it before the condition decides.
      block.pushCondition();
      this.#frame.spend(spent);
      code.brIf(label);
      this.#transfer(n, next, 0, words[at + 7] !== 0);
      return;
    }
    block.pushCondition();
    this.#open('if');
    this.#transfer(n, taken, spent, takenChecks);
    this.#close();
    this.#transfer(n, next, spent, words[at + 7] !== 0);
  }

  /**
   * Branch depth of the label of the node at a guest address; -1: the node follows or is outside.
   */
  #labelOf(from: number, pc: number): number {
    const { isLoop, isMerge } = this.#graph;
    const to = this.#inside(from, pc);
    return to !== undefined && (isLoop[to] || isMerge[to]) ? this.#depthOf(to) : -1;
  }

  /** The node at a guest address, if the edge to it is one of the region's. */
  #inside(from: number, pc: number): number | undefined {
    const to = this.#graph.byPc.get(pc);
    return to !== undefined && this.#graph.nodes[from]!.successors.includes(to) ? to : undefined;
  }

  #depthOf(node: number): number {
    for (let i = this.#enclosing.length - 1; i >= 0; i--) {
      const enclosure = this.#enclosing[i]!;
      if (enclosure.kind !== 'if' && enclosure.node === node) return this.#enclosing.length - 1 - i;
    }
    return -1;
  }

  /** Continues at a guest address known now; `checks`: the transfer checks fuel. */
  #transfer(from: number, pc: number, spent: number, checks: boolean): void {
    const { code } = this.#frame;
    const dirty = this.#frame.flow.nodes[from]!.dirtyOut;
    const to = this.#inside(from, pc);
    const pushPc = (): void => void code.i32(pc);
    if (checks) {
      this.#frame.spend(spent);
      this.#frame.exitWithoutFuel(pushPc, dirty);
      this.#go(to, 0, dirty, pc);
    } else {
      this.#go(to, spent, dirty, pc);
    }
  }

  #go(to: number | undefined, spent: number, dirty: Int32Array, pc: number): void {
    const { code } = this.#frame;
    if (to === undefined) {
      this.#frame.store(dirty);
      this.#frame.storeFuel(spent);
      this.#frame.tailCall(() => void code.i32(pc), pc);
      return;
    }
    const label = this.#depthOf(to);
    if (label >= 0) {
      this.#frame.spend(spent);
      code.br(label);
    } else if (this.#graph.isLoop[to]) {
      // What is held back would be subtracted in every iteration.
      this.#frame.spend(spent);
      this.#tree(to, 0);
    } else {
      this.#tree(to, spent);
    }
  }

  /** A guest call as a wasm call; fuel is up to date. */
  #call(n: number, node: Node, pushPc: () => void, direct: number | null): void {
    const frame = this.#frame;
    const { code, callees } = frame;
    const flow = frame.flow.nodes[n]!;
    const expected = directTargets(node.block).at(-1)!;
    frame.store(flow.dirtyOut);
    frame.storeFuel(0);
    frame.exitWithoutFuel(pushPc, null);
    pushPc();
    code.get(frame.callDepth);
    code.call(direct === null ? callees.callpc : callees.direct(direct));
    code.tee(frame.target).i32(expected).op(0x47).open('if');
    code.get(frame.target).op(op.return).end();
    const to = this.#inside(n, expected);
    const pushExpected = (): void => void code.i32(expected);
    if (to === undefined) {
      frame.tailCall(pushExpected, expected);
      return;
    }
    frame.load(frame.flow.nodes[to]!.liveIn);
    frame.loadFuel();
    this.#go(to, 0, flow.dirtyOut, expected);
  }

  #indirect(n: number, node: Node): void {
    const frame = this.#frame;
    const { code } = frame;
    const dirty = frame.flow.nodes[n]!.dirtyOut;
    const pushTarget = (): void => void code.get(frame.target);
    if (node.hint === 1) {
      this.#call(n, node, pushTarget, null);
      return;
    }
    frame.exitWithoutFuel(pushTarget, dirty);
    if (node.hint === 0 && node.successors.length > 0) this.#switch(node);
    frame.store(dirty);
    frame.storeFuel(0);
    if (node.hint === 2) code.get(frame.target).op(op.return);
    else frame.tailCall(pushTarget, null);
  }

  /** Branches to the known targets of an indirect jump; falls through for others. */
  #switch(node: Node): void {
    const { nodes } = this.#graph;
    const { code } = this.#frame;
    const cases = node.successors.map((to) => ({ pc: nodes[to]!.block.pc, to }));
    writeSwitch(code, this.#frame.target, cases, (to, deeper) => this.#depthOf(to) + deeper);
  }
}
