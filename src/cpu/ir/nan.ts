/**
 * The NaN an arithmetic operation gives. Wasm leaves its sign and payload open; Arm (FPProcessNaNs)
 * and z/Architecture (IEEE tables of the Principles of Operation) give the first signalling operand
 * made quiet, else the first quiet operand, else the default NaN. The check is inline, the rest is
 * a
 * routine nobody meets in ordinary programs.
 */

import type { Code, Local } from '../wasm/encoder.ts';
import { apply, assign, type Expression, i32, i64, run, type Term } from '../wasm/expression.ts';

/** Shapes that have the operation. */
export type NanShape = 'f32' | 'f64' | 'f32x4' | 'f64x2';

/** Operation `${shape}_nan`: (result, x, y) are on the stack; `routine` is its routine's index. */
export function writeNan(code: Code, shape: NanShape, routine: number): void {
  const type = shape === 'f32' || shape === 'f64' ? shape : 'v128';
  const y = code.scratch(type, 0);
  const x = code.scratch(type, 1);
  const result = code.scratch(type, 2);
  code.set(y).set(x).set(result);
  apply(`${shape}_ne`, result, result)(code);
  if (type === 'v128') code.op(anyTrue);
  code.open('if').get(result).get(x).get(y).call(routine).set(result).end().get(result);
}

const anyTrue = 0xfd53;

/** The routine of a vector shape: (result, x, y) to result. */
export function writeNanVector(code: Code, shape: 'f32x4' | 'f64x2'): void {
  const lanes = shape === 'f32x4' ? 'i32x4' : 'i64x2';
  // Shifting left by this many bits makes the quiet bit the sign.
  const top = shape === 'f32x4' ? 9 : 12;
  const local = (): Local => code.local('v128');
  const signalling = [local(), local()] as const;
  const quietBit = local();
  const zero = local();
  const chosen = local();
  const isNan = (x: Term): Expression => apply(`${shape}_ne`, x, x);
  const quiet = (x: Term): Expression =>
    apply(`${lanes}_lt_s`, apply(`${lanes}_shl`, x, i32(top)), zero);
  const choose = (x: Term, where: Term): Expression =>
    assign(chosen, apply('v128_bitselect', x, chosen, where));
  const bit: Expression =
    shape === 'f32x4'
      ? apply('i32x4_splat', i32(0x00400000))
      : apply('i64x2_splat', i64(0, 0x00080000));
  const defaultNan: Expression =
    shape === 'f32x4'
      ? apply('i32x4_splat', i32(0x7fc00000))
      : apply('i64x2_splat', i64(0, 0x7ff80000));
  run(
    code,
    assign(signalling[0], apply('v128_andnot', isNan(1), quiet(1))),
    assign(signalling[1], apply('v128_andnot', isNan(2), quiet(2))),
    assign(quietBit, bit),
    assign(chosen, defaultNan),
    choose(2, isNan(2)),
    choose(1, isNan(1)),
    choose(2, signalling[1]),
    choose(1, signalling[0]),
    assign(chosen, apply('v128_or', chosen, quietBit)),
    apply('v128_bitselect', chosen, 0, isNan(0)),
  );
}

/** The routine of a scalar shape, by that of the vector shape. */
export function writeNanScalar(code: Code, shape: 'f32' | 'f64', vectorRoutine: number): void {
  const splat = shape === 'f32' ? 'f32x4_splat' : 'f64x2_splat';
  for (const operand of [0, 1, 2]) apply(splat, operand)(code);
  code.call(vectorRoutine).op(shape === 'f32' ? 0xfd1f : 0xfd21);
  code.byte(0);
}
