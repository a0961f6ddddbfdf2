/**
 * Expressions over the encoder, for routines written by hand: `set(x, apply('i64_add', y, z))`
 * reads like the arithmetic it is, where a list of stack instructions would not.
 */

import { numeric, simd } from '../ir/ops.ts';
import type { Code, Local } from './encoder.ts';

/** Writes instructions that leave one value on the stack (or none, for statements). */
export type Expression = (code: Code) => void;
/** A local, a written expression. */
export type Term = Local | Expression;

type PlainName = keyof typeof numeric | keyof typeof simd;
const opcodes: Readonly<Record<PlainName, number>> = Object.fromEntries(
  Object.entries({ ...numeric, ...simd }).map(([name, row]) => [name, row[2]]),
) as Record<PlainName, number>;

function write(code: Code, term: Term): void {
  if (typeof term === 'number') code.get(term);
  else term(code);
}

/** The value of a wasm instruction named as in `ir/ops.ts`; a number is a local. */
export function apply(name: PlainName, ...terms: Term[]): Expression {
  return (code) => {
    for (const term of terms) write(code, term);
    code.op(opcodes[name]);
  };
}

export function i32(value: number): Expression {
  return (code) => void code.i32(value);
}

/** A 64-bit constant: low and high half, or a small signed number. */
export function i64(low: number, high?: number): Expression {
  return (code) => void code.i64(low, high);
}

/** The value of a function of the module. */
export function invoke(functionIndex: number, ...terms: Term[]): Expression {
  return (code) => {
    for (const term of terms) write(code, term);
    code.call(functionIndex);
  };
}

/** `condition ? a : b`, both evaluated. */
export function select(a: Term, b: Term, condition: Term): Expression {
  return (code) => {
    for (const term of [a, b, condition]) write(code, term);
    code.op(0x1b);
  };
}

export function assign(local: Local, value: Term): Expression {
  return (code) => {
    write(code, value);
    code.set(local);
  };
}

export function when(condition: Term, ...then: Expression[]): Expression {
  return (code) => {
    write(code, condition);
    code.open('if');
    for (const statement of then) statement(code);
    code.end();
  };
}

export function give(value: Term): Expression {
  return (code) => {
    write(code, value);
    code.op(0x0f);
  };
}

/** Writes statements one after another. */
export function run(code: Code, ...statements: Expression[]): void {
  for (const statement of statements) statement(code);
}
