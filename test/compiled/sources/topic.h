/* What the topics share: a hash of bytes, and noise that is the same everywhere. */
#ifndef TOPIC_H
#define TOPIC_H
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* FNV-1a of `bytes` bytes, continuing from `hash`. */
static inline uint64_t mix(uint64_t hash, const void *data, size_t bytes) {
  const unsigned char *p = (const unsigned char *)data;
  for (size_t i = 0; i < bytes; i++) hash = (hash ^ p[i]) * 0x100000001b3u;
  return hash;
}

/* Mixes a number's value, whatever the byte order. */
static inline uint64_t mixWord(uint64_t hash, uint64_t word) {
  for (int i = 0; i < 8; i++) hash = (hash ^ ((word >> (8 * i)) & 255)) * 0x100000001b3u;
  return hash;
}

static inline uint64_t bitsOf(double x) {
  uint64_t bits;
  __builtin_memcpy(&bits, &x, 8);
  return bits;
}

static inline uint32_t bitsOfFloat(float x) {
  uint32_t bits;
  __builtin_memcpy(&bits, &x, 4);
  return bits;
}

static inline double doubleOf(uint64_t bits) {
  double x;
  __builtin_memcpy(&x, &bits, 8);
  return x;
}

/* The next of a sequence of 64-bit numbers (splitmix64). */
static inline uint64_t next(uint64_t *state) {
  uint64_t z = (*state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

/* A value the compiler must not know. */
#define hidden(x) ({ __typeof__((x) + 0) hidden_ = (x); __asm__ volatile("" : "+m"(hidden_)); hidden_; })
#define start 0xcbf29ce484222325u
#define count(a) (int)(sizeof(a) / sizeof((a)[0]))
#define show(name, hash) printf("%-24s %016llx\n", name, (unsigned long long)(hash))

#ifdef __cplusplus
}
#endif
#endif
