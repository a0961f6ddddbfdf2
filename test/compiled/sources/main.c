/* Runs the topics named by the arguments, or all. */
#include <string.h>
#include "topic.h"

/* In the order they run: the first one must meet the processor as exec left it. */
#define TOPICS(X)                                                                               \
  X(environment) X(integers) X(wide) X(floats) X(mathematics) X(long_double) X(complexes)       \
  X(formats) X(strings) X(sorting) X(jumps) X(structures) X(threads) X(atomics) X(signals)      \
  X(loops) X(vectors) X(intrinsics) X(digests) X(fast_math) X(exceptions) X(streams)

#define DECLARE(name) void topic_##name(void);
TOPICS(DECLARE)

#define ENTRY(name) {#name, topic_##name},
static const struct {
  const char *name;
  void (*run)(void);
} topics[] = {TOPICS(ENTRY)};

int main(int argc, char **argv) {
  int done = 0;
  for (int i = 0; i < count(topics); i++) {
    int wanted = argc == 1;
    for (int n = 1; n < argc; n++) wanted |= strcmp(argv[n], topics[i].name) == 0;
    if (!wanted) continue;
    printf("== %s\n", topics[i].name);
    topics[i].run();
    fflush(stdout);
    done++;
  }
  return done == 0;
}
