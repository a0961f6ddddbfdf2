/* What only a processor's own intrinsics reach, as far as the compiler may use it. */
#include <string.h>
#include "topic.h"

static uint8_t bytes[1024];

static void fill(void) {
  uint64_t seed = 77;
  for (int i = 0; i < count(bytes); i++) bytes[i] = (uint8_t)next(&seed);
}

#define shown(name, value) ({ __typeof__(value) v_ = (value); show(name, mix(start, &v_, sizeof v_)); })

#if defined(__x86_64__)
#include <immintrin.h>
#define at(n) _mm_loadu_si128((const __m128i *)(bytes + 16 * (n)))
#define wide(n) _mm256_loadu_si256((const __m256i *)(bytes + 32 * (n)))

static void sse(void) {
  shown("packs", _mm_packus_epi16(at(0), _mm_packs_epi32(at(1), at(2))));
  shown("madd", _mm_madd_epi16(at(0), at(1)));
  shown("sad", _mm_sad_epu8(at(0), at(1)));
  shown("mulhi", _mm_mulhi_epu16(at(0), at(3)));
  shown("movemask", _mm_movemask_epi8(at(4)));
  __m128d d = _mm_cvtepi32_pd(at(5));
  shown("sqrt", _mm_sqrt_pd(_mm_mul_pd(d, d)));
  shown("cvt", _mm_cvtps_epi32(_mm_cvtepi32_ps(at(6))));
}
#if defined(__SSE4_2__)
static void sse4(void) {
  shown("maddubs", _mm_maddubs_epi16(at(0), at(1)));
  shown("mulhrs", _mm_mulhrs_epi16(at(0), at(1)));
  shown("alignr", _mm_alignr_epi8(at(0), at(1), 5));
  shown("hadd", _mm_hadd_epi16(at(0), at(1)));
  shown("mpsadbw", _mm_mpsadbw_epu8(at(2), at(3), 5));
  shown("minpos", _mm_minpos_epu16(at(4)));
  shown("blend", _mm_blendv_epi8(at(0), at(1), at(2)));
  shown("round", _mm_round_ps(_mm_div_ps(_mm_cvtepi32_ps(at(3)), _mm_set1_ps(1e7f)), _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC));
  shown("dp", _mm_dp_ps(_mm_cvtepi32_ps(at(3)), _mm_cvtepi32_ps(at(4)), 0x71));
  shown("insert", _mm_insert_ps(_mm_cvtepi32_ps(at(3)), _mm_cvtepi32_ps(at(4)), 0x9a));
  uint32_t crc = 0;
  for (int i = 0; i < 100; i++) crc = _mm_crc32_u8(crc, bytes[i]);
  printf("crc %08x %08llx\n", crc, (unsigned long long)_mm_crc32_u64(crc, 0x123456789abcdef0u));
  __m128i text = _mm_loadu_si128((const __m128i *)"hello, big world"), set = _mm_loadu_si128((const __m128i *)"aeiou\0\0\0\0\0\0\0\0\0\0");
  printf("strings %d %d %d\n", _mm_cmpistri(set, text, _SIDD_CMP_EQUAL_ANY), _mm_cmpestri(set, 5, text, 16, _SIDD_CMP_EQUAL_ANY | _SIDD_MOST_SIGNIFICANT),
         _mm_cmpistrc(set, text, _SIDD_CMP_RANGES));
  shown("mask", _mm_cmpistrm(set, text, _SIDD_CMP_EQUAL_ANY | _SIDD_UNIT_MASK));
  printf("popcnt %d\n", (int)_mm_popcnt_u64(0xf0f0123456789abcu));
}
#endif
#if defined(__AVX2__)
static void avx2(void) {
  shown("permute", _mm256_permutevar8x32_epi32(wide(0), wide(1)));
  shown("lanes", _mm256_permute2x128_si256(wide(0), wide(1), 0x21));
  shown("shuffle", _mm256_shuffle_epi8(wide(0), wide(1)));
  shown("unpack", _mm256_unpackhi_epi16(wide(2), wide(3)));
  shown("gather", _mm256_i32gather_epi32((const int *)bytes, _mm256_and_si256(wide(1), _mm256_set1_epi32(127)), 4));
  shown("gather64", _mm256_i32gather_pd((const double *)bytes, _mm_and_si128(at(1), _mm_set1_epi32(31)), 8));
  shown("shift", _mm256_sllv_epi64(wide(0), _mm256_and_si256(wide(1), _mm256_set1_epi64x(70))));
  shown("srav", _mm256_srav_epi32(wide(0), _mm256_and_si256(wide(1), _mm256_set1_epi32(63))));
  shown("maskload", _mm256_maskload_epi32((const int *)bytes, wide(2)));
  __m256 x = _mm256_cvtepi32_ps(wide(3)), y = _mm256_cvtepi32_ps(wide(4)), z = _mm256_set1_ps(0.1f);
  shown("fma", _mm256_fmadd_ps(x, z, y));
  shown("fnmsub", _mm256_fnmsub_ps(x, z, y));
  shown("fmaddsub", _mm256_fmaddsub_pd(_mm256_cvtps_pd(_mm256_castps256_ps128(x)), _mm256_set1_pd(1e-3), _mm256_set1_pd(0.3)));
  shown("compare", _mm256_cmp_ps(x, y, _CMP_NLE_UQ));
  shown("hadd", _mm256_hadd_ps(x, y));
  shown("half", _mm256_cvtps_ph(_mm256_div_ps(x, _mm256_set1_ps(1e6f)), _MM_FROUND_TO_NEAREST_INT));
  shown("blend", _mm256_blendv_pd(_mm256_castps_pd(x), _mm256_castps_pd(y), _mm256_castps_pd(z)));
  uint64_t a = 0x123456789abcdef0u, m = 0x0ff00ff0f0f0f0f0u;
  unsigned long long high;
  printf("bmi %llx %llx %llx %llx %llx\n", (unsigned long long)_pext_u64(a, m), (unsigned long long)_pdep_u64(a, m), (unsigned long long)_bzhi_u64(a, 37),
         (unsigned long long)_andn_u64(a, m), (unsigned long long)_blsr_u64(a));
  unsigned long long low = _mulx_u64(a, m, &high);
  printf("mulx %llx %llx lzcnt %d tzcnt %d\n", high, low, (int)_lzcnt_u64(a), (int)_tzcnt_u64(a));
  _mm256_zeroupper();
}
#endif
void topic_intrinsics(void) {
  fill();
  sse();
#if defined(__SSE4_2__)
  sse4();
#endif
#if defined(__AVX2__)
  avx2();
#endif
}

#elif defined(__aarch64__)
#include <arm_acle.h>
#include <arm_neon.h>
#define at(n) vld1q_u8(bytes + 16 * (n))
#define signed16(n) vreinterpretq_s16_u8(at(n))
#define signed32(n) vreinterpretq_s32_u8(at(n))

static void neon(void) {
  shown("qadd", vqaddq_s16(signed16(0), signed16(1)));
  shown("qdmulh", vqrdmulhq_s16(signed16(0), signed16(1)));
  shown("qshrn", vqrshrn_n_s32(signed32(2), 7));
  shown("mlal", vmlal_s16(signed32(0), vget_low_s16(signed16(1)), vget_high_s16(signed16(2))));
  shown("tbl", vqtbl4q_u8(vld1q_u8_x4(bytes), vandq_u8(at(5), vdupq_n_u8(63))));
  shown("tbx", vqtbx2q_u8(at(7), vld1q_u8_x2(bytes), at(6)));
  shown("zip", vzip1q_u8(at(0), at(1)));
  shown("uzp", vuzp2q_s16(signed16(0), signed16(1)));
  shown("ext", vextq_u8(at(0), at(1), 5));
  shown("rev", vrev32q_u8(at(0)));
  shown("rbit", vrbitq_u8(at(0)));
  shown("pmul", vmulq_p8(vreinterpretq_p8_u8(at(0)), vreinterpretq_p8_u8(at(1))));
  shown("abal", vabal_u8(vdupq_n_u16(3), vget_low_u8(at(0)), vget_low_u8(at(1))));
  shown("ld3", vld3q_u8(bytes + 3));
  shown("ld4", vld4_u16((const uint16_t *)(bytes + 2)));
  float32x4_t x = vcvtq_f32_s32(signed32(3)), y = vcvtq_n_f32_u32(vreinterpretq_u32_u8(at(4)), 9);
  shown("fma", vfmaq_f32(x, y, vdupq_n_f32(0.1f)));
  shown("recpe", vrecpsq_f32(vrecpeq_f32(y), x));
  shown("rsqrte", vrsqrteq_f32(y));
  shown("rndn", vrndnq_f32(vmulq_n_f32(x, 1e-7f)));
  shown("cvt", vcvtaq_s32_f32(vmulq_n_f32(x, 1e-5f)));
  shown("max", vmaxnmq_f32(x, y));
  printf("across %u %d %g\n", vaddlvq_u8(at(0)), vminvq_s16(signed16(1)), vaddvq_f32(x));
  shown("half", vcvt_f16_f32(vmulq_n_f32(x, 1e-6f)));
}
#if defined(__ARM_FEATURE_CRC32)
static void extensions(void) {
  uint32_t crc = 0;
  for (int i = 0; i < 100; i++) crc = __crc32b(__crc32cw(crc, bytes[i]), bytes[99 - i]);
  printf("crc %08x\n", __crc32d(crc, 0x123456789abcdef0u));
  shown("qrdmlah", vqrdmlahq_s16(signed16(0), signed16(1), signed16(2)));
}
#endif
#if defined(__ARM_FEATURE_CRYPTO)
static void crypto(void) {
  shown("aes", vaesmcq_u8(vaeseq_u8(at(0), at(1))));
  shown("aesd", vaesimcq_u8(vaesdq_u8(at(0), at(1))));
  uint32x4_t a = vreinterpretq_u32_u8(at(0)), b = vreinterpretq_u32_u8(at(1)), c = vreinterpretq_u32_u8(at(2));
  shown("sha1", vsha1cq_u32(a, 5, b));
  shown("sha256", vsha256hq_u32(a, b, c));
  shown("sha256su", vsha256su1q_u32(a, b, c));
  shown("pmull", vmull_p64((poly64_t)vgetq_lane_u64(vreinterpretq_u64_u8(at(3)), 0), 0x87));
}
#endif
#if defined(__ARM_FEATURE_DOTPROD)
static void dot(void) {
  shown("dot", vdotq_u32(vdupq_n_u32(1), at(0), at(1)));
  shown("dot lane", vdotq_lane_s32(signed32(0), vreinterpretq_s8_u8(at(1)), vreinterpret_s8_u8(vget_low_u8(at(2))), 1));
}
#endif
#if defined(__ARM_FEATURE_FP16_VECTOR_ARITHMETIC)
static void halves(void) {
  float16x8_t x = vcvtq_f16_s16(signed16(0)), y = vcvtq_n_f16_u16(vreinterpretq_u16_u8(at(1)), 4);
  shown("f16 fma", vfmaq_f16(x, y, vdupq_n_f16(0.1f16)));
  shown("f16 div", vdivq_f16(x, y));
  shown("f16 sqrt", vsqrtq_f16(y));
  shown("f16 max", vpmaxq_f16(x, y));
  shown("f16 compare", vcgtq_f16(x, y));
  _Float16 sum = 0;
  for (int i = 0; i < 100; i++) sum += (_Float16)(bytes[i] / 64.0f) * (_Float16)0.3f;
  printf("f16 sum %g\n", (double)sum);
}
#endif
void topic_intrinsics(void) {
  fill();
  neon();
#if defined(__ARM_FEATURE_CRC32)
  extensions();
#endif
#if defined(__ARM_FEATURE_CRYPTO)
  crypto();
#endif
#if defined(__ARM_FEATURE_DOTPROD)
  dot();
#endif
#if defined(__ARM_FEATURE_FP16_VECTOR_ARITHMETIC)
  halves();
#endif
}

#elif defined(__VX__) && defined(__VEC__)
#include <vecintrin.h>
typedef vector unsigned char bytes16;
typedef vector signed int words;
#define at(n) vec_xl(16 * (n), bytes)
#define word(n) ((words)at(n))

void topic_intrinsics(void) {
  fill();
  shown("perm", vec_perm(at(0), at(1), at(2)));
  shown("mergeh", vec_mergeh(at(0), at(1)));
  shown("pack", vec_packs((vector signed short)at(0), (vector signed short)at(1)));
  shown("unpack", vec_unpackh((vector signed short)at(0)));
  shown("mulh", vec_mulh(word(0), word(1)));
  shown("mule", vec_mule(at(0), at(1)));
  shown("sum4", vec_sum4(at(0), at(1)));
  shown("avg", vec_avg(word(0), word(1)));
  shown("rl", vec_rl((vector unsigned int)at(0), (vector unsigned int)at(1)));
  shown("sld", vec_sld(at(0), at(1), 5));
  shown("test mask", vec_test_mask(at(0), at(1)));
  shown("popcnt", vec_popcnt(at(0)));
  shown("cntlz", vec_cntlz((vector unsigned int)at(0)));
  shown("gfmsum", vec_gfmsum(at(0), at(1)));
  shown("load len", vec_load_len(bytes + 3, 6));
  shown("sel", vec_sel(at(0), at(1), at(2)));
  int condition;
  bytes16 text = vec_xl(0, (const unsigned char *)"hello, big world"), set = vec_xl(0, (const unsigned char *)"aeiou\0\0\0\0\0\0\0\0\0\0");
  shown("find any", vec_find_any_eq_idx_cc(text, set, &condition));
  printf("cc %d\n", condition);
  shown("cmpne", vec_cmpne_or_0_idx_cc(text, set, &condition));
  printf("cc %d\n", condition);
  shown("cp until zero", vec_cp_until_zero_cc(set, &condition));
  vector double x = {1.25, -3.5}, y = {0.1, 1e10}, z = {2, -2};
  shown("madd", vec_madd(x, y, z));
  shown("round", vec_round(y / z));
  shown("signed", vec_signed(y));
#if __ARCH__ >= 12
  vector float f = {1.5f, -2.25f, 0.1f, 7}, g = {3, 1e-3f, -4, 0.3f};
  shown("float", vec_madd(f, g, vec_max(f, g)));
  shown("msum", vec_msum_u128((vector unsigned long long)at(0), (vector unsigned long long)at(1), at(2), 0));
#endif
}

#else
void topic_intrinsics(void) { fill(); }
#endif
