/** AES-NI, PCLMULQDQ, SHA, RDRAND and RDSEED (SDM vol. 2; FIPS 197; FIPS 180-4). */

import type { Builder, I32, I64, V128 } from '../../ir/builder.ts';
import { wasmHelperId } from './helper_module.ts';
import type { Lowering } from './lowering.ts';
import { operandWords } from './registers.ts';
import { routine } from './routines.ts';
import type { Lower, RowSource } from './row.ts';
import { bytes16, zeros } from './vectors.ts';

/** Operations of the helper, in the order of their numbers in `wasm/x86/crypto.ts`. */
const aesOperations = [
  'encrypt',
  'encryptLast',
  'decrypt',
  'decryptLast',
  'unmix',
  'assist',
] as const;

function runAes(b: Builder, operation: (typeof aesOperations)[number], ...words: V128[]): V128 {
  words.forEach((word, n) => {
    b.poke(operandWords[n]!, word);
  });
  const number = b.const64(aesOperations.indexOf(operation));
  b.leaf(wasmHelperId.aes, b.const32(1), number, b.const64(0));
  return b.peek(operandWords[0]!);
}

/** AESENC …: a round on operand 0 with the key of operand 1. */
const round =
  (operation: (typeof aesOperations)[number]): Lower =>
  (c) =>
    c.writeVector(0, runAes(c.b, operation, c.readVector(0), c.readVector(1)));

const inverseMix: Lower = (c) => c.writeVector(0, runAes(c.b, 'unmix', c.readVector(1)));

const keygenAssist: Lower = (c) => {
  const { b, i } = c;
  const constant = i.immediate & 0xff;
  const words = runAes(b, 'assist', c.readVector(1));
  c.writeVector(0, b.v128_xor(words, b.constV128(0, constant, 0, constant)));
};

// Carry-less multiplication

const pclmulqdq: Lower = (c) => {
  const { b, i } = c;
  const x = b.i64x2_extract_lane(i.immediate & 1, c.readVector(0));
  const y = b.i64x2_extract_lane((i.immediate >> 4) & 1, c.readVector(1));
  b.leaf(wasmHelperId.carrylessProduct, b.const32(1), x, y);
  c.writeVector(0, b.peek(operandWords[0]!));
};

// SHA. Word n of the manual's dwords is lane n.

const lane = (b: Builder, n: number, x: V128): I32 => b.i32x4_extract_lane(n, x);

function vectorOf(b: Builder, words: readonly I32[]): V128 {
  let result = zeros(b);
  words.forEach((word, n) => {
    result = b.i32x4_replace_lane(n, result, word);
  });
  return result;
}

const rotateLeft = (b: Builder, x: I32, n: number): I32 => b.i32_rotl(x, b.const32(n));
const rotateLanes = (b: Builder, x: V128, n: number): V128 =>
  b.v128_or(b.i32x4_shl(x, b.const32(n)), b.i32x4_shr_u(x, b.const32(32 - n)));

const choose = (b: Builder, x: I32, y: I32, z: I32): I32 =>
  b.i32_xor(z, b.i32_and(x, b.i32_xor(y, z)));
const majority = (b: Builder, x: I32, y: I32, z: I32): I32 =>
  b.i32_or(b.i32_and(x, y), b.i32_and(z, b.i32_or(x, y)));
const parity = (b: Builder, x: I32, y: I32, z: I32): I32 => b.i32_xor(b.i32_xor(x, y), z);

const sha1Functions = [choose, parity, majority, parity] as const;
const sha1Constants = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6] as const;

/** SHA1RNDS4: four rounds; E is already in the first message word. */
const sha1Rounds: Lower = (c) => {
  const { b, i } = c;
  const kind = i.immediate & 3;
  const [state, message] = [c.readVector(0), c.readVector(1)];
  let [p, q, r, s] = [3, 2, 1, 0].map((n) => lane(b, n, state)) as [I32, I32, I32, I32];
  let e: I32 | undefined;
  for (let n = 0; n < 4; n++) {
    const f = sha1Functions[kind]!(b, q, r, s);
    let sum = b.i32_add(b.i32_add(f, rotateLeft(b, p, 5)), lane(b, 3 - n, message));
    sum = b.i32_add(sum, b.const32(sha1Constants[kind]!));
    if (e !== undefined) sum = b.i32_add(sum, e);
    [p, q, r, s, e] = [sum, p, rotateLeft(b, q, 30), r, s];
  }
  c.writeVector(0, vectorOf(b, [s, r, q, p]));
};

const sha1NextE: Lower = (c) => {
  const { b } = c;
  const y = c.readVector(1);
  const rotated = rotateLeft(b, lane(b, 3, c.readVector(0)), 30);
  c.writeVector(0, b.i32x4_replace_lane(3, y, b.i32_add(lane(b, 3, y), rotated)));
};

const sha1Message1: Lower = (c) => {
  const [x, y] = [c.readVector(0), c.readVector(1)];
  // x ‖ y moved by two words: W2 W3 W4 W5 from the highest lane down.
  const moved = c.b.shuffle(
    y,
    x,
    bytes16((n) => n + 8),
  );
  c.writeVector(0, c.b.v128_xor(x, moved));
};

const sha1Message2: Lower = (c) => {
  const { b } = c;
  const [x, y] = [c.readVector(0), c.readVector(1)];
  const earlier = b.v128_xor(
    x,
    b.shuffle(
      zeros(b),
      y,
      bytes16((n) => n + 12),
    ),
  );
  const rotated = rotateLanes(b, earlier, 1);
  const last = rotateLeft(b, b.i32_xor(lane(b, 0, x), lane(b, 3, rotated)), 1);
  c.writeVector(0, b.i32x4_replace_lane(0, rotated, last));
};

const xorRotated = (b: Builder, x: I32, counts: readonly number[]): I32 =>
  counts.map((n) => rotateLeft(b, x, 32 - n)).reduce((sum, part) => b.i32_xor(sum, part));

/** SHA256RNDS2: two rounds; words and constants added are in xmm0. */
const sha256Rounds: Lower = (c) => {
  const { b } = c;
  const [x, y, sums] = [c.readVector(0), c.readVector(1), c.readVector(2)];
  let [p, q, e, f] = [3, 2, 1, 0].map((n) => lane(b, n, y)) as [I32, I32, I32, I32];
  let [r, s, g, h] = [3, 2, 1, 0].map((n) => lane(b, n, x)) as [I32, I32, I32, I32];
  for (let n = 0; n < 2; n++) {
    const t = b.i32_add(
      b.i32_add(choose(b, e, f, g), xorRotated(b, e, [6, 11, 25])),
      b.i32_add(lane(b, n, sums), h),
    );
    const u = b.i32_add(majority(b, p, q, r), xorRotated(b, p, [2, 13, 22]));
    [p, q, r, s, e, f, g, h] = [b.i32_add(t, u), p, q, r, b.i32_add(t, s), e, f, g];
  }
  c.writeVector(0, vectorOf(b, [f, e, q, p]));
};

/** σ0 or σ1 in all lanes: two rotations to the right and a shift. */
function sigma(b: Builder, x: V128, first: number, second: number, shift: number): V128 {
  const rotated = b.v128_xor(rotateLanes(b, x, 32 - first), rotateLanes(b, x, 32 - second));
  return b.v128_xor(rotated, b.i32x4_shr_u(x, b.const32(shift)));
}

const sha256Message1: Lower = (c) => {
  const { b } = c;
  const [x, y] = [c.readVector(0), c.readVector(1)];
  const next = b.shuffle(
    x,
    y,
    bytes16((n) => n + 4),
  );
  c.writeVector(0, b.i32x4_add(x, sigma(b, next, 7, 18, 3)));
};

const sha256Message2: Lower = (c) => {
  const { b } = c;
  const [x, y] = [c.readVector(0), c.readVector(1)];
  const zero = zeros(b);
  // The last two words of the result need the first two.
  const before = b.shuffle(
    y,
    zero,
    bytes16((n) => (n < 8 ? n + 8 : 16)),
  );
  const low = b.i32x4_add(x, sigma(b, before, 17, 19, 10));
  const first = b.shuffle(
    low,
    zero,
    bytes16((n) => (n < 8 ? 16 : n - 8)),
  );
  const high = b.i32x4_add(low, sigma(b, first, 17, 19, 10));
  c.writeVector(
    0,
    b.shuffle(
      low,
      high,
      bytes16((n) => (n < 8 ? n : n + 16)),
    ),
  );
};

// Random numbers

const random = routine((context) => BigInt.asUintN(64, context.entropy()));

/** RDRAND, RDSEED: always successful, from the machine's seeded source. */
const readRandom: Lower = (c: Lowering) => {
  const { b } = c;
  const w = c.width(0);
  const zero = b.const64(0);
  const value: I64 = b.helper(random, zero, zero, zero);
  c.write(
    0,
    w === 64 ? value : w === 32 ? b.i32_wrap_i64(value) : b.i32_extend16_s(b.i32_wrap_i64(value)),
  );
  // CF alone.
  c.flags.setStatusByte(b.const32(1));
  c.flags.setOverflow(b.const32(0));
};

const encrypt = round('encrypt');
const encryptFinal = round('encryptLast');
const decrypt = round('decrypt');
const decryptFinal = round('decryptLast');

/** AES, PCLMULQDQ, SHA, RDRAND. */
// biome-ignore format: a table
export const cryptoRows: readonly RowSource[] = [
  ['66 0F 38 DB /r',           'AESIMC xmm1, xmm2/m128',                 inverseMix],
  ['66 0F 38 DC /r',           'AESENC xmm1, xmm2/m128',                 encrypt],
  ['66 0F 38 DD /r',           'AESENCLAST xmm1, xmm2/m128',             encryptFinal],
  ['66 0F 38 DE /r',           'AESDEC xmm1, xmm2/m128',                 decrypt],
  ['66 0F 38 DF /r',           'AESDECLAST xmm1, xmm2/m128',             decryptFinal],
  ['66 0F 3A DF /r ib',        'AESKEYGENASSIST xmm1, xmm2/m128, imm8',  keygenAssist],
  ['66 0F 3A 44 /r ib',        'PCLMULQDQ xmm1, xmm2/m128, imm8',        pclmulqdq],
  ['VEX.128.66.0F38 DB /r',    'VAESIMC xmm1, xmm2/m128',                inverseMix],
  ['VEX.128.66.0F38 DC /r',    'VAESENC xmm1, xmm2, xmm3/m128',          encrypt, 'nds'],
  ['VEX.128.66.0F38 DD /r',    'VAESENCLAST xmm1, xmm2, xmm3/m128',      encryptFinal, 'nds'],
  ['VEX.128.66.0F38 DE /r',    'VAESDEC xmm1, xmm2, xmm3/m128',          decrypt, 'nds'],
  ['VEX.128.66.0F38 DF /r',    'VAESDECLAST xmm1, xmm2, xmm3/m128',      decryptFinal, 'nds'],
  ['VEX.128.66.0F3A DF /r ib', 'VAESKEYGENASSIST xmm1, xmm2/m128, imm8', keygenAssist],
  ['VEX.128.66.0F3A 44 /r ib', 'VPCLMULQDQ xmm1, xmm2, xmm3/m128, imm8', pclmulqdq, 'nds'],
  ['NP 0F 3A CC /r ib',        'SHA1RNDS4 xmm1, xmm2/m128, imm8',        sha1Rounds],
  ['NP 0F 38 C8 /r',           'SHA1NEXTE xmm1, xmm2/m128',              sha1NextE],
  ['NP 0F 38 C9 /r',           'SHA1MSG1 xmm1, xmm2/m128',               sha1Message1],
  ['NP 0F 38 CA /r',           'SHA1MSG2 xmm1, xmm2/m128',               sha1Message2],
  ['NP 0F 38 CB /r',           'SHA256RNDS2 xmm1, xmm2/m128, <XMM0>',    sha256Rounds],
  ['NP 0F 38 CC /r',           'SHA256MSG1 xmm1, xmm2/m128',             sha256Message1],
  ['NP 0F 38 CD /r',           'SHA256MSG2 xmm1, xmm2/m128',             sha256Message2],
  ['0F C7 /6',                 'RDRAND r',                               readRandom, 'skip'],
  ['0F C7 /7',                 'RDSEED r',                               readRandom, 'skip'],
];
