// The machine's limit: how fast one thread reads memory. Each line of input is a number of bytes; the answer is milliseconds.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec * 1e-6;
}

int main(void) {
  size_t bytes, held = 0;
  uint64_t *x = NULL;
  volatile uint64_t sink = 0; // without it the loop is nobody's business and goes away
  while (scanf("%zu", &bytes) == 1) {
    if (bytes > held) {
      free(x);
      x = aligned_alloc(1 << 21, (bytes + (1 << 21) - 1) >> 21 << 21);
      if (!x) return 1;
#ifdef MADV_HUGEPAGE
      madvise(x, bytes, MADV_HUGEPAGE);
#endif
      for (size_t i = 0; i < bytes / 8; i++) x[i] = i;
      held = bytes;
    }
    double start = now();
    uint64_t a = 0, b = 0, c = 0, d = 0;
    for (size_t i = 0; i + 32 <= bytes / 8; i += 32)
      for (size_t j = i; j < i + 32; j += 4) a ^= x[j], b ^= x[j + 1], c ^= x[j + 2], d ^= x[j + 3];
    sink = a ^ b ^ c ^ d;
    printf("%f\n", now() - start);
    fflush(stdout);
  }
  return 0;
}
