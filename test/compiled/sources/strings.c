/* The string functions, at all alignments and lengths around what vector code does at once. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include "topic.h"

static char a[700], b[700];

static int sign(int x) { return (x > 0) - (x < 0); }

static uint64_t searches(void) {
  uint64_t h = start;
  for (int offset = 0; offset < 33; offset += 3)
    for (int length = 0; length < 130; length += 1 + length / 9) {
      memset(a, 'x', sizeof a);
      char *s = a + offset;
      for (int i = 0; i < length; i++) s[i] = (char)('a' + (i * 7 + offset) % 23);
      s[length] = 0;
      h = mixWord(h, strlen(s) + strnlen(s, 50) * 1000);
      for (const char *c = "agz"; *c; c++) {
        char *first = strchr(s, *c), *last = strrchr(s, *c), *any = memchr(s, *c, (size_t)length);
        h = mixWord(h, (uint64_t)(first ? first - s : 999) + (uint64_t)(last ? last - s : 999) * 1024);
        h = mixWord(h, (uint64_t)(any ? any - s : 999));
      }
      char *back = memrchr(s, 'b', (size_t)length), *end = rawmemchr(s, 0), *either = strchrnul(s, 'q');
      h = mixWord(h, (uint64_t)(back ? back - s : 999) + (uint64_t)(end - s) * 1024 + (uint64_t)(either - s) * 1048576);
      h = mixWord(h, strspn(s, "abcdefghijkl") + strcspn(s, "vw") * 1000);
      char *part = strstr(s, "hov"), *set = strpbrk(s, "uvw"), *found = memmem(s, (size_t)length, "ipw", 3);
      h = mixWord(h, (uint64_t)(part ? part - s : 999) + (uint64_t)(set ? set - s : 999) * 1024 + (uint64_t)(found ? found - s : 999) * 1048576);
    }
  return h;
}

static uint64_t comparisons(void) {
  uint64_t h = start;
  for (int offset = 0; offset < 20; offset += 5)
    for (int other = 0; other < 20; other += 3)
      for (int length = 0; length < 120; length += 7) {
        char *s = a + offset, *t = b + other;
        for (int i = 0; i < length; i++) s[i] = t[i] = (char)('A' + i % 50);
        s[length] = t[length] = 0;
        int where = length / 2;
        for (int change = -1; change <= 1; change++) {
          if (length) t[where] = (char)(s[where] + change);
          h = mixWord(h, (uint64_t)(sign(strcmp(s, t)) + 1) | (uint64_t)(sign(memcmp(s, t, (size_t)length)) + 1) << 2 |
                             (uint64_t)(sign(strncmp(s, t, (size_t)where)) + 1) << 4 | (uint64_t)(sign(strcasecmp(s, t)) + 1) << 6 |
                             (uint64_t)(sign(strncasecmp(s, t, 9)) + 1) << 8);
        }
      }
  return h;
}

static uint64_t copies(void) {
  uint64_t h = start;
  for (int length = 0; length < 300; length += 1 + length / 7)
    for (int from = 0; from < 40; from += 13)
      for (int to = 0; to < 40; to += 9) {
        for (int i = 0; i < 700; i++) a[i] = (char)(i * 13 + length);
        memmove(a + to, a + from, (size_t)length);
        memcpy(b, a, sizeof b);
        memset(b + to, length, (size_t)(length / 2));
        char *end = mempcpy(b + 400 + from, a + to, (size_t)(length / 2));
        h = mix(h, a, sizeof a);
        h = mix(h, b, (size_t)(end - b));
      }
  return h;
}

static uint64_t text(void) {
  uint64_t h = start;
  char line[] = "the quick,brown;fox  jumps\tover,,the lazy dog", *save = NULL, joined[200] = "";
  for (char *word = strtok_r(line, " ,;\t", &save); word; word = strtok_r(NULL, " ,;\t", &save)) {
    word[0] = (char)toupper(word[0]);
    strcat(strncat(joined, word, 4), "-");
    h = mix(h, word, strlen(word));
  }
  printf("%s\n", joined);
  char fixed[40];
  strncpy(fixed, "padding", sizeof fixed);
  stpcpy(fixed + 10, "after");
  h = mix(h, fixed, sizeof fixed);
  for (int c = 0; c < 128; c++)
    h = mixWord(h, (uint64_t)((isalpha(c) != 0) | !!isdigit(c) << 1 | !!isspace(c) << 2 | !!ispunct(c) << 3 | !!isxdigit(c) << 4 | tolower(c) << 5));
  wchar_t wide[100];
  for (int i = 0; i < 99; i++) wide[i] = L'a' + i % 77;
  wide[99] = 0;
  h = mixWord(h, wcslen(wide) + (uint64_t)(wcschr(wide, L'z') - wide) * 128 + (uint64_t)(wmemchr(wide, L'k' + 40, 99) - wide) * 65536);
  char *copy = strdup("duplicate"), *reversed = strndup(copy, 5);
  h = mix(h, reversed, 6);
  free(copy);
  free(reversed);
  return h;
}

void topic_strings(void) {
  show("searches", searches());
  show("comparisons", comparisons());
  show("copies", copies());
  show("text", text());
}
