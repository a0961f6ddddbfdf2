/**
 * SHA-256 of short texts, synchronously: ids and keys of operations are computed while a chain is
 * built, where neither WebCrypto (asynchronous) nor a wasm module (asynchronous start) can serve.
 * Blobs are hashed by the injected `Hasher` instead. FIPS 180-4, sections 5 and 6.2.
 */

/** First 32 bits of the fractional parts of the cube roots of the first 64 primes (4.2.2). */
const roundConstants: Uint32Array = fractions(64, 1 / 3);
/** The same of the square roots of the first 8 primes (5.3.3). */
const initialState: Uint32Array = fractions(8, 1 / 2);

function fractions(count: number, exponent: number): Uint32Array {
  const values = new Uint32Array(count);
  let found = 0;
  for (let candidate = 2; found < count; candidate++) {
    let prime = true;
    for (let d = 2; d * d <= candidate; d++) if (candidate % d === 0) prime = false;
    if (prime) values[found++] = (candidate ** exponent % 1) * 2 ** 32;
  }
  return values;
}

/** Lower-case hexadecimal SHA-256 of a text's UTF-8 form. */
export function sha256(text: string): string {
  const message = new TextEncoder().encode(text);
  // One 0x80, zeros, and the length in bits as 64 bits, to a multiple of 64 bytes (5.1.1).
  const padded = new Uint8Array(Math.ceil((message.length + 9) / 64) * 64);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, BigInt(message.length) * 8n);
  const state = Uint32Array.from(initialState);
  const schedule = new Uint32Array(64);
  for (let offset = 0; offset < padded.length; offset += 64) {
    for (let t = 0; t < 16; t++) schedule[t] = view.getUint32(offset + 4 * t);
    compress(state, schedule);
  }
  return Array.from(state, (word) => word.toString(16).padStart(8, '0')).join('');
}

/** Section 6.2.2, steps 1 to 4. */
function compress(state: Uint32Array, w: Uint32Array): void {
  for (let t = 16; t < 64; t++) {
    const x = w[t - 15]!;
    const y = w[t - 2]!;
    const sigma0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
    const sigma1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10);
    w[t] = w[t - 16]! + sigma0 + w[t - 7]! + sigma1;
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as Word8;
  for (let t = 0; t < 64; t++) {
    const sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const t1 = (h + sum1 + ((e & f) ^ (~e & g)) + roundConstants[t]! + w[t]!) | 0;
    const sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const t2 = (sum0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
  }
  const sums = [a, b, c, d, e, f, g, h];
  for (let i = 0; i < 8; i++) state[i] = state[i]! + sums[i]!;
}

type Word8 = [number, number, number, number, number, number, number, number];

function rotate(x: number, n: number): number {
  return (x >>> n) | (x << (32 - n));
}
