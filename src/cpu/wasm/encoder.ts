/**
 * A writer of WebAssembly modules (core specification 2.0, chapter 5 "Binary Format", with bulk
 * memory, SIMD and tail calls). It knows bytes and sections, nothing of guests.
 */

import type { ValueType } from '../ir/ops.ts';

/** Binary encoding of value types (5.3). */
export const typeByte: Readonly<Record<ValueType, number>> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
};

/** Opcodes of structured and memory instructions (5.4) that `ir/ops.ts` does not name. */
export const op = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  returnCall: 0x12,
  returnCallIndirect: 0x13,
  drop: 0x1a,
  select: 0x1b,
  tableGet: 0x25,
  refIsNull: 0xd1,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  memorySize: 0x3f,
  memoryCopy: 0xfc0a,
  memoryFill: 0xfc0b,
} as const;

/** Plain loads and stores by value type: opcode. */
export const loadOf: Readonly<Record<ValueType, number>> = {
  i32: 0x28,
  i64: 0x29,
  f32: 0x2a,
  f64: 0x2b,
  v128: 0xfd00,
};
export const storeOf: Readonly<Record<ValueType, number>> = {
  i32: 0x36,
  i64: 0x37,
  f32: 0x38,
  f64: 0x39,
  v128: 0xfd0b,
};

/** A growing byte buffer with the number encodings of the format. */
export class ByteBuffer {
  bytes: Uint8Array<ArrayBuffer>;
  length = 0;

  constructor(capacity = 256) {
    this.bytes = new Uint8Array(capacity);
  }

  byte(value: number): void {
    if (this.length === this.bytes.length) this.#grow(1);
    this.bytes[this.length++] = value;
  }

  /** Unsigned LEB128 of a u32. */
  unsigned(value: number): void {
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.byte(rest);
  }

  /** Signed LEB128 of an i32. */
  signed(value: number): void {
    let rest = value | 0;
    while (rest < -64 || rest > 63) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>= 7;
    }
    this.byte(rest & 0x7f);
  }

  /** Signed LEB128 of an i64 given as halves. */
  signed64(low: number, high: number): void {
    let [lo, hi] = [low | 0, high | 0];
    while (!((hi === 0 && lo >= 0 && lo < 64) || (hi === -1 && lo < 0 && lo >= -64))) {
      this.byte((lo & 0x7f) | 0x80);
      lo = (lo >>> 7) | (hi << 25);
      hi >>= 7;
    }
    this.byte(lo & 0x7f);
  }

  append(other: Uint8Array): void {
    if (this.length + other.length > this.bytes.length) this.#grow(other.length);
    this.bytes.set(other, this.length);
    this.length += other.length;
  }

  text(value: string): void {
    const encoded = new TextEncoder().encode(value);
    this.unsigned(encoded.length);
    this.append(encoded);
  }

  /** The bytes written, without copying. */
  get written(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.length);
  }

  #grow(extra: number): void {
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.length + extra));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }
}

/** Index of a local variable or parameter of a function. */
export type Local = number;

/** The body of a function: instructions and local variables. */
export class Code extends ByteBuffer {
  readonly #locals: ValueType[] = [];
  readonly #parameters: number;
  readonly #scratch = new Map<string, Local>();

  constructor(parameters: number, capacity = 256) {
    super(capacity);
    this.#parameters = parameters;
  }

  /** Declares a local variable. */
  local(type: ValueType): Local {
    this.#locals.push(type);
    return this.#parameters + this.#locals.length - 1;
  }

  /** Number `n` of the locals of `type` that an expansion may overwrite freely. */
  scratch(type: ValueType, n = 0): Local {
    const key = `${type}${n}`;
    let found = this.#scratch.get(key);
    if (found === undefined) this.#scratch.set(key, (found = this.local(type)));
    return found;
  }

  /** Bytes the declared locals take in a frame of V8's baseline compiler, roughly. */
  get frameBytes(): number {
    return this.#locals.reduce((sum, type) => sum + (type === 'v128' ? 16 : 8), 0);
  }

  /** Types of the declared locals in order. */
  get locals(): readonly ValueType[] {
    return this.#locals;
  }

  /** An instruction without immediates; a prefixed one as `0xfc00 | n`, `0xfd00 | n`. */
  op(opcode: number): this {
    if (opcode > 0xff) {
      this.byte(opcode >> 8);
      this.unsigned(opcode & 0xff);
    } else {
      this.byte(opcode);
    }
    return this;
  }

  get(local: Local): this {
    this.byte(op.localGet);
    this.unsigned(local);
    return this;
  }

  set(local: Local): this {
    this.byte(op.localSet);
    this.unsigned(local);
    return this;
  }

  tee(local: Local): this {
    this.byte(op.localTee);
    this.unsigned(local);
    return this;
  }

  i32(value: number): this {
    this.byte(0x41);
    this.signed(value);
    return this;
  }

  /** A 64-bit constant: low and high half; with one argument a small signed number. */
  i64(low: number, high: number = low < 0 ? -1 : 0): this {
    this.byte(0x42);
    this.signed64(low, high);
    return this;
  }

  f64(value: number): this {
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, value, true);
    this.byte(0x44);
    for (let i = 0; i < 8; i++) this.byte(view.getUint8(i));
    return this;
  }

  /** A memory instruction with its offset; alignment is given as 1 byte, a hint without effect. */
  memory(opcode: number, offset = 0): this {
    this.op(opcode);
    this.byte(0);
    this.unsigned(offset);
    return this;
  }

  /** i8x16.shuffle. */
  shuffle(mask: ArrayLike<number>): this {
    this.op(0xfd0d);
    for (let i = 0; i < 16; i++) this.byte(mask[i]!);
    return this;
  }

  /** v128.const from four little-endian words. */
  v128(words: ArrayLike<number>): this {
    this.op(0xfd0c);
    for (let i = 0; i < 16; i++) this.byte((words[i >> 2]! >>> ((i & 3) * 8)) & 0xff);
    return this;
  }

  /** Opens a block, loop or if without parameters; closed by `end`. */
  open(kind: 'block' | 'loop' | 'if', result?: ValueType): this {
    this.byte(op[kind]);
    this.byte(result ? typeByte[result] : 0x40);
    return this;
  }

  end(): this {
    this.byte(op.end);
    return this;
  }

  br(depth: number): this {
    this.byte(op.br);
    this.unsigned(depth);
    return this;
  }

  brIf(depth: number): this {
    this.byte(op.brIf);
    this.unsigned(depth);
    return this;
  }

  brTable(depths: ArrayLike<number>, fallback: number): this {
    this.byte(op.brTable);
    this.unsigned(depths.length);
    for (let i = 0; i < depths.length; i++) this.unsigned(depths[i]!);
    this.unsigned(fallback);
    return this;
  }

  call(functionIndex: number): this {
    this.byte(op.call);
    this.unsigned(functionIndex);
    return this;
  }
}

export interface Signature {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
}

/** A module under construction: it imports memory `m.memory`, then functions, then has its own. */
export class WasmModule {
  readonly #types: string[] = [];
  readonly #typeBytes: Uint8Array[] = [];
  readonly #imports: { name: string; type: number }[] = [];
  readonly #functions: { type: number; code: Code }[] = [];
  readonly #exports: { name: string; kind: number; index: number }[] = [];
  #tableEntries: number | null = null;

  /** Index of a function type. */
  type(signature: Signature): number {
    const key = `${signature.parameters}:${signature.results}`;
    const found = this.#types.indexOf(key);
    if (found >= 0) return found;
    const bytes = new ByteBuffer(16);
    bytes.byte(0x60);
    for (const list of [signature.parameters, signature.results]) {
      bytes.unsigned(list.length);
      for (const type of list) bytes.byte(typeByte[type]);
    }
    this.#typeBytes.push(bytes.written);
    return this.#types.push(key) - 1;
  }

  /** Imports function `m.NAME`; all imports come before the first function. Its index. */
  importFunction(name: string, signature: Signature): number {
    return this.#imports.push({ name, type: this.type(signature) }) - 1;
  }

  /** Declares a function whose `code` may still be written to. Its index. */
  addFunction(signature: Signature, code: Code): number {
    return this.#imports.length + this.#functions.push({ type: this.type(signature), code }) - 1;
  }

  exportFunction(name: string, index: number): void {
    this.#exports.push({ name, kind: 0, index });
  }

  /** Gives the module a growable table of functions, exported under `name`. */
  exportTable(name: string, entries: number): void {
    this.#tableEntries = entries;
    this.#exports.push({ name, kind: 1, index: 0 });
  }

  /** The binary. */
  finish(): Uint8Array<ArrayBuffer> {
    const out = new ByteBuffer(1024);
    out.append(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    this.#section(out, 1, this.#typeBytes.length, (s) => {
      for (const bytes of this.#typeBytes) s.append(bytes);
    });
    this.#section(out, 2, this.#imports.length + 1, (s) => {
      this.#writeImports(s);
    });
    this.#section(out, 3, this.#functions.length, (s) => {
      for (const { type } of this.#functions) s.unsigned(type);
    });
    if (this.#tableEntries !== null) {
      this.#section(out, 4, 1, (s) => {
        s.append(Uint8Array.of(0x70, 0));
        s.unsigned(this.#tableEntries ?? 0);
      });
    }
    this.#section(out, 7, this.#exports.length, (s) => {
      for (const { name, kind, index } of this.#exports) {
        s.text(name);
        s.byte(kind);
        s.unsigned(index);
      }
    });
    this.#section(out, 10, this.#functions.length, (s) => {
      for (const { code } of this.#functions) writeBody(s, code);
    });
    return out.written;
  }

  #writeImports(s: ByteBuffer): void {
    s.text('m');
    s.text('memory');
    s.append(Uint8Array.of(2, 0, 0));
    for (const { name, type } of this.#imports) {
      s.text('m');
      s.text(name);
      s.byte(0);
      s.unsigned(type);
    }
  }

  #section(out: ByteBuffer, id: number, count: number, write: (s: ByteBuffer) => void): void {
    const content = new ByteBuffer();
    content.unsigned(count);
    write(content);
    out.byte(id);
    out.unsigned(content.length);
    out.append(content.written);
  }
}

/** Locals (runs of equal types are one group) and instructions of one function. */
function writeBody(out: ByteBuffer, code: Code): void {
  const groups: [number, ValueType][] = [];
  for (const type of code.locals) {
    const last = groups.at(-1);
    if (last?.[1] === type) last[0]++;
    else groups.push([1, type]);
  }
  const head = new ByteBuffer(16);
  head.unsigned(groups.length);
  for (const [count, type] of groups) {
    head.unsigned(count);
    head.byte(typeByte[type]);
  }
  out.unsigned(head.length + code.length + 1);
  out.append(head.written);
  out.append(code.written);
  out.byte(op.end);
}
