/** Functions of SHA-1 and SHA-256 (FIPS 180-4, 4.1). */

/** Ch. */
export function choose(x: u32, y: u32, z: u32): u32 {
  return ((y ^ z) & x) ^ z;
}

/** Maj. */
export function majority(x: u32, y: u32, z: u32): u32 {
  return (x & y) | ((x | y) & z);
}

/** Σ₀ and Σ₁ of the rounds. */
export function sum0(a: u32): u32 {
  return rotr<u32>(a, 2) ^ rotr<u32>(a, 13) ^ rotr<u32>(a, 22);
}
export function sum1(e: u32): u32 {
  return rotr<u32>(e, 6) ^ rotr<u32>(e, 11) ^ rotr<u32>(e, 25);
}

/** σ₀ and σ₁ of the message schedule. */
export function sigma0(w: u32): u32 {
  return rotr<u32>(w, 7) ^ rotr<u32>(w, 18) ^ (w >> 3);
}
export function sigma1(w: u32): u32 {
  return rotr<u32>(w, 17) ^ rotr<u32>(w, 19) ^ (w >> 10);
}
