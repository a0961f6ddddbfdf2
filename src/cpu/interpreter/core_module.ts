/**
 * The interpreter as a WebAssembly module, made from the operation rows: so it is fast in V8's
 * baseline compiler, and its meanings are the translator's by construction.
 *
 * `callpc(pc, depth)` runs guest code from `pc` until the guest function returns, and gives the
 * address it returned to, or `unwinding`. The interpreter is one loop around a `br_table` over cell
 * codes; each
 * handler reads its operands from memory, applies the operation, writes the result to the cell's
 * temporary and goes on with the next cell.
 */

import { writeLoad, writePlain, writeStore } from '../ir/expansions.ts';
import { lanes } from '../ir/ops.ts';
import { Routines } from '../ir/routines.ts';
import { type OpRow, opRows } from '../ir/rows.ts';
import { shape, shapes } from '../ir/shapes.ts';
import { moduleHelperFirst } from '../isa/isa.ts';
import { rangesOf, right, scratchRange } from '../protection.ts';
import { stateOffset } from '../state.ts';
import { Code, loadOf, op, type Signature, storeOf, WasmModule } from '../wasm/encoder.ts';
import {
  blockField,
  blockHeaderBytes,
  cellBytes,
  coreWord,
  hashMultiplier,
  hashShift,
  helperTableIndex,
  interpreterFrameBytes,
  service,
  unwinding,
} from './layout.ts';
import { writeTerminator } from './terminators.ts';

/** Signature of regions and of `callpc`. */
export const regionSignature: Signature = { parameters: ['i32', 'i32'], results: ['i32'] };
/** Signature of the one function the core imports, and of helpers: (id, x, y, z) → result. */
const serviceSignature: Signature = {
  parameters: ['i32', 'i64', 'i64', 'i64'],
  results: ['i64'],
};

/** Entries of the function table at first; index 0 is never used. */
export const regionTableEntries = 256;

/** Locals and functions the handlers use. */
export interface Core {
  readonly code: Code;
  /** Parameters of the interpreter, as of `callpc`. */
  readonly pc: number;
  readonly depth: number;
  /** wasm address of the current block, of the current cell, of cell minus its temporary. */
  readonly block: number;
  readonly cell: number;
  readonly delta: number;
  /** Guest calls made by this frame and not returned from. */
  readonly nest: number;
  readonly scratch: number;
  /** wasm address of an access. */
  readonly address: number;
  /** Whether accesses are checked by the table of page rights. */
  readonly checked: boolean;
  /** Function indexes. */
  readonly denied: number;
  readonly find: number;
  readonly exit: number;
  readonly service: number;
  readonly helper: number;
  /** Type index of `regionSignature`. */
  readonly regionType: number;
}

/** Branch depths from inside a handler. */
export interface Labels {
  /** Go on with the cell in `cell`. */
  readonly next: number;
  /** Go on with the block in `block`. */
  readonly enter: number;
  /** Go on with the guest address in `pc`. */
  readonly lookup: number;
}

const compiled: Map<boolean, WebAssembly.Module> = new Map();

/** The compiled core; made once per program run. `checked`: accesses look at the page's rights. */
export function coreModule(checked: boolean): WebAssembly.Module {
  let found = compiled.get(checked);
  if (!found) compiled.set(checked, (found = new WebAssembly.Module(coreBytes(checked))));
  return found;
}

/** The core's binary. */
export function coreBytes(checked: boolean): Uint8Array<ArrayBuffer> {
  const module = new WasmModule();
  const serviceIndex = module.importFunction('service', serviceSignature);
  const find = module.addFunction({ parameters: ['i32'], results: ['i32'] }, findCode());
  const exit = module.addFunction(
    { parameters: ['i32', 'i32', 'i32'], results: ['i32'] },
    exitCode(),
  );
  const helper = module.addFunction(
    serviceSignature,
    anyHelperCode(serviceIndex, module.type(serviceSignature)),
  );
  const denied = module.addFunction({ parameters: ['i32', 'i32'], results: [] }, deniedCode());
  const code = new Code(2, 0x8000);
  const interpret = module.addFunction(regionSignature, code);
  const core: Core = {
    code,
    pc: 0,
    depth: 1,
    block: code.local('i32'),
    cell: code.local('i32'),
    delta: code.local('i32'),
    nest: code.local('i32'),
    scratch: code.local('i32'),
    address: code.local('i32'),
    checked,
    denied,
    find,
    exit,
    service: serviceIndex,
    helper,
    regionType: module.type(regionSignature),
  };
  writeInterpreter(core, new Routines(module));
  const callpc = module.addFunction(regionSignature, callpcCode(core, interpret));
  module.exportFunction('callpc', callpc);
  module.exportFunction('resume', module.addFunction(regionSignature, resumeCode(interpret)));
  module.exportFunction(
    'run',
    module.addFunction({ parameters: ['i32'], results: [] }, runCode(callpc)),
  );
  module.exportFunction('firstUsed', module.addFunction(regionSignature, firstUsedCode()));
  module.exportFunction('helper', module.addFunction(regionSignature, helperCode(helper)));
  module.exportTable('regions', regionTableEntries);
  return module.finish();
}

/** find(pc) → block: the table, else the host decodes. */
function findCode(): Code {
  const code = new Code(1);
  const [index, entry, block] = [code.local('i32'), code.local('i32'), code.local('i32')];
  code.get(0).i32(hashMultiplier).op(0x6c).i32(hashShift).op(0x76).set(index);
  code.open('loop');
  code.i32(0).memory(loadOf.i32, coreWord.table);
  code.get(index).i32(0).memory(loadOf.i32, coreWord.tableMask).op(0x71).tee(index);
  code.i32(3).op(0x74).op(0x6a).tee(entry).memory(loadOf.i32, 4).tee(block);
  code.op(0x45).open('if');
  code.i32(service.decode).get(0).op(0xad).i64(0).i64(0).call(0).op(0xa7).op(op.return);
  code.end();
  code.get(entry).memory(loadOf.i32).get(0).op(0x46).open('if').get(block).op(op.return).end();
  code.get(index).i32(1).op(0x6a).set(index).br(0).end().op(op.unreachable);
  return code;
}

/** exit(pc, reason, detail) → unwinding. */
function exitCode(): Code {
  const code = new Code(3);
  code.i32(0).get(0).memory(storeOf.i32, stateOffset.pc);
  code.i32(0).get(1).memory(storeOf.i32, stateOffset.exitReason);
  code.i32(0).get(2).memory(storeOf.i32, stateOffset.exitDetail);
  code.i32(0).i32(0).memory(storeOf.i32, stateOffset.cell);
  code.i32(unwinding);
  return code;
}

/** run(depth): from the state's pc until there is a reason to stop. */
function runCode(callpc: number): Code {
  const code = new Code(1);
  const pc = code.local('i32');
  code.i32(0).memory(loadOf.i32, stateOffset.pc).set(pc).open('loop');
  code.get(pc).get(0).call(callpc).set(pc);
  code.i32(0).memory(loadOf.i32, stateOffset.exitReason).op(0x45).brIf(0).end();
  return code;
}

/** (id, x, y, z) → result: a helper of the host, or one of the instruction set's own module. */
function anyHelperCode(serviceIndex: number, type: number): Code {
  const code = new Code(4);
  const operands = (): Code => code.get(0).get(1).get(2).get(3);
  code.get(0).i32(moduleHelperFirst).op(0x48).open('if');
  operands().call(serviceIndex).op(op.return).end();
  code.i32(helperTableIndex).op(op.tableGet);
  code.unsigned(0);
  code.op(op.refIsNull).open('if');
  code.i32(service.link).i64(0).i64(0).i64(0).call(serviceIndex).op(op.drop).end();
  operands().i32(helperTableIndex).op(op.callIndirect);
  code.unsigned(type);
  code.unsigned(0);
  return code;
}

/** firstUsed(start, end): the first 128 bytes that are not all zero, or the end; wasm addresses. */
function firstUsedCode(): Code {
  const code = new Code(2);
  code.open('loop');
  code.get(0).get(1).op(0x4f).open('if').get(1).op(op.return).end();
  code.get(0).memory(loadOf.v128);
  for (let n = 16; n < 128; n += 16) code.get(0).memory(loadOf.v128, n).op(0xfd50);
  code.op(0xfd53).open('if').get(0).op(op.return).end();
  code.get(0).i32(128).op(0x6a).set(0).br(0).end().op(op.unreachable);
  return code;
}

/** helper(id, _): for translated code; operands and result are in `coreWord.helper`. */
function helperCode(helperIndex: number): Code {
  const code = new Code(2);
  code.i32(0).get(0);
  for (const n of [0, 8, 16]) code.i32(0).memory(loadOf.i64, coreWord.helper + n);
  code
    .call(helperIndex)
    .memory(storeOf.i64, coreWord.helper + 24)
    .i32(0);
  return code;
}

/**
 * callpc(pc, depth): the way from region to region, kept small: the block is found at the first
 * probe of the table and has a region. Everything else is the interpreter's.
 */
function callpcCode({ regionType }: Core, interpret: number): Code {
  const code = new Code(2);
  const [entry, block, region] = [code.local('i32'), code.local('i32'), code.local('i32')];
  code.i32(0).memory(loadOf.i32, coreWord.table);
  code.get(0).i32(hashMultiplier).op(0x6c).i32(hashShift).op(0x76);
  code.i32(0).memory(loadOf.i32, coreWord.tableMask).op(0x71);
  code.i32(3).op(0x74).op(0x6a).tee(entry).memory(loadOf.i32).get(0).op(0x46).open('if');
  code.get(entry).memory(loadOf.i32, 4).tee(block).open('if');
  code.get(block).memory(loadOf.i32, blockField.region).tee(region);
  code.open('if').get(0).get(1).get(region).op(op.returnCallIndirect);
  code.unsigned(regionType);
  code.unsigned(0);
  code.end().end().end();
  code.get(0).get(1).op(op.returnCall);
  code.unsigned(interpret);
  return code;
}

/**
 * resume(pc, depth): where translated code gives up at a check. The interpreter executes at least
 * one block, and finds out what the fault is, if there is one.
 */
function resumeCode(interpret: number): Code {
  const code = new Code(2);
  code.i32(0).i32(1).memory(storeOf.i32, coreWord.resume);
  code.get(0).get(1).op(op.returnCall);
  code.unsigned(interpret);
  return code;
}

/** denied(address, bytes): traps, but for accesses to the scratch bytes (wasm addresses). */
function deniedCode(): Code {
  const code = new Code(2);
  const { start, end } = scratchRange;
  code.get(0).i32(start).op(0x6b);
  code
    .i32(end - start)
    .get(1)
    .op(0x6b)
    .op(0x4d)
    .open('if')
    .op(op.return)
    .end();
  code.op(op.unreachable);
  return code;
}

function writeInterpreter(core: Core, routines: Routines): void {
  const { code, pc, depth, block, cell, delta } = core;
  code.get(depth).i32(0).op(0x48).open('if').get(pc).op(op.return).end();
  code.open('loop');
  code.get(pc).call(core.find).set(block);
  code.open('loop');
  writeRegionEntry(core);
  writeCounter(core);
  code.i32(0).get(block).memory(storeOf.i32, coreWord.block);
  code
    .get(block)
    .i32(blockHeaderBytes - stateOffset.temps)
    .op(0x6a)
    .set(delta);
  code.get(block).i32(blockHeaderBytes).op(0x6a).set(cell);
  code.open('loop');
  for (let n = 0; n <= opRows.length; n++) code.open('block');
  code.get(cell).memory(0x2f);
  code.brTable(
    Array.from({ length: opRows.length + 1 }, (_, n) => n),
    0,
  );
  code.end().op(op.unreachable);
  for (const row of opRows) {
    code.end();
    const next = opRows.length - row.code;
    writeHandler(core, row, { next, enter: next + 1, lookup: next + 2 }, routines);
  }
  code.end().end().end().op(op.unreachable);
}

/** A block with a region is run by it: in our place, or nested when calls are open here. */
function writeRegionEntry({ code, pc, depth, block, nest, regionType }: Core): void {
  const table = 0;
  code.get(block).memory(loadOf.i32, blockField.region).open('if');
  code.i32(0).memory(loadOf.i32, coreWord.resume).open('if');
  code.i32(0).i32(0).memory(storeOf.i32, coreWord.resume);
  code.op(op.else);
  code.i32(0).i32(0).memory(storeOf.i32, stateOffset.cell);
  code.get(nest).op(0x45).open('if');
  code.get(block).memory(loadOf.i32, blockField.pc).get(depth);
  code.get(block).memory(loadOf.i32, blockField.region).op(op.returnCallIndirect);
  code.unsigned(regionType);
  code.unsigned(table);
  code.end();
  code.get(block).memory(loadOf.i32, blockField.pc);
  code.get(depth).i32(interpreterFrameBytes).op(0x6b);
  code.get(block).memory(loadOf.i32, blockField.region).op(op.callIndirect);
  code.unsigned(regionType);
  code.unsigned(table);
  code.set(pc);
  code.i32(0).memory(loadOf.i32, stateOffset.exitReason).open('if');
  code.i32(unwinding).op(op.return).end();
  code.get(nest).i32(1).op(0x6b).set(nest);
  code.br(3).end().end();
}

/** Counts entries; the host is asked to translate once, when the threshold is reached. */
function writeCounter({ code, block, scratch, service: call }: Core): void {
  code.get(block).get(block).memory(loadOf.i32, blockField.counter).i32(1).op(0x6a);
  code.tee(scratch).memory(storeOf.i32, blockField.counter);
  code.get(scratch).i32(0).memory(loadOf.i32, coreWord.hotThreshold).op(0x46).open('if');
  code.i32(0).i32(0).memory(storeOf.i32, stateOffset.cell);
  code.i32(service.hot).get(block).op(0xad).i64(0).i64(0).call(call).op(op.drop);
  code.br(1).end();
}

/** Pushes the address of the current cell's temporary. */
function pushResult({ code, cell, delta }: Core): void {
  code.get(cell).get(delta).op(0x6b);
}

/** Pushes word `n` (1…3) of the current cell. */
export function pushWord({ code, cell }: Core, n: number): void {
  code.get(cell).memory(loadOf.i32, n * 4);
}

/** Pushes the value operand in word `n`. */
export function pushOperand(core: Core, n: number, type: keyof typeof loadOf): void {
  pushWord(core, n);
  core.code.memory(loadOf[type]);
}

/** Remembers the cell, so that a fault has an address. */
export function markCell({ code, cell }: Core): void {
  code.i32(0).get(cell).memory(storeOf.i32, stateOffset.cell);
}

function advance({ code, cell }: Core, labels: Labels, cells = 1): void {
  code
    .get(cell)
    .i32(cells * cellBytes)
    .op(0x6a)
    .set(cell)
    .br(labels.next);
}

const mayTrap = /_(div|rem)_[su]$/;

function writeHandler(core: Core, row: OpRow, labels: Labels, routines: Routines): void {
  const { code } = core;
  if (shapes[row.code]! & shape.memory || mayTrap.test(row.name)) markCell(core);
  if (row.kind === 'special') {
    writeSpecial(core, row, labels);
    return;
  }
  if (row.kind === 'lane') {
    writeLaneHandler(core, row);
    advance(core, labels);
    return;
  }
  if (core.checked && row.kind === 'plain' && shapes[row.code]! & shape.memory) {
    checkRanges(core, row, routines);
  }
  if (row.result) pushResult(core);
  row.operands.forEach((type, n) => {
    pushOperand(core, n + 1, type);
    if (n === 0 && row.kind !== 'plain') {
      pushWord(core, row.kind === 'load' ? 2 : 3);
      code.op(0x6a);
      if (core.checked) checkAccess(core, row);
    }
  });
  if (row.kind === 'plain') writePlain(code, row, routines);
  else if (row.kind === 'load') writeLoad(code, row);
  else writeStore(code, row);
  if (row.result) code.memory(storeOf[row.result]);
  advance(core, labels);
}

/** The wasm address on the stack stays there, if the guest may access the bytes. */
function checkAccess({ code, address, denied }: Core, { bytes, kind }: OpRow): void {
  const pushRights = (last: number): void => {
    code.get(address);
    if (last > 0) code.i32(last).op(0x6a);
    code.i32(12).op(0x76).i32(0).memory(loadOf.i32, coreWord.rights).op(0x6a).memory(0x2d);
  };
  code.set(address);
  pushRights(0);
  if (bytes > 1) {
    pushRights(bytes - 1);
    code.op(0x71);
  }
  code.i32(kind === 'store' ? right.write : right.read).op(0x71);
  code.op(0x45).open('if').get(address).i32(bytes).call(denied).end();
  code.get(address);
}

/** Traps unless the guest may access all bytes of the ranges; the cell is marked. */
function checkRanges(core: Core, row: OpRow, routines: Routines): void {
  const { code } = core;
  for (const [operand, wanted] of rangesOf(row.code)) {
    pushOperand(core, operand, 'i32');
    pushOperand(core, 3, 'i32');
    code.i32(wanted).call(routines.index('range_allowed'));
    code.op(0x45).open('if').op(op.unreachable).end();
  }
}

/** Lanes are parts of a temporary in memory; the cell's upper half is the lane's byte offset. */
function writeLaneHandler(core: Core, row: OpRow): void {
  const { code, cell, scratch } = core;
  const pushLane = (): void => {
    code.get(cell).memory(0x2f, 2).op(0x6a);
  };
  const bytes = 16 / lanes[row.name as keyof typeof lanes][2];
  pushResult(core);
  if (row.result !== 'v128') {
    pushWord(core, 1);
    pushLane();
    const narrow = row.name.endsWith('_s') ? { 1: 0x2c, 2: 0x2e } : { 1: 0x2d, 2: 0x2f };
    code.memory(narrow[bytes as 1 | 2] ?? loadOf[row.result!]).memory(storeOf[row.result!]);
    return;
  }
  const value = row.operands[1]!;
  code.tee(scratch);
  pushOperand(core, 1, 'v128');
  code.memory(storeOf.v128).get(scratch);
  pushLane();
  pushOperand(core, 2, value);
  code.memory({ 1: 0x3a, 2: 0x3b }[bytes] ?? storeOf[value]);
}

function writeSpecial(core: Core, row: OpRow, labels: Labels): void {
  const { code, cell } = core;
  const [kind, type] = row.name.split('_') as [string, keyof typeof loadOf];
  if (shapes[row.code]! & shape.terminator) {
    writeTerminator(core, row.name, labels);
  } else if (kind === 'get' || kind === 'peek') {
    pushResult(core);
    pushOperand(core, 1, type);
    code.memory(storeOf[type]);
    advance(core, labels);
  } else if (kind === 'put' || kind === 'poke') {
    pushWord(core, 1);
    pushOperand(core, 2, type);
    code.memory(storeOf[type]);
    advance(core, labels);
  } else if (row.name === 'trap_if') {
    writeTrapIf(core);
    advance(core, labels);
  } else if (row.name === 'helper') {
    markCell(core);
    pushResult(core);
    code.get(cell).memory(0x2f, 2);
    for (const n of [1, 2, 3]) pushOperand(core, n, 'i64');
    code.call(core.helper).memory(storeOf.i64);
    advance(core, labels);
  } else if (row.name === 'leaf') {
    pushResult(core);
    code.i64(0).memory(storeOf.i64);
    pushOperand(core, 1, 'i32');
    code.open('if');
    pushResult(core);
    code.get(cell).memory(0x2f, 2);
    for (const n of [2, 3]) pushOperand(core, n, 'i64');
    code.i64(0).call(core.helper).memory(storeOf.i64).end();
    advance(core, labels);
  } else {
    writeConstant(core, row.name);
    advance(core, labels, shapes[row.code]! & shape.raw ? 2 : 1);
  }
}

function writeConstant(core: Core, name: string): void {
  const { code, cell } = core;
  pushResult(core);
  if (name === 'const32') {
    code.get(cell).memory(loadOf.i32, 4).memory(storeOf.i32);
  } else if (name === 'const64') {
    code.get(cell).memory(loadOf.i64, 4).memory(storeOf.i64);
  } else if (name === 'constv128') {
    code.get(cell).memory(loadOf.v128, 16).memory(storeOf.v128);
  } else {
    // A shuffle whose mask is data: swizzle gives 0 for indexes above 15.
    const mask = (): void => {
      code.get(cell).memory(loadOf.v128, 16);
    };
    pushOperand(core, 1, 'v128');
    mask();
    code.op(0xfd0e);
    pushOperand(core, 2, 'v128');
    mask();
    code.i32(16).op(0xfd0f).op(0xfd71).op(0xfd0e).op(0xfd50).memory(storeOf.v128);
  }
}

/** Instructions before this one in the block are counted, then the trap is taken. */
function writeTrapIf(core: Core): void {
  const { code, cell } = core;
  pushOperand(core, 1, 'i32');
  code.open('if');
  code.i32(0).i32(0).memory(loadOf.i32, stateOffset.fuel);
  code.get(cell).memory(loadOf.i32).i32(20).op(0x76).op(0x6b);
  code.memory(storeOf.i32, stateOffset.fuel);
  pushWord(core, 3);
  code.get(cell).memory(loadOf.i32).i32(16).op(0x76).i32(15).op(0x71).i32(1).op(0x6a);
  pushWord(core, 2);
  code.call(core.exit).op(op.return).end();
}
