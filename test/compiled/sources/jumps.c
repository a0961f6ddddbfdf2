/* setjmp, contexts, varargs, computed goto, deep recursion, function pointers. */
#include <alloca.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include "topic.h"

static jmp_buf out;

static int descend(int n) {
  volatile double kept = n * 1.5;
  if (n == 0) longjmp(out, 7);
  if (n < 0) return 0;
  int r = descend(n - 1);
  return r + (int)kept;
}

static double sum(int n, ...) {
  va_list list;
  va_start(list, n);
  double total = 0;
  for (int i = 0; i < n; i++) switch (i % 5) {
      case 0: total += va_arg(list, int); break;
      case 1: total += va_arg(list, double); break;
      case 2: total += (double)va_arg(list, long long); break;
      case 3: total += (double)strlen(va_arg(list, char *)); break;
      default: total += (double)va_arg(list, long double);
    }
  va_end(list);
  return total;
}

static ucontext_t home, guest;
static char stack[65536] __attribute__((aligned(16)));
static int steps;

static void coroutine(int a, int b) {
  volatile double x = a + 0.25;
  for (int i = 0; i < 3; i++) {
    steps = steps * 10 + a + b * i;
    x *= 2;
    swapcontext(&guest, &home);
  }
  steps += (int)x;
}

static int interpret(const char *program) {
  static const void *const labels[] = {&&stop, &&add, &&twice, &&negate, &&loop};
  int a = 1, rounds = 0;
  const char *p = program;
  goto *labels[*p - '0'];
add: a += 3; goto *labels[*++p - '0'];
twice: a *= 2; goto *labels[*++p - '0'];
negate: a = -a; goto *labels[*++p - '0'];
loop: if (++rounds < 4) p = program - 1; goto *labels[*++p - '0'];
stop: return a;
}

static unsigned ackermann(unsigned m, unsigned n) {
  return m == 0 ? n + 1 : n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}

static long deep(int n, const char *above) {
  char *here = alloca((size_t)(16 + n % 48));
  memset(here, n, 16);
  long below = n ? deep(n - 1, here) : 0;
  return below + (unsigned char)here[n % 16] + (above ? above[0] & 1 : 0);
}

static int isEven(int n);
static int isOdd(int n) { return n == 0 ? 0 : isEven(n - 1); }
static int isEven(int n) { return n == 0 ? 1 : isOdd(n - 1); }

static int twiceOf(int x) { return 2 * x; }
static int squareOf(int x) { return x * x; }
static int (*const operations[])(int) = {twiceOf, squareOf, abs};

void topic_jumps(void) {
  volatile int tries = 0;
  int code = setjmp(out);
  if (code == 0) descend(50);
  tries++;
  if (tries < 3) longjmp(out, tries + 10);
  printf("setjmp %d %d\n", code, tries);
  printf("varargs %g\n", sum(12, 1, 2.5, 3LL, "four", 5.5L, 6, 7.25, -8LL, "", 1e3L, 11, 0.125));
  getcontext(&guest);
  guest.uc_stack.ss_sp = stack;
  guest.uc_stack.ss_size = sizeof stack;
  guest.uc_link = &home;
  makecontext(&guest, (void (*)(void))coroutine, 2, 3, 4);
  for (int i = 0; i < 4; i++) {
    swapcontext(&home, &guest);
    steps = steps * 10 + 1;
  }
  printf("contexts %d\n", steps);
  printf("goto %d\n", interpret("12341230"));
  printf("ackermann %u\n", ackermann(2, 40));
  printf("deep %ld\n", deep(20000, NULL));
  printf("parity %d\n", isEven(hidden(10001)));
  int x = 3, i = 0;
  for (int n = 0; n < 12; n++, i = (i + 2) % 3) x = operations[i](x) % 1000;
  printf("pointers %d\n", x);
  int rows = hidden(5), table[rows][rows + 1];
  for (int r = 0; r < rows; r++) for (int c = 0; c <= rows; c++) table[r][c] = r * c;
  printf("vla %d %zu\n", table[4][5], sizeof table);
}
