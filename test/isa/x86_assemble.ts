/** Bytes of machine code being written, and the generator's pseudo-random numbers. */

/** A growing buffer of code at a known address. */
export class Assembler {
  readonly #base: number;
  #bytes = new Uint8Array(1 << 16);
  #length = 0;

  constructor(base: number) {
    this.#base = base;
  }

  get length(): number {
    return this.#length;
  }

  /** Guest address of the next byte. */
  get address(): number {
    return this.#base + this.#length;
  }

  emit(...bytes: number[]): this {
    if (this.#length + bytes.length > this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    for (const byte of bytes) this.#bytes[this.#length++] = byte;
    return this;
  }

  emit32(value: number): this {
    return this.emit(value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >>> 24) & 255);
  }

  /** Overwrites four bytes at offset `at`. */
  patch32(at: number, value: number): void {
    new DataView(this.#bytes.buffer).setInt32(at, value, true);
  }

  truncate(length: number): void {
    this.#length = length;
  }

  /**
   * Sets the displacement of the branch that ends at offset `end`: one byte, or four of 0F 8x and
   * E9.
   */
  patchBranch(end: number, distance: number): void {
    const bytes = this.#bytes;
    const long =
      bytes[end - 5] === 0xe9 || (bytes[end - 6] === 0x0f && (bytes[end - 5]! & 0xf0) === 0x80);
    const isLong = long && bytes[end - 1] === 0 && bytes[end - 2] === 0 && bytes[end - 3] === 0;
    if (isLong) new DataView(bytes.buffer).setInt32(end - 4, distance, true);
    else if (distance < 128) bytes[end - 1] = distance;
  }

  /** The bytes from offset `start` on. */
  bytes(start = 0): Uint8Array {
    return this.#bytes.slice(start, this.#length);
  }
}

/** Pseudo-random numbers. */
export interface Random {
  /** 0 ≤ result < n. */
  below(n: number): number;
  pick<T>(list: readonly T[]): T;
  bits64(): bigint;
}

/** xorshift64*-like on two 32-bit halves (Marsaglia), seeded; the same sequence everywhere. */
export function random(seed: number): Random {
  let [x, y] = [(seed ^ 0x9e3779b9) | 0, (Math.imul(seed, 0x85ebca6b) + 1) | 0];
  const next = (): number => {
    let t = x ^ (x << 10);
    x = y;
    t ^= t >>> 13;
    y = y ^ (y >>> 10) ^ t;
    return (Math.imul(y, 0x2545f491) + x) >>> 0;
  };
  for (let n = 0; n < 8; n++) next();
  return {
    below: (n) => Math.floor((next() / 2 ** 32) * n),
    pick: (list) => list[Math.floor((next() / 2 ** 32) * list.length)]!,
    bits64: () => (BigInt(next()) << 32n) | BigInt(next()),
  };
}
