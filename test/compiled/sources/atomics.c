/* Atomic operations of all sizes and orders. */
#include <stdatomic.h>
#include "topic.h"

#define OPERATE(T)                                                                              \
  static uint64_t operate_##T(void) {                                                           \
    static _Atomic T cell[3];                                                                   \
    uint64_t h = start, seed = sizeof(T);                                                       \
    for (int i = 0; i < 200; i++) {                                                             \
      T x = (T)next(&seed), old = 0, expected = (T)(next(&seed) & 1 ? atomic_load(&cell[1]) : x); \
      switch (i % 9) {                                                                          \
        case 0: old = atomic_fetch_add(&cell[1], x); break;                                     \
        case 1: old = atomic_fetch_sub_explicit(&cell[1], x, memory_order_relaxed); break;      \
        case 2: old = atomic_fetch_and_explicit(&cell[1], (T)~x, memory_order_acquire); break;  \
        case 3: old = atomic_fetch_or_explicit(&cell[1], x, memory_order_release); break;       \
        case 4: old = atomic_fetch_xor(&cell[1], x); break;                                     \
        case 5: old = atomic_exchange_explicit(&cell[1], x, memory_order_acq_rel); break;       \
        case 6: old = (T)atomic_compare_exchange_strong(&cell[1], &expected, x); break;         \
        case 7: while (!atomic_compare_exchange_weak(&cell[1], &expected, (T)(expected * 3))) {} break; \
        default: atomic_store_explicit(&cell[1], x, memory_order_release);                      \
          old = atomic_load_explicit(&cell[1], memory_order_acquire);                           \
      }                                                                                         \
      h = mixWord(h, (uint64_t)old);                                                            \
      h = mixWord(h, (uint64_t)expected);                                                       \
      h = mixWord(h, (uint64_t)atomic_load(&cell[1]));                                          \
    }                                                                                           \
    return mixWord(h, (uint64_t)(cell[0] + cell[2]));                                           \
  }
typedef long long i64;
typedef unsigned char u8;
OPERATE(u8)
OPERATE(short)
OPERATE(int)
OPERATE(i64)

static uint64_t pairs(void) {
  static unsigned __int128 cell __attribute__((aligned(16)));
  uint64_t h = start, seed = 16;
  for (int i = 0; i < 50; i++) {
    unsigned __int128 x = (unsigned __int128)next(&seed) << 64 | next(&seed);
#if defined(__x86_64__)
    unsigned __int128 old = cell;
    unsigned char done;
    uint64_t low = i % 3 ? (uint64_t)old : 1, high = (uint64_t)(old >> 64);
    __asm__ volatile("lock cmpxchg16b %1" : "=@ccz"(done), "+m"(cell), "+a"(low), "+d"(high) : "b"((uint64_t)x), "c"((uint64_t)(x >> 64)));
    h = mixWord(h, done + low + high);
#elif defined(__s390x__)
    unsigned __int128 expected = i % 3 ? cell : 1;
    h = mixWord(h, __sync_bool_compare_and_swap(&cell, expected, x));
#else
    uint64_t low, high;
    uint32_t failed;
    __asm__ volatile("1: ldaxp %0, %1, %3\n stlxp %w2, %4, %5, %3\n cbnz %w2, 1b"
                     : "=&r"(low), "=&r"(high), "=&r"(failed), "+Q"(cell) : "r"((uint64_t)x), "r"((uint64_t)(x >> 64)));
    h = mixWord(h, low + high);
#endif
    h = mixWord(h, (uint64_t)cell + (uint64_t)(cell >> 64) * 3);
  }
  return h;
}

void topic_atomics(void) {
  show("8 bits", operate_u8());
  show("16 bits", operate_short());
  show("32 bits", operate_int());
  show("64 bits", operate_i64());
  uint64_t h = pairs();
  printf("128 bits %d\n", h != start);
  atomic_flag flag = ATOMIC_FLAG_INIT;
  printf("flag %d %d\n", atomic_flag_test_and_set(&flag), atomic_flag_test_and_set(&flag));
  _Atomic(double) real = 1.5;
  atomic_store(&real, atomic_load(&real) + 2.25);
  atomic_thread_fence(memory_order_seq_cst);
  printf("double %g\n", (double)real);
}
