/* long double: 80 bits on x86-64, binary128 elsewhere. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include "topic.h"

static uint64_t mixLong(uint64_t h, long double x) {
  char text[64];
  int length = snprintf(text, sizeof text, "%La", isnan(x) ? (long double)NAN : x);
  return isnan(x) ? mixWord(h, 1) : mix(h, text, (size_t)length);
}

void topic_long_double(void) {
  static const long double edges[] = {0.0L, -0.0L, 1, -1, 0.1L, 2.5L, 3, 1e-40L, LDBL_MIN, LDBL_MAX, LDBL_EPSILON, 1e4000L, -1e-4900L,
                                      INFINITY, -INFINITY, NAN, 18446744073709551615.0L};
  uint64_t h = start;
  for (int i = 0; i < count(edges); i++)
    for (int j = 0; j < count(edges); j++) {
      long double x = hidden(edges[i]), y = hidden(edges[j]);
      long double values[] = {x + y, x - y, x * y, x / y, fmaxl(x, y), fmodl(x, y), copysignl(x, y), nextafterl(x, y), fmal(x, y, x)};
      for (int k = 0; k < count(values); k++) h = mixLong(h, values[k]);
      h = mixWord(h, (uint64_t)((x < y) | (x == y) << 1 | (x >= y) << 2 | (x != y) << 3));
    }
  show("operations", h);
  h = start;
  for (int i = 0; i < count(edges); i++) {
    long double x = hidden(edges[i]);
    long double values[] = {sqrtl(x), floorl(x), ceill(x), truncl(x), roundl(x), rintl(x), fabsl(x), (double)x, (float)x, -x, logbl(x)};
    for (int k = 0; k < count(values); k++) h = mixLong(h, values[k]);
    if (fabsl(x) < 1e18L) h = mixWord(h, (uint64_t)(int64_t)x + (uint64_t)llrintl(x) * 3 + (uint64_t)(int32_t)fmodl(x, 1e9L));
  }
  uint64_t seed = 4;
  for (int i = 0; i < 100; i++) {
    uint64_t n = hidden(next(&seed) >> (i & 63));
    h = mixLong(h, (long double)n / 3);
    h = mixLong(h, (long double)(int64_t)n * 1e-7L);
    h = mixLong(h, (long double)(int32_t)n + (long double)(uint32_t)n * 0.5L);
    h = mixWord(h, (uint64_t)((long double)n));
  }
  show("conversions", h);
  long double third = 1 / hidden(3.0L), e = 1, term = 1;
  for (int i = 1; i < 40; i++) e += term /= i;
  printf("%La %.33Lg %.40Lf %Le\n", third, e, third, hidden(LDBL_MAX));
  printf("%.12Lg %.12Lg %.12Lg %.12Lg %.12Lg\n", sinl(third), expl(third), logl(third), powl(third, e), atanl(third));
  printf("%La\n", strtold("3.14159265358979323846264338327950288419716939937510", NULL));
}
