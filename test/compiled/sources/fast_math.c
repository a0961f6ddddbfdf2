/* Compiled with -ffast-math: reassociated, contracted, with reciprocals. */
#include <math.h>
#include "topic.h"

#define noinline __attribute__((noinline))
static float a[257], b[257];
static double c[257], d[257];

static noinline float dot(void) {
  float sum = 0;
  for (int i = 0; i < 257; i++) sum += a[i] * b[i];
  return sum;
}
static noinline double norm(void) {
  double sum = 0;
  for (int i = 0; i < 257; i++) sum += c[i] * c[i];
  return sqrt(sum);
}
static noinline void divide(double by) {
  for (int i = 0; i < 257; i++) d[i] = c[i] / by + (double)a[i] / 3;
}
static noinline double extremes(void) {
  double least = c[0], most = c[0];
  for (int i = 0; i < 257; i++) least = c[i] < least ? c[i] : least, most = c[i] > most ? c[i] : most;
  return most - least;
}
static noinline float roots(void) {
  float sum = 0;
  for (int i = 0; i < 257; i++) sum += 1 / sqrtf(fabsf(a[i]) + 1) + sinf(b[i]) * 0.5f;
  return sum;
}
static noinline double polynomial(double x) { return ((((x * 0.1 + 0.2) * x + 0.3) * x + 0.4) * x + 0.5) * x + pow(x, 4); }

void topic_fast_math(void) {
  uint64_t seed = 13;
  for (int i = 0; i < 257; i++) a[i] = (float)(next(&seed) % 1000) / 8, b[i] = (float)(next(&seed) % 100) / 16, c[i] = (double)(int32_t)next(&seed) / 1024;
  divide(hidden(7.0));
  double sum = 0;
  for (int i = 0; i < 257; i++) sum += d[i];
  /* Rounded: a reciprocal's estimate is one processor's own. */
  printf("%.4g %.9g %.9g %.9g %.4g %.9g\n", (double)dot(), norm(), sum, extremes(), (double)roots(), polynomial(hidden(1.7)));
}
