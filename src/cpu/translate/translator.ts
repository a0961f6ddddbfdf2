/** Regions to WebAssembly modules. */

import type { DecodedBlock } from '../blocks.ts';
import { regionSignature } from '../interpreter/core_module.ts';
import { Routines } from '../ir/routines.ts';
import { Code, op, WasmModule } from '../wasm/encoder.ts';
import { analyse } from './flow.ts';
import { depthParameter, Frame, pcParameter } from './frame.ts';
import { type BlockSource, buildGraph } from './graph.ts';
import { RegionEmitter } from './region_emitter.ts';

/** Host stack a region's frame takes besides its locals. Bytes. */
const frameBytesMin = 160;

/** The module of a region: imports memory, `callpc` and `helper`, exports `region`. */
export function regionBytes(
  blocks: readonly DecodedBlock[],
  source: BlockSource,
  precise: boolean,
): Uint8Array<ArrayBuffer> {
  const graph = buildGraph(blocks, source);
  const flow = analyse(graph, precise);
  const module = new WasmModule();
  const callpc = module.importFunction('callpc', regionSignature);
  const helper = module.importFunction('helper', regionSignature);
  const code = new Code(2, 4096);
  const self = module.addFunction(regionSignature, code);
  const body = new Code(2, 4096);
  const frame = new Frame(body, flow, new Routines(module), { callpc, helper, self }, precise);
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
  module.exportFunction('region', self);
  return module.finish();
}
