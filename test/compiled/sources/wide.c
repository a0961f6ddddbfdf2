/* 128-bit integers. */
#include "topic.h"

typedef __int128 i128;
typedef unsigned __int128 u128;

static void print(const char *name, i128 x) {
  char text[48];
  int at = 47;
  u128 rest = x < 0 ? -(u128)x : (u128)x;
  text[at] = 0;
  do text[--at] = (char)('0' + (int)(rest % 10));
  while ((rest /= 10) != 0);
  if (x < 0) text[--at] = '-';
  printf("%s %s\n", name, text + at);
}

void topic_wide(void) {
  static const int64_t parts[] = {0, 1, -1, 3, 0x7fffffffffffffffLL, -0x7fffffffffffffffLL - 1, 1234567890123456789LL};
  uint64_t h = start;
  for (int i = 0; i < 49; i++)
    for (int j = 0; j < 49; j++) {
      u128 x = (u128)(uint64_t)hidden(parts[i / 7]) << 64 | (uint64_t)parts[i % 7];
      u128 y = (u128)(uint64_t)hidden(parts[j / 7]) << 64 | (uint64_t)parts[j % 7];
      u128 values[] = {x + y, x - y, x * y, x << (j & 127), x >> (i + j), (u128)((i128)x >> j), x ^ y,
                       y ? x / y : 0, y ? x % y : 0, y && y != (u128)-1 ? (u128)((i128)x / (i128)y) : 0,
                       y && y != (u128)-1 ? (u128)((i128)x % (i128)y) : 0,
                       (u128)((i128)x < (i128)y) << 1 | (x < y)};
      for (int k = 0; k < count(values); k++) {
        h = mixWord(h, (uint64_t)values[k]);
        h = mixWord(h, (uint64_t)(values[k] >> 64));
      }
      h = mixWord(h, bitsOf((double)x) + bitsOf((double)(i128)y) * 3);
      h = mixWord(h, bitsOfFloat((float)x));
    }
  show("operations", h);
  i128 factorial = 1;
  for (int i = 2; i <= 33; i++) factorial *= i;
  print("33!", factorial);
  print("least", (i128)((u128)1 << 127));
  print("converted", (i128)hidden(-1.2345e30));
  i128 r;
  int product = __builtin_mul_overflow(factorial, (i128)hidden(100), &r);
  printf("overflow %d %d\n", product, __builtin_add_overflow(factorial, (i128)1, &r));
}
