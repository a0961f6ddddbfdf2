/** Steps of AES on a state of 16 bytes (FIPS 197, chapter 5). */

/** r with the bytes of x in 16n…16n+15 replaced by their entries; others select none. */
function look(r: v128, x: v128, n: i32, entries: v128): v128 {
  // Indexes outside the row become larger than 15, for which swizzle gives 0.
  return v128.or(r, v128.swizzle(entries, v128.sub<u8>(x, i8x16.splat(<i8>(n * 16)))));
}

/** S-box of every byte (5.1.1), 16 entries a step. */
export function substitute(x: v128): v128 {
  let r = i64x2.splat(0);
  r = look(r, x, 0, i64x2(0xc56f6bf27b777c63, 0x76abd7fe2b670130));
  r = look(r, x, 1, i64x2(0xf04759fa7dc982ca, 0xc072a49cafa2d4ad));
  r = look(r, x, 2, i64x2(0xccf73f362693fdb7, 0x1531d871f1e5a534));
  r = look(r, x, 3, i64x2(0x9a059618c323c704, 0x75b227ebe2801207));
  r = look(r, x, 4, i64x2(0xa05a6e1b1a2c8309, 0x842fe329b3d63b52));
  r = look(r, x, 5, i64x2(0x5bb1fc20ed00d153, 0xcf584c4a39becb6a));
  r = look(r, x, 6, i64x2(0x85334d43fbaaefd0, 0xa89f3c507f02f945));
  r = look(r, x, 7, i64x2(0xf5389d928f40a351, 0xd2f3ff1021dab6bc));
  r = look(r, x, 8, i64x2(0x1744975fec130ccd, 0x73195d643d7ea7c4));
  r = look(r, x, 9, i64x2(0x88902a22dc4f8160, 0xdb0b5ede14b8ee46));
  r = look(r, x, 10, i64x2(0x5c2406490a3a32e0, 0x79e4959162acd3c2));
  r = look(r, x, 11, i64x2(0xa94ed58d6d37c8e7, 0x08ae7a65eaf4566c));
  r = look(r, x, 12, i64x2(0xc6b4a61c2e2578ba, 0x8a8bbd4b1f74dde8));
  r = look(r, x, 13, i64x2(0x0ef6034866b53e70, 0x9e1dc186b9573561));
  r = look(r, x, 14, i64x2(0x948ed9691198f8e1, 0xdf2855cee9871e9b));
  r = look(r, x, 15, i64x2(0x6842e6bf0d89a18c, 0x16bb54b00f2d9941));
  return r;
}

/** Inverse S-box of every byte (5.3.2). */
export function substituteInverse(x: v128): v128 {
  let r = i64x2.splat(0);
  r = look(r, x, 0, i64x2(0x38a53630d56a0952, 0xfbd7f3819ea340bf));
  r = look(r, x, 1, i64x2(0x87ff2f9b8239e37c, 0xcbe9dec444438e34));
  r = look(r, x, 2, i64x2(0x3d23c2a632947b54, 0x4ec3fa420b954cee));
  r = look(r, x, 3, i64x2(0xb224d92866a12e08, 0x25d18b6d49a25b76));
  r = look(r, x, 4, i64x2(0x1698688664f6f872, 0x92b6655dcc5ca4d4));
  r = look(r, x, 5, i64x2(0xdab9edfd5048706c, 0x849d8da75746155e));
  r = look(r, x, 6, i64x2(0x0ad3bc8c00abd890, 0x0645b3b80558e4f7));
  r = look(r, x, 7, i64x2(0x020f3fca8f1e2cd0, 0x6b8a130103bdafc1));
  r = look(r, x, 8, i64x2(0xeadc674f4111913a, 0x73e6b4f0cecff297));
  r = look(r, x, 9, i64x2(0x8535ade72274ac96, 0x6edf751ce837f9e2));
  r = look(r, x, 10, i64x2(0x89c5291d711af147, 0x1bbe18aa0e62b76f));
  r = look(r, x, 11, i64x2(0x2079d2c64b3e56fc, 0xf45acd78fec0db9a));
  r = look(r, x, 12, i64x2(0x31c7078833a8dd1f, 0x5fec8027591012b1));
  r = look(r, x, 13, i64x2(0x0d4ab519a97f5160, 0xef9cc9939f7ae52d));
  r = look(r, x, 14, i64x2(0xb0f52aae4d3be0a0, 0x619953833cbbebc8));
  r = look(r, x, 15, i64x2(0x26d677ba7e042b17, 0x7d0c2155631469e1));
  return r;
}

/** Rows turned left by their number (5.1.2). */
export function shiftRows(v: v128): v128 {
  return v128.shuffle<u8>(v, v, 0, 5, 10, 15, 4, 9, 14, 3, 8, 13, 2, 7, 12, 1, 6, 11);
}

/** Rows turned right by their number (5.3.1). */
export function unshiftRows(v: v128): v128 {
  return v128.shuffle<u8>(v, v, 0, 13, 10, 7, 4, 1, 14, 11, 8, 5, 2, 15, 12, 9, 6, 3);
}

/** Every byte times x in GF(2⁸) modulo x⁸ + x⁴ + x³ + x + 1. */
function double(v: v128): v128 {
  const carry = v128.and(v128.shr<i8>(v, 7), i8x16.splat(0x1b));
  return v128.xor(v128.add<i8>(v, v), carry);
}

/** Bytes of each column moved up by one, by two. */
function turn1(v: v128): v128 {
  return v128.shuffle<u8>(v, v, 1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12);
}
function turn2(v: v128): v128 {
  return v128.shuffle<u8>(v, v, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
}

/** Columns times 3x³ + x² + x + 2. */
export function mixColumns(v: v128): v128 {
  const next = turn1(v);
  const pair = v128.xor(v, next);
  return v128.xor(v128.xor(double(pair), next), turn2(pair));
}

/** The inverse matrix is the matrix times one with 5 and 4 in turn (FIPS 197, 5.3.3). */
export function unmixColumns(v: v128): v128 {
  return mixColumns(v128.xor(v, double(double(v128.xor(v, turn2(v))))));
}
