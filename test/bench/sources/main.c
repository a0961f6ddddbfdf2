/* bench NAME N: runs one benchmark and prints its checksum. */

#include "bench.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
  const char *name;
  benchmark *run;
} benchmarks[] = {
  { "fib", bench_fib }, { "sieve", bench_sieve }, { "matrix", bench_matrix },
  { "sha256", bench_sha256 }, { "crc", bench_crc }, { "quicksort", bench_quicksort },
  { "qsort", bench_qsort }, { "strings", bench_strings }, { "bytecode", bench_bytecode },
  { "bodies", bench_bodies }, { "divide", bench_divide }, { "multiply", bench_multiply },
  { "getpid", bench_getpid }, { "pipe", bench_pipe }, { "futex", bench_futex },
  { "signal", bench_signal }, { "files", bench_files }, { "processes", bench_processes },
};

int main(int count, char **words) {
  for (unsigned i = 0; count == 3 && i < sizeof benchmarks / sizeof *benchmarks; i++)
    if (!strcmp(words[1], benchmarks[i].name)) {
      printf("%016llx\n", (unsigned long long)benchmarks[i].run(atol(words[2])));
      return 0;
    }
  fprintf(stderr, "usage: bench NAME N\n");
  return 2;
}
