/** AES, SHA-1 and SHA-256 instructions (Arm ARM C7.2; FIPS 197 and 180-4 for the steps). */

import {
  mixColumns,
  shiftRows,
  substitute,
  substituteInverse,
  unmixColumns,
  unshiftRows,
} from '../crypto/aes';
import { choose, majority, sigma0, sigma1, sum0, sum1 } from '../crypto/sha';

/** `operation`: AESE, AESD, AESMC, AESIMC. d, n: wasm addresses of Vd and Vn. */
export function aes(operation: i32, d: u32, n: u32): i64 {
  const other = v128.load(n);
  let r: v128;
  if (operation === 0) {
    const sum = v128.xor(v128.load(d), other);
    r = substitute(shiftRows(sum));
  } else if (operation === 1) {
    const sum = v128.xor(v128.load(d), other);
    r = substituteInverse(unshiftRows(sum));
  } else if (operation === 2) r = mixColumns(other);
  else r = unmixColumns(other);
  v128.store(d, r);
  return 0;
}

function word(address: u32, n: u32): u32 {
  return load<u32>(address + 4 * n);
}

function storeWords(d: u32, w0: u32, w1: u32, w2: u32, w3: u32): void {
  store<u32>(d, w0);
  store<u32>(d, w1, 4);
  store<u32>(d, w2, 8);
  store<u32>(d, w3, 12);
}

/** SHA1C, SHA1P, SHA1M (kind 0, 1, 2): four rounds. Vd is a…d, Sn is e, Vm words with constants. */
function sha1Rounds(kind: i32, vd: u32, vn: u32, vm: u32): void {
  let a = word(vd, 0);
  let b = word(vd, 1);
  let c = word(vd, 2);
  let d = word(vd, 3);
  let e = word(vn, 0);
  for (let n = 0; n < 4; n++) {
    const mixed = kind === 0 ? choose(b, c, d) : kind === 1 ? b ^ c ^ d : majority(b, c, d);
    const next = e + rotl<u32>(a, 5) + mixed + word(vm, n);
    e = d;
    d = c;
    c = rotl<u32>(b, 30);
    b = a;
    a = next;
  }
  storeWords(vd, a, b, c, d);
}

/** SHA1SU0. */
function sha1Schedule0(vd: u32, vn: u32, vm: u32): void {
  const shifted = v128.shuffle<u64>(v128.load(vd), v128.load(vn), 1, 2);
  v128.store(vd, v128.xor(v128.xor(v128.load(vd), shifted), v128.load(vm)));
}

/** SHA1SU1. */
function sha1Schedule1(vd: u32, vn: u32): void {
  const t0 = word(vd, 0) ^ word(vn, 1);
  const t1 = word(vd, 1) ^ word(vn, 2);
  const t2 = word(vd, 2) ^ word(vn, 3);
  const t3 = word(vd, 3);
  const last = rotl<u32>(t3, 1) ^ rotl<u32>(t0, 2);
  storeWords(vd, rotl<u32>(t0, 1), rotl<u32>(t1, 1), rotl<u32>(t2, 1), last);
}

/** SHA256H and SHA256H2 (`second`): four rounds; a…d at `first`, e…h at `last`, words at vm. */
function sha256Rounds(second: bool, vd: u32, first: u32, last: u32, vm: u32): void {
  let a = word(first, 0);
  let b = word(first, 1);
  let c = word(first, 2);
  let d = word(first, 3);
  let e = word(last, 0);
  let f = word(last, 1);
  let g = word(last, 2);
  let h = word(last, 3);
  for (let n = 0; n < 4; n++) {
    const t = h + sum1(e) + choose(e, f, g) + word(vm, n);
    h = g;
    g = f;
    f = e;
    e = d + t;
    d = c;
    const next = t + sum0(a) + majority(a, b, c);
    c = b;
    b = a;
    a = next;
  }
  if (second) storeWords(vd, e, f, g, h);
  else storeWords(vd, a, b, c, d);
}

/** SHA256SU0. */
function sha256Schedule0(d: u32, n: u32): void {
  const w1 = word(d, 1);
  const w2 = word(d, 2);
  const w3 = word(d, 3);
  storeWords(d, word(d, 0) + sigma0(w1), w1 + sigma0(w2), w2 + sigma0(w3), w3 + sigma0(word(n, 0)));
}

/** SHA256SU1. */
function sha256Schedule1(d: u32, n: u32, m: u32): void {
  const r0 = word(d, 0) + word(n, 1) + sigma1(word(m, 2));
  const r1 = word(d, 1) + word(n, 2) + sigma1(word(m, 3));
  const r2 = word(d, 2) + word(n, 3) + sigma1(r0);
  storeWords(d, r0, r1, r2, word(d, 3) + word(m, 0) + sigma1(r1));
}

/** `operation`: place in the list of `crypto.ts` in `src/cpu/isa/aarch64`. d, n, m: addresses. */
export function sha(operation: i32, d: u32, n: u32, m: u32): i64 {
  switch (operation) {
    case 0:
    case 1:
    case 2:
      sha1Rounds(operation, d, n, m);
      break;
    case 3:
      sha1Schedule0(d, n, m);
      break;
    case 4:
      sha256Rounds(false, d, d, n, m);
      break;
    case 5:
      sha256Rounds(true, d, n, d, m);
      break;
    case 6:
      sha256Schedule1(d, n, m);
      break;
    case 7:
      storeWords(d, rotl<u32>(word(n, 0), 30), 0, 0, 0);
      break;
    case 8:
      sha1Schedule1(d, n);
      break;
    default:
      sha256Schedule0(d, n);
  }
  return 0;
}
