/** Decimal numbers as text: PKA, PKU, UNPKA, UNPKU (PoP chapter 7), ED and EDMK (chapter 8). */

import type { Helper } from '../isa.ts';
import { codeValue } from './condition.ts';
import { fieldOf, placed } from './decimal.ts';
import { declare, helper } from './helper_table.ts';
import { decimalException, specificationException } from './interruption.ts';
import type { Semantics } from './lowering.ts';
import { type Row, row } from './row.ts';
import { byteAt, putByte, putRegister, readBytes, writeBytes } from './state_access.ts';

/** Digits of a 16-byte packed number. */
const digitsMax = 31;

/** PKA, PKU: the right half of every character; 16 bytes, always positive. */
const packText =
  (size: 1 | 2): Helper =>
  (context, x, y) => {
    const view = context.view();
    const { at, bytes } = fieldOf(y);
    if (bytes > 32 * size || bytes % size !== 0) throw specificationException();
    const text = readBytes(view, at, bytes);
    const nibbles = [0xc];
    for (let i = bytes - 1; i >= 0 && nibbles.length <= digitsMax; i -= size) {
      nibbles.push(text[i]! & 15);
    }
    const out = Uint8Array.from({ length: 16 }, (_, i) => {
      const right = (15 - i) * 2;
      return ((nibbles[right + 1] ?? 0) << 4) | (nibbles[right] ?? 0);
    });
    writeBytes(view, fieldOf(x).at, out);
    return 0n;
  };
/** UNPKA, UNPKU: digits as characters; the code is the sign's: 0 plus, 1 minus, 3 invalid. */
const unpackText =
  (size: 1 | 2): Helper =>
  (context, x, y) => {
    const view = context.view();
    const to = fieldOf(x);
    if (to.bytes > 32 * size || to.bytes % size !== 0) throw specificationException();
    const packed = readBytes(view, fieldOf(y).at, 16);
    const digit = (fromRight: number): number => {
      const nibble = fromRight + 1;
      const byte = packed[15 - (nibble >> 1)] ?? 0;
      return nibble & 1 ? byte >> 4 : byte & 15;
    };
    const count = to.bytes / size;
    const out = new Uint8Array(to.bytes);
    for (let i = 0; i < count; i++) out[to.bytes - 1 - i * size] = 0x30 | digit(i);
    writeBytes(view, to.at, out);
    const sign = packed[15]! & 15;
    return sign < 10 ? 3n : sign === 0xb || sign === 0xd ? 1n : 0n;
  };

const selector = 0x20;
const starter = 0x21;
const separator = 0x22;

/** The digits of ED's second operand, from left to right. */
class EditSource {
  readonly #view: DataView;
  #at: number;
  #right: number | null = null;
  constructor(view: DataView, at: number) {
    this.#view = view;
    this.#at = at;
  }

  /** Next digit, and whether a plus sign follows it. */
  next(): { digit: number; plus: boolean } {
    if (this.#right !== null) {
      const digit = this.#right;
      this.#right = null;
      return { digit, plus: false };
    }
    const byte = byteAt(this.#view, this.#at++);
    const [digit, right] = [byte >> 4, byte & 15];
    if (digit > 9) throw decimalException();
    if (right > 9) return { digit, plus: right !== 0xb && right !== 0xd };
    this.#right = right;
    return { digit, plus: false };
  }
}

/** ED; EDMK (`marks`) leaves in r1 the address of the first digit that made itself significant. */
const edit =
  (marks: boolean): Helper =>
  (context, x, y) => {
    const view = context.view();
    const { at, bytes } = fieldOf(x);
    const source = new EditSource(view, fieldOf(y).at);
    const fill = byteAt(view, at);
    byteAt(view, at + bytes - 1);
    let [significant, nonzero] = [false, false];
    for (let i = 0; i < bytes; i++) {
      const pattern = byteAt(view, at + i);
      if (pattern !== selector && pattern !== starter) {
        if (pattern === separator) significant = nonzero = false;
        if (!significant) putByte(view, at + i, fill);
        continue;
      }
      const { digit, plus } = source.next();
      if (digit !== 0) {
        if (marks && !significant) {
          putRegister(view, 1, BigInt(at + i));
        }
        nonzero = true;
      }
      putByte(view, at + i, significant || digit !== 0 ? 0xf0 | digit : fill);
      significant = !plus && (significant || digit !== 0 || pattern === starter);
    }
    return nonzero ? (significant ? 1n : 2n) : 0n;
  };

/** `first` and `second`: bytes of the operands; 0 as the length field says. */
function text(which: Helper, first: number, second: number, setsCode: boolean): Semantics {
  declare(which);
  return (z) => {
    const { b } = z;
    const x = placed(z, 'first', first || z.l1 + 1);
    const y = placed(z, 'second', second || z.l2 + 1);
    const code = b.i32_wrap_i64(helper(b, which, x, y, b.const64(0)));
    z.known[1] = null;
    if (setsCode) z.cc(codeValue(code));
  };
}
const upTo = (field: string, values: readonly number[]) => ({ values: { [field]: values } });
const short = Array.from({ length: 32 }, (_, n) => n);
const evenBytes = short.map((n) => 2 * n + 1);

// biome-ignore format: a table
export const decimalTextRows: readonly Row[] = [
  row('PKA', 0xe9, 'SSf', text(packText(1), 16, 0, false), upTo('l2', short)), row('PKU', 0xe1, 'SSf', text(packText(2), 16, 0, false), upTo('l2', evenBytes)),
  row('UNPKA', 0xea, 'SSa', text(unpackText(1), 0, 16, true), upTo('l1', short)), row('UNPKU', 0xe2, 'SSa', text(unpackText(2), 0, 16, true), upTo('l1', evenBytes)),
  row('ED', 0xde, 'SSa', text(edit(false), 0, 1, true), { by: 'address' }), row('EDMK', 0xdf, 'SSa', text(edit(true), 0, 1, true), { by: 'address' }),
];
