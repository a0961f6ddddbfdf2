/* Integers of all widths: arithmetic, shifts, counts, overflow, fields, jump tables. */
#include "topic.h"

static const int64_t edges[] = {0, 1, -1, 2, -2, 3, 7, -8, 10, 127, -128, 255, 32767, -32768, 65535, 0x7fffffff,
                                -0x80000000LL, 0xffffffffLL, 0x100000000LL, 0x123456789abcdefLL,
                                0x7fffffffffffffffLL, -0x7fffffffffffffffLL - 1};

#define OPERATE(T, U)                                                                           \
  static uint64_t operate_##T(void) {                                                           \
    uint64_t h = start;                                                                         \
    for (int i = 0; i < count(edges); i++)                                                      \
      for (int j = 0; j < count(edges); j++) {                                                  \
        T x = (T)hidden(edges[i]), y = (T)hidden(edges[j]), r;                                  \
        int bits = 8 * sizeof(T), s = (int)((U)y % (U)bits);                                    \
        h = mixWord(h, (uint64_t)(T)((U)x + (U)y));                                             \
        h = mixWord(h, (uint64_t)(T)((U)x - (U)y));                                             \
        h = mixWord(h, (uint64_t)(T)((uint64_t)x * (uint64_t)y));                               \
        h = mixWord(h, (uint64_t)(T)(x ^ y) + (uint64_t)(T)(x & ~y) + (uint64_t)(T)(x | y));    \
        h = mixWord(h, (uint64_t)(T)((U)x << s));                                               \
        h = mixWord(h, (uint64_t)(T)(x >> s));                                                  \
        h = mixWord(h, (uint64_t)((U)x >> s));                                                  \
        h = mixWord(h, (uint64_t)(U)(((U)x << s) | ((U)x >> ((bits - s) % bits))));             \
        h = mixWord(h, (uint64_t)(x < y) | (uint64_t)(x <= y) << 1 | (uint64_t)((U)x < (U)y) << 2); \
        h = mixWord(h, (uint64_t)(x == y ? (U)x : (U)y - (x > y)));                             \
        h = mixWord(h, (uint64_t)__builtin_add_overflow(x, y, &r) + (uint64_t)r);               \
        h = mixWord(h, (uint64_t)__builtin_sub_overflow(x, y, &r) + (uint64_t)r);               \
        h = mixWord(h, (uint64_t)__builtin_mul_overflow(x, y, &r) + (uint64_t)r);               \
        if (y != 0) {                                                                           \
          h = mixWord(h, (uint64_t)((U)x / (U)y));                                              \
          h = mixWord(h, (uint64_t)((U)x % (U)y));                                              \
          if (y != -1) {                                                                        \
            h = mixWord(h, (uint64_t)(T)(x / y));                                               \
            h = mixWord(h, (uint64_t)(T)(x % y));                                               \
          }                                                                                     \
        }                                                                                       \
        h = mixWord(h, (uint64_t)(T)(x / 10) + (uint64_t)(U)((U)x / 7) * 3 + (uint64_t)(U)((U)x % 1000)); \
      }                                                                                         \
    return h;                                                                                   \
  }
OPERATE(int8_t, uint8_t)
OPERATE(int16_t, uint16_t)
OPERATE(int32_t, uint32_t)
OPERATE(int64_t, uint64_t)

static uint64_t counts(void) {
  uint64_t h = start, seed = 1;
  for (int i = 0; i < 500; i++) {
    uint64_t x = hidden(next(&seed) >> (next(&seed) & 63)) | 1;
    h = mixWord(h, (uint64_t)(__builtin_clzll(x) + 64 * __builtin_ctzll(x << (i & 31))));
    h = mixWord(h, (uint64_t)(__builtin_popcountll(x) + 64 * __builtin_parityll(x)));
    h = mixWord(h, (uint64_t)(__builtin_clz((unsigned)x) + 32 * __builtin_ffs((int)x)));
    h = mixWord(h, __builtin_bswap64(x) ^ __builtin_bswap32((uint32_t)x) ^ __builtin_bswap16((uint16_t)x));
    h = mixWord(h, x & (x - 1));
    h = mixWord(h, x & -x);
    h = mixWord(h, (x >> 13) & 0x3ff);
    h = mixWord(h, (uint64_t)((int64_t)(x << 20) >> 37));
    h = mixWord(h, (x << 7) | (x >> 57));
  }
  return h;
}

/* A bytecode machine: dense and sparse switches. */
static int64_t machine(const uint8_t *code, int length) {
  int64_t stack[16] = {0}, a = 0;
  int sp = 0;
  for (int pc = 0; pc < length; pc++) {
    switch (code[pc] % 13) {
      case 0: a += pc; break;
      case 1: stack[sp++ & 15] = a; break;
      case 2: a ^= stack[--sp & 15]; break;
      case 3: a = (int64_t)((uint64_t)a * 31); break;
      case 4: a = ~a; break;
      case 5: a = (int64_t)((uint64_t)a << 3 | (uint64_t)a >> 61); break;
      case 6: a -= stack[(sp - 1) & 15]; break;
      case 7: if (a & 1) pc++; break;
      case 8: a = a / (1 + (stack[sp & 15] & 7)); break;
      case 9: a = (int32_t)a; break;
      case 10: a = (int16_t)a * 3; break;
      case 11: a = a > 1000 ? a % 1000 : a + 17; break;
      default: sp = (sp + 3) & 15;
    }
  }
  return a;
}

static int sparse(int x) {
  switch (x) {
    case -70000: return 1;
    case -1: return 2;
    case 3: case 5: case 900: return 3;
    case 1000 ... 1010: return x - 1000;
    case 123456: return 5;
    default: return x & 0x80 ? 6 : 7;
  }
}

struct fields {
  unsigned a : 3, b : 7;
  int c : 5;
  uint64_t d : 40;
  int64_t e : 17;
  unsigned f : 1;
  int : 0;
  short g : 9;
  _Bool h : 1;
};

static uint64_t bitFields(void) {
  struct fields s = {0};
  uint64_t h = start, seed = 5;
  for (int i = 0; i < 200; i++) {
    uint64_t x = next(&seed);
    s.a += (unsigned)x;
    s.b ^= (unsigned)(x >> 5);
    s.c = (int)(x >> 9) & 31;
    s.d = s.d * 5 + x;
    s.e -= (int64_t)(x >> 50);
    s.f = !s.f;
    s.g = (short)(s.g + (int)(x & 255));
    s.h = x & 4;
    h = mixWord(h, s.a + s.b + (uint64_t)s.c + s.d + (uint64_t)s.e + s.f + (uint64_t)s.g + s.h);
  }
  return h;
}

void topic_integers(void) {
  show("int8", operate_int8_t());
  show("int16", operate_int16_t());
  show("int32", operate_int32_t());
  show("int64", operate_int64_t());
  show("counts", counts());
  show("fields", bitFields());
  uint8_t code[400];
  uint64_t seed = 9, h = start;
  for (int i = 0; i < 400; i++) code[i] = (uint8_t)next(&seed);
  for (int i = 0; i < 50; i++) h = mixWord(h, (uint64_t)machine(code + i, 300));
  show("machine", h);
  static const int keys[] = {-70000, -1, 3, 4, 5, 900, 1005, 1011, 123456, 128};
  for (int i = 0; i < count(keys); i++) printf("%d ", sparse(hidden(keys[i])));
  printf("\n");
}
