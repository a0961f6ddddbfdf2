/**
 * Operations too long to inline: functions a module holds once, added when first asked for.
 */

import { coreWord } from '../interpreter/layout.ts';
import { scratchRange } from '../protection.ts';
import { guestBias } from '../state.ts';
import { Code, loadOf, op, type Signature, type WasmModule } from '../wasm/encoder.ts';
import {
  apply,
  assign,
  type Expression,
  give,
  i32,
  i64,
  invoke,
  run,
  type Term,
  when,
} from '../wasm/expression.ts';
import { writeFma32, writeFma64 } from './fma.ts';
import { type NanShape, writeNanScalar, writeNanVector } from './nan.ts';
import type { ValueType } from './ops.ts';

export type RoutineName =
  | 'i32_bitreverse'
  | 'i64_bitreverse'
  | 'i64_mulhi_u'
  | 'i64_mulhi_s'
  | 'f32_fma'
  | 'f64_fma'
  | `${NanShape}_nan`
  | 'memory_copy'
  | 'memory_copy_forward'
  | 'memory_fill'
  | 'memory_mismatch'
  | 'memory_find'
  | 'range_allowed';

/** The routines of one module under construction. */
export class Routines {
  readonly #module: WasmModule;
  readonly #indexes = new Map<RoutineName, number>();

  constructor(module: WasmModule) {
    this.#module = module;
  }

  /** Function index of a routine; adds it to the module on first use. */
  index(name: RoutineName): number {
    const found = this.#indexes.get(name);
    if (found !== undefined) return found;
    const { signature, write } = routines[name];
    const code = new Code(signature.parameters.length);
    write(code, this);
    const index = this.#module.addFunction(signature, code);
    this.#indexes.set(name, index);
    return index;
  }
}

interface Routine {
  readonly signature: Signature;
  readonly write: (code: Code, routines: Routines) => void;
}

function routine(
  parameters: readonly ValueType[],
  result: ValueType | null,
  write: Routine['write'],
): Routine {
  return { signature: { parameters, results: result ? [result] : [] }, write };
}

const routines: Readonly<Record<RoutineName, Routine>> = {
  i32_bitreverse: routine(['i32'], 'i32', writeBitReverse32),
  i64_bitreverse: routine(['i64'], 'i64', (code, all) => {
    const reverse = (half: Expression): Expression => invoke(all.index('i32_bitreverse'), half);
    const low = reverse(apply('i32_wrap_i64', 0));
    const high = reverse(apply('i32_wrap_i64', apply('i64_shr_u', 0, i64(32))));
    apply(
      'i64_or',
      apply('i64_shl', apply('i64_extend_i32_u', low), i64(32)),
      apply('i64_extend_i32_u', high),
    )(code);
  }),
  i64_mulhi_u: routine(['i64', 'i64'], 'i64', writeMulhiUnsigned),
  i64_mulhi_s: routine(['i64', 'i64'], 'i64', (code, all) => {
    // As two's complement: subtract b where a is negative, and a where b is.
    const correction = (x: Term, y: Term): Expression =>
      apply('i64_and', apply('i64_shr_s', x, i64(63)), y);
    const product = invoke(all.index('i64_mulhi_u'), 0, 1);
    apply('i64_sub', apply('i64_sub', product, correction(0, 1)), correction(1, 0))(code);
  }),
  f32_fma: routine(['f32', 'f32', 'f32'], 'f32', writeFma32),
  f64_fma: routine(['f64', 'f64', 'f64'], 'f64', (code, all) => {
    writeFma64(code, all.index('i64_mulhi_u'));
  }),
  f32x4_nan: routine(['v128', 'v128', 'v128'], 'v128', (code) => writeNanVector(code, 'f32x4')),
  f64x2_nan: routine(['v128', 'v128', 'v128'], 'v128', (code) => writeNanVector(code, 'f64x2')),
  f32_nan: routine(['f32', 'f32', 'f32'], 'f32', (code, all) => {
    writeNanScalar(code, 'f32', all.index('f32x4_nan'));
  }),
  f64_nan: routine(['f64', 'f64', 'f64'], 'f64', (code, all) => {
    writeNanScalar(code, 'f64', all.index('f64x2_nan'));
  }),
  memory_copy: routine(['i32', 'i32', 'i32'], null, (code) => {
    run(code, unbias(0), unbias(1));
    code.get(0).get(1).get(2).op(op.memoryCopy);
    code.byte(0);
    code.byte(0);
  }),
  memory_copy_forward: routine(['i32', 'i32', 'i32'], null, writeCopyForward),
  memory_fill: routine(['i32', 'i32', 'i32'], null, (code) => {
    run(code, unbias(0));
    code.get(0).get(1).get(2).op(op.memoryFill);
    code.byte(0);
  }),
  memory_mismatch: routine(['i32', 'i32', 'i32'], 'i32', writeMismatch),
  memory_find: routine(['i32', 'i32', 'i32'], 'i32', writeFind),
  range_allowed: routine(['i32', 'i32', 'i32'], 'i32', writeRangeAllowed),
};

/** Turns the guest address in parameter `local` into a wasm address. */
function unbias(local: number): Expression {
  return assign(local, apply('i32_sub', local, i32(guestBias)));
}

/** Swaps neighbouring groups of 1, 2, 4 bits, then the bytes. */
function writeBitReverse32(code: Code): void {
  for (const [shift, mask] of [
    [1, 0x55555555],
    [2, 0x33333333],
    [4, 0x0f0f0f0f],
  ] as const) {
    const right = apply('i32_and', apply('i32_shr_u', 0, i32(shift)), i32(mask));
    const left = apply('i32_shl', apply('i32_and', 0, i32(mask)), i32(shift));
    assign(0, apply('i32_or', right, left))(code);
  }
  apply(
    'i32_or',
    apply('i32_and', apply('i32_rotl', 0, i32(8)), i32(0x00ff00ff)),
    apply('i32_and', apply('i32_rotr', 0, i32(8)), i32(0xff00ff00)),
  )(code);
}

/** Schoolbook product of 32-bit halves (Warren, Hacker's Delight, section 8-2). */
function writeMulhiUnsigned(code: Code): void {
  const [al, ah, bl, bh, t, u] = [0, 0, 0, 0, 0, 0].map(() => code.local('i64')) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const low = (x: Term): Expression => apply('i64_and', x, i64(-1, 0));
  const high = (x: Term): Expression => apply('i64_shr_u', x, i64(32));
  const product = (x: Term, y: Term): Expression => apply('i64_mul', x, y);
  run(
    code,
    assign(al, low(0)),
    assign(ah, high(0)),
    assign(bl, low(1)),
    assign(bh, high(1)),
    assign(t, apply('i64_add', product(ah, bl), high(product(al, bl)))),
    assign(u, apply('i64_add', product(al, bh), low(t))),
    apply('i64_add', apply('i64_add', product(ah, bh), high(t)), high(u)),
  );
}

/**
 * Where the destination begins inside the source, bytes written are read again: a distance of one
 * is a fill; otherwise byte by byte. Elsewhere memmove gives the same bytes.
 */
function writeCopyForward(code: Code): void {
  const distance = code.local('i32');
  run(code, unbias(0), unbias(1), assign(distance, apply('i32_sub', 0, 1)));
  apply('i32_ge_u', apply('i32_sub', distance, i32(1)), apply('i32_sub', 2, i32(1)))(code);
  apply('i32_eqz', 2)(code);
  code.op(0x72).open('if');
  code.get(0).get(1).get(2).op(op.memoryCopy);
  code.byte(0);
  code.byte(0);
  code.op(op.return).end();
  apply('i32_eq', distance, i32(1))(code);
  code.open('if');
  code.get(0).get(1).memory(0x2d).get(2).op(op.memoryFill);
  code.byte(0);
  code.op(op.return).end();
  code.open('loop');
  code.get(0).get(1).memory(0x2d).memory(0x3a);
  run(
    code,
    assign(0, apply('i32_add', 0, i32(1))),
    assign(1, apply('i32_add', 1, i32(1))),
    assign(2, apply('i32_sub', 2, i32(1))),
  );
  code.get(2).brIf(0).end();
}

/** Eight bytes at a time while eight are left, then one. */
function writeMismatch(code: Code): void {
  const at = code.local('i32');
  const difference = code.local('i64');
  const load = (opcode: number, base: number): Expression => {
    return (c) => {
      apply('i32_add', base, at)(c);
      c.memory(opcode);
    };
  };
  run(code, unbias(0), unbias(1));
  code.open('block').open('loop');
  apply('i32_lt_u', apply('i32_sub', 2, at), i32(8))(code);
  code.brIf(1);
  const found = apply('i32_wrap_i64', apply('i64_shr_u', apply('i64_ctz', difference), i64(3)));
  run(
    code,
    assign(difference, apply('i64_xor', load(0x29, 0), load(0x29, 1))),
    when(apply('i64_ne', difference, i64(0)), give(apply('i32_add', at, found))),
    assign(at, apply('i32_add', at, i32(8))),
  );
  code.br(0).end().end();
  code.open('loop');
  run(
    code,
    when(apply('i32_ge_u', at, 2), give(2)),
    when(apply('i32_ne', load(0x2d, 0), load(0x2d, 1)), give(at)),
    assign(at, apply('i32_add', at, i32(1))),
  );
  code.br(0).end().op(op.unreachable);
}

/** Sixteen bytes at a time while so many are left, then one. */
function writeFind(code: Code): void {
  const at = code.local('i32');
  const wanted = code.local('v128');
  const hits = code.local('i32');
  const load = (opcode: number): Expression => {
    return (c) => {
      apply('i32_add', 0, at)(c);
      c.memory(opcode);
    };
  };
  run(code, unbias(0), assign(wanted, apply('i8x16_splat', 1)));
  code.open('block').open('loop');
  apply('i32_lt_u', apply('i32_sub', 2, at), i32(16))(code);
  code.brIf(1);
  run(
    code,
    assign(hits, apply('i8x16_bitmask', apply('i8x16_eq', load(loadOf.v128), wanted))),
    when(apply('i32_ne', hits, i32(0)), give(apply('i32_add', at, apply('i32_ctz', hits)))),
    assign(at, apply('i32_add', at, i32(16))),
  );
  code.br(0).end().end();
  const value = apply('i32_and', 1, i32(0xff));
  code.open('loop');
  run(
    code,
    when(apply('i32_ge_u', at, 2), give(2)),
    when(apply('i32_eq', load(0x2d), value), give(at)),
    assign(at, apply('i32_add', at, i32(1))),
  );
  code.br(0).end().op(op.unreachable);
}

/**
 * (address, length, right): whether all pages of a range of guest addresses give the guest a right
 * (protection.ts).
 */
function writeRangeAllowed(code: Code): void {
  const [page, last] = [code.local('i32'), code.local('i32')];
  const { start, end } = scratchRange;
  const load: Expression = (c) => {
    apply('i32_add', page, (d) => void d.i32(0).memory(loadOf.i32, coreWord.rights))(c);
    c.memory(0x2d);
  };
  const inScratch = apply(
    'i32_le_u',
    apply('i32_add', apply('i32_sub', 0, i32(start)), 1),
    i32(end - start),
  );
  run(
    code,
    when(apply('i32_eqz', 1), give(i32(1))),
    unbias(0),
    when(apply('i32_le_u', 1, i32(end - start)), when(inScratch, give(i32(1)))),
    assign(page, apply('i32_shr_u', 0, i32(12))),
    assign(last, apply('i32_shr_u', apply('i32_sub', apply('i32_add', 0, 1), i32(1)), i32(12))),
    // A range that wraps around the end passes the null page.
    when(apply('i32_lt_u', last, page), give(i32(0))),
  );
  code.open('loop');
  run(
    code,
    when(apply('i32_eqz', apply('i32_and', load, 2)), give(i32(0))),
    when(apply('i32_eq', page, last), give(i32(1))),
    assign(page, apply('i32_add', page, i32(1))),
  );
  code.br(0).end().op(op.unreachable);
}
