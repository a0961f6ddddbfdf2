/* Complex arithmetic and functions. */
#include <complex.h>
#include <math.h>
#include "topic.h"

static void print(const char *name, double complex z) { printf("%-6s %a %a\n", name, creal(z), cimag(z)); }

void topic_complexes(void) {
  double complex z = hidden(1.25) + hidden(-0.75) * I, w = hidden(-2.5) + hidden(0.125) * I;
  print("mul", z * w);
  print("div", z / w);
  print("exp", cexp(z));
  print("log", clog(w));
  print("sqrt", csqrt(w));
  print("pow", cpow(z, w));
  print("sin", csin(z));
  print("tanh", ctanh(w));
  print("acos", cacos(z));
  print("conj", conj(z) * cproj(w));
  printf("%a %a\n", cabs(z), carg(w));
  float complex f = (float)hidden(3.0) + (float)hidden(4.0) * I;
  f = f * f / (1 + f);
  printf("%a %a\n", crealf(f), cimagf(f));
  double complex infinite = (INFINITY + NAN * I) * z;
  printf("%d %d\n", isinf(creal(infinite)) || isinf(cimag(infinite)), isinf(creal(z / hidden(0.0))));
  /* A Mandelbrot set, 40 by 20. */
  for (int y = -10; y < 10; y += 2) {
    for (int x = -28; x < 12; x++) {
      double complex c = x / 14.0 + y / 10.0 * I, p = 0;
      int n = 0;
      while (n < 60 && cabs(p) < 2) p = p * p + c, n++;
      putchar(" .:-=+*%@#"[n * 9 / 60]);
    }
    putchar('\n');
  }
}
