/* Programs of the kernel: loops of system calls. */

#include "bench.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

uint64_t bench_getpid(long n) {
  uint64_t same = 0;
  long pid = syscall(SYS_getpid);
  for (long i = 0; i < n; i++) same += syscall(SYS_getpid) == pid;
  return same;
}

/* A byte goes to a child and comes back. */
uint64_t bench_pipe(long n) {
  int there[2], back[2];
  char byte = 0;
  uint64_t sum = 0;
  if (pipe(there) || pipe(back)) return 0;
  if (fork() == 0) {
    close(there[1]);
    while (read(there[0], &byte, 1) == 1) {
      byte++;
      if (write(back[1], &byte, 1) != 1) _exit(1);
    }
    _exit(0);
  }
  for (long i = 0; i < n; i++) {
    byte = (char)i;
    if (write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1) return 0;
    sum += (unsigned char)byte;
  }
  close(there[1]);
  wait(NULL);
  return sum;
}

static int turn;
static long turns;

static void hand_over(int me) {
  for (long i = 0; i < turns; i++) {
    while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) != me)
      syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, 1 - me, NULL, NULL, 0);
    __atomic_store_n(&turn, 1 - me, __ATOMIC_RELEASE);
    syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
  }
}

static void *other(void *unused) {
  hand_over(1);
  return unused;
}

/* Two threads take turns. */
uint64_t bench_futex(long n) {
  pthread_t thread;
  turns = n;
  if (pthread_create(&thread, NULL, other, NULL)) return 0;
  hand_over(0);
  pthread_join(thread, NULL);
  return (uint64_t)n * 2 + (uint64_t)turn;
}

static volatile uint64_t received;

static void receive(int number) { received += (uint64_t)number; }

uint64_t bench_signal(long n) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = receive;
  sigaction(SIGUSR1, &action, NULL);
  for (long i = 0; i < n; i++) raise(SIGUSR1);
  return received;
}

/* Small files are made, looked at, read and removed in a directory of their own. */
uint64_t bench_files(long n) {
  char name[64], text[64];
  uint64_t sum = 0;
  struct stat about;
  if (mkdir("files", 0777) && errno != EEXIST) return 0;
  for (long i = 0; i < n; i++) {
    snprintf(name, sizeof name, "files/f%ld", i);
    int length = snprintf(text, sizeof text, "contents of %ld\n", i);
    int fd = open(name, O_CREAT | O_WRONLY | O_TRUNC, 0644);
    if (fd < 0 || write(fd, text, (size_t)length) != length) return 0;
    close(fd);
  }
  for (long i = 0; i < n; i++) {
    snprintf(name, sizeof name, "files/f%ld", i);
    if (stat(name, &about)) return 0;
    int fd = open(name, O_RDONLY);
    long length = read(fd, text, sizeof text);
    sum = sum * 31 + (uint64_t)(length + about.st_size + text[length / 2]);
    close(fd);
  }
  for (long i = 0; i < n; i++) {
    snprintf(name, sizeof name, "files/f%ld", i);
    if (unlink(name)) return 0;
  }
  rmdir("files");
  return sum;
}

/* Processes that wait until the last of them exists. */
uint64_t bench_processes(long n) {
  int gate[2];
  char byte;
  if (pipe(gate)) return 0;
  for (long i = 0; i < n; i++)
    if (fork() == 0) {
      close(gate[1]);
      _exit(read(gate[0], &byte, 1) == 0 ? 0 : 1);
    }
  sleep(1);
  close(gate[1]);
  uint64_t ended = 0;
  int status;
  while (wait(&status) > 0) ended += status == 0;
  return ended;
}
