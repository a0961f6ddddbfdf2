/* Single and double precision: operations on edges and noise, conversions, comparisons. */
#include <float.h>
#include <math.h>
#include "topic.h"

static const double edges[] = {0.0, -0.0, 1, -1, 0.5, 1.5, 2.5, -2.5, 3, 10, 0.1, 1e-310, -4.9e-324, DBL_MIN, DBL_MAX,
                               -DBL_MAX, 1e16, 4503599627370497.5, 1e300, INFINITY, -INFINITY, NAN, 123456.789};

/* NaNs a program makes may have any sign on x86: only that they are NaNs counts. */
static uint64_t bits(double x) { return isnan(x) ? 0x7ff8 : bitsOf(x); }
static uint64_t bitsF(float x) { return isnan(x) ? 0x7fc0 : bitsOfFloat(x); }

static uint64_t doubles(void) {
  uint64_t h = start;
  for (int i = 0; i < count(edges); i++)
    for (int j = 0; j < count(edges); j++) {
      double x = hidden(edges[i]), y = hidden(edges[j]);
      double values[] = {x + y, x - y, x * y, x / y, fmax(x, y), fmin(x, y), fmod(x, y), remainder(x, y), copysign(x, y),
                         nextafter(x, y), fdim(x, y), hypot(x, y), fma(x, y, 1.25), fma(x, 3, y), fma(-x, y, x)};
      for (int k = 0; k < count(values); k++) h = mixWord(h, bits(values[k]));
      h = mixWord(h, (uint64_t)((x < y) | (x <= y) << 1 | (x == y) << 2 | (x != y) << 3 | isunordered(x, y) << 4 |
                                isgreater(x, y) << 5 | islessgreater(x, y) << 6 | !(x > y) << 7));
    }
  return h;
}

static uint64_t singles(void) {
  uint64_t h = start;
  for (int i = 0; i < count(edges); i++)
    for (int j = 0; j < count(edges); j++) {
      float x = (float)hidden(edges[i]), y = (float)hidden(edges[j]);
      float values[] = {x + y, x - y, x * y, x / y, fmaxf(x, y), fminf(x, y), fmodf(x, y), copysignf(x, y), nextafterf(x, y),
                        hypotf(x, y), fmaf(x, y, 1.25f), fmaf(-x, 3, y)};
      for (int k = 0; k < count(values); k++) h = mixWord(h, bitsF(values[k]));
      h = mixWord(h, (uint64_t)((x < y) | (x >= y) << 1 | (x == y) << 2));
    }
  return h;
}

static uint64_t unary(void) {
  uint64_t h = start;
  for (int i = 0; i < count(edges); i++) {
    double x = hidden(edges[i]);
    double values[] = {sqrt(x), floor(x), ceil(x), trunc(x), round(x), rint(x), nearbyint(x), fabs(x), -x, logb(x),
                       (double)sqrtf((float)x), (double)(float)x, (double)rintf((float)x), (double)roundf((float)x), scalbn(x, 7)};
    for (int k = 0; k < count(values); k++) h = mixWord(h, bits(values[k]));
    int e = 0;
    double m = frexp(x, &e), whole, part = modf(x, &whole);
    if (isfinite(x)) h = mixWord(h, bits(m) + (uint64_t)e);
    h = mixWord(h, bits(part) ^ bits(whole) * 3);
    h = mixWord(h, (uint64_t)(fpclassify(x) * 2 + (isnan(x) ? 0 : !!signbit(x))));
  }
  return h;
}

static uint64_t conversions(void) {
  uint64_t h = start, seed = 3;
  for (int i = 0; i < 400; i++) {
    uint64_t n = next(&seed) >> (next(&seed) & 63);
    n = hidden(n);
    h = mixWord(h, bitsOf((double)n) ^ bitsOf((double)(int64_t)n) * 3);
    h = mixWord(h, bitsOf((double)(uint32_t)n) ^ bitsOf((double)(int32_t)n) * 5);
    h = mixWord(h, bitsOfFloat((float)n) ^ (uint64_t)bitsOfFloat((float)(int64_t)n) << 32);
    h = mixWord(h, bitsOfFloat((float)(uint32_t)n) ^ (uint64_t)bitsOfFloat((float)(int32_t)n) << 32);
    double x = hidden((double)(int64_t)n / 1024);
    h = mixWord(h, (uint64_t)(int64_t)x + (uint64_t)lrint(x) * 3 + (uint64_t)llround(x) * 5 + (uint64_t)lrintf((float)x));
    double small = fmod(x, 2e9);
    h = mixWord(h, (uint64_t)(int32_t)small + (uint64_t)(uint32_t)fabs(small) + (uint64_t)(int16_t)fmod(x, 30000));
    double large = hidden(fabs(x) * 1000);
    if (large < 1.8e19) h = mixWord(h, (uint64_t)large + (uint64_t)(float)(fmod(large, 4e9)));
  }
  return h;
}

/* The sum of a series, a root by Newton, a determinant: long chains of roundings. */
static void chains(void) {
  double sum = 0, compensation = 0;
  for (int i = 1; i < 3000; i++) {
    double term = (i & 1 ? 1.0 : -1.0) / hidden(i) - compensation, t = sum + term;
    compensation = (t - sum) - term;
    sum = t;
  }
  float root = 1;
  for (int i = 0; i < 20; i++) root = (root + hidden(2.0f) / root) / 2;
  double a[12][12], determinant = 1;
  for (int i = 0; i < 12; i++)
    for (int j = 0; j < 12; j++) a[i][j] = 1.0 / (i + j + 1) + (i == j);
  for (int k = 0; k < 12; k++) {
    determinant *= a[k][k];
    for (int i = k + 1; i < 12; i++) {
      double factor = a[i][k] / a[k][k];
      for (int j = k; j < 12; j++) a[i][j] -= factor * a[k][j];
    }
  }
  double x = 0.3;
  for (int i = 0; i < 1000; i++) x = 3.9 * x * (1 - x);
  printf("chains %.17g %.9g %.17g %a\n", sum, root, determinant, x);
}

void topic_floats(void) {
  show("double", doubles());
  show("float", singles());
  show("unary", unary());
  show("conversions", conversions());
  chains();
}
