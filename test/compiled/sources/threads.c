/* Threads: mutexes, conditions, barriers, semaphores, thread-local storage, once, cancellation. */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>
#include "topic.h"

enum { threads = 4, rounds = 400 };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t readers = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static sem_t semaphore;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static __thread int mine = 5;
static __thread char buffer[100];
static long shared, guarded;
static atomic_long counted;
static int destroyed, initialised, turn;

static void destroy(void *value) { destroyed += (int)(intptr_t)value; }
static void initialise(void) {
  initialised++;
  pthread_key_create(&key, destroy);
}

static void *work(void *argument) {
  int n = (int)(intptr_t)argument;
  pthread_once(&once, initialise);
  pthread_setspecific(key, (void *)(intptr_t)(n + 1));
  snprintf(buffer, sizeof buffer, "thread %d", n);
  for (int i = 0; i < rounds; i++) {
    mine += n;
    atomic_fetch_add(&counted, 1);
    pthread_mutex_lock(&lock);
    shared = shared * 1 + i % 7;
    pthread_mutex_unlock(&lock);
    if (i % 16 == 0) {
      pthread_rwlock_wrlock(&readers);
      guarded++;
      pthread_rwlock_unlock(&readers);
      sched_yield();
    } else {
      pthread_rwlock_rdlock(&readers);
      if (guarded < 0) mine = 0;
      pthread_rwlock_unlock(&readers);
    }
  }
  pthread_barrier_wait(&barrier);
  /* One after another. */
  pthread_mutex_lock(&lock);
  while (turn != n) pthread_cond_wait(&changed, &lock);
  printf("%s: %d\n", buffer, mine);
  turn++;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
  sem_post(&semaphore);
  return (void *)(intptr_t)(n * n);
}

static void cleanup(void *argument) { *(int *)argument = 1; }
static void *forever(void *argument) {
  pthread_cleanup_push(cleanup, argument);
  for (;;) usleep(1000);
  pthread_cleanup_pop(0);
  return NULL;
}

void topic_threads(void) {
  pthread_t ids[threads];
  pthread_barrier_init(&barrier, NULL, threads);
  sem_init(&semaphore, 0, 0);
  for (int i = 0; i < threads; i++) pthread_create(&ids[i], NULL, work, (void *)(intptr_t)i);
  for (int i = 0; i < threads; i++) sem_wait(&semaphore);
  long squares = 0;
  for (int i = 0; i < threads; i++) {
    void *result;
    pthread_join(ids[i], &result);
    squares += (long)(intptr_t)result;
  }
  printf("%ld %ld %ld %ld once %d keys %d mine %d\n", squares, shared, guarded, atomic_load(&counted), initialised, destroyed, mine);
  int cleaned = 0;
  pthread_t endless;
  pthread_create(&endless, NULL, forever, &cleaned);
  usleep(5000);
  pthread_cancel(endless);
  void *result;
  pthread_join(endless, &result);
  printf("cancelled %d %d\n", result == PTHREAD_CANCELED, cleaned);
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
  pthread_mutex_t recursive;
  pthread_mutex_init(&recursive, &attributes);
  pthread_mutex_lock(&recursive);
  printf("recursive %d %s\n", pthread_mutex_trylock(&recursive), strerror(pthread_mutex_trylock(&lock)));
  pthread_mutex_unlock(&lock);
}
