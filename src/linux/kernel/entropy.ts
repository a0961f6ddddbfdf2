/** The machine's random numbers: a function of the seed (getrandom, AT_RANDOM, /dev/urandom). */

const mask64 = 2n ** 64n - 1n;

/** SplitMix64 (Steele, Lea, Flood 2014): short, and passes BigCrush. Not for secrets. */
export class EntropySource {
  #state: bigint;

  constructor(seed: bigint) {
    this.#state = seed & mask64;
  }

  /** The next 64 bits. */
  next(): bigint {
    this.#state = (this.#state + 0x9e3779b97f4a7c15n) & mask64;
    let z = this.#state;
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & mask64;
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & mask64;
    return z ^ (z >> 31n);
  }

  /** Fills bytes. */
  fill(bytes: Uint8Array): void {
    let word = 0n;
    for (let at = 0; at < bytes.length; at++) {
      if (at % 8 === 0) word = this.next();
      bytes[at] = Number(word & 0xffn);
      word >>= 8n;
    }
  }
}
