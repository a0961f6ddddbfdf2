/** Output processing of a terminal (c_oflag): newlines, tabs and the column they depend on. */

import { OCRNL, OLCUC, ONLCR, ONLRET, ONOCR, OPOST, type Termios, XTABS } from './termios.ts';

const BS = 8;
const TAB = 9;
const LF = 10;
const CR = 13;

/** Turns what programs write into what the terminal gets. */
export class OutputProcessor {
  /** Column of the cursor as far as it can be known, for tabs and ONOCR. */
  column: number = 0;

  process(bytes: Uint8Array, termios: Termios): Uint8Array {
    if ((termios.oflag & OPOST) === 0) {
      for (const byte of bytes) this.#track(byte);
      return bytes;
    }
    const out: number[] = [];
    for (const byte of bytes) this.#put(byte, termios.oflag, out);
    return Uint8Array.from(out);
  }

  #put(byte: number, oflag: number, out: number[]): void {
    if (byte === LF) {
      if (oflag & ONLCR) out.push(CR);
      if (oflag & (ONLCR | ONLRET)) this.column = 0;
      out.push(LF);
    } else if (byte === CR) {
      if (oflag & ONOCR && this.column === 0) return;
      out.push(oflag & OCRNL ? LF : CR);
      this.column = 0;
    } else if (byte === TAB && (oflag & XTABS) === XTABS) {
      const spaces = 8 - (this.column % 8);
      for (let i = 0; i < spaces; i++) out.push(32);
      this.column += spaces;
    } else {
      const lower = oflag & OLCUC && byte >= 97 && byte <= 122;
      out.push(lower ? byte - 32 : byte);
      this.#track(byte);
    }
  }

  #track(byte: number): void {
    if (byte === CR) this.column = 0;
    else if (byte === TAB) this.column += 8 - (this.column % 8);
    else if (byte === BS) this.column = Math.max(0, this.column - 1);
    else if (byte >= 32 && (byte & 0xc0) !== 0x80 && byte !== 127) this.column++;
  }
}
