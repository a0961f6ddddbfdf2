/* Structures by value, in registers and in memory; packing, unions, alignment. */
#include <stdlib.h>
#include <string.h>
#include "topic.h"

struct pair { int a; float b; };
struct reals { double x, y, z, w; };
struct floats { float x, y, z; };
struct mixed { char c; double d; short s; };
struct big { uint64_t words[20]; char tail[5]; };
struct one { char c; };
struct __attribute__((packed)) packed { char c; uint32_t u; uint16_t h; double d; };
struct __attribute__((aligned(32))) aligned { char c; };
struct flexible { int n; short values[]; };
union any { uint32_t u; float f; unsigned char bytes[4]; };

#define noinline __attribute__((noinline))
static noinline struct pair swapPair(struct pair p) { return (struct pair){(int)p.b, (float)p.a}; }
static noinline struct reals turn(struct reals r, struct floats f) { return (struct reals){r.y + f.x, r.z + f.y, r.w + f.z, r.x}; }
static noinline struct floats scale(struct floats f, float by) { return (struct floats){f.x * by, f.y * by, f.z * by}; }
static noinline struct mixed shift(struct mixed m, int by) { return (struct mixed){(char)(m.c + by), m.d * by, (short)(m.s - by)}; }
static noinline struct big grow(struct big b, const struct big *other) {
  for (int i = 0; i < 20; i++) b.words[i] += other->words[19 - i] * 3;
  b.tail[2] = 'x';
  return b;
}
static noinline struct one next1(struct one o) { return (struct one){(char)(o.c + 1)}; }
static noinline long many(char a, short b, int c, long d, float e, double f, struct pair g, struct mixed h, struct big i, char j, float k, long double l,
                          struct one m, __int128 n, double o, double p, double q, double r, double s, double t) {
  return a + b + c + d + (long)e + (long)f + g.a + (long)g.b + h.c + (long)h.d + h.s + (long)i.words[3] + i.tail[0] + j + (long)k + (long)l + m.c +
         (long)(n >> 70) + (long)(o + p + q + r + s + t);
}

void topic_structures(void) {
  struct pair p = swapPair((struct pair){hidden(5), 2.5f});
  struct reals r = turn((struct reals){1, 2, 3, 4}, (struct floats){0.5f, 0.25f, 0.125f});
  struct floats f = scale((struct floats){1, 2, 3}, hidden(1.5f));
  struct mixed m = shift((struct mixed){'a', 2.5, 100}, hidden(3));
  struct big b = {{0}, "tail"}, c;
  for (int i = 0; i < 20; i++) b.words[i] = (uint64_t)i * 0x0101010101010101u;
  c = grow(b, &b);
  printf("%d %g | %g %g %g %g | %g %g %g | %c %g %d\n", p.a, p.b, r.x, r.y, r.z, r.w, f.x, f.y, f.z, m.c, m.d, m.s);
  uint64_t h = start;
  for (int i = 0; i < 20; i++) h = mixWord(h, c.words[i]);
  show(c.tail, h);
  printf("%c %ld\n", next1((struct one){'p'}).c,
         many(1, 2, 3, 4, 5.5f, 6.5, p, m, c, 7, 8.5f, 9.5L, (struct one){10}, (__int128)hidden(11) << 70, 1, 2, 3, 4, 5, 6.75));
  struct packed k = {'c', 0x12345678, 0xabcd, 3.5};
  k.u += (uint32_t)hidden(1);
  k.d /= 2;
  printf("%zu %zu %zu %zu %x %x %g\n", sizeof k, sizeof(struct mixed), sizeof(struct aligned), offsetof(struct mixed, s), k.u, k.h, k.d);
  struct aligned local[3];
  printf("%d\n", (int)((uintptr_t)&local[1] & 31));
  struct flexible *tail = malloc(sizeof *tail + 10 * sizeof(short));
  tail->n = 10;
  int total = 0;
  for (int i = 0; i < 10; i++) tail->values[i] = (short)(i * -1000);
  for (int i = 0; i < tail->n; i++) total += tail->values[i];
  free(tail);
  union any u = {.f = -1.5f};
  printf("%d %08x %s\n", total, u.u, u.bytes[0] ? "big" : "little");
}
