/**
 * The vocabulary of the intermediate representation: one row per operation.
 *
 * A row states the result type, the operand types and, where the operation *is* a WebAssembly
 * instruction, its opcode (`0xfd00 | n` for SIMD instruction n, `0xfc00 | n` for saturating
 * conversions). The interpreter core (`cpu/interpreter`) and the region translator
 * (`cpu/translate`) are both made from these rows, so a meaning is stated once.
 */

/** Type of a value in the IR; the types of WebAssembly. */
export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

// biome-ignore format: a table
export const numeric = {
  // i32
  i32_eqz: ['i32', ['i32'], 0x45], i32_eq: ['i32', ['i32', 'i32'], 0x46], i32_ne: ['i32', ['i32', 'i32'], 0x47],
  i32_lt_s: ['i32', ['i32', 'i32'], 0x48], i32_lt_u: ['i32', ['i32', 'i32'], 0x49], i32_gt_s: ['i32', ['i32', 'i32'], 0x4a],
  i32_gt_u: ['i32', ['i32', 'i32'], 0x4b], i32_le_s: ['i32', ['i32', 'i32'], 0x4c], i32_le_u: ['i32', ['i32', 'i32'], 0x4d],
  i32_ge_s: ['i32', ['i32', 'i32'], 0x4e], i32_ge_u: ['i32', ['i32', 'i32'], 0x4f],
  i32_clz: ['i32', ['i32'], 0x67], i32_ctz: ['i32', ['i32'], 0x68], i32_popcnt: ['i32', ['i32'], 0x69],
  i32_add: ['i32', ['i32', 'i32'], 0x6a], i32_sub: ['i32', ['i32', 'i32'], 0x6b], i32_mul: ['i32', ['i32', 'i32'], 0x6c],
  /** Division traps in wasm: a front end guards it with `trap_if` or `select` first. */
  i32_div_s: ['i32', ['i32', 'i32'], 0x6d], i32_div_u: ['i32', ['i32', 'i32'], 0x6e],
  i32_rem_s: ['i32', ['i32', 'i32'], 0x6f], i32_rem_u: ['i32', ['i32', 'i32'], 0x70],
  i32_and: ['i32', ['i32', 'i32'], 0x71], i32_or: ['i32', ['i32', 'i32'], 0x72], i32_xor: ['i32', ['i32', 'i32'], 0x73],
  i32_shl: ['i32', ['i32', 'i32'], 0x74], i32_shr_s: ['i32', ['i32', 'i32'], 0x75], i32_shr_u: ['i32', ['i32', 'i32'], 0x76],
  i32_rotl: ['i32', ['i32', 'i32'], 0x77], i32_rotr: ['i32', ['i32', 'i32'], 0x78],
  i32_extend8_s: ['i32', ['i32'], 0xc0], i32_extend16_s: ['i32', ['i32'], 0xc1],
  // i64
  i64_eqz: ['i32', ['i64'], 0x50], i64_eq: ['i32', ['i64', 'i64'], 0x51], i64_ne: ['i32', ['i64', 'i64'], 0x52],
  i64_lt_s: ['i32', ['i64', 'i64'], 0x53], i64_lt_u: ['i32', ['i64', 'i64'], 0x54], i64_gt_s: ['i32', ['i64', 'i64'], 0x55],
  i64_gt_u: ['i32', ['i64', 'i64'], 0x56], i64_le_s: ['i32', ['i64', 'i64'], 0x57], i64_le_u: ['i32', ['i64', 'i64'], 0x58],
  i64_ge_s: ['i32', ['i64', 'i64'], 0x59], i64_ge_u: ['i32', ['i64', 'i64'], 0x5a],
  i64_clz: ['i64', ['i64'], 0x79], i64_ctz: ['i64', ['i64'], 0x7a], i64_popcnt: ['i64', ['i64'], 0x7b],
  i64_add: ['i64', ['i64', 'i64'], 0x7c], i64_sub: ['i64', ['i64', 'i64'], 0x7d], i64_mul: ['i64', ['i64', 'i64'], 0x7e],
  i64_div_s: ['i64', ['i64', 'i64'], 0x7f], i64_div_u: ['i64', ['i64', 'i64'], 0x80],
  i64_rem_s: ['i64', ['i64', 'i64'], 0x81], i64_rem_u: ['i64', ['i64', 'i64'], 0x82],
  i64_and: ['i64', ['i64', 'i64'], 0x83], i64_or: ['i64', ['i64', 'i64'], 0x84], i64_xor: ['i64', ['i64', 'i64'], 0x85],
  i64_shl: ['i64', ['i64', 'i64'], 0x86], i64_shr_s: ['i64', ['i64', 'i64'], 0x87], i64_shr_u: ['i64', ['i64', 'i64'], 0x88],
  i64_rotl: ['i64', ['i64', 'i64'], 0x89], i64_rotr: ['i64', ['i64', 'i64'], 0x8a],
  i64_extend8_s: ['i64', ['i64'], 0xc2], i64_extend16_s: ['i64', ['i64'], 0xc3], i64_extend32_s: ['i64', ['i64'], 0xc4],
  i32_wrap_i64: ['i32', ['i64'], 0xa7], i64_extend_i32_s: ['i64', ['i32'], 0xac], i64_extend_i32_u: ['i64', ['i32'], 0xad],
  // floats
  f32_eq: ['i32', ['f32', 'f32'], 0x5b], f32_ne: ['i32', ['f32', 'f32'], 0x5c], f32_lt: ['i32', ['f32', 'f32'], 0x5d],
  f32_gt: ['i32', ['f32', 'f32'], 0x5e], f32_le: ['i32', ['f32', 'f32'], 0x5f], f32_ge: ['i32', ['f32', 'f32'], 0x60],
  f64_eq: ['i32', ['f64', 'f64'], 0x61], f64_ne: ['i32', ['f64', 'f64'], 0x62], f64_lt: ['i32', ['f64', 'f64'], 0x63],
  f64_gt: ['i32', ['f64', 'f64'], 0x64], f64_le: ['i32', ['f64', 'f64'], 0x65], f64_ge: ['i32', ['f64', 'f64'], 0x66],
  f32_abs: ['f32', ['f32'], 0x8b], f32_neg: ['f32', ['f32'], 0x8c], f32_ceil: ['f32', ['f32'], 0x8d],
  f32_floor: ['f32', ['f32'], 0x8e], f32_trunc: ['f32', ['f32'], 0x8f], f32_nearest: ['f32', ['f32'], 0x90],
  f32_sqrt: ['f32', ['f32'], 0x91], f32_add: ['f32', ['f32', 'f32'], 0x92], f32_sub: ['f32', ['f32', 'f32'], 0x93],
  f32_mul: ['f32', ['f32', 'f32'], 0x94], f32_div: ['f32', ['f32', 'f32'], 0x95], f32_min: ['f32', ['f32', 'f32'], 0x96],
  f32_max: ['f32', ['f32', 'f32'], 0x97], f32_copysign: ['f32', ['f32', 'f32'], 0x98],
  f64_abs: ['f64', ['f64'], 0x99], f64_neg: ['f64', ['f64'], 0x9a], f64_ceil: ['f64', ['f64'], 0x9b],
  f64_floor: ['f64', ['f64'], 0x9c], f64_trunc: ['f64', ['f64'], 0x9d], f64_nearest: ['f64', ['f64'], 0x9e],
  f64_sqrt: ['f64', ['f64'], 0x9f], f64_add: ['f64', ['f64', 'f64'], 0xa0], f64_sub: ['f64', ['f64', 'f64'], 0xa1],
  f64_mul: ['f64', ['f64', 'f64'], 0xa2], f64_div: ['f64', ['f64', 'f64'], 0xa3], f64_min: ['f64', ['f64', 'f64'], 0xa4],
  f64_max: ['f64', ['f64', 'f64'], 0xa5], f64_copysign: ['f64', ['f64', 'f64'], 0xa6],
  f32_convert_i32_s: ['f32', ['i32'], 0xb2], f32_convert_i32_u: ['f32', ['i32'], 0xb3],
  f32_convert_i64_s: ['f32', ['i64'], 0xb4], f32_convert_i64_u: ['f32', ['i64'], 0xb5],
  f32_demote_f64: ['f32', ['f64'], 0xb6],
  f64_convert_i32_s: ['f64', ['i32'], 0xb7], f64_convert_i32_u: ['f64', ['i32'], 0xb8],
  f64_convert_i64_s: ['f64', ['i64'], 0xb9], f64_convert_i64_u: ['f64', ['i64'], 0xba],
  f64_promote_f32: ['f64', ['f32'], 0xbb],
  i32_reinterpret_f32: ['i32', ['f32'], 0xbc], i64_reinterpret_f64: ['i64', ['f64'], 0xbd],
  f32_reinterpret_i32: ['f32', ['i32'], 0xbe], f64_reinterpret_i64: ['f64', ['i64'], 0xbf],
  i32_trunc_sat_f32_s: ['i32', ['f32'], 0xfc00], i32_trunc_sat_f32_u: ['i32', ['f32'], 0xfc01],
  i32_trunc_sat_f64_s: ['i32', ['f64'], 0xfc02], i32_trunc_sat_f64_u: ['i32', ['f64'], 0xfc03],
  i64_trunc_sat_f32_s: ['i64', ['f32'], 0xfc04], i64_trunc_sat_f32_u: ['i64', ['f32'], 0xfc05],
  i64_trunc_sat_f64_s: ['i64', ['f64'], 0xfc06], i64_trunc_sat_f64_u: ['i64', ['f64'], 0xfc07],
} as const;

// biome-ignore format: a table
export const simd = {
  i8x16_swizzle: ['v128', ['v128', 'v128'], 0xfd0e],
  i8x16_splat: ['v128', ['i32'], 0xfd0f], i16x8_splat: ['v128', ['i32'], 0xfd10], i32x4_splat: ['v128', ['i32'], 0xfd11],
  i64x2_splat: ['v128', ['i64'], 0xfd12], f32x4_splat: ['v128', ['f32'], 0xfd13], f64x2_splat: ['v128', ['f64'], 0xfd14],
  i8x16_eq: ['v128', ['v128', 'v128'], 0xfd23], i8x16_ne: ['v128', ['v128', 'v128'], 0xfd24], i8x16_lt_s: ['v128', ['v128', 'v128'], 0xfd25],
  i8x16_lt_u: ['v128', ['v128', 'v128'], 0xfd26], i8x16_gt_s: ['v128', ['v128', 'v128'], 0xfd27], i8x16_gt_u: ['v128', ['v128', 'v128'], 0xfd28],
  i8x16_le_s: ['v128', ['v128', 'v128'], 0xfd29], i8x16_le_u: ['v128', ['v128', 'v128'], 0xfd2a], i8x16_ge_s: ['v128', ['v128', 'v128'], 0xfd2b],
  i8x16_ge_u: ['v128', ['v128', 'v128'], 0xfd2c],
  i16x8_eq: ['v128', ['v128', 'v128'], 0xfd2d], i16x8_ne: ['v128', ['v128', 'v128'], 0xfd2e], i16x8_lt_s: ['v128', ['v128', 'v128'], 0xfd2f],
  i16x8_lt_u: ['v128', ['v128', 'v128'], 0xfd30], i16x8_gt_s: ['v128', ['v128', 'v128'], 0xfd31], i16x8_gt_u: ['v128', ['v128', 'v128'], 0xfd32],
  i16x8_le_s: ['v128', ['v128', 'v128'], 0xfd33], i16x8_le_u: ['v128', ['v128', 'v128'], 0xfd34], i16x8_ge_s: ['v128', ['v128', 'v128'], 0xfd35],
  i16x8_ge_u: ['v128', ['v128', 'v128'], 0xfd36],
  i32x4_eq: ['v128', ['v128', 'v128'], 0xfd37], i32x4_ne: ['v128', ['v128', 'v128'], 0xfd38], i32x4_lt_s: ['v128', ['v128', 'v128'], 0xfd39],
  i32x4_lt_u: ['v128', ['v128', 'v128'], 0xfd3a], i32x4_gt_s: ['v128', ['v128', 'v128'], 0xfd3b], i32x4_gt_u: ['v128', ['v128', 'v128'], 0xfd3c],
  i32x4_le_s: ['v128', ['v128', 'v128'], 0xfd3d], i32x4_le_u: ['v128', ['v128', 'v128'], 0xfd3e], i32x4_ge_s: ['v128', ['v128', 'v128'], 0xfd3f],
  i32x4_ge_u: ['v128', ['v128', 'v128'], 0xfd40],
  f32x4_eq: ['v128', ['v128', 'v128'], 0xfd41], f32x4_ne: ['v128', ['v128', 'v128'], 0xfd42], f32x4_lt: ['v128', ['v128', 'v128'], 0xfd43],
  f32x4_gt: ['v128', ['v128', 'v128'], 0xfd44], f32x4_le: ['v128', ['v128', 'v128'], 0xfd45], f32x4_ge: ['v128', ['v128', 'v128'], 0xfd46],
  f64x2_eq: ['v128', ['v128', 'v128'], 0xfd47], f64x2_ne: ['v128', ['v128', 'v128'], 0xfd48], f64x2_lt: ['v128', ['v128', 'v128'], 0xfd49],
  f64x2_gt: ['v128', ['v128', 'v128'], 0xfd4a], f64x2_le: ['v128', ['v128', 'v128'], 0xfd4b], f64x2_ge: ['v128', ['v128', 'v128'], 0xfd4c],
  v128_not: ['v128', ['v128'], 0xfd4d], v128_and: ['v128', ['v128', 'v128'], 0xfd4e],
  /** a & ~b */
  v128_andnot: ['v128', ['v128', 'v128'], 0xfd4f],
  v128_or: ['v128', ['v128', 'v128'], 0xfd50], v128_xor: ['v128', ['v128', 'v128'], 0xfd51],
  /** (a & c) | (b & ~c) */
  v128_bitselect: ['v128', ['v128', 'v128', 'v128'], 0xfd52],
  v128_any_true: ['i32', ['v128'], 0xfd53],
  f32x4_demote_f64x2_zero: ['v128', ['v128'], 0xfd5e], f64x2_promote_low_f32x4: ['v128', ['v128'], 0xfd5f],
  i8x16_abs: ['v128', ['v128'], 0xfd60], i8x16_neg: ['v128', ['v128'], 0xfd61], i8x16_popcnt: ['v128', ['v128'], 0xfd62],
  i8x16_all_true: ['i32', ['v128'], 0xfd63], i8x16_bitmask: ['i32', ['v128'], 0xfd64],
  i8x16_narrow_i16x8_s: ['v128', ['v128', 'v128'], 0xfd65], i8x16_narrow_i16x8_u: ['v128', ['v128', 'v128'], 0xfd66],
  f32x4_ceil: ['v128', ['v128'], 0xfd67], f32x4_floor: ['v128', ['v128'], 0xfd68], f32x4_trunc: ['v128', ['v128'], 0xfd69],
  f32x4_nearest: ['v128', ['v128'], 0xfd6a],
  i8x16_shl: ['v128', ['v128', 'i32'], 0xfd6b], i8x16_shr_s: ['v128', ['v128', 'i32'], 0xfd6c], i8x16_shr_u: ['v128', ['v128', 'i32'], 0xfd6d],
  i8x16_add: ['v128', ['v128', 'v128'], 0xfd6e], i8x16_add_sat_s: ['v128', ['v128', 'v128'], 0xfd6f], i8x16_add_sat_u: ['v128', ['v128', 'v128'], 0xfd70],
  i8x16_sub: ['v128', ['v128', 'v128'], 0xfd71], i8x16_sub_sat_s: ['v128', ['v128', 'v128'], 0xfd72], i8x16_sub_sat_u: ['v128', ['v128', 'v128'], 0xfd73],
  f64x2_ceil: ['v128', ['v128'], 0xfd74], f64x2_floor: ['v128', ['v128'], 0xfd75],
  i8x16_min_s: ['v128', ['v128', 'v128'], 0xfd76], i8x16_min_u: ['v128', ['v128', 'v128'], 0xfd77], i8x16_max_s: ['v128', ['v128', 'v128'], 0xfd78],
  i8x16_max_u: ['v128', ['v128', 'v128'], 0xfd79], f64x2_trunc: ['v128', ['v128'], 0xfd7a], i8x16_avgr_u: ['v128', ['v128', 'v128'], 0xfd7b],
  i16x8_extadd_pairwise_i8x16_s: ['v128', ['v128'], 0xfd7c], i16x8_extadd_pairwise_i8x16_u: ['v128', ['v128'], 0xfd7d],
  i32x4_extadd_pairwise_i16x8_s: ['v128', ['v128'], 0xfd7e], i32x4_extadd_pairwise_i16x8_u: ['v128', ['v128'], 0xfd7f],
  i16x8_abs: ['v128', ['v128'], 0xfd80], i16x8_neg: ['v128', ['v128'], 0xfd81], i16x8_q15mulr_sat_s: ['v128', ['v128', 'v128'], 0xfd82],
  i16x8_all_true: ['i32', ['v128'], 0xfd83], i16x8_bitmask: ['i32', ['v128'], 0xfd84],
  i16x8_narrow_i32x4_s: ['v128', ['v128', 'v128'], 0xfd85], i16x8_narrow_i32x4_u: ['v128', ['v128', 'v128'], 0xfd86],
  i16x8_extend_low_i8x16_s: ['v128', ['v128'], 0xfd87], i16x8_extend_high_i8x16_s: ['v128', ['v128'], 0xfd88],
  i16x8_extend_low_i8x16_u: ['v128', ['v128'], 0xfd89], i16x8_extend_high_i8x16_u: ['v128', ['v128'], 0xfd8a],
  i16x8_shl: ['v128', ['v128', 'i32'], 0xfd8b], i16x8_shr_s: ['v128', ['v128', 'i32'], 0xfd8c], i16x8_shr_u: ['v128', ['v128', 'i32'], 0xfd8d],
  i16x8_add: ['v128', ['v128', 'v128'], 0xfd8e], i16x8_add_sat_s: ['v128', ['v128', 'v128'], 0xfd8f], i16x8_add_sat_u: ['v128', ['v128', 'v128'], 0xfd90],
  i16x8_sub: ['v128', ['v128', 'v128'], 0xfd91], i16x8_sub_sat_s: ['v128', ['v128', 'v128'], 0xfd92], i16x8_sub_sat_u: ['v128', ['v128', 'v128'], 0xfd93],
  f64x2_nearest: ['v128', ['v128'], 0xfd94], i16x8_mul: ['v128', ['v128', 'v128'], 0xfd95],
  i16x8_min_s: ['v128', ['v128', 'v128'], 0xfd96], i16x8_min_u: ['v128', ['v128', 'v128'], 0xfd97], i16x8_max_s: ['v128', ['v128', 'v128'], 0xfd98],
  i16x8_max_u: ['v128', ['v128', 'v128'], 0xfd99], i16x8_avgr_u: ['v128', ['v128', 'v128'], 0xfd9b],
  i16x8_extmul_low_i8x16_s: ['v128', ['v128', 'v128'], 0xfd9c], i16x8_extmul_high_i8x16_s: ['v128', ['v128', 'v128'], 0xfd9d],
  i16x8_extmul_low_i8x16_u: ['v128', ['v128', 'v128'], 0xfd9e], i16x8_extmul_high_i8x16_u: ['v128', ['v128', 'v128'], 0xfd9f],
  i32x4_abs: ['v128', ['v128'], 0xfda0], i32x4_neg: ['v128', ['v128'], 0xfda1],
  i32x4_all_true: ['i32', ['v128'], 0xfda3], i32x4_bitmask: ['i32', ['v128'], 0xfda4],
  i32x4_extend_low_i16x8_s: ['v128', ['v128'], 0xfda7], i32x4_extend_high_i16x8_s: ['v128', ['v128'], 0xfda8],
  i32x4_extend_low_i16x8_u: ['v128', ['v128'], 0xfda9], i32x4_extend_high_i16x8_u: ['v128', ['v128'], 0xfdaa],
  i32x4_shl: ['v128', ['v128', 'i32'], 0xfdab], i32x4_shr_s: ['v128', ['v128', 'i32'], 0xfdac], i32x4_shr_u: ['v128', ['v128', 'i32'], 0xfdad],
  i32x4_add: ['v128', ['v128', 'v128'], 0xfdae], i32x4_sub: ['v128', ['v128', 'v128'], 0xfdb1], i32x4_mul: ['v128', ['v128', 'v128'], 0xfdb5],
  i32x4_min_s: ['v128', ['v128', 'v128'], 0xfdb6], i32x4_min_u: ['v128', ['v128', 'v128'], 0xfdb7], i32x4_max_s: ['v128', ['v128', 'v128'], 0xfdb8],
  i32x4_max_u: ['v128', ['v128', 'v128'], 0xfdb9], i32x4_dot_i16x8_s: ['v128', ['v128', 'v128'], 0xfdba],
  i32x4_extmul_low_i16x8_s: ['v128', ['v128', 'v128'], 0xfdbc], i32x4_extmul_high_i16x8_s: ['v128', ['v128', 'v128'], 0xfdbd],
  i32x4_extmul_low_i16x8_u: ['v128', ['v128', 'v128'], 0xfdbe], i32x4_extmul_high_i16x8_u: ['v128', ['v128', 'v128'], 0xfdbf],
  i64x2_abs: ['v128', ['v128'], 0xfdc0], i64x2_neg: ['v128', ['v128'], 0xfdc1],
  i64x2_all_true: ['i32', ['v128'], 0xfdc3], i64x2_bitmask: ['i32', ['v128'], 0xfdc4],
  i64x2_extend_low_i32x4_s: ['v128', ['v128'], 0xfdc7], i64x2_extend_high_i32x4_s: ['v128', ['v128'], 0xfdc8],
  i64x2_extend_low_i32x4_u: ['v128', ['v128'], 0xfdc9], i64x2_extend_high_i32x4_u: ['v128', ['v128'], 0xfdca],
  i64x2_shl: ['v128', ['v128', 'i32'], 0xfdcb], i64x2_shr_s: ['v128', ['v128', 'i32'], 0xfdcc], i64x2_shr_u: ['v128', ['v128', 'i32'], 0xfdcd],
  i64x2_add: ['v128', ['v128', 'v128'], 0xfdce], i64x2_sub: ['v128', ['v128', 'v128'], 0xfdd1], i64x2_mul: ['v128', ['v128', 'v128'], 0xfdd5],
  i64x2_eq: ['v128', ['v128', 'v128'], 0xfdd6], i64x2_ne: ['v128', ['v128', 'v128'], 0xfdd7], i64x2_lt_s: ['v128', ['v128', 'v128'], 0xfdd8],
  i64x2_gt_s: ['v128', ['v128', 'v128'], 0xfdd9], i64x2_le_s: ['v128', ['v128', 'v128'], 0xfdda], i64x2_ge_s: ['v128', ['v128', 'v128'], 0xfddb],
  i64x2_extmul_low_i32x4_s: ['v128', ['v128', 'v128'], 0xfddc], i64x2_extmul_high_i32x4_s: ['v128', ['v128', 'v128'], 0xfddd],
  i64x2_extmul_low_i32x4_u: ['v128', ['v128', 'v128'], 0xfdde], i64x2_extmul_high_i32x4_u: ['v128', ['v128', 'v128'], 0xfddf],
  f32x4_abs: ['v128', ['v128'], 0xfde0], f32x4_neg: ['v128', ['v128'], 0xfde1], f32x4_sqrt: ['v128', ['v128'], 0xfde3],
  f32x4_add: ['v128', ['v128', 'v128'], 0xfde4], f32x4_sub: ['v128', ['v128', 'v128'], 0xfde5], f32x4_mul: ['v128', ['v128', 'v128'], 0xfde6],
  f32x4_div: ['v128', ['v128', 'v128'], 0xfde7], f32x4_min: ['v128', ['v128', 'v128'], 0xfde8], f32x4_max: ['v128', ['v128', 'v128'], 0xfde9],
  /** b < a ? b : a */
  f32x4_pmin: ['v128', ['v128', 'v128'], 0xfdea],
  /** a < b ? b : a */
  f32x4_pmax: ['v128', ['v128', 'v128'], 0xfdeb],
  f64x2_abs: ['v128', ['v128'], 0xfdec], f64x2_neg: ['v128', ['v128'], 0xfded], f64x2_sqrt: ['v128', ['v128'], 0xfdef],
  f64x2_add: ['v128', ['v128', 'v128'], 0xfdf0], f64x2_sub: ['v128', ['v128', 'v128'], 0xfdf1], f64x2_mul: ['v128', ['v128', 'v128'], 0xfdf2],
  f64x2_div: ['v128', ['v128', 'v128'], 0xfdf3], f64x2_min: ['v128', ['v128', 'v128'], 0xfdf4], f64x2_max: ['v128', ['v128', 'v128'], 0xfdf5],
  f64x2_pmin: ['v128', ['v128', 'v128'], 0xfdf6], f64x2_pmax: ['v128', ['v128', 'v128'], 0xfdf7],
  i32x4_trunc_sat_f32x4_s: ['v128', ['v128'], 0xfdf8], i32x4_trunc_sat_f32x4_u: ['v128', ['v128'], 0xfdf9],
  f32x4_convert_i32x4_s: ['v128', ['v128'], 0xfdfa], f32x4_convert_i32x4_u: ['v128', ['v128'], 0xfdfb],
  i32x4_trunc_sat_f64x2_s_zero: ['v128', ['v128'], 0xfdfc], i32x4_trunc_sat_f64x2_u_zero: ['v128', ['v128'], 0xfdfd],
  f64x2_convert_low_i32x4_s: ['v128', ['v128'], 0xfdfe], f64x2_convert_low_i32x4_u: ['v128', ['v128'], 0xfdff],
} as const;

/**
 * Operations that are no single wasm instruction; both back ends expand them from
 * `cpu/ir/expansions.ts`.
 */
// biome-ignore format: a table
export const composite = {
  /** Swaps the two low bytes; the upper 16 bits of the result are zero. */
  i32_bswap16: ['i32', ['i32'], 0],
  i32_bswap: ['i32', ['i32'], 0],
  i64_bswap: ['i64', ['i64'], 0],
  /** All 16 bytes reversed. */
  v128_bswap: ['v128', ['v128'], 0],
  i32_bitreverse: ['i32', ['i32'], 0],
  i64_bitreverse: ['i64', ['i64'], 0],
  /** Upper 64 bits of the 128-bit product. */
  i64_mulhi_u: ['i64', ['i64', 'i64'], 0],
  i64_mulhi_s: ['i64', ['i64', 'i64'], 0],
  /** select(a, b, condition): a where condition ≠ 0, else b. */
  i32_select: ['i32', ['i32', 'i32', 'i32'], 0],
  i64_select: ['i64', ['i64', 'i64', 'i32'], 0],
  f32_select: ['f32', ['f32', 'f32', 'i32'], 0],
  f64_select: ['f64', ['f64', 'f64', 'i32'], 0],
  v128_select: ['v128', ['v128', 'v128', 'i32'], 0],
  /** a × b + c, rounded once. */
  f32_fma: ['f32', ['f32', 'f32', 'f32'], 0],
  f64_fma: ['f64', ['f64', 'f64', 'f64'], 0],
  /**
   * (r, x, y): r, but where r is a NaN the one made of operands x and y as Arm and z/Architecture
   * do it: first signalling one made quiet, first quiet one, default NaN (`ir/nan.ts`).
   */
  f32_nan: ['f32', ['f32', 'f32', 'f32'], 0],
  f64_nan: ['f64', ['f64', 'f64', 'f64'], 0],
  f32x4_nan: ['v128', ['v128', 'v128', 'v128'], 0],
  f64x2_nan: ['v128', ['v128', 'v128', 'v128'], 0],
  /**
   * Bytes: memory[dst, dst+len) = memory[src, src+len), overlap copied as by memmove. (dst, src,
   * len)
   */
  memory_copy: [null, ['i32', 'i32', 'i32'], 0],
  /**
   * The same one byte after another upwards, so an overlap with dst > src replicates (MVC, rep
   * movsb).
   */
  memory_copy_forward: [null, ['i32', 'i32', 'i32'], 0],
  /** memory[dst, dst+len) = value & 0xff. (dst, value, len) */
  memory_fill: [null, ['i32', 'i32', 'i32'], 0],
  /** Offset in bytes of the first difference of two ranges, or len. (a, b, len) */
  memory_mismatch: ['i32', ['i32', 'i32', 'i32'], 0],
  /** Offset in bytes of the first byte equal to value & 0xff, or len. (address, value, len) */
  memory_find: ['i32', ['i32', 'i32', 'i32'], 0],
} as const;

/** Loads: bytes read; the result type is the prefix. `_be` reads most significant byte first. */
// biome-ignore format: a table
export const loads = {
  i32_load8_u: ['i32', 1], i32_load8_s: ['i32', 1],
  i32_load16_u: ['i32', 2], i32_load16_s: ['i32', 2], i32_load16_u_be: ['i32', 2], i32_load16_s_be: ['i32', 2],
  i32_load: ['i32', 4], i32_load_be: ['i32', 4],
  i64_load8_u: ['i64', 1], i64_load8_s: ['i64', 1],
  i64_load16_u: ['i64', 2], i64_load16_s: ['i64', 2], i64_load16_u_be: ['i64', 2], i64_load16_s_be: ['i64', 2],
  i64_load32_u: ['i64', 4], i64_load32_s: ['i64', 4], i64_load32_u_be: ['i64', 4], i64_load32_s_be: ['i64', 4],
  i64_load: ['i64', 8], i64_load_be: ['i64', 8],
  f32_load: ['f32', 4], f32_load_be: ['f32', 4], f64_load: ['f64', 8], f64_load_be: ['f64', 8],
  v128_load: ['v128', 16], v128_load_be: ['v128', 16],
} as const;

/** Stores: value type and bytes written. */
// biome-ignore format: a table
export const stores = {
  i32_store8: ['i32', 1], i32_store16: ['i32', 2], i32_store16_be: ['i32', 2], i32_store: ['i32', 4], i32_store_be: ['i32', 4],
  i64_store8: ['i64', 1], i64_store16: ['i64', 2], i64_store16_be: ['i64', 2], i64_store32: ['i64', 4], i64_store32_be: ['i64', 4],
  i64_store: ['i64', 8], i64_store_be: ['i64', 8],
  f32_store: ['f32', 4], f32_store_be: ['f32', 4], f64_store: ['f64', 8], f64_store_be: ['f64', 8],
  v128_store: ['v128', 16], v128_store_be: ['v128', 16],
} as const;

/** Lane access: [result, operands, lanes]; the lane number is an immediate. */
// biome-ignore format: a table
export const lanes = {
  i8x16_extract_lane_u: ['i32', ['v128'], 16], i8x16_extract_lane_s: ['i32', ['v128'], 16],
  i16x8_extract_lane_u: ['i32', ['v128'], 8], i16x8_extract_lane_s: ['i32', ['v128'], 8],
  i32x4_extract_lane: ['i32', ['v128'], 4], i64x2_extract_lane: ['i64', ['v128'], 2],
  f32x4_extract_lane: ['f32', ['v128'], 4], f64x2_extract_lane: ['f64', ['v128'], 2],
  i8x16_replace_lane: ['v128', ['v128', 'i32'], 16], i16x8_replace_lane: ['v128', ['v128', 'i32'], 8],
  i32x4_replace_lane: ['v128', ['v128', 'i32'], 4], i64x2_replace_lane: ['v128', ['v128', 'i64'], 2],
  f32x4_replace_lane: ['v128', ['v128', 'f32'], 4], f64x2_replace_lane: ['v128', ['v128', 'f64'], 2],
} as const;
