/* qsort, bsearch, trees, hash tables, the allocator. */
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include "topic.h"

static int byNumber(const void *x, const void *y) {
  uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
  return a < b ? -1 : a > b;
}
static int byText(const void *x, const void *y) { return strcmp((const char *)x, (const char *)y); }
static int byDouble(const void *x, const void *y) {
  double a = *(const double *)x, b = *(const double *)y;
  return (a > b) - (a < b);
}

struct node {
  struct node *left, *right;
  uint64_t key;
  int height;
};

static int heightOf(const struct node *n) { return n ? n->height : 0; }
static void measure(struct node *n) {
  int l = heightOf(n->left), r = heightOf(n->right);
  n->height = 1 + (l > r ? l : r);
}
static struct node *rotate(struct node *n, int toLeft) {
  struct node *top = toLeft ? n->right : n->left;
  if (toLeft) n->right = top->left, top->left = n;
  else n->left = top->right, top->right = n;
  measure(n);
  measure(top);
  return top;
}
static struct node *insert(struct node *n, uint64_t key) {
  if (!n) {
    n = calloc(1, sizeof *n);
    n->key = key;
    n->height = 1;
    return n;
  }
  if (key < n->key) n->left = insert(n->left, key);
  else if (key > n->key) n->right = insert(n->right, key);
  measure(n);
  int lean = heightOf(n->left) - heightOf(n->right);
  if (lean > 1) {
    if (key > n->left->key) n->left = rotate(n->left, 1);
    return rotate(n, 0);
  }
  if (lean < -1) {
    if (key < n->right->key) n->right = rotate(n->right, 0);
    return rotate(n, 1);
  }
  return n;
}
static uint64_t walk(struct node *n, uint64_t h) {
  if (!n) return h;
  h = mixWord(walk(n->left, h), n->key);
  h = walk(n->right, h);
  free(n);
  return h;
}

static uint64_t heap(void) {
  static void *blocks[200];
  static size_t sizes[200];
  uint64_t seed = 11, h = start;
  for (int i = 0; i < 2500; i++) {
    int n = (int)(next(&seed) % 200);
    size_t size = (size_t)(next(&seed) % (next(&seed) % 16 == 0 ? 300000 : 600));
    if (blocks[n]) h = mixWord(h, sizes[n] ? ((unsigned char *)blocks[n])[sizes[n] - 1] : 0);
    blocks[n] = realloc(blocks[n], size + 1);
    memset(blocks[n], n, size + 1);
    sizes[n] = size + 1;
    if (i % 3 == 0) {
      free(blocks[n]);
      blocks[n] = NULL;
    }
  }
  for (int n = 0; n < 200; n++) free(blocks[n]);
  void *aligned = NULL;
  h = mixWord(h, (uint64_t)posix_memalign(&aligned, 4096, 100) + ((uintptr_t)aligned & 4095));
  free(aligned);
  return h;
}

void topic_sorting(void) {
  static uint32_t numbers[3000];
  static double reals[500];
  static char texts[300][12];
  uint64_t seed = 2, h = start;
  for (int i = 0; i < 3000; i++) numbers[i] = (uint32_t)next(&seed);
  for (int i = 0; i < 500; i++) reals[i] = (double)(int64_t)next(&seed) / 1e9;
  for (int i = 0; i < 300; i++)
    for (int k = 0; k < 11; k++) texts[i][k] = (char)('a' + next(&seed) % 5);
  qsort(numbers, 3000, sizeof numbers[0], byNumber);
  qsort(reals, 500, sizeof reals[0], byDouble);
  qsort(texts, 300, sizeof texts[0], byText);
  for (int i = 0; i < 3000; i++) h = mixWord(h, numbers[i]);
  for (int i = 0; i < 500; i++) h = mixWord(h, bitsOf(reals[i]));
  show("qsort", mix(h, texts, sizeof texts));
  uint32_t key = numbers[1234], *found = bsearch(&key, numbers, 3000, sizeof key, byNumber);
  printf("bsearch %d\n", found && *found == key);
  struct node *root = NULL;
  for (int i = 0; i < 2000; i++) root = insert(root, next(&seed) % 5000);
  printf("height %d\n", root->height);
  show("tree", walk(root, start));
  hcreate(500);
  for (int i = 0; i < 300; i++) hsearch((ENTRY){texts[i], texts[i]}, ENTER);
  ENTRY *entry = hsearch((ENTRY){texts[77], NULL}, FIND);
  printf("hash %d\n", entry && strcmp(entry->key, texts[77]) == 0);
  hdestroy();
  show("heap", heap());
}
