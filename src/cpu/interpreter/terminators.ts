/**
 * How blocks end in the interpreter. The rule of fuel, the same in translated code: a block's
 * instructions are counted when it ends; fuel is checked at direct transfers to the same or a lower
 * address and at every call, return and indirect jump. So preemption is at the same instruction in
 * every tier, however code is cut into blocks.
 */

import { stateOffset } from '../state.ts';
import { trapKinds } from '../trap.ts';
import { loadOf, op, storeOf } from '../wasm/encoder.ts';
import { type Core, type Labels, pushOperand, pushWord } from './core_module.ts';
import { blockField, linkWord, observedTargetsMax, observedTargetsOffset } from './layout.ts';

const syscallReason = trapKinds.indexOf('syscall') + 1;
const fuelReason = trapKinds.indexOf('fuel') + 1;

/** Handler of a terminator cell. */
export function writeTerminator(core: Core, name: string, labels: Labels): void {
  const { code } = core;
  switch (name) {
    case 'jump':
      countInstructions(core, 0);
      writeLinked(core, 1, linkWord.taken, linkWord.takenChecks, labels.enter);
      return;
    case 'branch':
      countInstructions(core, 0);
      pushOperand(core, 1, 'i32');
      code.open('if');
      writeLinked(core, 2, linkWord.taken, linkWord.takenChecks, labels.enter + 1);
      code.end();
      writeLinked(core, 3, linkWord.next, linkWord.nextChecks, labels.enter);
      return;
    case 'call':
      countInstructions(core, 0);
      changeNest(core, 1);
      writeLinked(core, 1, linkWord.taken, null, labels.enter);
      return;
    case 'jump_indirect':
      writeIndirect(core, labels);
      return;
    case 'syscall':
      countInstructions(core, 0);
      pushWord(core, 2);
      code.i32(syscallReason);
      pushWord(core, 1);
      break;
    default:
      countInstructions(core, 1);
      pushWord(core, 2);
      code.get(core.cell).memory(0x2f, 2).i32(1).op(0x6a);
      pushWord(core, 1);
  }
  code.call(core.exit).op(op.return);
}

/** fuel -= instructions of the block - `less`. */
function countInstructions({ code, block }: Core, less: number): void {
  code.i32(0).i32(0).memory(loadOf.i32, stateOffset.fuel);
  code.get(block).memory(loadOf.i32, blockField.instructions);
  if (less) code.i32(less).op(0x6b);
  code.op(0x6b).memory(storeOf.i32, stateOffset.fuel);
}

function changeNest({ code, nest }: Core, by: number): void {
  code.get(nest).i32(by).op(0x6a).set(nest);
}

/** Stops before guest address `pc` when no fuel is left. */
function checkFuel(core: Core): void {
  const { code, pc } = core;
  code.i32(0).memory(loadOf.i32, stateOffset.fuel).i32(0).op(0x4c).open('if');
  code.get(pc).i32(fuelReason).i32(0).call(core.exit).op(op.return).end();
}

/**
 * Goes to the guest address in `word` over the block cached in `link`. `checks` is the offset of
 * the word that says whether fuel is checked; null: always.
 */
function writeLinked(
  core: Core,
  word: number,
  link: number,
  checks: number | null,
  enter: number,
): void {
  const { code, cell, pc, block } = core;
  pushWord(core, word);
  code.set(pc);
  if (checks === null) {
    checkFuel(core);
  } else {
    code.get(cell).memory(loadOf.i32, checks).open('if');
    checkFuel(core);
    code.end();
  }
  code.get(cell).memory(loadOf.i32, link).tee(block).brIf(enter);
  code.get(cell).get(pc).call(core.find).tee(block).memory(storeOf.i32, link).br(enter);
}

/** hint 0: a jump, whose targets are recorded; 1: a call; 2: a return. */
function writeIndirect(core: Core, labels: Labels): void {
  const { code, cell, pc, nest, scratch } = core;
  pushOperand(core, 1, 'i32');
  code.set(pc);
  countInstructions(core, 0);
  code.get(cell).memory(0x2f, 2).tee(scratch).i32(2).op(0x46).open('if');
  checkFuel(core);
  code.get(nest).op(0x45).open('if');
  code.i32(0).i32(0).memory(storeOf.i32, stateOffset.cell);
  code.get(pc).op(op.return).end();
  changeNest(core, -1);
  code.br(labels.lookup + 1).end();
  code.get(scratch).open('if');
  changeNest(core, 1);
  code.op(op.else);
  code.get(cell).get(pc).i32(2).op(0x76).get(pc).i32(8).op(0x76).op(0x73);
  code
    .i32(observedTargetsMax - 1)
    .op(0x71)
    .i32(2)
    .op(0x74)
    .op(0x6a);
  code.get(pc).memory(storeOf.i32, observedTargetsOffset).end();
  checkFuel(core);
  code.br(labels.lookup);
}
