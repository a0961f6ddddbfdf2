/** Regions to WebAssembly modules. */

import type { DecodedBlock } from '../blocks.ts';
import { regionSignature } from '../interpreter/core_module.ts';
import { Routines } from '../ir/routines.ts';
import { Code, op, WasmModule } from '../wasm/encoder.ts';
import { analyse } from './flow.ts';
import { type Callees, depthParameter, Frame, pcParameter } from './frame.ts';
import { type BlockSource, buildGraph, type Graph } from './graph.ts';
import { RegionEmitter } from './region_emitter.ts';

/** Host stack a region's frame takes besides its locals. Bytes. */
const frameBytesMin = 160;

/** What one function of a module is made of. */
interface Translation {
  readonly graph: Graph;
  readonly code: Code;
  readonly index: number;
}

/** Regions made together: a module, and which of its regions each calls without the core. */
export interface TranslatedGroup {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly calls: readonly ReadonlySet<number>[];
}

/** Name a module exports its region number `n` by. */
export function regionExport(n: number): string {
  return n === 0 ? 'region' : `region${n}`;
}

/**
 * The module of some regions, each given as its blocks: imports memory, `callpc`, `helper` and
 * `resume`. Many in one module cost V8 far less than as many modules. Accesses look at the table of
 * page rights at wasm address `rights`, if that is not 0.
 */
export function translateGroup(
  regions: readonly (readonly DecodedBlock[])[],
  source: BlockSource,
  rights: number,
): TranslatedGroup {
  const module = new WasmModule();
  const callpc = module.importFunction('callpc', regionSignature);
  const helper = module.importFunction('helper', regionSignature);
  const resume = rights ? module.importFunction('resume', regionSignature) : -1;
  const translations = regions.map((blocks): Translation => {
    const code = new Code(2, 4096);
    const index = module.addFunction(regionSignature, code);
    return { graph: buildGraph(blocks, source), code, index };
  });
  const own = new Map(translations.map(({ index }, n) => [regions[n]![0]!.pc, { n, index }]));
  const routines = new Routines(module);
  const calls = translations.map(({ graph, code, index }, n) => {
    const called = new Set<number>();
    const direct = (pc: number): number => {
      const callee = own.get(pc);
      if (!callee) return callpc;
      called.add(callee.n);
      return callee.index;
    };
    writeRegion(graph, code, routines, { callpc, helper, resume, direct }, rights);
    module.exportFunction(regionExport(n), index);
    return called;
  });
  return { bytes: module.finish(), calls };
}

function writeRegion(
  graph: Graph,
  code: Code,
  routines: Routines,
  callees: Callees,
  rights: number,
): void {
  const flow = analyse(graph, rights !== 0);
  const body = new Code(2, 4096);
  const frame = new Frame(body, flow, routines, callees, rights);
  new RegionEmitter(graph, frame).write();
  // The prologue is known last: it gives up when the host's stack is used up.
  for (const type of body.locals) code.local(type);
  code
    .get(depthParameter)
    .i32(frameBytesMin + body.frameBytes)
    .op(0x6b)
    .tee(frame.callDepth);
  code.i32(0).op(0x48).open('if').get(pcParameter).op(op.return).end();
  frame.load(flow.nodes[0]!.liveIn, code);
  frame.loadFuel(code);
  code.append(body.written);
}
