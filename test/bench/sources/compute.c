/* Programs of the processor: each prints a checksum that depends on all of its work. */

#include "bench.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint32_t state;

static void seed(void) { state = 12345; }

static uint32_t next(void) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}

__attribute__((noinline)) static uint32_t fib(uint32_t n) {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

uint64_t bench_fib(long n) { return fib((uint32_t)n); }

uint64_t bench_sieve(long n) {
  uint64_t count = 0;
  char *composite = calloc((size_t)n, 1);
  for (long i = 2; i < n; i++) {
    if (composite[i]) continue;
    count += (uint64_t)i;
    for (long j = 2 * i; j < n; j += i) composite[j] = 1;
  }
  free(composite);
  return count;
}

uint64_t bench_matrix(long n) {
  double *a = malloc(sizeof(double) * n * n), *b = malloc(sizeof(double) * n * n);
  double *c = calloc((size_t)(n * n), sizeof(double)), trace = 0;
  for (long i = 0; i < n * n; i++) {
    a[i] = (double)(i % 17) / 3;
    b[i] = (double)(i % 13) / 7;
  }
  for (long i = 0; i < n; i++)
    for (long k = 0; k < n; k++) {
      double x = a[i * n + k];
      for (long j = 0; j < n; j++) c[i * n + j] += x * b[k * n + j];
    }
  for (long i = 0; i < n; i++) trace += c[i * n + i];
  free(a), free(b), free(c);
  return (uint64_t)trace;
}

/* FIPS 180-4; the constants are the roots of the first primes, computed as the standard says. */
static uint32_t rounds[64], initial[8];

static uint32_t fraction(double x) { return (uint32_t)((x - floor(x)) * 4294967296.0); }

static void sha256_constants(void) {
  int found = 0;
  for (int p = 2; found < 64; p++) {
    int prime = 1;
    for (int d = 2; d * d <= p; d++) prime &= p % d != 0;
    if (!prime) continue;
    if (found < 8) initial[found] = fraction(sqrt(p));
    rounds[found++] = fraction(cbrt(p));
  }
}

#define TURN(x, n) ((x) >> (n) | (x) << (32 - (n)))

static void sha256_block(uint32_t h[8], const uint8_t *bytes) {
  uint32_t w[64], v[8];
  for (int i = 0; i < 16; i++)
    w[i] = (uint32_t)bytes[4 * i] << 24 | bytes[4 * i + 1] << 16 | bytes[4 * i + 2] << 8 | bytes[4 * i + 3];
  for (int i = 16; i < 64; i++) {
    uint32_t a = w[i - 15], b = w[i - 2];
    w[i] = w[i - 16] + (TURN(a, 7) ^ TURN(a, 18) ^ a >> 3) + w[i - 7] + (TURN(b, 17) ^ TURN(b, 19) ^ b >> 10);
  }
  memcpy(v, h, 32);
  for (int i = 0; i < 64; i++) {
    uint32_t e = v[4], a = v[0];
    uint32_t t = v[7] + (TURN(e, 6) ^ TURN(e, 11) ^ TURN(e, 25)) + ((e & v[5]) ^ (~e & v[6])) + rounds[i] + w[i];
    uint32_t u = (TURN(a, 2) ^ TURN(a, 13) ^ TURN(a, 22)) + ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
    memmove(v + 1, v, 28);
    v[4] += t;
    v[0] = t + u;
  }
  for (int i = 0; i < 8; i++) h[i] += v[i];
}

uint64_t bench_sha256(long n) {
  uint8_t bytes[64];
  uint32_t h[8];
  sha256_constants();
  memcpy(h, initial, 32);
  for (int i = 0; i < 64; i++) bytes[i] = (uint8_t)(i * 7);
  for (long i = 0; i < n; i++) sha256_block(h, bytes);
  return (uint64_t)h[0] << 32 | h[7];
}

uint64_t bench_crc(long n) {
  uint32_t table[256], crc = ~0u;
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t c = i;
    for (int k = 0; k < 8; k++) c = c & 1 ? c >> 1 ^ 0xedb88320 : c >> 1;
    table[i] = c;
  }
  for (long i = 0; i < n; i++) crc = table[(crc ^ (uint32_t)i) & 255] ^ crc >> 8;
  return ~crc;
}

static void quicksort(uint32_t *from, uint32_t *to) {
  while (to - from > 16) {
    uint32_t pivot = from[(to - from) / 2], *low = from, *high = to - 1;
    while (low <= high) {
      while (*low < pivot) low++;
      while (*high > pivot) high--;
      if (low > high) break;
      uint32_t x = *low;
      *low++ = *high;
      *high-- = x;
    }
    quicksort(from, high + 1);
    from = low;
  }
  for (uint32_t *at = from + 1; at < to; at++)
    for (uint32_t *p = at; p > from && p[-1] > *p; p--) {
      uint32_t x = *p;
      *p = p[-1];
      p[-1] = x;
    }
}

static uint64_t mixed(const uint32_t *values, long n) {
  uint64_t sum = 0;
  for (long i = 0; i < n; i++) sum = sum * 31 + values[i];
  return sum;
}

static uint32_t *numbers(long n) {
  uint32_t *values = malloc(sizeof(uint32_t) * n);
  seed();
  for (long i = 0; i < n; i++) values[i] = next();
  return values;
}

uint64_t bench_quicksort(long n) {
  uint32_t *values = numbers(n);
  quicksort(values, values + n);
  return mixed(values, n);
}

static int compare(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

uint64_t bench_qsort(long n) {
  uint32_t *values = numbers(n);
  qsort(values, (size_t)n, sizeof *values, compare);
  return mixed(values, n);
}

uint64_t bench_strings(long n) {
  static char a[8192], b[8192];
  uint64_t sum = 0;
  for (int i = 0; i < 8191; i++) a[i] = (char)('a' + i % 26);
  for (long i = 0; i < n; i++) {
    memcpy(b, a, sizeof b);
    b[i % 8000 + 100] = '#';
    sum += strlen(b) + (uint64_t)(strchr(b, '#') - b) + (uint64_t)(strcmp(a, b) < 0);
    memset(b, (int)i, 4000);
    sum += (uint64_t)(memcmp(a, b, 4000) < 0);
    b[200] = 0;
    sum += (uint64_t)(strstr(a, "xyzab") - a) + strlen(strcat(strcpy(b, "head"), a + 8000));
  }
  return sum;
}

/* A stack machine that counts primes: opcodes by a switch, as in most interpreters. */
uint64_t bench_bytecode(long n) {
  enum { PUSH, LOAD, STORE, ADD, MUL, LESS, REMAINDER, JUMPZERO, JUMP, HALT };
  static const unsigned char program[] = {
    /* 0: i = 2 */ PUSH, 2, STORE, 0,
    /* 4: while (i < n) */ LOAD, 0, LOAD, 3, LESS, JUMPZERO, 46,
    /* 11: d = 2 */ PUSH, 2, STORE, 1,
    /* 15: while (i % d) */ LOAD, 0, LOAD, 1, REMAINDER, JUMPZERO, 31,
    /* 22: d = d + 1 */ LOAD, 1, PUSH, 1, ADD, STORE, 1, JUMP, 15,
    /* 31: sum = sum * 3 + d */ LOAD, 2, PUSH, 3, MUL, LOAD, 1, ADD, STORE, 2,
    /* 41: i = i + 1 */ JUMP, 47, HALT, HALT, HALT,
    /* 46 */ HALT,
    /* 47 */ LOAD, 0, PUSH, 1, ADD, STORE, 0, JUMP, 4 };
  uint64_t stack[16], variable[4] = { 0, 0, 0, (uint64_t)n };
  int top = 0;
  for (const unsigned char *at = program;;) {
    switch (*at++) {
    case PUSH: stack[top++] = *at++; break;
    case LOAD: stack[top++] = variable[*at++]; break;
    case STORE: variable[*at++] = stack[--top]; break;
    case ADD: top--; stack[top - 1] += stack[top]; break;
    case MUL: top--; stack[top - 1] *= stack[top]; break;
    case LESS: top--; stack[top - 1] = stack[top - 1] < stack[top]; break;
    case REMAINDER: top--; stack[top - 1] %= stack[top]; break;
    case JUMPZERO: at = stack[--top] ? at + 1 : program + *at; break;
    case JUMP: at = program + *at; break;
    default: return variable[2];
    }
  }
}

uint64_t bench_bodies(long n) {
  enum { COUNT = 5 };
  double x[COUNT][3], v[COUNT][3], m[COUNT], energy = 0;
  for (int i = 0; i < COUNT; i++) {
    m[i] = 1.0 / (1 + 3 * i);
    for (int k = 0; k < 3; k++) {
      x[i][k] = (i * 7 + k * 3) % 11 - 5 + i * 4;
      v[i][k] = ((i * 5 + k) % 7 - 3) / 16.0;
    }
  }
  for (long step = 0; step < n; step++) {
    for (int i = 0; i < COUNT; i++)
      for (int j = i + 1; j < COUNT; j++) {
        double d[3], square = 0;
        for (int k = 0; k < 3; k++) {
          d[k] = x[i][k] - x[j][k];
          square += d[k] * d[k];
        }
        double pull = 0.001 / (square * sqrt(square));
        for (int k = 0; k < 3; k++) {
          v[i][k] -= d[k] * m[j] * pull;
          v[j][k] += d[k] * m[i] * pull;
        }
      }
    for (int i = 0; i < COUNT; i++)
      for (int k = 0; k < 3; k++) x[i][k] += 0.001 * v[i][k];
  }
  for (int i = 0; i < COUNT; i++)
    for (int k = 0; k < 3; k++) energy += m[i] * v[i][k] * v[i][k] + x[i][k];
  /* Contraction to fused operations may differ between compilers in the last bits. */
  return (uint64_t)(int64_t)(energy * 1000);
}

uint64_t bench_divide(long n) {
  uint64_t sum = 0;
  seed();
  for (long i = 0; i < n; i++) {
    uint64_t a = (uint64_t)next() << 32 | next(), b = next() | 1;
    int32_t c = (int32_t)next(), d = (int32_t)(next() % 1000) + 1;
    sum += a / b + a % b + (uint64_t)(c / d) + (uint64_t)(c % d);
  }
  return sum;
}

uint64_t bench_multiply(long n) {
  uint64_t x = 0x9e3779b97f4a7c15, sum = 0;
  for (long i = 0; i < n; i++) {
    unsigned __int128 product = (unsigned __int128)x * (x ^ (uint64_t)i);
    x = (uint64_t)product ^ (uint64_t)(product >> 64);
    sum += x * 31 + (uint64_t)i;
  }
  return sum;
}
