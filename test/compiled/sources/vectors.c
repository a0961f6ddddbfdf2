/* GCC's vector extensions: 16 and 32 bytes of every element. */
#include "topic.h"

#define VECTOR(T, name, bytes) typedef T name __attribute__((vector_size(bytes)))
VECTOR(int8_t, i8x16, 16);
VECTOR(uint8_t, u8x16, 16);
VECTOR(int16_t, i16x8, 16);
VECTOR(uint16_t, u16x16, 32);
VECTOR(int32_t, i32x4, 16);
VECTOR(uint32_t, u32x4, 16);
VECTOR(int32_t, i32x8, 32);
VECTOR(int64_t, i64x2, 16);
VECTOR(uint64_t, u64x4, 32);
VECTOR(float, f32x4, 16);
VECTOR(float, f32x8, 32);
VECTOR(double, f64x2, 16);
VECTOR(double, f64x4, 32);

#define noinline __attribute__((noinline))
#define choose(mask, x, y) ((((__typeof__(x))(mask)) & (x)) | (~((__typeof__(x))(mask)) & (y)))
#define INTEGERS(V, T)                                                                          \
  static noinline uint64_t integers_##V(uint64_t seed) {                                        \
    enum { lanes = sizeof(V) / sizeof(T) };                                                     \
    uint64_t h = start;                                                                         \
    for (int round = 0; round < 20; round++) {                                                  \
      V x, y, s;                                                                                \
      for (int i = 0; i < lanes; i++) x[i] = (T)next(&seed), y[i] = (T)(next(&seed) >> 9), s[i] = (T)(next(&seed) % (8 * sizeof(T))); \
      V values[] = {x + y, x - y, x * y, x & y, x | ~y, x ^ y, x << s, x >> s, x >> 3, -x, (V)(x > y), (V)(x == y), (V)(x <= y), \
                    choose(x > y, x, y), choose(x < y, x - y, y + 1), x + (T)5, x / (y | 1), x % (y | 1)};   \
      for (int k = 0; k < count(values); k++)                                                   \
        for (int i = 0; i < lanes; i++) h = mixWord(h, (uint64_t)values[k][i]);                 \
    }                                                                                           \
    return h;                                                                                   \
  }
INTEGERS(i8x16, int8_t)
INTEGERS(u8x16, uint8_t)
INTEGERS(i16x8, int16_t)
INTEGERS(u16x16, uint16_t)
INTEGERS(i32x4, int32_t)
INTEGERS(i32x8, int32_t)
INTEGERS(i64x2, int64_t)
INTEGERS(u64x4, uint64_t)

#define FLOATS(V, T, M, bits)                                                                   \
  static noinline uint64_t floats_##V(uint64_t seed) {                                          \
    enum { lanes = sizeof(V) / sizeof(T) };                                                     \
    uint64_t h = start;                                                                         \
    for (int round = 0; round < 20; round++) {                                                  \
      V x, y;                                                                                   \
      for (int i = 0; i < lanes; i++) x[i] = (T)(int32_t)next(&seed) / 1024, y[i] = (T)(int16_t)next(&seed) * 3; \
      V values[] = {x + y, x - y, x * y, x / (y + (T)0.5), -x, (V)choose(x > y, (M)x, (M)y), (V)choose(x == y, (M)x, (M)(x * x - y)), x * (T)0.5 + y}; \
      for (int k = 0; k < count(values); k++)                                                   \
        for (int i = 0; i < lanes; i++) h = mixWord(h, bits(values[k][i]));                     \
      M m = (x < y) + (x >= y) * 2 - (x != y);                                                  \
      for (int i = 0; i < lanes; i++) h = mixWord(h, (uint64_t)m[i]);                           \
    }                                                                                           \
    return h;                                                                                   \
  }
FLOATS(f32x4, float, i32x4, bitsOfFloat)
FLOATS(f32x8, float, i32x8, bitsOfFloat)
FLOATS(f64x2, double, i64x2, bitsOf)
typedef int64_t i64x4 __attribute__((vector_size(32)));
FLOATS(f64x4, double, i64x4, bitsOf)

static noinline uint64_t shuffles(void) {
  u8x16 x, y, mask;
  uint64_t seed = 8, h = start;
  for (int round = 0; round < 20; round++) {
    for (int i = 0; i < 16; i++) x[i] = (uint8_t)next(&seed), y[i] = (uint8_t)next(&seed), mask[i] = (uint8_t)(next(&seed) & 31);
    u8x16 r[] = {__builtin_shuffle(x, mask), __builtin_shuffle(x, y, mask),
                 __builtin_shufflevector(x, y, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23),
                 __builtin_shufflevector(x, x, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
                 __builtin_shufflevector(x, y, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18),
                 __builtin_shufflevector(x, y, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5)};
    for (int k = 0; k < count(r); k++)
      for (int i = 0; i < 16; i++) h = mixWord(h, r[k][i]);
    i32x4 a = {(int)next(&seed), 2, (int)next(&seed), 4}, b = {5, (int)next(&seed), 7, 8};
    i32x4 w[] = {__builtin_shufflevector(a, b, 0, 4, 1, 5), __builtin_shufflevector(a, b, 2, 3, 6, 7), __builtin_shufflevector(a, b, 0, 2, 4, 6),
                 __builtin_shufflevector(a, a, 3, 2, 1, 0), __builtin_shufflevector(a, b, 7, 1, 4, 2)};
    for (int k = 0; k < count(w); k++)
      for (int i = 0; i < 4; i++) h = mixWord(h, (uint64_t)w[k][i]);
  }
  return h;
}

static noinline uint64_t conversions(void) {
  uint64_t seed = 10, h = start;
  for (int round = 0; round < 20; round++) {
    i32x4 a;
    for (int i = 0; i < 4; i++) a[i] = (int32_t)next(&seed) >> 9;
    f32x4 f = __builtin_convertvector(a, f32x4);
    f64x4 d = __builtin_convertvector(a, f64x4);
    i32x4 back = __builtin_convertvector(f * 1.25f, i32x4);
    f32x4 narrow = __builtin_convertvector(d / 3.0, f32x4);
    i64x4 wide = __builtin_convertvector(a, i64x4);
    i64x4 whole = __builtin_convertvector(d * 1000.5, i64x4);
    u32x4 bits = (u32x4)f;
    for (int i = 0; i < 4; i++) h = mixWord(h, bits[i] + (uint64_t)back[i] + bitsOfFloat(narrow[i]) + (uint64_t)wide[i] * 3 + (uint64_t)whole[i] + bitsOf(d[i]));
  }
  return h;
}

void topic_vectors(void) {
  show("i8x16", integers_i8x16(1));
  show("u8x16", integers_u8x16(2));
  show("i16x8", integers_i16x8(3));
  show("u16x16", integers_u16x16(4));
  show("i32x4", integers_i32x4(5));
  show("i32x8", integers_i32x8(6));
  show("i64x2", integers_i64x2(7));
  show("u64x4", integers_u64x4(8));
  show("f32x4", floats_f32x4(9));
  show("f32x8", floats_f32x8(10));
  show("f64x2", floats_f64x2(11));
  show("f64x4", floats_f64x4(12));
  show("shuffles", shuffles());
  show("conversions", conversions());
}
