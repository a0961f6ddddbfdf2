/**
 * Integer SIMD: MMX, SSE2, SSSE3, SSE4.1 (SDM vol. 2, P…). One table makes the MMX and the XMM
 * form.
 */

import type { Builder, I32, I64, V128 } from '../../ir/builder.ts';
import type { Lowering } from './lowering.ts';
import { x87Slots } from './registers.ts';
import type { Lower, RowSource } from './row.ts';
import {
  type Binary,
  bytes16,
  horizontal,
  interleave,
  minPosition,
  mulAddBytes,
  mulEven32,
  mulHigh16,
  mulRoundHigh16,
  multipleSums,
  type ShiftKind,
  shiftBytes,
  shiftLanes,
  shiftLanesBy,
  shuffleMask,
  sign,
  splat8,
  sumAbsoluteDifferences,
  type Unary,
  zeros,
} from './vectors.ts';

const binary =
  (operation: Binary): Lower =>
  (c) =>
    c.writeVector(0, operation(c.b, c.readVector(0), c.readVector(1)));

const unary =
  (operation: Unary): Lower =>
  (c) =>
    c.writeVector(0, operation(c.b, c.readVector(1)));

type BinaryMethod = {
  [K in keyof Builder]: Builder[K] extends (x: V128, y: V128) => V128 ? K : never;
}[keyof Builder];
type UnaryMethod = {
  [K in keyof Builder]: Builder[K] extends (x: V128) => V128 ? K : never;
}[keyof Builder];

const method =
  (name: BinaryMethod): Binary =>
  (b, x, y) =>
    (b[name] as (x: V128, y: V128) => V128)(x, y);

/** The MMX and XMM rows of a lane-wise operation. */
function both(
  encoding: string,
  name: string,
  operation: Binary,
  mmx: Binary = operation,
): RowSource[] {
  return [
    [`NP ${encoding}`, `${name} mm1, mm2/m64`, binary(mmx)],
    [`66 ${encoding}`, `${name} xmm1, xmm2/m128`, binary(operation)],
  ];
}

/** XMM only. */
function wide(encoding: string, name: string, operation: Binary): RowSource[] {
  return [[`66 ${encoding}`, `${name} xmm1, xmm2/m128`, binary(operation)]];
}

/** Packs of MMX take both operands' low halves as one vector. */
const joined =
  (operation: Binary): Binary =>
  (b, x, y) => {
    const all = b.shuffle(
      x,
      y,
      bytes16((n) => (n < 8 ? n : n + 8)),
    );
    return operation(b, all, all);
  };

const pack = (encoding: string, name: string, operation: Binary): RowSource[] =>
  both(encoding, name, operation, joined(operation));

const unpack = (encoding: string, name: string, lane: 8 | 16 | 32, high: boolean): RowSource[] =>
  both(encoding, name, interleave(lane, high, false), interleave(lane, high, true));

const neighbours = (
  encoding: string,
  name: string,
  lane: 16 | 32,
  operation: Binary,
): RowSource[] =>
  both(encoding, name, horizontal(lane, operation, false), horizontal(lane, operation, true));

const shiftByVector =
  (lane: 16 | 32 | 64, kind: ShiftKind): Lower =>
  (c) => {
    const count = c.b.i64x2_extract_lane(0, c.readVector(1));
    c.writeVector(0, shiftLanes(c.b, lane, kind, c.readVector(0), count));
  };

const shiftByImmediate =
  (lane: 16 | 32 | 64, kind: ShiftKind): Lower =>
  (c) =>
    c.writeVector(0, shiftLanesBy(c.b, lane, kind, c.readVector(0), c.i.immediate & 0xff));

const moveBytes =
  (direction: 1 | -1): Lower =>
  (c) =>
    c.writeVector(0, shiftBytes(c.b, c.readVector(0), (c.i.immediate & 0xff) * direction));

function shifts(
  byVector: string,
  byImmediate: string,
  name: string,
  lane: 16 | 32 | 64,
  kind: ShiftKind,
): RowSource[] {
  const vector = shiftByVector(lane, kind);
  const immediate = shiftByImmediate(lane, kind);
  return [
    [`NP 0F ${byVector} /r`, `${name} mm1, mm2/m64`, vector],
    [`66 0F ${byVector} /r`, `${name} xmm1, xmm2/m128`, vector],
    [`NP 0F ${byImmediate} ib`, `${name} mm, imm8`, immediate],
    [`66 0F ${byImmediate} ib`, `${name} xmm, imm8`, immediate],
  ];
}

const shuffleLanes =
  (lane: 16 | 32, from: number): Lower =>
  (c) => {
    const x = c.readVector(1);
    c.writeVector(0, c.b.shuffle(x, x, shuffleMask(lane, c.i.immediate & 0xff, from)));
  };

const pshufb: Binary = (b, x, y) => b.i8x16_swizzle(x, b.v128_and(y, splat8(b, 0x8f)));
const pshufbMmx: Binary = (b, x, y) => b.i8x16_swizzle(x, b.v128_and(y, splat8(b, 0x87)));

const palignr =
  (width: 8 | 16): Lower =>
  (c) => {
    const { b } = c;
    const n = c.i.immediate & 0xff;
    const [x, y] = [c.readVector(0), c.readVector(1)];
    if (width === 16 && n <= 16) {
      return c.writeVector(
        0,
        b.shuffle(
          y,
          x,
          bytes16((k) => (k + n) & 31),
        ),
      );
    }
    if (width === 16) return c.writeVector(0, shiftBytes(b, x, -(n - 16)));
    const all = b.shuffle(
      y,
      x,
      bytes16((k) => (k < 8 ? k : k + 8)),
    );
    c.writeVector(0, shiftBytes(b, all, -n));
  };

/** MOVD, MOVQ between general registers and vectors. */
const movdTo: Lower = (c) => {
  const { b } = c;
  const w = c.width(1);
  const value = c.read(1);
  if (c.operand(0).file === 'mm') {
    return c.putMm(c.registerNumber(0), c.zeroExtended(w, value));
  }
  const vector =
    w === 64
      ? b.i64x2_replace_lane(0, zeros(b), value as I64)
      : b.i32x4_replace_lane(0, zeros(b), value as I32);
  c.writeVector(0, vector);
};

const movdFrom: Lower = (c) => {
  const { b } = c;
  const value = c.readVector(1);
  if (c.width(0) === 64) c.write(0, b.i64x2_extract_lane(0, value));
  else c.write(0, b.i32x4_extract_lane(0, value));
};

/** A whole vector from operand 1 to operand 0. */
const moveVector: Lower = (c) => c.writeVector(0, c.readVector(1));

/** MOVQ xmm: the low half, the high one cleared. */
const movq: Lower = (c) => {
  const { b } = c;
  const low = b.i64x2_extract_lane(0, c.readVector(1));
  c.writeVector(0, b.i64x2_replace_lane(0, zeros(b), low));
};

const laneMethods = {
  8: ['i8x16_replace_lane', 'i8x16_extract_lane_u', 15],
  16: ['i16x8_replace_lane', 'i16x8_extract_lane_u', 7],
  32: ['i32x4_replace_lane', 'i32x4_extract_lane', 3],
} as const;

const insertLane =
  (lane: 8 | 16 | 32): Lower =>
  (c) => {
    const { b, i } = c;
    const x = c.readVector(0);
    if (lane === 32 && i.rex & 8) {
      return c.writeVector(0, b.i64x2_replace_lane(i.immediate & 1, x, c.read(1, 64) as I64));
    }
    const [replace, , mask] = laneMethods[lane];
    const value = i.inMemory ? c.load(lane) : c.readGpr(i.rm, 32);
    const n = i.immediate & (c.operand(0).file === 'mm' ? 3 : mask);
    c.writeVector(0, b[replace](n, x, value as I32));
  };

/** PEXTR…: to a register zero-extended, to memory the lane itself. */
const extractLane =
  (lane: 8 | 16 | 32): Lower =>
  (c) => {
    const { b, i } = c;
    const x = c.readVector(1);
    const quadword = i.opcode === 0x16 && i.rex & 8;
    if (quadword) return c.write(0, b.i64x2_extract_lane(i.immediate & 1, x), 64);
    const [, extract, mask] = laneMethods[lane];
    const n = i.immediate & (c.operand(1).file === 'mm' ? 3 : mask);
    const value = b[extract](n, x);
    if (i.inMemory) c.store(lane, value);
    else c.writeGpr(c.registerNumber(0), 32, value);
  };

const byteMask: Lower = (c) => {
  const { b } = c;
  let mask = b.i8x16_bitmask(c.readVector(1));
  if (c.operand(1).file === 'mm') mask = b.i32_and(mask, b.const32(0xff));
  c.writeGpr(c.registerNumber(0), 32, mask);
};

/** MASKMOVQ, MASKMOVDQU: bytes whose mask byte has its top bit, to [rdi]. */
const maskMove: Lower = (c) => {
  const { b } = c;
  const address = c.stringAddress(7);
  const bits = b.i8x16_shr_s(c.readVector(1), b.const32(7));
  const value = c.readVector(0);
  if (c.operand(0).file === 'mm') {
    const low = (x: V128): I64 => b.i64x2_extract_lane(0, x);
    const old = b.i64x2_splat(b.i64_load(address));
    b.i64_store(address, low(b.v128_bitselect(value, old, bits)));
    c.enterMmx();
  } else {
    b.v128_store(address, b.v128_bitselect(value, b.v128_load(address), bits));
  }
};

type ExtendMethod = Extract<UnaryMethod, `${string}_extend_low_${string}`>;

/** PMOVSX…, PMOVZX…: one or more doublings of the low lanes. */
const extendLanes =
  (...steps: ExtendMethod[]): Lower =>
  (c) => {
    let x = c.readVector(1);
    for (const step of steps) x = c.b[step](x);
    c.writeVector(0, x);
  };

/** Lanes of y where the top bits of the mask in xmm0 are set. */
const blendByMask =
  (lane: 8 | 32 | 64): Lower =>
  (c) => {
    const { b } = c;
    const mask = c.readVector(2);
    const bits =
      lane === 8
        ? b.i8x16_shr_s(mask, b.const32(7))
        : lane === 32
          ? b.i32x4_shr_s(mask, b.const32(31))
          : b.i64x2_shr_s(mask, b.const32(63));
    c.writeVector(0, b.v128_bitselect(c.readVector(1), c.readVector(0), bits));
  };

/** Lanes of the second source where the immediate's bits are set. */
export const blendByImmediate =
  (lane: 16 | 32 | 64): Lower =>
  (c) => {
    const size = lane / 8;
    const control = c.i.immediate;
    const [x, y] = [c.readVector(0), c.readVector(1)];
    const mask = bytes16((n) => ((control >> Math.floor(n / size)) & 1 ? n + 16 : n));
    c.writeVector(0, c.b.shuffle(x, y, mask));
  };

/** PTEST: ZF = no common bit, CF = y has nothing outside x. */
const ptest: Lower = (c) => {
  const { b } = c;
  const [x, y] = [c.readVector(0), c.readVector(1)];
  c.flags.setRaw(b.v128_any_true(b.v128_and(x, y)), b.const32(1));
  c.flags.setCarry(b.i32_eqz(b.v128_any_true(b.v128_andnot(y, x))));
  c.flags.setOverflow(b.const32(0));
};

const mpsadbw: Lower = (c) =>
  c.writeVector(0, multipleSums(c.b, c.readVector(0), c.readVector(1), c.i.immediate));

const movq2dq: Lower = (c) =>
  c.writeVector(0, c.b.i64x2_replace_lane(0, zeros(c.b), c.mm(c.registerNumber(1))));

/** An MMX source alone does not enter MMX mode in our state; the instruction does. */
const entering =
  (lower: Lower): Lower =>
  (c: Lowering) => {
    lower(c);
    c.enterMmx();
  };

const emms: Lower = (c) => {
  c.enterMmx();
  c.b.poke(x87Slots.empty, c.b.const32(0xff));
};

const extend = (
  encoding: string,
  name: string,
  bits: 16 | 32 | 64,
  ...steps: ExtendMethod[]
): RowSource => [`66 0F 38 ${encoding} /r`, `${name} xmm1, xmm2/m${bits}`, extendLanes(...steps)];

/** Integer MMX, SSE2, SSSE3, SSE4.1. */
// biome-ignore format: a table
export const sseIntegerRows: readonly RowSource[] = [
  ...both('0F FC /r', 'PADDB', method('i8x16_add')), ...both('0F FD /r', 'PADDW', method('i16x8_add')),
  ...both('0F FE /r', 'PADDD', method('i32x4_add')), ...both('0F D4 /r', 'PADDQ', method('i64x2_add')),
  ...both('0F F8 /r', 'PSUBB', method('i8x16_sub')), ...both('0F F9 /r', 'PSUBW', method('i16x8_sub')),
  ...both('0F FA /r', 'PSUBD', method('i32x4_sub')), ...both('0F FB /r', 'PSUBQ', method('i64x2_sub')),
  ...both('0F EC /r', 'PADDSB', method('i8x16_add_sat_s')), ...both('0F ED /r', 'PADDSW', method('i16x8_add_sat_s')),
  ...both('0F DC /r', 'PADDUSB', method('i8x16_add_sat_u')), ...both('0F DD /r', 'PADDUSW', method('i16x8_add_sat_u')),
  ...both('0F E8 /r', 'PSUBSB', method('i8x16_sub_sat_s')), ...both('0F E9 /r', 'PSUBSW', method('i16x8_sub_sat_s')),
  ...both('0F D8 /r', 'PSUBUSB', method('i8x16_sub_sat_u')), ...both('0F D9 /r', 'PSUBUSW', method('i16x8_sub_sat_u')),
  ...both('0F DA /r', 'PMINUB', method('i8x16_min_u')), ...both('0F DE /r', 'PMAXUB', method('i8x16_max_u')),
  ...both('0F EA /r', 'PMINSW', method('i16x8_min_s')), ...both('0F EE /r', 'PMAXSW', method('i16x8_max_s')),
  ...both('0F E0 /r', 'PAVGB', method('i8x16_avgr_u')), ...both('0F E3 /r', 'PAVGW', method('i16x8_avgr_u')),
  ...both('0F 74 /r', 'PCMPEQB', method('i8x16_eq')), ...both('0F 75 /r', 'PCMPEQW', method('i16x8_eq')),
  ...both('0F 76 /r', 'PCMPEQD', method('i32x4_eq')),
  ...both('0F 64 /r', 'PCMPGTB', method('i8x16_gt_s')), ...both('0F 65 /r', 'PCMPGTW', method('i16x8_gt_s')),
  ...both('0F 66 /r', 'PCMPGTD', method('i32x4_gt_s')),
  ...both('0F DB /r', 'PAND', method('v128_and')), ...both('0F DF /r', 'PANDN', (b, x, y) => b.v128_andnot(y, x)),
  ...both('0F EB /r', 'POR', method('v128_or')), ...both('0F EF /r', 'PXOR', method('v128_xor')),
  ...both('0F D5 /r', 'PMULLW', method('i16x8_mul')), ...both('0F F5 /r', 'PMADDWD', method('i32x4_dot_i16x8_s')),
  ...both('0F E5 /r', 'PMULHW', mulHigh16(true)), ...both('0F E4 /r', 'PMULHUW', mulHigh16(false)),
  ...both('0F F4 /r', 'PMULUDQ', mulEven32(false)), ...both('0F F6 /r', 'PSADBW', sumAbsoluteDifferences),
  ...shifts('D1', '71 /2', 'PSRLW', 16, 'shr_u'), ...shifts('D2', '72 /2', 'PSRLD', 32, 'shr_u'), ...shifts('D3', '73 /2', 'PSRLQ', 64, 'shr_u'),
  ...shifts('E1', '71 /4', 'PSRAW', 16, 'shr_s'), ...shifts('E2', '72 /4', 'PSRAD', 32, 'shr_s'),
  ...shifts('F1', '71 /6', 'PSLLW', 16, 'shl'), ...shifts('F2', '72 /6', 'PSLLD', 32, 'shl'), ...shifts('F3', '73 /6', 'PSLLQ', 64, 'shl'),
  ['66 0F 73 /3 ib',       'PSRLDQ xmm, imm8',               moveBytes(-1)],
  ['66 0F 73 /7 ib',       'PSLLDQ xmm, imm8',               moveBytes(1)],
  ...unpack('0F 60 /r', 'PUNPCKLBW', 8, false), ...unpack('0F 61 /r', 'PUNPCKLWD', 16, false), ...unpack('0F 62 /r', 'PUNPCKLDQ', 32, false),
  ...unpack('0F 68 /r', 'PUNPCKHBW', 8, true), ...unpack('0F 69 /r', 'PUNPCKHWD', 16, true), ...unpack('0F 6A /r', 'PUNPCKHDQ', 32, true),
  ...wide('0F 6C /r', 'PUNPCKLQDQ', interleave(64, false, false)), ...wide('0F 6D /r', 'PUNPCKHQDQ', interleave(64, true, false)),
  ...pack('0F 63 /r', 'PACKSSWB', method('i8x16_narrow_i16x8_s')), ...pack('0F 67 /r', 'PACKUSWB', method('i8x16_narrow_i16x8_u')),
  ...pack('0F 6B /r', 'PACKSSDW', method('i16x8_narrow_i32x4_s')), ...wide('0F 38 2B /r', 'PACKUSDW', method('i16x8_narrow_i32x4_u')),
  ['NP 0F 70 /r ib',       'PSHUFW mm1, mm2/m64, imm8',      shuffleLanes(16, 0)],
  ['66 0F 70 /r ib',       'PSHUFD xmm1, xmm2/m128, imm8',   shuffleLanes(32, 0)],
  ['F3 0F 70 /r ib',       'PSHUFHW xmm1, xmm2/m128, imm8',  shuffleLanes(16, 8)],
  ['F2 0F 70 /r ib',       'PSHUFLW xmm1, xmm2/m128, imm8',  shuffleLanes(16, 0)],
  ['NP 0F 6E /r',          'MOVD mm, r/my',                  movdTo],
  ['66 0F 6E /r',          'MOVD xmm, r/my',                 movdTo],
  ['NP 0F 7E /r',          'MOVD r/my, mm',                  entering(movdFrom)],
  ['66 0F 7E /r',          'MOVD r/my, xmm',                 movdFrom],
  ['F3 0F 7E /r',          'MOVQ xmm1, xmm2/m64',            movq],
  ['66 0F D6 /r',          'MOVQ xmm2/m64, xmm1',            (c) => (c.i.inMemory ? moveVector(c) : movq(c))],
  ['NP 0F 6F /r',          'MOVQ mm1, mm2/m64',              moveVector],
  ['NP 0F 7F /r',          'MOVQ mm2/m64, mm1',              entering(moveVector)],
  ['66 0F 6F /r',          'MOVDQA xmm1, xmm2/m128',         moveVector],
  ['66 0F 7F /r',          'MOVDQA xmm2/m128, xmm1',         moveVector],
  ['F3 0F 6F /r',          'MOVDQU xmm1, xmm2/m128',         moveVector],
  ['F3 0F 7F /r',          'MOVDQU xmm2/m128, xmm1',         moveVector],
  ['F2 0F F0 /r',          'LDDQU xmm, m128',                moveVector],
  ['NP 0F E7 /r',          'MOVNTQ m64, mm',                 entering(moveVector)],
  ['66 0F E7 /r',          'MOVNTDQ m128, xmm',              moveVector],
  ['66 0F 38 2A /r',       'MOVNTDQA xmm, m128',             moveVector],
  ['F3 0F D6 /r',          'MOVQ2DQ xmm, mm',                entering(movq2dq)],
  ['F2 0F D6 /r',          'MOVDQ2Q mm, xmm',                moveVector],
  ['NP 0F F7 /r',          'MASKMOVQ mm1, mm2',              maskMove, 'skip'],
  ['66 0F F7 /r',          'MASKMOVDQU xmm1, xmm2',          maskMove, 'skip'],
  ['NP 0F C4 /r ib',       'PINSRW mm, r32/m16, imm8',         insertLane(16)],
  ['66 0F C4 /r ib',       'PINSRW xmm, r32/m16, imm8',        insertLane(16)],
  ['NP 0F C5 /r ib',       'PEXTRW r32, mm, imm8',           entering(extractLane(16))],
  ['66 0F C5 /r ib',       'PEXTRW r32, xmm, imm8',          extractLane(16)],
  ['NP 0F D7 /r',          'PMOVMSKB r32, mm',               entering(byteMask)],
  ['66 0F D7 /r',          'PMOVMSKB r32, xmm',              byteMask],
  ['NP 0F 77',             'EMMS',                           emms],
  ...both('0F 38 00 /r', 'PSHUFB', pshufb, pshufbMmx),
  ...neighbours('0F 38 01 /r', 'PHADDW', 16, method('i16x8_add')), ...neighbours('0F 38 02 /r', 'PHADDD', 32, method('i32x4_add')),
  ...neighbours('0F 38 03 /r', 'PHADDSW', 16, method('i16x8_add_sat_s')), ...both('0F 38 04 /r', 'PMADDUBSW', mulAddBytes),
  ...neighbours('0F 38 05 /r', 'PHSUBW', 16, method('i16x8_sub')), ...neighbours('0F 38 06 /r', 'PHSUBD', 32, method('i32x4_sub')),
  ...neighbours('0F 38 07 /r', 'PHSUBSW', 16, method('i16x8_sub_sat_s')),
  ...both('0F 38 08 /r', 'PSIGNB', sign(8)), ...both('0F 38 09 /r', 'PSIGNW', sign(16)), ...both('0F 38 0A /r', 'PSIGND', sign(32)),
  ...both('0F 38 0B /r', 'PMULHRSW', mulRoundHigh16),
  ...both('0F 38 1C /r', 'PABSB', (b, _, y) => b.i8x16_abs(y)), ...both('0F 38 1D /r', 'PABSW', (b, _, y) => b.i16x8_abs(y)),
  ...both('0F 38 1E /r', 'PABSD', (b, _, y) => b.i32x4_abs(y)),
  ['NP 0F 3A 0F /r ib',    'PALIGNR mm1, mm2/m64, imm8',     palignr(8)],
  ['66 0F 3A 0F /r ib',    'PALIGNR xmm1, xmm2/m128, imm8',  palignr(16)],
  ['66 0F 38 10 /r',       'PBLENDVB xmm1, xmm2/m128, <XMM0>', blendByMask(8)],
  ['66 0F 38 14 /r',       'BLENDVPS xmm1, xmm2/m128, <XMM0>', blendByMask(32)],
  ['66 0F 38 15 /r',       'BLENDVPD xmm1, xmm2/m128, <XMM0>', blendByMask(64)],
  ['66 0F 38 17 /r',       'PTEST xmm1, xmm2/m128',          ptest],
  extend('20', 'PMOVSXBW', 64, 'i16x8_extend_low_i8x16_s'),
  extend('21', 'PMOVSXBD', 32, 'i16x8_extend_low_i8x16_s', 'i32x4_extend_low_i16x8_s'),
  extend('22', 'PMOVSXBQ', 16, 'i16x8_extend_low_i8x16_s', 'i32x4_extend_low_i16x8_s', 'i64x2_extend_low_i32x4_s'),
  extend('23', 'PMOVSXWD', 64, 'i32x4_extend_low_i16x8_s'),
  extend('24', 'PMOVSXWQ', 32, 'i32x4_extend_low_i16x8_s', 'i64x2_extend_low_i32x4_s'),
  extend('25', 'PMOVSXDQ', 64, 'i64x2_extend_low_i32x4_s'),
  extend('30', 'PMOVZXBW', 64, 'i16x8_extend_low_i8x16_u'),
  extend('31', 'PMOVZXBD', 32, 'i16x8_extend_low_i8x16_u', 'i32x4_extend_low_i16x8_u'),
  extend('32', 'PMOVZXBQ', 16, 'i16x8_extend_low_i8x16_u', 'i32x4_extend_low_i16x8_u', 'i64x2_extend_low_i32x4_u'),
  extend('33', 'PMOVZXWD', 64, 'i32x4_extend_low_i16x8_u'),
  extend('34', 'PMOVZXWQ', 32, 'i32x4_extend_low_i16x8_u', 'i64x2_extend_low_i32x4_u'),
  extend('35', 'PMOVZXDQ', 64, 'i64x2_extend_low_i32x4_u'),
  ...wide('0F 38 28 /r', 'PMULDQ', mulEven32(true)), ...wide('0F 38 29 /r', 'PCMPEQQ', method('i64x2_eq')),
  ...wide('0F 38 37 /r', 'PCMPGTQ', method('i64x2_gt_s')), ...wide('0F 38 40 /r', 'PMULLD', method('i32x4_mul')),
  ...wide('0F 38 38 /r', 'PMINSB', method('i8x16_min_s')), ...wide('0F 38 39 /r', 'PMINSD', method('i32x4_min_s')),
  ...wide('0F 38 3A /r', 'PMINUW', method('i16x8_min_u')), ...wide('0F 38 3B /r', 'PMINUD', method('i32x4_min_u')),
  ...wide('0F 38 3C /r', 'PMAXSB', method('i8x16_max_s')), ...wide('0F 38 3D /r', 'PMAXSD', method('i32x4_max_s')),
  ...wide('0F 38 3E /r', 'PMAXUW', method('i16x8_max_u')), ...wide('0F 38 3F /r', 'PMAXUD', method('i32x4_max_u')),
  ['66 0F 38 41 /r',       'PHMINPOSUW xmm1, xmm2/m128',     unary(minPosition)],
  ['66 0F 3A 0C /r ib',    'BLENDPS xmm1, xmm2/m128, imm8',  blendByImmediate(32)],
  ['66 0F 3A 0D /r ib',    'BLENDPD xmm1, xmm2/m128, imm8',  blendByImmediate(64)],
  ['66 0F 3A 0E /r ib',    'PBLENDW xmm1, xmm2/m128, imm8',  blendByImmediate(16)],
  ['66 0F 3A 14 /r ib',    'PEXTRB r32/m8, xmm, imm8',         extractLane(8)],
  ['66 0F 3A 15 /r ib',    'PEXTRW r32/m16, xmm, imm8',        extractLane(16)],
  ['66 0F 3A 16 /r ib',    'PEXTRD r/my, xmm, imm8',         extractLane(32)],
  ['66 0F 3A 17 /r ib',    'EXTRACTPS r/m32, xmm, imm8',     extractLane(32)],
  ['66 0F 3A 20 /r ib',    'PINSRB xmm, r32/m8, imm8',         insertLane(8)],
  ['66 0F 3A 22 /r ib',    'PINSRD xmm, r/my, imm8',         insertLane(32)],
  ['66 0F 3A 42 /r ib',    'MPSADBW xmm1, xmm2/m128, imm8',  mpsadbw],
];
