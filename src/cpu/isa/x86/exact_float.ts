/**
 * Floating-point operations by the helper module, which minds all of MXCSR. Inline code
 * (`floats.ts`) calls it when a result might raise a flag that is not raised yet, or when rounding,
 * flushing or a NaN is not as wasm has it.
 */

import type { Builder, F32, F64, I32, I64, V128 } from '../../ir/builder.ts';
import { scalarHelperFirst, wasmHelperId } from './helper_module.ts';
import { operandWords, pendingExceptions } from './registers.ts';

/**
 * Whether code is made for a program that has unmasked an exception (`Isa.exact`): then each
 * operation goes to the helper, and traps where that finds such an exception.
 */
export const decoding: { trapping: boolean } = { trapping: false };

/** Operations in the order of their numbers in `wasm/x86/sse.ts`. */
const operations = [
  'add',
  'sub',
  'mul',
  'div',
  'min',
  'max',
  'sqrt',
  'compare',
  'fused',
  'round',
  'toI32',
  'fromI32',
  'narrow',
  'widen',
  'toHalf',
  'fromHalf',
  'fromI64',
  'toI64',
  'order',
] as const;
/** An operation of the helper. */
export type ExactOperation = (typeof operations)[number];

/** Exception flags of MXCSR and of the x87 status word, as Linux looks for them: one decides. */
export const exceptionFlags: readonly number[] = [1, 4, 8, 16 | 2, 32];

/** Traps where the operation has found unmasked exceptions. */
function trapPending(b: Builder): void {
  if (!decoding.trapping) return;
  for (const flags of exceptionFlags) {
    const found = b.i32_and(b.peek(pendingExceptions), b.const32(flags));
    b.trapIf(found, 'arithmetic', flags);
  }
}

/** The condition under which the helper is called. */
const slowly = (b: Builder, condition: I32): I32 => (decoding.trapping ? b.const32(1) : condition);

/** What an operation on vectors is told besides its operands. */
export interface VectorCall {
  readonly double: boolean;
  readonly lanes: number;
  readonly control?: number;
}

/**
 * The helper's result if `condition` is not 0, else `fast`. Of a result, lanes beyond `lanes` are
 * those of the first operand, or zero after a conversion.
 */
export function exactVector(
  b: Builder,
  operation: ExactOperation,
  { double, lanes, control = 0 }: VectorCall,
  condition: I32,
  fast: V128,
  ...operands: V128[]
): V128 {
  operands.forEach((operand, n) => {
    b.poke(operandWords[n]!, operand);
  });
  const word = operations.indexOf(operation) | (double ? 0x20 : 0) | (control << 6) | (lanes << 11);
  const slow = slowly(b, condition);
  b.leaf(wasmHelperId.vector, slow, b.const64(word), b.const64(0));
  trapPending(b);
  const result = b.peek(operandWords[0]!);
  return decoding.trapping ? result : b.v128_select(result, fast, slow);
}

/** What an operation on scalars is told besides its operands. */
export interface ScalarCall {
  readonly double: boolean;
  readonly control?: number;
}

/** The bits of the helper's result if `condition` is not 0. Unary operations take `y`. */
export function exactBits(
  b: Builder,
  operation: ExactOperation,
  { double, control = 0 }: ScalarCall,
  condition: I32,
  x: I64,
  y: I64,
): I64 {
  const word = operations.indexOf(operation) | (double ? 0x20 : 0) | (control << 6);
  const bits = b.leaf(scalarHelperFirst + word, slowly(b, condition), x, y);
  trapPending(b);
  return bits;
}

/** The bits of a double. */
export const bits64 = (b: Builder, x: F64): I64 => b.i64_reinterpret_f64(x);
/** The bits of a single. */
export const bits32 = (b: Builder, x: F32): I64 => b.i64_extend_i32_u(b.i32_reinterpret_f32(x));

/** The helper's double if `condition` is not 0, else `fast`. */
export function exact64(
  b: Builder,
  operation: ExactOperation,
  call: ScalarCall,
  condition: I32,
  fast: F64,
  x: I64,
  y: I64,
): F64 {
  const slow = b.f64_reinterpret_i64(exactBits(b, operation, call, condition, x, y));
  return decoding.trapping ? slow : b.f64_select(slow, fast, condition);
}

/** The helper's single if `condition` is not 0, else `fast`. */
export function exact32(
  b: Builder,
  operation: ExactOperation,
  call: ScalarCall,
  condition: I32,
  fast: F32,
  x: I64,
  y: I64,
): F32 {
  const bits = b.i32_wrap_i64(exactBits(b, operation, call, condition, x, y));
  const slow = b.f32_reinterpret_i32(bits);
  return decoding.trapping ? slow : b.f32_select(slow, fast, condition);
}
