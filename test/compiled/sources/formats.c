/* printf, scanf, strtod: text and numbers. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>
#include "topic.h"

static void say(const char *format, ...) {
  va_list list, copy;
  va_start(list, format);
  va_copy(copy, list);
  int length = vsnprintf(NULL, 0, format, list);
  va_end(list);
  vprintf(format, copy);
  va_end(copy);
  printf(" (%d)\n", length);
}

void topic_formats(void) {
  static const double values[] = {0, -0.0, 1, -1.5, 0.1, 123456789.125, 1e100, 1.7976931348623157e308, 4.9e-324, 2.5e-5, 99999.5, 0.5,
                                  1e15, 9.995, INFINITY, NAN};
  static const char *const forms[] = {"%f", "%e", "%g", "%a", "%.0f", "%.3e", "%#g", "%+.2f", "% 12.4f", "%-14g|", "%014.3f", "%.17g", "%.1a", "%'.1f", "%.60f"};
  uint64_t h = start;
  for (int i = 0; i < count(values); i++) {
    for (int k = 0; k < count(forms); k++) {
      char text[512];
      int length = snprintf(text, sizeof text, forms[k], values[i]);
      h = mix(h, text, (size_t)length);
      if (k < 5) printf("%s ", text);
    }
    printf("\n");
  }
  show("all", h);
  say("%d %i %u %x %X %o %#x %#o", -5, 7, 4000000000u, 255, 255, 8, 255, 8);
  say("%5d|%-5d|%05d|%+d|% d|%.4d|%*d|%-*d|", 42, 42, 42, 42, 42, 42, 6, 42, 6, 42);
  say("%hhd %hd %ld %lld %zu %jd %td", (char)200, (short)40000, LONG_MIN, LLONG_MAX, sizeof(int), (intmax_t)-1, (ptrdiff_t)5);
  say("%s|%10s|%-10s|%.3s|%c|%%", "text", "right", "left", "cut it", 'c');
  say("%3$d %1$d %2$s", 1, "two", 3);
  say("%" PRIu64 " %" PRIx32, UINT64_MAX, (uint32_t)0xdeadbeef);
  say("%d %f %d %f %d %f %d %f %d %f %d %f %d %f %d %f %d %f", 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5, 7, 7.5, 8, 8.5, 9, 9.5);
  say("%Lf %s %Lg", 1.5L, "between", 2e-5L);

  static const char *const numbers[] = {"3.25", "-1e-5", "0x1.8p3", "1e400", "1e-400", "inf", "nan", "  12abc", "0.1", "2.2250738585072011e-308",
                                        "9007199254740993", "179769313486231580793e289", ".5e1", "x"};
  for (int i = 0; i < count(numbers); i++) {
    char *end;
    errno = 0;
    double x = strtod(numbers[i], &end);
    printf("%s = %a %d %d %a\n", numbers[i], isnan(x) ? 0.0 : x, (int)(end - numbers[i]), errno, (double)strtof(numbers[i], NULL));
  }
  printf("%ld %ld %lu %lld %d\n", strtol("-0x7f", NULL, 0), strtol("zz", NULL, 36), strtoul("-1", NULL, 10), strtoll("9999999999999999999", NULL, 10), atoi("077"));
  int a = 0, b = 0, read;
  double d = 0;
  char word[20] = "", set[20] = "";
  float f = 0;
  read = sscanf("17 -0x1f 2.5e3 word [abc]def 1.5", "%d %i %lf %19s [%19[a-c]]%*3s %f", &a, &b, &d, word, set, &f);
  printf("%d: %d %d %g %s %s %g\n", read, a, b, d, word, set, f);

  time_t when = 1700000000;
  struct tm parts;
  char text[80];
  gmtime_r(&when, &parts);
  strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ %A %j %U %p", &parts);
  printf("%s %lld\n", text, (long long)timegm(&parts));
  wchar_t wide[32];
  size_t length = mbstowcs(wide, "wide characters", 32);
  printf("%zu %d %d %ls\n", length, wide[1], wide[8], wide);
}
