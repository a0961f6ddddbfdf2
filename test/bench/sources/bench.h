#include <stdint.h>

/* A benchmark does work in proportion to `n` and returns a checksum of its results. */
typedef uint64_t benchmark(long n);

benchmark bench_fib, bench_sieve, bench_matrix, bench_sha256, bench_crc, bench_quicksort, bench_qsort;
benchmark bench_strings, bench_bytecode, bench_bodies, bench_divide, bench_multiply;
benchmark bench_getpid, bench_pipe, bench_futex, bench_signal, bench_files, bench_processes;
