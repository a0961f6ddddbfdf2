/* What programs see of memory: faults, protection, files, sharing. Prints one line a case. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096
#define RW (PROT_READ | PROT_WRITE)
#define PRIVATE (MAP_PRIVATE | MAP_ANONYMOUS)
#define SHARED (MAP_SHARED | MAP_ANONYMOUS)

static sigjmp_buf recover;
static volatile int caught, code;
static volatile uintptr_t address;

static void fault(int signal, siginfo_t *info, void *context) {
  (void)context;
  caught = signal;
  code = info->si_code;
  address = (uintptr_t)info->si_addr;
  siglongjmp(recover, 1);
}

static const char *nameOf(int signal) { return signal == SIGSEGV ? "SEGV" : signal == SIGBUS ? "BUS" : "?"; }

/* Offset of the fault from `base`: s390x gives the page only. */
static void report(const char *name, const void *base) {
  long at = (long)(address - (uintptr_t)base);
#ifdef __s390x__
  printf("%s: %s %d page %ld\n", name, nameOf(caught), code, at / PAGE);
#else
  printf("%s: %s %d page %ld\n", name, nameOf(caught), code, (at & ~(long)(PAGE - 1)) / PAGE);
#endif
}

#define TRY(name, base, action)                                                                 \
  do {                                                                                          \
    caught = 0;                                                                                 \
    if (sigsetjmp(recover, 1) == 0) {                                                           \
      action;                                                                                   \
      printf("%s: fine\n", name);                                                               \
    } else {                                                                                    \
      report(name, base);                                                                       \
    }                                                                                           \
  } while (0)

static char *map(size_t bytes, int protection) {
  return mmap(NULL, bytes, protection, PRIVATE, -1, 0);
}
static volatile char sink;
static volatile uintptr_t zero;
static const char constants[64] = "constant";

/* Touches words upwards until something stops it: code that gets hot. */
__attribute__((noinline)) static void run(volatile uint32_t *p, long words, int write) {
  for (long n = 0; n < words; n++) {
    if (write) p[n] = (uint32_t)n + 1;
    else sink = (char)p[n];
  }
}

static void accesses(void) {
  char *p = map(8 * PAGE, RW);
  mprotect(p + 2 * PAGE, PAGE, PROT_NONE);
  mprotect(p + 5 * PAGE, PAGE, PROT_READ);
  munmap(p + 7 * PAGE, PAGE);
  TRY("read a guard page", p, sink = p[2 * PAGE + 5]);
  TRY("write a guard page", p, p[2 * PAGE + 5] = 1);
  TRY("read a read-only page", p, sink = ((volatile char *)p)[5 * PAGE]);
  TRY("write a read-only page", p, p[5 * PAGE] = 1);
  TRY("read a hole", p, sink = ((volatile char *)p)[7 * PAGE]);
  TRY("write a hole", p, p[7 * PAGE + 8] = 1);
  TRY("read null", 0, sink = *(volatile char *)(zero + 8));
  TRY("write null", 0, *(volatile char *)(zero + 0xc100) = 1);
  TRY("write constants", (char *)((uintptr_t)constants & -PAGE), *(volatile char *)(uintptr_t)constants = 1);
  TRY("read across into a guard page", p, sink = (char)*(volatile uint64_t *)(p + 2 * PAGE - 3));
  TRY("write across into a guard page", p, *(volatile uint64_t *)(p + 2 * PAGE - 3) = -1);
  printf("nothing written: %d\n", p[2 * PAGE - 3]);
  TRY("write across into a read-only page", p, *(volatile uint32_t *)(p + 5 * PAGE - 1) = 7);
  TRY("memset over a guard page", p, memset(p, 3, 3 * PAGE));
  printf("set before: %d %d\n", p[0], p[2 * PAGE - 1]);
  TRY("memcpy from a guard page", p, memcpy(p + 3 * PAGE, p + PAGE, 2 * PAGE));
  TRY("memcpy to a read-only page", p, memcpy(p + 4 * PAGE, p, 2 * PAGE));
  for (int round = 0; round < 3; round++) {
    TRY("a loop reads into a guard page", p, run((uint32_t *)p, PAGE, 0));
    TRY("a loop writes into a guard page", p, run((uint32_t *)p, PAGE, 1));
  }
  printf("the last word: %u\n", ((uint32_t *)p)[2 * PAGE / 4 - 1]);
  TRY("a loop writes into a read-only page", p, run((uint32_t *)(p + 3 * PAGE), 4 * PAGE, 1));
  mprotect(p, 8 * PAGE, RW);
  printf("mprotect with a hole: %d\n", errno == ENOMEM);
  mprotect(p, 7 * PAGE, RW);
  TRY("all of it after mprotect", p, run((uint32_t *)p, 7 * PAGE / 4, 1));
  TRY("into the hole", p, run((uint32_t *)p, 7 * PAGE / 4 + 1, 1));
  munmap(p, 8 * PAGE);
  TRY("after munmap", p, p[PAGE] = 1);
}

/* A function that returns 42 in each machine's code. */
static const unsigned char answer[] = {
#if defined(__x86_64__)
  0xb8, 42, 0, 0, 0, 0xc3,
#elif defined(__aarch64__)
  0x40, 0x05, 0x80, 0x52, 0xc0, 0x03, 0x5f, 0xd6,
#else
  0xa7, 0x29, 0, 42, 0x07, 0xfe,
#endif
};
typedef long (*Function)(void);

static void execution(void) {
  char *p = map(2 * PAGE, RW);
  memcpy(p, answer, sizeof answer);
  TRY("execute what is not executable", p, ((Function)p)());
  mprotect(p, PAGE, PROT_READ | PROT_EXEC);
  printf("execute: %ld\n", ((Function)p)() & 0xff);
  TRY("write to code", p, p[1] = 1);
  for (int n = 0; n < 300; n++) sink = (char)((Function)p)();
  mprotect(p, PAGE, RW);
  TRY("execute again", p, ((Function)p)());
  mprotect(p, 2 * PAGE, RW | PROT_EXEC);
  long sum = 0;
  for (int n = 0; n < 1000; n++) {
#if defined(__x86_64__)
    p[1] = (char)n;
#elif defined(__aarch64__)
    *(uint32_t *)p = 0x52800000 | (uint32_t)(n & 0xff) << 5;
#else
    p[3] = (char)n;
#endif
    __builtin___clear_cache(p, p + sizeof answer);
    sum += ((Function)p)() & 0xff;
  }
  printf("code that is written and run: %ld\n", sum);
  TRY("execute null", 0, ((Function)zero)());
  munmap(p, PAGE);
  TRY("execute a hole", p, ((Function)p)());
}

__attribute__((noinline)) static int deep(int n) {
  volatile char here[512];
  here[0] = (char)n;
  return n == 0 ? 0 : deep(n - 1) + here[0] * 0 + 1;
}

static void stacks(void) {
  static char alternate[65536];
  stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
  sigaltstack(&stack, NULL);
  printf("6 MiB of stack: %d\n", deep(6 * 1024 * 2));
  char here;
  caught = 0;
  if (sigsetjmp(recover, 1) == 0) deep(1 << 20);
  long used = &here - (char *)address;
  printf("stack overflow: %s %d %d\n", nameOf(caught), code, used > 7 << 20 && used <= 9 << 20);
  struct rlimit limit = {1 << 20, RLIM_INFINITY};
  if (fork() == 0) {
    setrlimit(RLIMIT_STACK, &limit);
    static char *args[] = {"/proc/self/exe", "deep", NULL};
    execv(args[0], args);
    _exit(1);
  }
  int status;
  wait(&status);
  printf("overflow of a small stack: %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : -1);
}

/* How a child that does something without a handler ends. */
static void dies(const char *name, void (*action)(char *), char *p) {
  fflush(stdout);
  if (fork() == 0) {
    signal(SIGSEGV, SIG_DFL);
    signal(SIGBUS, SIG_DFL);
    action(p);
    _exit(7);
  }
  int status;
  wait(&status);
  if (WIFSIGNALED(status)) printf("%s: killed by %d\n", name, WTERMSIG(status));
  else printf("%s: exit %d\n", name, WEXITSTATUS(status));
}
static void writes(char *p) { *(volatile char *)p = 1; }
static void reads(char *p) { sink = *(volatile char *)p; }
static void overruns(char *p) { run((uint32_t *)p, 1 << 20, 1); }
static void calls(char *p) { ((Function)p)(); }

static void deaths(void) {
  char *p = map(3 * PAGE, RW);
  mprotect(p + PAGE, PAGE, PROT_NONE);
  dies("writing constants", writes, (char *)(uintptr_t)constants);
  dies("writing null", writes, (char *)zero);
  dies("reading a guard page", reads, p + PAGE);
  dies("overrunning", overruns, p);
  dies("calling data", calls, p);
  dies("writing far away", writes, (char *)(zero + 0x70000000));
  dies("nothing", reads, p);
}

static void files(void) {
  int fd = memfd_create("file", 0);
  char text[PAGE + 100];
  memset(text, 'x', sizeof text);
  sink = (char)write(fd, text, sizeof text);
  char *shared = mmap(NULL, 4 * PAGE, RW, MAP_SHARED, fd, 0);
  char *private = mmap(NULL, 4 * PAGE, RW, MAP_PRIVATE, fd, 0);
  printf("the rest of the last page: %d %d\n", shared[PAGE + 99], shared[PAGE + 100]);
  TRY("shared beyond the end", shared, sink = ((volatile char *)shared)[2 * PAGE]);
  TRY("private beyond the end", private, private[3 * PAGE] = 1);
  TRY("a loop beyond the end", private, run((uint32_t *)private, 4 * PAGE, 0));
  printf("read(2) there: %d\n", (int)write(fd, shared + 2 * PAGE, 8) < 0 ? errno == EFAULT : -1);
  ftruncate(fd, 3 * PAGE);
  TRY("after it grew", shared, sink = ((volatile char *)shared)[2 * PAGE]);
  TRY("still beyond", shared, sink = ((volatile char *)shared)[3 * PAGE]);
  shared[2 * PAGE] = 'y';
  private[0] = 'z';
  char byte;
  pread(fd, &byte, 1, 2 * PAGE);
  printf("written through: %c, kept: %c %c\n", byte, shared[0], private[0]);
  pwrite(fd, "w", 1, 5);
  printf("seen: %c\n", ((volatile char *)shared)[5]);
  ftruncate(fd, PAGE);
  TRY("after it shrank", shared, sink = ((volatile char *)shared)[PAGE]);
  TRY("before the end", shared, shared[1] = 1);
  char *other = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0);
  shared[9] = 'q';
  printf("two views: %c\n", ((volatile char *)other)[9]);
  ((volatile char *)other)[10] = 'r';
  printf("and back: %c\n", ((volatile char *)shared)[10]);
  char name[32];
  sprintf(name, "/proc/self/fd/%d", fd);
  int second = open(name, O_RDONLY);
  char *view = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, second, 0);
  pwrite(fd, "s", 1, 20);
  printf("a view to read: %c", ((volatile char *)view)[20]);
  shared[20] = 't';
  printf(" %c\n", ((volatile char *)view)[20]);
  munmap(shared, 4 * PAGE);
  munmap(private, 4 * PAGE);
  munmap(other, PAGE);
  close(fd);
}

static void moves(void) {
  char *p = map(4 * PAGE, RW);
  memset(p, 5, 4 * PAGE);
  char *q = mremap(p, 4 * PAGE, 8 * PAGE, MREMAP_MAYMOVE);
  printf("grown: %d %d %d\n", q != MAP_FAILED, q[4 * PAGE - 1], q[8 * PAGE - 1]);
  q = mremap(q, 8 * PAGE, 2 * PAGE, 0);
  TRY("shrunk", q, sink = ((volatile char *)q)[2 * PAGE]);
  char *target = map(8 * PAGE, PROT_READ);
  char *r = mremap(q, 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, target + PAGE);
  printf("moved: %d %d %d\n", r == target + PAGE, r[2 * PAGE - 1], r[2 * PAGE]);
  TRY("the old place", q, sink = ((volatile char *)q)[0]);
  TRY("before the new place", target, target[0] = 1);
  char *s = mremap(r, 3 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
  printf("not unmapped: %d %d %d\n", s != MAP_FAILED && s != r, s[0], r[0]);
  printf("errors: %d %d %d %d\n",
         mremap(s + 1, PAGE, PAGE, 0) == MAP_FAILED ? errno : 0,
         mremap(s, PAGE, 0, 0) == MAP_FAILED ? errno : 0,
         mremap(s, PAGE, PAGE, MREMAP_FIXED, target) == MAP_FAILED ? errno : 0,
         mremap(s, 3 * PAGE, 4 * PAGE, 8) == MAP_FAILED ? errno : 0);
  printf("no room: %d\n", mremap(target, PAGE, 9 * PAGE, 0) == MAP_FAILED ? errno : 0);
  char *shared = mmap(NULL, PAGE, RW, SHARED, -1, 0);
  shared[0] = 9;
  char *twin = mremap(shared, 0, PAGE, MREMAP_MAYMOVE);
  printf("doubled: %d\n", twin != MAP_FAILED && twin[0] == 9);
}

static void advice(void) {
  char *p = map(4 * PAGE, RW);
  memset(p, 7, 4 * PAGE);
  int gone = madvise(p, PAGE, MADV_DONTNEED);
  printf("dontneed: %d %d %d\n", gone, ((volatile char *)p)[0], p[PAGE]);
  printf("free: %d\n", madvise(p, PAGE, MADV_FREE));
  printf("wipe: %d\n", madvise(p + PAGE, PAGE, MADV_WIPEONFORK));
  printf("dontfork: %d\n", madvise(p + 2 * PAGE, PAGE, MADV_DONTFORK));
  fflush(stdout);
  if (fork() == 0) {
    printf("in the child: %d %d\n", p[PAGE], p[3 * PAGE]);
    TRY("what is not inherited", p, sink = ((volatile char *)p)[2 * PAGE]);
    fflush(stdout);
    _exit(0);
  }
  wait(NULL);
  printf("in the parent: %d %d\n", p[PAGE], p[2 * PAGE]);
  int fd = memfd_create("f", 0);
  ftruncate(fd, PAGE);
  char *q = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0);
  munmap(p + PAGE, PAGE);
  printf("hole: %d\n", madvise(p, 4 * PAGE, MADV_NORMAL) ? errno : 0);
  printf("unaligned: %d\n", madvise(p + 1, PAGE, MADV_NORMAL) ? errno : 0);
  printf("unknown: %d\n", madvise(p, PAGE, 77) ? errno : 0);
  printf("nothing: %d\n", madvise(p, 0, MADV_DONTNEED) ? errno : 0);
  printf("free of a file: %d\n", madvise(q, PAGE, MADV_FREE) ? errno : 0);
  q[0] = 3;
  int removed = madvise(q, PAGE, MADV_REMOVE);
  printf("remove: %d %d\n", removed, ((volatile char *)q)[0]);
  printf("wipe of a file: %d\n", madvise(q, PAGE, MADV_WIPEONFORK) ? errno : 0);
  unsigned char in[4];
  printf("mincore: %d\n", mincore(p + 2 * PAGE, 2 * PAGE, in) ? errno : 0);
  printf("mincore of a hole: %d\n", mincore(p, 4 * PAGE, in) ? errno : 0);
  printf("mincore into nothing: %d\n", mincore(p, PAGE, (unsigned char *)zero) ? errno : 0);
  printf("mlock: %d %d %d\n", mlock(p, PAGE), mlock(p, 2 * PAGE) ? errno : 0, munlock(p, PAGE));
  printf("mlock2: %ld\n", syscall(SYS_mlock2, p, PAGE, 8) ? (long)errno : 0);
  printf("mlockall: %d %d\n", mlockall(0) ? errno : 0, mlockall(16) ? errno : 0);
  printf("msync: %d %d %d\n", msync(p, 2 * PAGE, MS_SYNC) ? errno : 0,
         msync(q, PAGE, MS_SYNC | MS_ASYNC) ? errno : 0, msync(q + 1, PAGE, MS_SYNC) ? errno : 0);
}

static void places(void) {
  char *p = map(4 * PAGE, RW);
  p[0] = 1;
  int same = mmap(p, PAGE, RW, PRIVATE | MAP_FIXED, -1, 0) == p;
  printf("fixed: %d %d\n", same, ((volatile char *)p)[0]);
  printf("noreplace: %d\n",
         mmap(p, PAGE, RW, PRIVATE | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED ? errno : 0);
  munmap(p + PAGE, PAGE);
  printf("noreplace of a hole: %d\n",
         mmap(p + PAGE, PAGE, RW, PRIVATE | MAP_FIXED_NOREPLACE, -1, 0) == p + PAGE);
  munmap(p + PAGE, PAGE);
  printf("hint: %d\n", mmap(p + PAGE, PAGE, RW, PRIVATE, -1, 0) == p + PAGE);
  printf("errors: %d %d %d %d\n",
         mmap(NULL, 0, RW, PRIVATE, -1, 0) == MAP_FAILED ? errno : 0,
         mmap(NULL, PAGE, RW, MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? errno : 0,
         mmap(p + 1, PAGE, RW, PRIVATE | MAP_FIXED, -1, 0) == MAP_FAILED ? errno : 0,
         mmap(NULL, PAGE, RW, MAP_PRIVATE, 99, 0) == MAP_FAILED ? errno : 0);
  char *big = mmap(NULL, (size_t)512 << 20, PROT_NONE, PRIVATE | MAP_NORESERVE, -1, 0);
  printf("reserved: %d\n", big != MAP_FAILED);
  mprotect(big + (256 << 20), PAGE, RW);
  big[256 << 20] = 3;
  printf("a page of it: %d\n", big[256 << 20]);
  TRY("beside it", big + (256 << 20), big[(256 << 20) + PAGE] = 1);
  munmap(big, (size_t)512 << 20);
  char *end = sbrk(0);
  char *heap = sbrk(3 * PAGE);
  heap[3 * PAGE - 1] = 1;
  sbrk(-2 * PAGE);
  printf("brk: %d\n", heap == end);
  char *top = (char *)(((uintptr_t)heap + PAGE + PAGE - 1) & -PAGE);
  TRY("beyond brk", top, sink = ((volatile char *)top)[0]);
  struct rlimit limit = {256 << 20, RLIM_INFINITY}, old;
  getrlimit(RLIMIT_AS, &old);
  setrlimit(RLIMIT_AS, &limit);
  printf("beyond RLIMIT_AS: %d\n",
         mmap(NULL, (size_t)300 << 20, PROT_NONE, PRIVATE, -1, 0) == MAP_FAILED ? errno : 0);
  setrlimit(RLIMIT_AS, &old);
  limit.rlim_cur = 8 << 20;
  getrlimit(RLIMIT_DATA, &old);
  setrlimit(RLIMIT_DATA, &limit);
  printf("beyond RLIMIT_DATA: %d %d\n",
         mmap(NULL, 16 << 20, RW, PRIVATE, -1, 0) == MAP_FAILED ? errno : 0,
         mmap(NULL, 16 << 20, PROT_READ, PRIVATE, -1, 0) == MAP_FAILED ? errno : 0);
  setrlimit(RLIMIT_DATA, &old);
  char *down = mmap(NULL, 600 * PAGE, PROT_NONE, PRIVATE, -1, 0);
  munmap(down, 600 * PAGE);
  down = mmap(down + 590 * PAGE, 2 * PAGE, RW, PRIVATE | MAP_GROWSDOWN | MAP_FIXED, -1, 0);
  TRY("a mapping that grows", down, down[-1] = 1);
}

static void sharing(void) {
  volatile int *p = mmap(NULL, PAGE, RW, SHARED, -1, 0);
  if (fork() == 0) {
    p[0] = 11;
    _exit(0);
  }
  wait(NULL);
  printf("anonymous: %d\n", p[0]);
  int id = shmget(IPC_PRIVATE, 2 * PAGE, IPC_CREAT | 0600);
  volatile int *q = shmat(id, NULL, 0);
  if (fork() == 0) {
    for (int n = 1; n < 2000; n++) q[n] = n;
    q[0] = 12;
    _exit(0);
  }
  wait(NULL);
  long sum = 0;
  for (int n = 0; n < 2000; n++) sum += q[n];
  printf("System V: %d %ld\n", q[0], sum);
  const char *only = shmat(id, NULL, SHM_RDONLY);
  printf("again: %d\n", ((volatile int *)only)[0]);
  TRY("read-only", only, *(volatile char *)only = 1);
  shmctl(id, IPC_RMID, NULL);
  int fd = open("/dev/shm/memory-test", O_CREAT | O_RDWR | O_TRUNC, 0600);
  ftruncate(fd, PAGE);
  volatile int *r = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0);
  if (fork() == 0) {
    int other = open("/dev/shm/memory-test", O_RDWR);
    volatile int *own = mmap(NULL, PAGE, RW, MAP_SHARED, other, 0);
    own[1] = 13;
    _exit(0);
  }
  wait(NULL);
  printf("/dev/shm: %d\n", r[1]);
  unlink("/dev/shm/memory-test");
}

/* Lines of /proc/self/maps about a range: rights, and pages from its beginning. */
static void listing(void) {
  char *p = map(6 * PAGE, RW), line[512];
  mprotect(p + PAGE, PAGE, PROT_READ);
  mprotect(p + 2 * PAGE, PAGE, PROT_NONE);
  munmap(p + 4 * PAGE, PAGE);
  char stack[64] = "";
  FILE *maps = fopen("/proc/self/maps", "r");
  while (fgets(line, sizeof line, maps)) {
    unsigned long from, to;
    char rights[8];
    if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) != 3) continue;
    if (from >= (uintptr_t)p && from < (uintptr_t)p + 4 * PAGE)
      printf("%ld+%ld %s\n", (long)(from - (uintptr_t)p) / PAGE, (long)(to - from) / PAGE, rights);
    if (strstr(line, "[stack]")) snprintf(stack, sizeof stack, "stack %s %d\n", rights, to - from < 1 << 20);
    if (strstr(line, "[heap]")) printf("heap %s\n", rights);
  }
  fclose(maps);
  fputs(stack, stdout);
}

int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IOFBF, 1 << 16);
  if (argc > 1 && strcmp(argv[1], "deep") == 0) return deep(1 << 20);
  struct sigaction action = {0};
  action.sa_sigaction = fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigaction(SIGSEGV, &action, NULL);
  sigaction(SIGBUS, &action, NULL);
  static const struct {
    const char *name;
    void (*run)(void);
  } topics[] = {
    {"accesses", accesses}, {"execution", execution}, {"deaths", deaths}, {"files", files},
    {"moves", moves},       {"advice", advice},       {"places", places}, {"sharing", sharing},
    {"listing", listing},   {"stacks", stacks},
  };
  for (unsigned n = 0; n < sizeof topics / sizeof *topics; n++) {
    if (argc > 1 && strcmp(argv[1], topics[n].name) != 0) continue;
    printf("== %s\n", topics[n].name);
    topics[n].run();
    fflush(stdout);
  }
  return 0;
}
