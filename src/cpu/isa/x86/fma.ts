/** FMA3: fused multiply-add of ymm, xmm and scalar operands (SDM vol. 2, VFMADD132PD …). */

import type { Builder, F32, F64, V128 } from '../../ir/builder.ts';
import { fusedVector } from './floats.ts';
import type { Lowering } from './lowering.ts';
import type { Lower, RowSource } from './row.ts';
import { bytes16, splat32 } from './vectors.ts';
import { bothHalves } from './vex.ts';

/** Signs of lanes: the product's, the addend's in even and in odd lanes. */
interface Signs {
  readonly product: boolean;
  readonly even: boolean;
  readonly odd: boolean;
}

const signBits = (b: Builder, double: boolean): V128 =>
  double ? b.i64x2_splat(b.const64Halves(0, 0x8000_0000)) : splat32(b, 0x8000_0000);

/** ±z by lanes. */
function signedAddend(b: Builder, double: boolean, z: V128, { even, odd }: Signs): V128 {
  if (!even && !odd) return z;
  const flipped = b.v128_xor(z, signBits(b, double));
  if (even && odd) return flipped;
  const size = double ? 8 : 4;
  const takesFlipped = (n: number): boolean => (n % (2 * size) < size ? even : odd);
  return b.shuffle(
    z,
    flipped,
    bytes16((n) => (takesFlipped(n) ? n + 16 : n)),
  );
}

/** x × y + z in the first `lanes` lanes; the others are x's. */
function multiplyAdd(b: Builder, double: boolean, lanes: number, x: V128, y: V128, z: V128): V128 {
  let result = x;
  for (let n = 0; n < lanes; n++) {
    if (double) {
      const at = (v: V128): F64 => b.f64x2_extract_lane(n, v);
      result = b.f64x2_replace_lane(n, result, b.f64_fma(at(x), at(y), at(z)));
    } else {
      const at = (v: V128): F32 => b.f32x4_extract_lane(n, v);
      result = b.f32x4_replace_lane(n, result, b.f32_fma(at(x), at(y), at(z)));
    }
  }
  return result;
}

type Order = '132' | '213' | '231';

/** Operands 0, 1, 2 as multiplicand, multiplier, addend. */
const roles: Readonly<Record<Order, readonly [number, number, number]>> = {
  '132': [0, 2, 1],
  '213': [1, 0, 2],
  '231': [1, 2, 0],
};

function fused(c: Lowering, double: boolean, lanes: number, order: Order, signs: Signs): V128 {
  const { b } = c;
  const operands = [c.readVector(0), c.readVector(1), c.readVector(2)] as const;
  const [m, n, a] = roles[order];
  const x = operands[m]!;
  const factor = signs.product ? b.v128_xor(x, signBits(b, double)) : x;
  const addend = signedAddend(b, double, operands[a]!, signs);
  const fast = multiplyAdd(b, double, lanes, factor, operands[n]!, addend);
  const control = (signs.product ? 1 : 0) | (signs.even ? 2 : 0) | (signs.odd ? 4 : 0);
  return fusedVector(b, { double, lanes, control }, [x, operands[n]!, operands[a]!], fast);
}

const packed =
  (double: boolean, order: Order, signs: Signs): Lower =>
  (c) =>
    c.writeVector(0, fused(c, double, double ? 2 : 4, order, signs));

const scalar =
  (double: boolean, order: Order, signs: Signs): Lower =>
  (c) => {
    const { b } = c;
    const kept = c.readVector(0);
    const value = fused(c, double, 1, order, signs);
    const size = double ? 8 : 4;
    c.writeVector(
      0,
      b.shuffle(
        kept,
        value,
        bytes16((n) => (n < size ? n + 16 : n)),
      ),
    );
  };

const signsOf = (product: boolean, even: boolean, odd: boolean = even): Signs => ({
  product,
  even,
  odd,
});

/** Low digit of the packed opcode, name, signs; scalar forms follow where there are any. */
const operations: readonly (readonly [
  digit: number,
  name: string,
  signs: Signs,
  scalar: boolean,
])[] = [
  [0x6, 'VFMADDSUB', signsOf(false, true, false), false],
  [0x7, 'VFMSUBADD', signsOf(false, false, true), false],
  [0x8, 'VFMADD', signsOf(false, false), true],
  [0xa, 'VFMSUB', signsOf(false, true), true],
  [0xc, 'VFNMADD', signsOf(true, false), true],
  [0xe, 'VFNMSUB', signsOf(true, true), true],
];
const orders: readonly (readonly [high: number, order: Order])[] = [
  [0x90, '132'],
  [0xa0, '213'],
  [0xb0, '231'],
];

/** All of FMA3. */
export const fmaRows: readonly RowSource[] = orders.flatMap(([high, order]) =>
  operations.flatMap(([digit, name, signs, hasScalar]) =>
    [false, true].flatMap((double): RowSource[] => {
      const [w, letter, bits] = double ? ['W1', 'D', 64] : ['W0', 'S', 32];
      const opcode = (n: number): string => n.toString(16).toUpperCase();
      const lower = packed(double, order, signs);
      const at = `66.0F38.${w} ${opcode(high + digit)} /r`;
      const rows: RowSource[] = [
        [`VEX.128.${at}`, `${name}${order}P${letter} xmm1, xmm2, xmm3/m128`, lower],
        [`VEX.256.${at}`, `${name}${order}P${letter} ymm1, ymm2, ymm3/m256`, bothHalves(lower)],
      ];
      if (hasScalar) {
        rows.push([
          `VEX.LIG.66.0F38.${w} ${opcode(high + digit + 1)} /r`,
          `${name}${order}S${letter} xmm1, xmm2, xmm3/m${bits}`,
          scalar(double, order, signs),
        ]);
      }
      return rows;
    }),
  ),
);
