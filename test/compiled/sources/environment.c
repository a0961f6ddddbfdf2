/* The floating-point environment: flags nobody cleared before, rounding modes, holding. */
#include <fenv.h>
#include <float.h>
#include <math.h>
#include "topic.h"

static void flags(const char *what) {
  int set = fetestexcept(FE_ALL_EXCEPT);
  printf("%-20s%s%s%s%s%s\n", what, set & FE_INVALID ? " invalid" : "",
         set & FE_DIVBYZERO ? " divbyzero" : "", set & FE_OVERFLOW ? " overflow" : "",
         set & FE_UNDERFLOW ? " underflow" : "", set & FE_INEXACT ? " inexact" : "");
}

static volatile double one = 1, zero = 0, three = 3, huge = DBL_MAX, tiny = DBL_MIN;
static volatile float small = FLT_MIN;
static volatile int64_t odd = INT64_C(0x7fffffffffffffff);
static volatile double sink;
static volatile float sinkFloat;
static volatile int64_t sinkInteger;

void topic_environment(void) {
  /* Nothing has touched the status register yet. */
  sink = one / zero;
  sinkFloat = (float)huge;
  flags("untouched");
  feclearexcept(FE_ALL_EXCEPT);
  sink = one + three;
  flags("exact");
  sink = one / zero;
  flags("1 / 0");
  feclearexcept(FE_ALL_EXCEPT);
  sink = one / three;
  flags("1 / 3");
  feclearexcept(FE_INEXACT);
  sink = huge * three;
  flags("huge * 3");
  feclearexcept(FE_ALL_EXCEPT);
  sink = tiny / three;
  flags("tiny / 3");
  feclearexcept(FE_ALL_EXCEPT);
  sink = zero / zero;
  flags("0 / 0");
  feclearexcept(FE_ALL_EXCEPT);
  sink = sqrt(-three);
  flags("sqrt(-3)");
  feclearexcept(FE_ALL_EXCEPT);
  sink = (double)odd;
  flags("from integer");
  feclearexcept(FE_ALL_EXCEPT);
  sinkFloat = (float)huge;
  flags("to float");
  feclearexcept(FE_ALL_EXCEPT);
  sinkFloat = small * small;
  flags("small * small");
  feclearexcept(FE_ALL_EXCEPT);
  sinkInteger = (int64_t)(three / 2);
  flags("to integer");
  feclearexcept(FE_ALL_EXCEPT);
  sink = rint(three / 2);
  flags("rint");
  feclearexcept(FE_ALL_EXCEPT);
  sink = nearbyint(three / 2);
  flags("nearbyint");
  feclearexcept(FE_ALL_EXCEPT);
  feraiseexcept(FE_INVALID | FE_OVERFLOW);
  flags("raised");
  fenv_t held;
  feholdexcept(&held);
  sink = one / zero;
  flags("held");
  feupdateenv(&held);
  flags("updated");
  feclearexcept(FE_ALL_EXCEPT);

  static const int modes[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
  static const char *const names[] = {"nearest", "upward", "downward", "zero"};
  for (int i = 0; i < 4; i++) {
    fesetround(modes[i]);
    printf("%-9s %a %a %a %a %a %ld %a %d\n", names[i], one / three, -one / three,
           (double)(float)(one / three), sqrt(three), fma(one / three, three, -one),
           lrint(-three / 2), (double)odd, fegetround() == modes[i]);
    printf("          %.3f %.1f %g %.0f\n", one / three, -2.25, huge * three, three / 2);
  }
  fesetround(FE_TONEAREST);
  fesetenv(FE_DFL_ENV);
  flags("default");
}
