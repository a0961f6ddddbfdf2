/** AVX and AVX2 instructions that SSE does not have (SDM vol. 2, VBROADCAST … VZEROUPPER), F16C. */

import type { Builder, I32, I64, V128 } from '../../ir/builder.ts';
import { compareVector, narrowHalves, widenHalves } from './floats.ts';
import { type Lowering, scratchAddress } from './lowering.ts';
import { registers } from './registers.ts';
import type { Lower, RowSource } from './row.ts';
import { loadHalf, readF32, readF64, storeHalf, writeF32, writeF64 } from './sse_float.ts';
import { blendByImmediate } from './sse_integer.ts';
import { bytes16, shuffleMask, splat32, zeros } from './vectors.ts';
import { bothHalves } from './vex.ts';

type Lane = 8 | 16 | 32 | 64;

/** Lane 0 of x in all lanes. */
function broadcastLane(b: Builder, lane: Lane, x: V128): V128 {
  const size = lane / 8;
  return b.shuffle(
    x,
    x,
    bytes16((n) => n % size),
  );
}

/** VBROADCASTSS …, VPBROADCASTB …: a byte is loaded alone, wider lanes as readVector does. */
const broadcast =
  (lane: Lane): Lower =>
  (c) => {
    const { b, i } = c;
    const x =
      lane === 8 && i.inMemory
        ? b.i8x16_splat(b.i32_load8_u(c.address(), c.displacement))
        : c.readVector(1);
    const value = broadcastLane(b, lane, x);
    if (i.vectorLength) c.writeHalves(0, value, value);
    else c.writeVector(0, value);
  };

const broadcast128: Lower = (c) => {
  const x = c.readVector(1);
  c.writeHalves(0, x, x);
};

const extract128: Lower = (c) => c.writeVector(0, c.readHalf(1, (c.i.immediate & 1) as 0 | 1));

const insert128: Lower = (c) => {
  const y = c.readVector(2);
  const high = c.i.immediate & 1;
  c.writeHalves(0, high ? c.readHalf(1, 0) : y, high ? y : c.readHalf(1, 1));
};

/** VPERM2F128: each half of the result is one of four halves, or zero. */
const permute128: Lower = (c) => {
  const choose = (control: number): V128 => {
    if (control & 8) return zeros(c.b);
    return c.readHalf(control & 2 ? 2 : 1, (control & 1) as 0 | 1);
  };
  c.writeHalves(0, choose(c.i.immediate), choose(c.i.immediate >> 4));
};

/** The bytes of x ‖ y (low half first) at 32 positions given by bytes 0…31. */
function permuteBytes(b: Builder, low: V128, high: V128, positions: V128): V128 {
  const above = b.i8x16_sub(positions, b.i8x16_splat(b.const32(16)));
  return b.v128_or(b.i8x16_swizzle(low, positions), b.i8x16_swizzle(high, above));
}

/** Byte positions of 32-bit lanes whose numbers are in the lanes of x, modulo `lanes`. */
function lanePositions(b: Builder, x: V128, lanes: number): V128 {
  const lane = b.v128_and(x, splat32(b, lanes - 1));
  return b.i32x4_add(b.i32x4_mul(lane, splat32(b, 0x0404_0404)), splat32(b, 0x0302_0100));
}

/** VPERMD, VPERMPS: lanes of operand 2 by the numbers in operand 1. */
const permute32: Lower = (c) => {
  const { b } = c;
  const [low, high] = [c.readHalf(2, 0), c.readHalf(2, 1)];
  const at = (half: 0 | 1): V128 =>
    permuteBytes(b, low, high, lanePositions(b, c.readHalf(1, half), 8));
  c.writeHalves(0, at(0), at(1));
};

/** VPERMQ, VPERMPD: quadwords by an immediate. */
const permute64: Lower = (c) => {
  const { b, i } = c;
  const [low, high] = [c.readHalf(1, 0), c.readHalf(1, 1)];
  const at = (control: number): V128 => {
    const from = (n: number): number => ((control >> (2 * n)) & 3) * 8;
    return b.shuffle(
      low,
      high,
      bytes16((n) => from(n >> 3) + (n & 7)),
    );
  };
  c.writeHalves(0, at(i.immediate), at(i.immediate >> 4));
};

/** VPERMILPS by vector: lanes of 32 bits within each half. */
const permuteIn32: Lower = (c) => {
  const { b } = c;
  c.writeVector(0, b.i8x16_swizzle(c.readVector(1), lanePositions(b, c.readVector(2), 4)));
};

/** VPERMILPD by vector: bit 1 of each quadword chooses. */
const permuteIn64: Lower = (c) => {
  const { b } = c;
  const x = c.readVector(1);
  const mask = b.i64x2_shr_s(b.i64x2_shl(c.readVector(2), b.const32(62)), b.const32(63));
  const lane = (n: number): V128 =>
    b.shuffle(
      x,
      x,
      bytes16((k) => (k & 7) + n),
    );
  c.writeVector(0, b.v128_bitselect(lane(8), lane(0), mask));
};

const permuteBy32: Lower = (c) => {
  const x = c.readVector(1);
  c.writeVector(0, c.b.shuffle(x, x, shuffleMask(32, c.i.immediate & 0xff, 0)));
};
const permuteBy64: Lower = (c) => {
  const x = c.readVector(1);
  const { immediate } = c.i;
  c.writeVector(
    0,
    c.b.shuffle(
      x,
      x,
      bytes16((n) => (n & 7) + ((immediate >> (n >> 3)) & 1) * 8),
    ),
  );
};

/** The register in bits 7–4 of the immediate, its current half. */
function fourthOperand(c: Lowering): V128 {
  const n = (c.i.immediate >> 4) & 15;
  return c.half ? c.ymmHigh(n) : c.xmm(n);
}

/** VBLENDVPS …: lanes of operand 2 where the mask register's top bits are set. */
const blendByRegister =
  (lane: 8 | 32 | 64): Lower =>
  (c) => {
    const { b } = c;
    const [x, y, mask] = [c.readVector(1), c.readVector(2), fourthOperand(c)];
    c.writeVector(0, b.v128_bitselect(y, x, signs(b, lane, mask)));
  };

/** All bits of a lane where its top bit is set. */
function signs(b: Builder, lane: 8 | 32 | 64, x: V128): V128 {
  if (lane === 8) return b.i8x16_shr_s(x, b.const32(7));
  return lane === 32 ? b.i32x4_shr_s(x, b.const32(31)) : b.i64x2_shr_s(x, b.const32(63));
}

// Lanes one by one. Wasm has no shift by vector and no masked access.

type Shift = 'shl' | 'shr_u' | 'shr_s';

/** VPSLLV …: a count of the lane's width and more shifts everything out. */
const shiftVariable =
  (lane: 32 | 64, kind: Shift): Lower =>
  (c) => {
    const { b } = c;
    const [x, y] = [c.readVector(1), c.readVector(2)];
    let result = x;
    for (let n = 0; n < 128 / lane; n++) {
      if (lane === 32) {
        const count = b.i32x4_extract_lane(n, y);
        const fits = b.i32_lt_u(count, b.const32(32));
        const safe = kind === 'shr_s' ? b.i32_select(count, b.const32(31), fits) : count;
        const shifted = b[`i32_${kind}`](b.i32x4_extract_lane(n, x), safe);
        const value = kind === 'shr_s' ? shifted : b.i32_select(shifted, b.const32(0), fits);
        result = b.i32x4_replace_lane(n, result, value);
      } else {
        const count = b.i64x2_extract_lane(n, y);
        const fits = b.i64_lt_u(count, b.const64(64));
        const shifted = b[`i64_${kind}`](b.i64x2_extract_lane(n, x), count);
        result = b.i64x2_replace_lane(n, result, b.i64_select(shifted, b.const64(0), fits));
      }
    }
    c.writeVector(0, result);
  };

/** Whether lane n's top bit is set. */
const laneSet = (b: Builder, lane: 32 | 64, mask: V128, n: number): I32 =>
  lane === 32
    ? b.i32_lt_s(b.i32x4_extract_lane(n, mask), b.const32(0))
    : b.i64_lt_s(b.i64x2_extract_lane(n, mask), b.const64(0));

/** `value` with lane n loaded from `address` where the mask says so, else as it is. */
function loadLane(b: Builder, lane: 32 | 64, value: V128, n: number, address: I32, set: I32): V128 {
  const from = b.i32_select(address, b.const32(scratchAddress), set);
  if (lane === 32) {
    const loaded = b.i32_select(b.i32_load(from), b.i32x4_extract_lane(n, value), set);
    return b.i32x4_replace_lane(n, value, loaded);
  }
  const loaded = b.i64_select(b.i64_load(from), b.i64x2_extract_lane(n, value), set);
  return b.i64x2_replace_lane(n, value, loaded);
}

/** VMASKMOV, VPMASKMOV loads: lanes not chosen are zero and their memory is not touched. */
const maskedLoad =
  (lane: 32 | 64): Lower =>
  (c) => {
    const { b } = c;
    const address = c.flatAddress();
    const mask = c.readVector(1);
    let value = zeros(b);
    for (let n = 0; n < 128 / lane; n++) {
      const at = b.i32_add(address, b.const32(16 * c.half + (n * lane) / 8));
      value = loadLane(b, lane, value, n, at, laneSet(b, lane, mask, n));
    }
    c.writeVector(0, value);
  };

/** VMASKMOV, VPMASKMOV stores: lanes not chosen go to the scratch word. */
const maskedStore =
  (lane: 32 | 64): Lower =>
  (c) => {
    const { b, i } = c;
    const address = c.flatAddress();
    const register = (n: number): V128 => (c.half ? c.ymmHigh(n) : c.xmm(n));
    const [mask, value] = [register(i.vvvv), register(i.reg)];
    for (let n = 0; n < 128 / lane; n++) {
      const at = b.i32_add(address, b.const32(16 * c.half + (n * lane) / 8));
      const to = b.i32_select(at, b.const32(scratchAddress), laneSet(b, lane, mask, n));
      if (lane === 32) b.i32_store(to, b.i32x4_extract_lane(n, value));
      else b.i64_store(to, b.i64x2_extract_lane(n, value));
    }
  };

/** Both halves of the register's value. */
type Pair = readonly [V128, V128];

/** Index n as the low 32 bits: guest addresses have no more. */
const indexAt = (b: Builder, lane: 32 | 64, [low, high]: Pair, n: number): I32 => {
  const [x, k] = n * lane < 128 ? [low, n] : [high, n - 128 / lane];
  return b.i32x4_extract_lane(lane === 32 ? k : 2 * k, x);
};

/**
 * Gathers: destination in reg, mask in vvvv, VSIB memory. All lanes are loaded before anything is
 * put, so after a fault the instruction starts again. The mask ends as zero.
 */
const gather =
  (index: 32 | 64, data: 32 | 64): Lower =>
  (c) => {
    const { b, i } = c;
    if (i.reg === i.vvvv || i.reg === i.index || i.vvvv === i.index) return b.trap('illegal');
    const whole = (n: number): Pair => [c.xmm(n), c.ymmHigh(n)];
    const indexes = whole(i.index);
    i.index = -1;
    const base = c.flatAddress();
    const lanes = (i.vectorLength ? 256 : 128) / Math.max(index, data);
    const perHalf = 128 / data;
    const values = [...whole(i.reg)];
    const masks = whole(i.vvvv);
    for (let n = 0; n < lanes; n++) {
      const half = n < perHalf ? 0 : 1;
      const scaled = b.i32_shl(indexAt(b, index, indexes, n), b.const32(i.scale));
      const set = laneSet(b, data, masks[half]!, n % perHalf);
      values[half] = loadLane(b, data, values[half]!, n % perHalf, b.i32_add(base, scaled), set);
    }
    if (lanes * data === 64) values[0] = b.i64x2_replace_lane(1, values[0]!, b.const64(0));
    const high = lanes * data > 128 ? values[1]! : zeros(b);
    b.put(registers.xmm[i.reg]!, values[0]!);
    b.put(registers.ymmHigh[i.reg]!, high);
    b.put(registers.xmm[i.vvvv]!, zeros(b));
    c.clearUpper(i.vvvv);
  };

// Flags and masks of whole ymm registers

/** ZF = x AND y has no bit, CF = NOT x AND y has none, both within `mask`. */
const testBits =
  (lane: 0 | 32 | 64): Lower =>
  (c) => {
    const { b, i } = c;
    const halves = i.vectorLength ? ([0, 1] as const) : ([0] as const);
    const topBits = (x: V128): V128 => (lane === 0 ? x : signs(b, lane, x));
    const fold = (f: (x: V128, y: V128) => V128): I32 => {
      const [first, second] = halves.map((half) =>
        topBits(f(c.readHalf(0, half), c.readHalf(1, half))),
      );
      return b.v128_any_true(second === undefined ? first! : b.v128_or(first!, second));
    };
    c.flags.setRaw(
      fold((x, y) => b.v128_and(x, y)),
      b.const32(1),
    );
    c.flags.setCarry(b.i32_eqz(fold((x, y) => b.v128_andnot(y, x))));
    c.flags.setOverflow(b.const32(0));
  };

/** VMOVMSK, VPMOVMSKB of ymm registers. */
const maskBits =
  (lane: 8 | 32 | 64): Lower =>
  (c) => {
    const { b } = c;
    const bits = b[lane === 8 ? 'i8x16_bitmask' : lane === 32 ? 'i32x4_bitmask' : 'i64x2_bitmask'];
    const [low, high] = [bits.call(b, c.readHalf(1, 0)), bits.call(b, c.readHalf(1, 1))];
    c.writeGpr(c.registerNumber(0), 32, b.i32_or(low, b.i32_shl(high, b.const32(128 / lane))));
  };

/** The 32 predicates; bit 4 only changes which NaNs raise an exception. */
function predicateMask(
  b: Builder,
  double: boolean,
  lanes: number,
  x: V128,
  y: V128,
  control: number,
): V128 {
  const shape = double ? 'f64x2' : 'f32x4';
  const is = (kind: 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge', p: V128, q: V128): V128 =>
    b[`${shape}_${kind}`](p, q);
  const kinds: (() => V128)[] = [
    () => is('eq', x, y),
    () => is('lt', x, y),
    () => is('le', x, y),
    () => b.v128_or(is('ne', x, x), is('ne', y, y)),
    () => b.v128_or(is('lt', x, y), is('gt', x, y)),
    () => is('ge', x, y),
    () => is('gt', x, y),
    () => b.v128_not(zeros(b)),
  ];
  // 0…3 and 12…15 are stated, 4…7 are the opposites of 0…3, 8…11 those of 12…15.
  const kind = control & 15;
  const stated = kind < 4 || kind >= 12;
  const mask = kinds[(kind & 3) + (kind < 8 ? 0 : 4)]!();
  const fast = stated ? mask : b.v128_not(mask);
  return compareVector(b, double, lanes, control & 31, x, y, fast);
}

const comparePacked =
  (double: boolean): Lower =>
  (c) => {
    const [x, y] = [c.readVector(1), c.readVector(2)];
    c.writeVector(0, predicateMask(c.b, double, double ? 2 : 4, x, y, c.i.immediate));
  };

const compareScalar =
  (double: boolean): Lower =>
  (c) => {
    const { b, i } = c;
    const mask = predicateMask(b, double, 1, c.readVector(0), c.readVector(1), i.immediate);
    if (double) writeF64(c, b.f64x2_extract_lane(0, mask));
    else writeF32(c, b.f32x4_extract_lane(0, mask));
  };

// Moves

/** VMOVSS, VMOVSD between registers: the low lane of operand 2 over operand 1. */
const mergeScalar =
  (double: boolean): Lower =>
  (c) => {
    if (double) writeF64(c, readF64(c, 1));
    else writeF32(c, readF32(c, 1));
  };
/** The same with source and destination exchanged in the encoding. */
const mergeScalarBack =
  (double: boolean): Lower =>
  (c) => {
    const { b, i } = c;
    const size = double ? 8 : 4;
    const merged = bytes16((n) => (n < size ? n + 16 : n));
    b.put(registers.xmm[i.rm]!, b.shuffle(c.xmm(i.vvvv), c.xmm(i.reg), merged));
    c.clearUpper(i.rm);
  };
const loadScalar =
  (double: boolean): Lower =>
  (c) => {
    const { b } = c;
    if (double) c.writeVector(0, b.i64x2_replace_lane(0, zeros(b), c.load(64) as I64));
    else c.writeVector(0, b.i32x4_replace_lane(0, zeros(b), c.load(32) as I32));
  };
const storeScalar =
  (double: boolean): Lower =>
  (c) => {
    const { b } = c;
    const x = c.readVector(1);
    if (double) c.store(64, b.i64x2_extract_lane(0, x));
    else c.store(32, b.i32x4_extract_lane(0, x));
  };

const clearUppers =
  (all: boolean): Lower =>
  (c) => {
    const zero = zeros(c.b);
    for (const slot of registers.ymmHigh) c.b.put(slot, zero);
    if (all) for (const slot of registers.xmm) c.b.put(slot, zero);
  };

// F16C

/** Four halves (low quadword) to singles: exact, a NaN becomes quiet. */
const fromHalves: Lower = (c) => {
  const { b } = c;
  const source = c.readVector(1);
  const x = b.i32x4_extend_low_i16x8_u(source);
  const magnitude = b.v128_and(x, splat32(b, 0x7fff));
  const sign = b.i32x4_shl(b.v128_xor(x, magnitude), b.const32(16));
  const aligned = b.i32x4_shl(magnitude, b.const32(13));
  // Times 2^112 moves the bias, and makes denormals normal.
  const finite = b.f32x4_mul(aligned, splat32(b, 0x7780_0000));
  const isNan = b.i32x4_gt_s(magnitude, splat32(b, 0x7c00));
  const quiet = b.v128_and(isNan, splat32(b, 0x0040_0000));
  const special = b.v128_or(b.v128_or(aligned, splat32(b, 0x7f80_0000)), quiet);
  const isSpecial = b.i32x4_ge_s(magnitude, splat32(b, 0x7c00));
  const fast = b.v128_or(sign, b.v128_bitselect(special, finite, isSpecial));
  c.writeVector(0, widenHalves(b, source, fast));
};

const packHalves: Lower = (c) => {
  const { b, i } = c;
  const convert = (x: V128): V128 => narrowHalves(b, x, i.immediate);
  const low = convert(i.vectorLength ? c.readHalf(1, 0) : c.readVector(1));
  if (!i.vectorLength) return c.writeVector(0, low);
  const high = b.i64x2_extract_lane(0, convert(c.readHalf(1, 1)));
  c.writeVector(0, b.i64x2_replace_lane(1, low, high));
};

// biome-ignore format: a table
const gathers = [
  ['90 /r', 'W0', 'VPGATHERDD', 32, 32], ['90 /r', 'W1', 'VPGATHERDQ', 32, 64],
  ['91 /r', 'W0', 'VPGATHERQD', 64, 32], ['91 /r', 'W1', 'VPGATHERQQ', 64, 64],
  ['92 /r', 'W0', 'VGATHERDPS', 32, 32], ['92 /r', 'W1', 'VGATHERDPD', 32, 64],
  ['93 /r', 'W0', 'VGATHERQPS', 64, 32], ['93 /r', 'W1', 'VGATHERQPD', 64, 64],
] as const;

const gatherRows: RowSource[] = gathers.flatMap(([opcode, w, name, index, data]) => {
  const lower = gather(index, data);
  const wide = index > data ? 'xmm' : 'ymm';
  const wideIndex = index < data ? '' : ' vy';
  const notes = `vsib i${index}`;
  return [
    [`VEX.128.66.0F38.${w} ${opcode}`, `${name} xmm1, m${data}, xmm2`, lower, notes],
    [
      `VEX.256.66.0F38.${w} ${opcode}`,
      `${name} ${wide}1, m${data}, ${wide}2`,
      lower,
      `${notes}${wideIndex}`,
    ],
  ];
});

/** The 128- and 256-bit rows of a three-operand instruction. */
function bothLengths(
  encoding: string,
  name: string,
  lower: Lower,
  tail = '',
  notes = '',
  shift = 0,
): RowSource[] {
  const at = (length: string): string => encoding.replace('VEX', `VEX.${length}`);
  return [
    [at('128'), `${name} xmm1, xmm2, xmm3/m128${tail}`, lower, notes],
    [at('256'), `${name} ymm1, ymm2, ymm3/m256${tail}`, bothHalves(lower, shift), notes],
  ];
}

const masked = (
  load: string,
  store: string,
  w: string,
  name: string,
  lane: 32 | 64,
): RowSource[] => [
  [`VEX.128.66.0F38.${w} ${load} /r`, `${name} xmm1, xmm2, m128`, maskedLoad(lane)],
  [`VEX.256.66.0F38.${w} ${load} /r`, `${name} ymm1, ymm2, m256`, bothHalves(maskedLoad(lane))],
  [`VEX.128.66.0F38.${w} ${store} /r`, `${name} m128, xmm1, xmm2`, maskedStore(lane)],
  [`VEX.256.66.0F38.${w} ${store} /r`, `${name} m256, ymm1, ymm2`, bothHalves(maskedStore(lane))],
];

const broadcasts = (opcode: string, name: string, lane: Lane): RowSource[] => [
  [`VEX.128.66.0F38.W0 ${opcode} /r`, `${name} xmm1, xmm2/m${lane}`, broadcast(lane), 'count'],
  [`VEX.256.66.0F38.W0 ${opcode} /r`, `${name} ymm1, xmm2/m${lane}`, broadcast(lane), 'count'],
];

/** What AVX, AVX2 and F16C add. */
// biome-ignore format: a table
export const avxRows: readonly RowSource[] = [
  ['VEX.128.0F 77',                  'VZEROUPPER',                        clearUppers(false)],
  ['VEX.256.0F 77',                  'VZEROALL',                          clearUppers(true)],
  ['VEX.LIG.F3.0F 10 /r',            'VMOVSS xmm1, xmm2, xmm3',           mergeScalar(false), 'nds'],
  ['VEX.LIG.F2.0F 10 /r',            'VMOVSD xmm1, xmm2, xmm3',           mergeScalar(true), 'nds'],
  ['VEX.LIG.F3.0F 10 /r',            'VMOVSS xmm, m32',                   loadScalar(false)],
  ['VEX.LIG.F2.0F 10 /r',            'VMOVSD xmm, m64',                   loadScalar(true)],
  ['VEX.LIG.F3.0F 11 /r',            'VMOVSS xmm1, xmm2, xmm3',           mergeScalarBack(false)],
  ['VEX.LIG.F2.0F 11 /r',            'VMOVSD xmm1, xmm2, xmm3',           mergeScalarBack(true)],
  ['VEX.LIG.F3.0F 11 /r',            'VMOVSS m32, xmm',                   storeScalar(false)],
  ['VEX.LIG.F2.0F 11 /r',            'VMOVSD m64, xmm',                   storeScalar(true)],
  ['VEX.128.0F 12 /r',               'VMOVLPS xmm1, xmm2, m64',           loadHalf(0), 'nds'],
  ['VEX.128.66.0F 12 /r',            'VMOVLPD xmm1, xmm2, m64',           loadHalf(0), 'nds'],
  ['VEX.128.0F 16 /r',               'VMOVHPS xmm1, xmm2, m64',           loadHalf(1), 'nds'],
  ['VEX.128.66.0F 16 /r',            'VMOVHPD xmm1, xmm2, m64',           loadHalf(1), 'nds'],
  ['VEX.128.0F 13 /r',               'VMOVLPS m64, xmm',                  storeHalf(0)],
  ['VEX.128.66.0F 13 /r',            'VMOVLPD m64, xmm',                  storeHalf(0)],
  ['VEX.128.0F 17 /r',               'VMOVHPS m64, xmm',                  storeHalf(1)],
  ['VEX.128.66.0F 17 /r',            'VMOVHPD m64, xmm',                  storeHalf(1)],
  ...bothLengths('VEX.0F C2 /r ib',    'VCMPPS', comparePacked(false), ', imm8'),
  ...bothLengths('VEX.66.0F C2 /r ib', 'VCMPPD', comparePacked(true), ', imm8'),
  ['VEX.LIG.F3.0F C2 /r ib',         'VCMPSS xmm1, xmm2, xmm3/m32, imm8', compareScalar(false), 'nds'],
  ['VEX.LIG.F2.0F C2 /r ib',         'VCMPSD xmm1, xmm2, xmm3/m64, imm8', compareScalar(true), 'nds'],
  ['VEX.256.0F 50 /r',               'VMOVMSKPS r32, ymm',                maskBits(32)],
  ['VEX.256.66.0F 50 /r',            'VMOVMSKPD r32, ymm',                maskBits(64)],
  ['VEX.256.66.0F D7 /r',            'VPMOVMSKB r32, ymm',                maskBits(8)],
  ['VEX.256.66.0F38 17 /r',          'VPTEST ymm1, ymm2/m256',            testBits(0)],
  ['VEX.128.66.0F38.W0 0E /r',       'VTESTPS xmm1, xmm2/m128',           testBits(32)],
  ['VEX.256.66.0F38.W0 0E /r',       'VTESTPS ymm1, ymm2/m256',           testBits(32)],
  ['VEX.128.66.0F38.W0 0F /r',       'VTESTPD xmm1, xmm2/m128',           testBits(64)],
  ['VEX.256.66.0F38.W0 0F /r',       'VTESTPD ymm1, ymm2/m256',           testBits(64)],
  ...broadcasts('18', 'VBROADCASTSS', 32),
  ['VEX.256.66.0F38.W0 19 /r',       'VBROADCASTSD ymm1, xmm2/m64',       broadcast(64), 'count'],
  ['VEX.256.66.0F38.W0 1A /r',       'VBROADCASTF128 ymm, m128',          broadcast128, 'count'],
  ['VEX.256.66.0F38.W0 5A /r',       'VBROADCASTI128 ymm, m128',          broadcast128, 'count'],
  ...broadcasts('78', 'VPBROADCASTB', 8), ...broadcasts('79', 'VPBROADCASTW', 16),
  ...broadcasts('58', 'VPBROADCASTD', 32), ...broadcasts('59', 'VPBROADCASTQ', 64),
  ['VEX.256.66.0F3A.W0 19 /r ib',    'VEXTRACTF128 xmm2/m128, ymm1, imm8',       extract128],
  ['VEX.256.66.0F3A.W0 39 /r ib',    'VEXTRACTI128 xmm2/m128, ymm1, imm8',       extract128],
  ['VEX.256.66.0F3A.W0 18 /r ib',    'VINSERTF128 ymm1, ymm2, xmm3/m128, imm8',  insert128, 'count'],
  ['VEX.256.66.0F3A.W0 38 /r ib',    'VINSERTI128 ymm1, ymm2, xmm3/m128, imm8',  insert128, 'count'],
  ['VEX.256.66.0F3A.W0 06 /r ib',    'VPERM2F128 ymm1, ymm2, ymm3/m256, imm8',   permute128],
  ['VEX.256.66.0F3A.W0 46 /r ib',    'VPERM2I128 ymm1, ymm2, ymm3/m256, imm8',   permute128],
  ['VEX.256.66.0F38.W0 36 /r',       'VPERMD ymm1, ymm2, ymm3/m256',             permute32],
  ['VEX.256.66.0F38.W0 16 /r',       'VPERMPS ymm1, ymm2, ymm3/m256',            permute32],
  ['VEX.256.66.0F3A.W1 00 /r ib',    'VPERMQ ymm1, ymm2/m256, imm8',             permute64],
  ['VEX.256.66.0F3A.W1 01 /r ib',    'VPERMPD ymm1, ymm2/m256, imm8',            permute64],
  ...bothLengths('VEX.66.0F38.W0 0C /r', 'VPERMILPS', permuteIn32),
  ...bothLengths('VEX.66.0F38.W0 0D /r', 'VPERMILPD', permuteIn64),
  ['VEX.128.66.0F3A.W0 04 /r ib',    'VPERMILPS xmm1, xmm2/m128, imm8',          permuteBy32],
  ['VEX.256.66.0F3A.W0 04 /r ib',    'VPERMILPS ymm1, ymm2/m256, imm8',          bothHalves(permuteBy32)],
  ['VEX.128.66.0F3A.W0 05 /r ib',    'VPERMILPD xmm1, xmm2/m128, imm8',          permuteBy64],
  ['VEX.256.66.0F3A.W0 05 /r ib',    'VPERMILPD ymm1, ymm2/m256, imm8',          bothHalves(permuteBy64, 2)],
  ...bothLengths('VEX.66.0F3A.W0 02 /r ib', 'VPBLENDD', blendByImmediate(32), ', imm8', 'nds', 4),
  ...bothLengths('VEX.66.0F3A.W0 4A /r ib', 'VBLENDVPS', blendByRegister(32), ', imm8'),
  ...bothLengths('VEX.66.0F3A.W0 4B /r ib', 'VBLENDVPD', blendByRegister(64), ', imm8'),
  ...bothLengths('VEX.66.0F3A.W0 4C /r ib', 'VPBLENDVB', blendByRegister(8), ', imm8'),
  ...bothLengths('VEX.66.0F38.W0 45 /r', 'VPSRLVD', shiftVariable(32, 'shr_u')),
  ...bothLengths('VEX.66.0F38.W1 45 /r', 'VPSRLVQ', shiftVariable(64, 'shr_u')),
  ...bothLengths('VEX.66.0F38.W0 46 /r', 'VPSRAVD', shiftVariable(32, 'shr_s')),
  ...bothLengths('VEX.66.0F38.W0 47 /r', 'VPSLLVD', shiftVariable(32, 'shl')),
  ...bothLengths('VEX.66.0F38.W1 47 /r', 'VPSLLVQ', shiftVariable(64, 'shl')),
  ...masked('2C', '2E', 'W0', 'VMASKMOVPS', 32), ...masked('2D', '2F', 'W0', 'VMASKMOVPD', 64),
  ...masked('8C', '8E', 'W0', 'VPMASKMOVD', 32), ...masked('8C', '8E', 'W1', 'VPMASKMOVQ', 64),
  ...gatherRows,
  ['VEX.128.66.0F38.W0 13 /r',       'VCVTPH2PS xmm1, xmm2/m64',          fromHalves],
  ['VEX.256.66.0F38.W0 13 /r',       'VCVTPH2PS ymm1, xmm2/m128',         bothHalves(fromHalves)],
  ['VEX.128.66.0F3A.W0 1D /r ib',    'VCVTPS2PH xmm2/m64, xmm1, imm8',    packHalves],
  ['VEX.256.66.0F3A.W0 1D /r ib',    'VCVTPS2PH xmm2/m128, ymm1, imm8',   packHalves],
];
