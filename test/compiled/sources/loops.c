/* Loops a compiler vectorises at -O3. */
#include <math.h>
#include "topic.h"

enum { n = 515 };
#define noinline __attribute__((noinline))

static int8_t i8a[n], i8b[n], i8c[n];
static uint8_t u8a[n], u8b[n], u8c[n];
static int16_t i16a[n], i16b[n], i16c[n];
static uint16_t u16a[n], u16b[n];
static int32_t i32a[n], i32b[n], i32c[n];
static uint32_t u32a[n], u32b[n];
static int64_t i64a[n], i64b[n], i64c[n];
static uint64_t u64a[n], u64b[n];
static float fa[n], fb[n], fc[n];
static double da[n], db[n], dc[n];

static noinline void narrowing(void) {
  for (int i = 0; i < n; i++) i8c[i] = (int8_t)(i8a[i] + i8b[i]);
  for (int i = 0; i < n; i++) u8c[i] = (uint8_t)((u8a[i] + u8b[i] + 1) >> 1);
  for (int i = 0; i < n; i++) i16c[i] = (int16_t)(i8a[i] * i8b[i]);
  for (int i = 0; i < n; i++) u16b[i] = (uint16_t)(u8a[i] * 257 + u8b[i]);
  for (int i = 0; i < n; i++) u8b[i] = (uint8_t)(u16a[i] >> 4);
  for (int i = 0; i < n; i++) i16b[i] = (int16_t)(i16a[i] > 1000 ? 1000 : i16a[i] < -1000 ? -1000 : i16a[i]);
  for (int i = 0; i < n; i++) u8a[i] = (uint8_t)(i16a[i] < 0 ? 0 : i16a[i] > 255 ? 255 : i16a[i]);
}

static noinline void words(void) {
  for (int i = 0; i < n; i++) i32c[i] = i32a[i] * i32b[i] + i;
  for (int i = 0; i < n; i++) i32b[i] = i32a[i] > i32c[i] ? i32a[i] : i32c[i];
  for (int i = 0; i < n; i++) u32b[i] = u32a[i] >> (i & 31) | u32a[i] << 3;
  for (int i = 0; i < n; i++) i64c[i] = i64a[i] + (i64b[i] ^ i);
  for (int i = 0; i < n; i++) i64b[i] = i64a[i] < i64c[i] ? i64a[i] : i64c[i] - 1;
  for (int i = 0; i < n; i++) u64b[i] = u64a[i] * 0x9e3779b97f4a7c15u >> 7;
  for (int i = 0; i < n; i++) i64a[i] = i32a[i] + (int64_t)i32b[i] * i32c[i];
  for (int i = 0; i < n; i++) i32a[i] = (int32_t)(i64a[i] >> 9);
  for (int i = 0; i < n; i++) u32a[i] = (uint32_t)__builtin_popcountll(u64a[i]) + (uint32_t)__builtin_clz(u32b[i] | 1);
  for (int i = 0; i < n; i++) u32b[i] = __builtin_bswap32(u32b[i]);
  for (int i = 0; i < n; i++) i64c[i] = i64c[i] >> (i & 63);
  for (int i = 0; i < n / 2; i++) i32c[i] = i32b[2 * i] - i32b[2 * i + 1];
  for (int i = 0; i < n; i++) i32b[i] = i32c[n - 1 - i] / 7 + i32c[i] % 10;
}

static noinline uint64_t reductions(void) {
  int32_t sum = 0, least = i32a[0], most = i32a[0], all = -1, any = 0;
  uint32_t absolute = 0;
  int64_t wide = 0, product = 0;
  unsigned where = 0;
  uint64_t exclusive = 0, squares = 0;
  for (int i = 0; i < n; i++) sum += i32a[i];
  for (int i = 0; i < n; i++) least = i32a[i] < least ? i32a[i] : least;
  for (int i = 0; i < n; i++) most = i32a[i] > most ? i32a[i] : most;
  for (int i = 0; i < n; i++) absolute += (uint32_t)__builtin_abs(u8a[i] - u8c[i]);
  for (int i = 0; i < n; i++) product += i16a[i] * i16b[i];
  for (int i = 0; i < n; i++) wide += i8a[i] * (int32_t)i8b[i];
  for (int i = 0; i < n; i++) exclusive ^= u64b[i];
  for (int i = 0; i < n; i++) all &= i32b[i] | 0xff00;
  for (int i = 0; i < n; i++) any |= i32c[i] & 0xf0f;
  for (int i = 0; i < n; i++) where += u8a[i] == 17;
  for (int i = 0; i < n; i++) squares += (uint64_t)u32b[i] * u32b[i];
  uint64_t h = mixWord(start, (uint64_t)sum);
  h = mixWord(h, (uint64_t)least * 3 + (uint64_t)most);
  h = mixWord(h, absolute + (uint64_t)product * 5 + (uint64_t)wide * 7);
  return mixWord(h, exclusive + (uint64_t)all + (uint64_t)any + where + squares);
}

static noinline void floats(void) {
  for (int i = 0; i < n; i++) fc[i] = fa[i] * 1.5f + fb[i];
  for (int i = 0; i < n; i++) fb[i] = fa[i] > fc[i] ? fa[i] : fc[i];
  for (int i = 0; i < n; i++) fa[i] = sqrtf(fabsf(fb[i])) / (1 + fabsf(fc[i]));
  for (int i = 0; i < n; i++) fb[i] = floorf(fc[i]) - truncf(fa[i] * 9) + rintf(fb[i]);
  for (int i = 0; i < n; i++) dc[i] = da[i] * db[i] - da[i];
  for (int i = 0; i < n; i++) db[i] = da[i] < 0 ? -db[i] : db[i] + dc[i];
  for (int i = 0; i < n; i++) da[i] = (double)fa[i] + (double)i32a[i] + (double)i64a[i % 100];
  for (int i = 0; i < n; i++) fc[i] = (float)db[i];
  for (int i = 0; i < n; i++) i32c[i] = (int32_t)(fa[i] * 100) + (int32_t)(db[i] * 1e-3);
  for (int i = 0; i < n; i++) fb[i] = (float)i32c[i] * 0.25f + (float)u8a[i];
  for (int i = 0; i < n; i++) dc[i] = fmax(da[i], db[i]) + ceil(db[i]) + sqrt(fabs(dc[i]));
  for (int i = 0; i < n; i++) db[i] = copysign(dc[i], db[i]) / (2 + fabs(da[i]));
}

static noinline void matrices(void) {
  static double x[24][24], y[24][24], z[24][24];
  static float s[24][24], t[24][24];
  for (int i = 0; i < 24; i++)
    for (int j = 0; j < 24; j++) x[i][j] = da[i * 20 + j], y[i][j] = db[i * 21 + j % 10], z[i][j] = 0, s[i][j] = fa[i * 11 + j];
  for (int i = 0; i < 24; i++)
    for (int k = 0; k < 24; k++)
      for (int j = 0; j < 24; j++) z[i][j] += x[i][k] * y[k][j];
  for (int i = 0; i < 24; i++)
    for (int j = 0; j < 24; j++) t[j][i] = s[i][j] * 2;
  uint64_t h = start;
  for (int i = 0; i < 24; i++)
    for (int j = 0; j < 24; j++) h = mixWord(h, bitsOf(z[i][j]) + bitsOfFloat(t[i][j]));
  show("matrices", h);
}

/* Strides of two to four, as in pictures. */
static noinline uint64_t pictures(void) {
  static uint8_t rgb[3 * n], grey[n], rgba[4 * n];
  for (int i = 0; i < 3 * n; i++) rgb[i] = (uint8_t)(i * 37);
  for (int i = 0; i < n; i++) grey[i] = (uint8_t)((rgb[3 * i] * 77 + rgb[3 * i + 1] * 150 + rgb[3 * i + 2] * 29) >> 8);
  for (int i = 0; i < n; i++) {
    rgba[4 * i] = rgb[3 * i + 2];
    rgba[4 * i + 1] = rgb[3 * i + 1];
    rgba[4 * i + 2] = rgb[3 * i];
    rgba[4 * i + 3] = 255;
  }
  for (int i = 1; i < n - 1; i++) grey[i] = (uint8_t)((grey[i - 1] + 2 * grey[i] + grey[i + 1] + 2) / 4);
  static float re[n / 2], im[n / 2];
  for (int i = 0; i < n / 2; i++) re[i] = fa[2 * i] * fb[2 * i] - fa[2 * i + 1] * fb[2 * i + 1], im[i] = fa[2 * i] * fb[2 * i + 1] + fa[2 * i + 1] * fb[2 * i];
  uint64_t h = mix(mix(start, grey, sizeof grey), rgba, sizeof rgba);
  for (int i = 0; i < n / 2; i++) h = mixWord(h, bitsOfFloat(re[i]) + bitsOfFloat(im[i]));
  return h;
}

static uint64_t all(void) {
  uint64_t h = start;
  for (int i = 0; i < n; i++) {
    h = mixWord(h, (uint64_t)i8c[i] + u8a[i] * 3u + u8b[i] * 5u + u8c[i] * 7u + (uint64_t)i16b[i] + (uint64_t)i16c[i] * 3 + u16b[i]);
    h = mixWord(h, (uint64_t)i32a[i] + (uint64_t)i32b[i] * 3 + (uint64_t)i32c[i] * 5 + u32a[i] + u32b[i] * 3ull);
    h = mixWord(h, (uint64_t)i64a[i] + (uint64_t)i64b[i] * 3 + (uint64_t)i64c[i] * 5 + u64b[i]);
    h = mixWord(h, bitsOfFloat(fa[i]) + bitsOfFloat(fb[i]) * 3ull + bitsOfFloat(fc[i]) * 5ull);
    h = mixWord(h, bitsOf(da[i]) + bitsOf(db[i]) * 3 + bitsOf(dc[i]) * 5);
  }
  return h;
}

void topic_loops(void) {
  uint64_t seed = 6;
  for (int i = 0; i < n; i++) {
    uint64_t x = next(&seed), y = next(&seed);
    i8a[i] = (int8_t)x, i8b[i] = (int8_t)y, u8a[i] = (uint8_t)(x >> 8), u8b[i] = (uint8_t)(y >> 8);
    i16a[i] = (int16_t)x, i16b[i] = (int16_t)y, u16a[i] = (uint16_t)(x >> 16);
    i32a[i] = (int32_t)x, i32b[i] = (int32_t)y >> 8, u32a[i] = (uint32_t)(x >> 32);
    i64a[i] = (int64_t)x >> 3, i64b[i] = (int64_t)y >> 3, u64a[i] = x ^ y;
    fa[i] = (float)(int32_t)x / 65536, fb[i] = (float)(int32_t)y / 1048576, da[i] = (double)(int64_t)x / 1e15, db[i] = (double)(int64_t)y / 1e17;
  }
  narrowing();
  show("narrow", all());
  words();
  show("words", all());
  show("reductions", reductions());
  floats();
  show("floats", all());
  matrices();
  show("pictures", pictures());
}
