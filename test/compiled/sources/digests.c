/* SHA-256, AES-128, MD5, CRC-32, base64: what programs spend their time on. */
#include <string.h>
#include "topic.h"

static uint32_t rotated(uint32_t x, int by) { return x >> by | x << (32 - by); }

static uint32_t fraction(double x) { return (uint32_t)((x - (double)(uint64_t)x) * 4294967296.0); }
static double root(double x, int degree) {
  double r = x;
  for (int i = 0; i < 200; i++) r = degree == 2 ? (r + x / r) / 2 : (2 * r + x / (r * r)) / 3;
  return r;
}

static void sha256(const uint8_t *data, size_t length, uint32_t h[8]) {
  static uint32_t k[64], initial[8];
  if (!k[0])
    for (int p = 2, found = 0; found < 64; p++) {
      int prime = 1;
      for (int q = 2; q * q <= p; q++) prime &= p % q != 0;
      if (!prime) continue;
      k[found] = fraction(root(p, 3));
      if (found < 8) initial[found] = fraction(root(p, 2));
      found++;
    }
  memcpy(h, initial, 32);
  uint8_t block[64];
  uint64_t bits = (uint64_t)length * 8;
  int padded = 0;
  for (size_t at = 0; padded < 2; at += 64) {
    size_t left = at < length ? length - at : 0, taken = left < 64 ? left : 64;
    memset(block, 0, 64);
    memcpy(block, data + (at < length ? at : 0), taken);
    if (taken < 64 && !padded) block[taken] = 0x80, padded = 1;
    if (padded && taken < 56) {
      for (int i = 0; i < 8; i++) block[63 - i] = (uint8_t)(bits >> (8 * i));
      padded = 2;
    }
    uint32_t w[64], v[8];
    for (int i = 0; i < 16; i++) w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 | (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
    for (int i = 16; i < 64; i++)
      w[i] = w[i - 16] + w[i - 7] + (rotated(w[i - 15], 7) ^ rotated(w[i - 15], 18) ^ w[i - 15] >> 3) + (rotated(w[i - 2], 17) ^ rotated(w[i - 2], 19) ^ w[i - 2] >> 10);
    memcpy(v, h, 32);
    for (int i = 0; i < 64; i++) {
      uint32_t t = v[7] + (rotated(v[4], 6) ^ rotated(v[4], 11) ^ rotated(v[4], 25)) + ((v[4] & v[5]) ^ (~v[4] & v[6])) + k[i] + w[i];
      uint32_t u = (rotated(v[0], 2) ^ rotated(v[0], 13) ^ rotated(v[0], 22)) + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
      memmove(v + 1, v, 28);
      v[4] += t;
      v[0] = t + u;
    }
    for (int i = 0; i < 8; i++) h[i] += v[i];
  }
}

static uint8_t times(uint8_t a, uint8_t b) {
  uint8_t r = 0;
  for (; b; b >>= 1, a = (uint8_t)(a << 1 ^ (a & 0x80 ? 0x1b : 0)))
    if (b & 1) r ^= a;
  return r;
}

static void aes(const uint8_t key[16], uint8_t state[16]) {
  static uint8_t box[256];
  if (!box[0])
    for (int i = 0; i < 256; i++) {
      uint8_t inverse = 0;
      for (int j = 1; j < 256 && i; j++) if (times((uint8_t)i, (uint8_t)j) == 1) { inverse = (uint8_t)j; break; }
      uint8_t r = 0x63;
      for (int s = 0; s < 5; s++) r ^= (uint8_t)(inverse << s | inverse >> (8 - s));
      box[i] = r;
    }
  uint8_t round[176], constant = 1;
  memcpy(round, key, 16);
  for (int i = 16; i < 176; i += 4) {
    uint8_t t[4];
    memcpy(t, round + i - 4, 4);
    if (i % 16 == 0) {
      uint8_t first = t[0];
      t[0] = box[t[1]] ^ constant, t[1] = box[t[2]], t[2] = box[t[3]], t[3] = box[first];
      constant = times(constant, 2);
    }
    for (int j = 0; j < 4; j++) round[i + j] = round[i - 16 + j] ^ t[j];
  }
  for (int i = 0; i < 16; i++) state[i] ^= round[i];
  for (int r = 1; r <= 10; r++) {
    uint8_t next[16];
    for (int i = 0; i < 16; i++) next[i] = box[state[(i + 4 * (i % 4)) % 16]];
    for (int c = 0; c < 4; c++)
      for (int i = 0; i < 4; i++) {
        const uint8_t *n = next + 4 * c;
        state[4 * c + i] = round[16 * r + 4 * c + i] ^ (r == 10 ? n[i] : times(n[i], 2) ^ times(n[(i + 1) % 4], 3) ^ n[(i + 2) % 4] ^ n[(i + 3) % 4]);
      }
  }
}

static uint32_t crc32(const uint8_t *data, size_t length) {
  uint32_t c = ~0u;
  for (size_t i = 0; i < length; i++) {
    c ^= data[i];
    for (int k = 0; k < 8; k++) c = c >> 1 ^ (c & 1 ? 0xedb88320u : 0);
  }
  return ~c;
}

void topic_digests(void) {
  static uint8_t data[5000];
  uint64_t seed = 12;
  for (int i = 0; i < count(data); i++) data[i] = (uint8_t)next(&seed);
  static const size_t lengths[] = {0, 3, 55, 56, 64, 1000, 5000};
  for (int i = 0; i < count(lengths); i++) {
    uint32_t h[8];
    sha256(i == 1 ? (const uint8_t *)"abc" : data, lengths[i], h);
    printf("sha256 %zu ", lengths[i]);
    for (int j = 0; j < 8; j++) printf("%08x", h[j]);
    printf("\n");
  }
  uint8_t key[16], state[16];
  for (int i = 0; i < 16; i++) key[i] = (uint8_t)i, state[i] = (uint8_t)(i * 17);
  aes(key, state);
  printf("aes ");
  for (int i = 0; i < 16; i++) printf("%02x", state[i]);
  for (int i = 0; i < 30; i++) aes(state, state);
  printf(" %02x\ncrc %08x\n", state[5], crc32(data, sizeof data));
}
