/* The functions of libm on grids of arguments. */
#include <errno.h>
#include <math.h>
#include "topic.h"

static uint64_t bits(double x) { return isnan(x) ? 0x7ff8 : bitsOf(x); }

typedef double (*Function)(double);
typedef float (*FloatFunction)(float);

static const struct {
  const char *name;
  Function f;
  FloatFunction g;
} functions[] = {
#define F(name) {#name, name, name##f}
    F(sin), F(cos), F(tan), F(asin), F(acos), F(atan), F(sinh), F(cosh), F(tanh), F(asinh), F(acosh), F(atanh), F(exp),
    F(exp2), F(expm1), F(log), F(log2), F(log10), F(log1p), F(cbrt), F(sqrt), F(erf), F(erfc), F(tgamma), F(lgamma), F(j0),
    F(y1)};

void topic_mathematics(void) {
  static const double extra[] = {0, -0.0, 1e-300, 1e-20, 1e5, -1e9, 1e22, 1e300, INFINITY, -INFINITY, NAN};
  for (int k = 0; k < count(functions); k++) {
    uint64_t h = start;
    for (int i = -60; i <= 60; i++) {
      double x = hidden(i * 0.173);
      h = mixWord(h, bits(functions[k].f(x)));
      h = mixWord(h, bits((double)functions[k].g((float)x)));
    }
    for (int i = 0; i < count(extra); i++) h = mixWord(h, bits(functions[k].f(hidden(extra[i]))));
    printf("%-8s %016llx %a\n", functions[k].name, (unsigned long long)h, functions[k].f(hidden(0.7)));
  }
  uint64_t h = start;
  for (int i = -20; i <= 20; i++)
    for (int j = -20; j <= 20; j++) {
      double x = hidden(i * 0.37), y = hidden(j * 1.21);
      h = mixWord(h, bits(pow(x, y)) ^ bits(atan2(x, y)) * 3);
      h = mixWord(h, bits((double)powf((float)fabs(x), (float)y)));
      int quotient = 0;
      if (j != 0) h = mixWord(h, bits(remquo(x, y, &quotient)) + (uint64_t)(quotient & 7));
    }
  show("pow", h);
  double s, c;
  sincos(hidden(12345.678), &s, &c);
  errno = 0;
  double overflow = exp(hidden(1000.0));
  printf("%a %a %g %d\n", s, c, overflow, errno == ERANGE);
}
