/** The function under construction: its locals for slots and fuel, and how it leaves the region. */

import { coreWord, unwinding } from '../interpreter/layout.ts';
import type { ValueType } from '../ir/ops.ts';
import type { Routines } from '../ir/routines.ts';
import { stateOffset } from '../state.ts';
import { trapKinds } from '../trap.ts';
import { type Code, type Local, loadOf, op, storeOf } from '../wasm/encoder.ts';
import { type Flow, members, type SlotSet } from './flow.ts';

/** Parameters of a region function. */
export const pcParameter = 0;
export const depthParameter = 1;

export interface Callees {
  /** The core's `callpc`, `helper` and `resume`: function indexes. */
  readonly callpc: number;
  readonly helper: number;
  readonly resume: number;
  /** The function for a guest address known now: a region of the same module, else `callpc`. */
  readonly direct: (pc: number) => number;
}

/** Reason words of `stateOffset.exitReason`. */
export const reason: Readonly<Record<'syscall' | 'fuel', number>> = {
  syscall: trapKinds.indexOf('syscall') + 1,
  fuel: trapKinds.indexOf('fuel') + 1,
};

export class Frame {
  readonly code: Code;
  readonly flow: Flow;
  readonly routines: Routines;
  readonly callees: Callees;
  /** wasm address of the table of page rights; 0: nothing is checked. */
  readonly rights: number;
  /** Instructions left; may lag behind by the count the emitter still holds back. */
  readonly fuel: Local;
  /** Host stack left for what this function calls; a tail call gets what this one was given. */
  readonly callDepth: Local;
  /** Holds a target while state is stored. */
  readonly target: Local;
  /** Where the interpreter goes on after a failed check, and instructions until there. */
  readonly resumePc: Local;
  readonly resumeSpent: Local;
  readonly #slotLocal: Local[];
  readonly #free: Record<ValueType, Local[]> = { i32: [], i64: [], f32: [], f64: [], v128: [] };

  constructor(code: Code, flow: Flow, routines: Routines, callees: Callees, rights: number) {
    this.code = code;
    this.flow = flow;
    this.routines = routines;
    this.callees = callees;
    this.rights = rights;
    this.fuel = code.local('i32');
    this.callDepth = code.local('i32');
    this.target = code.local('i32');
    this.resumePc = rights ? code.local('i32') : -1;
    this.resumeSpent = rights ? code.local('i32') : -1;
    this.#slotLocal = flow.slots.map(({ type }) => code.local(type));
  }

  /** Local of the slot at a wasm address. */
  slotLocal(offset: number): Local {
    return this.#slotLocal[this.flow.slotNumber[offset >> 2]!]!;
  }

  /** A local for a value of the current block. */
  take(type: ValueType): Local {
    return this.#free[type].pop() ?? this.code.local(type);
  }

  release(type: ValueType, local: Local): void {
    this.#free[type].push(local);
  }

  load(set: SlotSet, code: Code = this.code): void {
    for (const n of members(set)) {
      const { offset, type } = this.flow.slots[n]!;
      code.i32(0).memory(loadOf[type], offset).set(this.#slotLocal[n]!);
    }
  }

  loadFuel(code: Code = this.code): void {
    code.i32(0).memory(loadOf.i32, stateOffset.fuel).set(this.fuel);
  }

  store(set: SlotSet): void {
    for (const n of members(set)) {
      const { offset, type } = this.flow.slots[n]!;
      this.code.i32(0).get(this.#slotLocal[n]!).memory(storeOf[type], offset);
    }
  }

  /** Stores fuel less `pending` instructions not yet subtracted from the local. */
  storeFuel(pending: number): void {
    this.code.i32(0);
    this.pushFuel(pending);
    this.code.memory(storeOf.i32, stateOffset.fuel);
  }

  pushFuel(pending: number): void {
    this.code.get(this.fuel);
    if (pending !== 0) this.code.i32(pending).op(0x6b);
  }

  /** Subtracts instructions from the fuel local. */
  spend(count: number): void {
    if (count === 0) return;
    this.pushFuel(count);
    this.code.set(this.fuel);
  }

  /** Returns to the core with a reason; `pushPc` pushes the guest address to resume at. */
  exit(pushPc: () => void, why: number, detail: number): void {
    const { code } = this;
    code.i32(0);
    pushPc();
    code.memory(storeOf.i32, stateOffset.pc);
    code.i32(0).i32(why).memory(storeOf.i32, stateOffset.exitReason);
    code.i32(0).i32(detail).memory(storeOf.i32, stateOffset.exitDetail);
    code.i32(unwinding).op(op.return);
  }

  /**
   * Leaves with reason `fuel` before the pushed address when none is left. State is stored first.
   */
  exitWithoutFuel(pushPc: () => void, dirty: SlotSet | null): void {
    const { code } = this;
    code.get(this.fuel).i32(0).op(0x4c).open('if');
    if (dirty) {
      this.store(dirty);
      this.storeFuel(0);
    }
    this.exit(pushPc, reason.fuel, 0);
    code.end();
  }

  /**
   * Goes on at the pushed address, which `pc` is if it is known now, in place of this function.
   * State is stored.
   */
  tailCall(pushPc: () => void, pc: number | null): void {
    pushPc();
    this.code.get(depthParameter).op(op.returnCall);
    this.code.unsigned(pc === null ? this.callees.callpc : this.callees.direct(pc));
  }

  /**
   * Branches to the exit `label` levels up, if 0 is pushed: the interpreter goes on at `pc`, before
   * which `spent` instructions were not yet subtracted from fuel.
   */
  resumeUnless(label: number, pc: number, spent: number, push: () => void): void {
    const { code } = this;
    code.i32(pc).set(this.resumePc).i32(spent).set(this.resumeSpent);
    push();
    code.op(0x45).brIf(label);
  }

  /** The exit for failed checks where the slots of `dirty` have to be stored. */
  writeResume(dirty: SlotSet): void {
    const { code } = this;
    this.store(dirty);
    code.i32(0).get(this.fuel).get(this.resumeSpent).op(0x6b);
    code.memory(storeOf.i32, stateOffset.fuel);
    code.get(this.resumePc).get(depthParameter).op(op.returnCall);
    code.unsigned(this.callees.resume);
  }

  /** Stores an operand of a helper. */
  storeHelperWord(n: number, push: () => void): void {
    this.code.i32(0);
    push();
    this.code.memory(storeOf.i64, coreWord.helper + 8 * n);
  }
}
