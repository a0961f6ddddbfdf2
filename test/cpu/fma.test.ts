import { expect, test } from 'vitest';
import type { ValueType } from '../../src/cpu/ir/ops.ts';
import { Routines } from '../../src/cpu/ir/routines.ts';
import { Code, WasmModule } from '../../src/cpu/wasm/encoder.ts';
import { random } from './random_program.ts';

type Fma = (a: number, b: number, c: number) => number;

function compile(type: ValueType): Fma {
  const module = new WasmModule();
  const index = new Routines(module).index(type === 'f32' ? 'f32_fma' : 'f64_fma');
  const code = new Code(3);
  code.get(0).get(1).get(2).call(index);
  const signature = { parameters: [type, type, type], results: [type] };
  module.exportFunction('fma', module.addFunction(signature, code));
  const memory = new WebAssembly.Memory({ initial: 1 });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.finish()), {
    m: { memory },
  });
  // biome-ignore lint/complexity/useLiteralKeys: an index signature.
  return instance.exports['fma'] as Fma;
}

const view = new DataView(new ArrayBuffer(8));

/** A finite f64 as an integer times 2^-1074. */
function scaled(x: number): bigint {
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const exponent = (bits >> 52n) & 0x7ffn;
  const fraction = bits & 0xfffffffffffffn;
  const magnitude = exponent === 0n ? fraction : (fraction | 0x10000000000000n) << (exponent - 1n);
  return bits >> 63n ? -magnitude : magnitude;
}

/** Rounds n × 2^-2148 to nearest even: `precision` bits, least exponent `min`, largest `max`. */
function round(n: bigint, precision: number, min: number, max: number, zero: number): number {
  if (n === 0n) return zero;
  const magnitude = n < 0n ? -n : n;
  const top = magnitude.toString(2).length - 1 - 2148;
  const unit = Math.max(top - precision + 1, min);
  const shift = BigInt(unit + 2148);
  let quotient = magnitude >> shift;
  const rest = magnitude - (quotient << shift);
  const half = shift === 0n ? 0n : 1n << (shift - 1n);
  if (shift > 0n && (rest > half || (rest === half && quotient & 1n))) quotient++;
  const low = Math.max(unit, -1022);
  const value =
    unit + quotient.toString(2).length - 1 > max
      ? Number.POSITIVE_INFINITY
      : Number(quotient) * 2 ** (unit - low) * 2 ** low;
  return n < 0n ? -value : value;
}

function reference(type: ValueType, a: number, b: number, c: number): number {
  // The product of finite numbers is finite, however large.
  if (Number.isFinite(a) && Number.isFinite(b) && !Number.isFinite(c)) return c;
  if (![a, b, c].every(Number.isFinite) || a === 0 || b === 0) return a * b + c;
  const exact = scaled(a) * scaled(b) + (scaled(c) << 1074n);
  // An exact zero is +0 unless both terms are negative zeros, which the line above has excluded.
  return type === 'f64' ? round(exact, 53, -1074, 1023, 0) : round(exact, 24, -149, 127, 0);
}

function operands(type: ValueType, next: () => number): [number, number, number] {
  const f64 = type === 'f64';
  const edges = f64
    ? [0, -0, 5e-324, 2 ** -1022, 2 ** -1022 - 5e-324, Number.MAX_VALUE, 1, 1 + 2 ** -52]
    : [0, -0, 2 ** -149, 2 ** -126, 2 ** -126 - 2 ** -149, 2 ** 128 - 2 ** 104, 1, 1 + 2 ** -23];
  edges.push(Number.POSITIVE_INFINITY, Number.NaN, -1);
  const value = (): number => {
    if (next() % 8 === 0) return edges[next() % edges.length]! * (next() & 1 ? 1 : -1);
    view.setUint32(0, next());
    view.setUint32(4, next() & 1 ? next() : 0);
    return f64 ? view.getFloat64(0) : view.getFloat32(0);
  };
  const [a, b] = [value(), value()];
  const narrow = (x: number): number => (f64 ? x : Math.fround(x));
  // Addends that cancel most of the product, or lie half a unit from it, are the hard ones.
  const near = [
    narrow(-a * b),
    narrow(a * b * 2 ** -53),
    narrow(-a * b * (1 + 2 ** -52)),
    narrow(a * b * 2 ** -24),
  ];
  return [a, b, next() % 2 ? value() : near[next() % 4]!];
}

/** Small exponents around the subnormal range, where products underflow. */
function scaleDown(type: ValueType, x: number, next: () => number): number {
  if (!Number.isFinite(x) || x === 0) return x;
  const exponent = Math.floor(Math.log2(Math.abs(x)));
  const wanted = -(type === 'f64' ? 400 + (next() % 300) : 50 + (next() % 45));
  const value = (x / 2 ** exponent) * 2 ** wanted;
  return type === 'f64' ? value : Math.fround(value);
}

test.for(['f32', 'f64'] as const)('%s fma is exactly rounded', (type) => {
  const fma = compile(type);
  const next = random(type === 'f32' ? 32 : 64);
  for (let n = 0; n < 40_000; n++) {
    let [a, b, c] = operands(type, next);
    if (n % 3 === 0) [a, b] = [scaleDown(type, a, next), scaleDown(type, b, next)];
    if (n % 6 === 0) c = type === 'f64' ? -a * b : Math.fround(-a * b);
    let expected = reference(type, a, b, c);
    if (type === 'f32') expected = Math.fround(expected);
    const actual = fma(a, b, c);
    if (!Object.is(actual, expected)) expect(actual, `fma(${a}, ${b}, ${c})`).toBe(expected);
  }
});
