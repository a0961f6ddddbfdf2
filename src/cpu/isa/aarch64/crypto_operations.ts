/** What the AES and SHA instructions compute, on the registers in the state area. */

import type { Helper } from '../isa.ts';
import { registers } from './registers.ts';

type Words = [number, number, number, number];
type Operation = (view: DataView, d: number, n: number, m: number) => void;

function readWords(view: DataView, n: number): Words {
  const { offset } = registers.v[n]!;
  return [0, 4, 8, 12].map((at) => view.getInt32(offset + at, true)) as Words;
}

function writeWords(view: DataView, n: number, words: readonly number[]): void {
  const { offset } = registers.v[n]!;
  for (let at = 0; at < 4; at++) view.setInt32(offset + at * 4, words[at]!, true);
}

function readBytes(view: DataView, n: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + registers.v[n]!.offset, 16);
}

// AES. The state is 4 × 4 bytes, column after column.

/** Product of two bytes in GF(2⁸) modulo x⁸ + x⁴ + x³ + x + 1. */
function multiply(a: number, b: number): number {
  let result = 0;
  for (let x = a, y = b; y > 0; y >>= 1) {
    if (y & 1) result ^= x;
    x = (x << 1) ^ (x & 0x80 ? 0x11b : 0);
  }
  return result;
}

let substitution: Uint8Array | null = null;
let inverseSubstitution: Uint8Array | null = null;

/** The S-box: inverse in the field, then the affine map (FIPS 197, 5.1.1). */
function substitutions(): [forward: Uint8Array, inverse: Uint8Array] {
  if (!substitution || !inverseSubstitution) {
    substitution = new Uint8Array(256);
    inverseSubstitution = new Uint8Array(256);
    for (let x = 0; x < 256; x++) {
      let inverse = 0;
      for (let y = 1; y < 256 && inverse === 0; y++) if (multiply(x, y) === 1) inverse = y;
      let s = inverse;
      for (let n = 1; n <= 4; n++) s ^= (inverse << n) | (inverse >> (8 - n));
      substitution[x] = s ^ 0x63;
      inverseSubstitution[(s ^ 0x63) & 0xff] = x;
    }
  }
  return [substitution, inverseSubstitution];
}

/** Key added, rows shifted, bytes substituted. Row r moves by r columns. */
function round(inverse: 0 | 1): Operation {
  return (view, d, n) => {
    const state = readBytes(view, d);
    const key = readBytes(view, n);
    const box = substitutions()[inverse];
    const mixed = state.map((byte, at) => byte ^ key[at]!);
    for (let at = 0; at < 16; at++) {
      const by = (at & 3) * 4 * (inverse ? -1 : 1);
      state[at] = box[mixed[(at + by) & 15]!]!;
    }
  };
}

function mixColumns(factors: readonly number[]): Operation {
  return (view, d, n) => {
    const from = readBytes(view, n).slice();
    const to = readBytes(view, d);
    for (let at = 0; at < 16; at++) {
      let byte = 0;
      for (let k = 0; k < 4; k++) {
        byte ^= multiply(from[(at & 12) | ((at + k) & 3)]!, factors[k]!);
      }
      to[at] = byte;
    }
  };
}

// SHA-1 and SHA-256.

function rotateLeft(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by));
}

function rotateRight(x: number, by: number): number {
  return rotateLeft(x, 32 - by);
}

const choose = (x: number, y: number, z: number): number => ((y ^ z) & x) ^ z;
const parity = (x: number, y: number, z: number): number => x ^ y ^ z;
const majority = (x: number, y: number, z: number): number => (x & y) | ((x | y) & z);

/** Four rounds of SHA-1: Vd is a…d, Sn is e, Vm the words with constants added. */
function sha1Rounds(mix: typeof choose): Operation {
  return (view, d, n, m) => {
    let [a, b, c, dd] = readWords(view, d);
    let e = readWords(view, n)[0];
    for (const w of readWords(view, m)) {
      const next = (e + rotateLeft(a, 5) + mix(b, c, dd) + w) | 0;
      [e, dd, c, b, a] = [dd, c, rotateLeft(b, 30), a, next];
    }
    writeWords(view, d, [a, b, c, dd]);
  };
}

const sha1H: Operation = (view, d, n) => {
  writeWords(view, d, [rotateLeft(readWords(view, n)[0], 30), 0, 0, 0]);
};

const sha1Schedule0: Operation = (view, d, n, m) => {
  const x = readWords(view, d);
  const y = readWords(view, n);
  const z = readWords(view, m);
  const shifted = [x[2], x[3], y[0], y[1]];
  writeWords(
    view,
    d,
    x.map((word, at) => word ^ shifted[at]! ^ z[at]!),
  );
};

const sha1Schedule1: Operation = (view, d, n) => {
  const y = readWords(view, n);
  const [t0, t1, t2, t3] = readWords(view, d).map((word, at) => word ^ (y[at + 1] ?? 0)) as Words;
  const first = rotateLeft(t0, 1);
  const last = rotateLeft(t3, 1) ^ rotateLeft(t0, 2);
  writeWords(view, d, [first, rotateLeft(t1, 1), rotateLeft(t2, 1), last]);
};

/** Four rounds of SHA-256 on a…d and e…h; gives both halves. */
function sha256Rounds(abcd: Words, efgh: Words, words: Words): [Words, Words] {
  let [a, b, c, d] = abcd;
  let [e, f, g, h] = efgh;
  for (const w of words) {
    const sum1 = rotateRight(e, 6) ^ rotateRight(e, 11) ^ rotateRight(e, 25);
    const sum0 = rotateRight(a, 2) ^ rotateRight(a, 13) ^ rotateRight(a, 22);
    const t = (h + sum1 + choose(e, f, g) + w) | 0;
    const next = (t + sum0 + majority(a, b, c)) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + t) | 0, c, b, a, next];
  }
  return [
    [a, b, c, d],
    [e, f, g, h],
  ];
}

const sha256Hash: Operation = (view, d, n, m) => {
  const [first] = sha256Rounds(readWords(view, d), readWords(view, n), readWords(view, m));
  writeWords(view, d, first);
};

const sha256Hash2: Operation = (view, d, n, m) => {
  // Here Vn holds a…d and Vd e…h.
  const [, second] = sha256Rounds(readWords(view, n), readWords(view, d), readWords(view, m));
  writeWords(view, d, second);
};

const sha256Schedule0: Operation = (view, d, n) => {
  const x = readWords(view, d);
  const next = [x[1], x[2], x[3], readWords(view, n)[0]];
  const sigma = (w: number): number => rotateRight(w, 7) ^ rotateRight(w, 18) ^ (w >>> 3);
  writeWords(
    view,
    d,
    x.map((word, at) => word + sigma(next[at]!)),
  );
};

const sha256Schedule1: Operation = (view, d, n, m) => {
  const x = readWords(view, d);
  const y = readWords(view, n);
  const z = readWords(view, m);
  const sigma = (w: number): number => rotateRight(w, 17) ^ rotateRight(w, 19) ^ (w >>> 10);
  const plain = [y[1], y[2], y[3], z[0]];
  const r0 = (x[0] + plain[0]! + sigma(z[2])) | 0;
  const r1 = (x[1] + plain[1]! + sigma(z[3])) | 0;
  writeWords(view, d, [r0, r1, x[2] + plain[2]! + sigma(r0), x[3] + plain[3]! + sigma(r1)]);
};

/** Operations by mnemonic; the index is what the instruction passes. */
export const cryptoOperations: readonly (readonly [string, Operation])[] = [
  ['AESE', round(0)],
  ['AESD', round(1)],
  ['AESMC', mixColumns([2, 3, 1, 1])],
  ['AESIMC', mixColumns([14, 11, 13, 9])],
  ['SHA1C', sha1Rounds(choose)],
  ['SHA1P', sha1Rounds(parity)],
  ['SHA1M', sha1Rounds(majority)],
  ['SHA1SU0', sha1Schedule0],
  ['SHA256H', sha256Hash],
  ['SHA256H2', sha256Hash2],
  ['SHA256SU1', sha256Schedule1],
  ['SHA1H', sha1H],
  ['SHA1SU1', sha1Schedule1],
  ['SHA256SU0', sha256Schedule0],
];

/** x: index of the operation; y: Rd, Rn, Rm, five bits each. */
export const runCrypto: Helper = (context, x, y) => {
  const word = Number(y);
  const [, operation] = cryptoOperations[Number(x)]!;
  operation(context.view(), word & 31, (word >> 5) & 31, (word >> 10) & 31);
  return 0n;
};
