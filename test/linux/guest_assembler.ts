/** The few instructions that test programs are made of, for each architecture. */

export interface Assembler {
  /** Sets argument register n. */
  setArgument(n: number, value: bigint): void;
  /** Loads argument register n from memory. */
  loadArgument(n: number, address: number): void;
  /** Makes the call and stores its result. */
  syscall(number: number, resultAddress: number): void;
  /** Branches away unless the word is 0; the returned function marks the place to go to. */
  skipUnlessZero(address: number): () => void;
  copyWord(from: number, to: number): void;
  /** Emits a handler (jumped over); returns its offset in the code. */
  handler(slotAddress: number, skip: number): number;
  restorer(): number;
  /** A faulting instruction and its length. */
  fault(kind: 'memory' | 'illegal' | 'divide', emit: boolean): number;
  code(): Uint8Array;
}

class Code {
  readonly bytes: number[] = [];
  readonly #littleEndian: boolean;

  constructor(littleEndian: boolean) {
    this.#littleEndian = littleEndian;
  }

  get at(): number {
    return this.bytes.length;
  }

  emit(...bytes: readonly number[]): void {
    this.bytes.push(...bytes);
  }

  /** An instruction word of 16, 32 or 48 bits, or an immediate. */
  word(value: bigint | number, length: number): void {
    const bytes = Array.from({ length }, (_, n) =>
      Number((BigInt(value) >> BigInt(8 * n)) & 0xffn),
    );
    this.emit(...(this.#littleEndian ? bytes : bytes.reverse()));
  }

  patch(at: number, value: number, length: number): void {
    const other = new Code(this.#littleEndian);
    other.word(BigInt.asUintN(8 * length, BigInt(value)), length);
    other.bytes.forEach((byte, n) => {
      this.bytes[at + n] = byte;
    });
  }
}

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);

function x86(): Assembler {
  const code = new Code(true);
  const argumentRegisters = [7, 6, 2, 10, 8, 9];
  const immediate = (register: number, value: bigint): void => {
    code.emit(register >= 8 ? 0x49 : 0x48, 0xb8 + (register & 7));
    code.word(u64(value), 8);
  };
  /** mov rax, [address] and back. */
  const loadRax = (address: number): void => {
    code.emit(0x48, 0xa1);
    code.word(address, 8);
  };
  const storeRax = (address: number): void => {
    code.emit(0x48, 0xa3);
    code.word(address, 8);
  };
  const jumpOver = (): (() => void) => {
    code.emit(0xe9);
    const at = code.at;
    code.word(0, 4);
    return () => code.patch(at, code.at - at - 4, 4);
  };
  const faults = {
    memory: [0x8a, 0x04, 0x25, 0, 0, 0, 0],
    illegal: [0x0f, 0x0b],
    divide: [0xf7, 0xf9],
  };
  return {
    setArgument: (n, value) => immediate(argumentRegisters[n]!, value),
    loadArgument(n, address) {
      loadRax(address);
      const register = argumentRegisters[n]!;
      // mov register, rax
      code.emit(register >= 8 ? 0x49 : 0x48, 0x89, 0xc0 | (register & 7));
    },
    syscall(number, result) {
      immediate(0, BigInt(number));
      code.emit(0x0f, 0x05);
      storeRax(result);
    },
    skipUnlessZero(address) {
      loadRax(address);
      code.emit(0x48, 0x85, 0xc0, 0x0f, 0x85);
      const at = code.at;
      code.word(0, 4);
      return () => code.patch(at, code.at - at - 4, 4);
    },
    copyWord(from, to) {
      loadRax(from);
      storeRax(to);
    },
    handler(slot, skip) {
      const done = jumpOver();
      const at = code.at;
      code.emit(0x48, 0x63, 0xc7); // movsxd rax, edi
      storeRax(slot);
      // add qword [rdx + 168], skip: the saved rip
      code.emit(0x48, 0x83, 0x82, 168, 0, 0, 0, skip, 0xc3);
      done();
      return at;
    },
    restorer() {
      const done = jumpOver();
      const at = code.at;
      code.emit(0xb8, 15, 0, 0, 0, 0x0f, 0x05);
      done();
      return at;
    },
    fault(kind, emit) {
      // The divisor, ecx, is zeroed first.
      if (emit && kind === 'divide') code.emit(0x31, 0xc9);
      if (emit) code.emit(...faults[kind]);
      return faults[kind].length;
    },
    code: () => Uint8Array.from(code.bytes),
  };
}

function aarch64(): Assembler {
  const code = new Code(true);
  const op = (word: number): void => code.word(word >>> 0, 4);
  const immediate = (register: number, value: bigint): void => {
    for (let n = 0; n < 4; n++) {
      const part = Number((u64(value) >> BigInt(16 * n)) & 0xffffn);
      op((n === 0 ? 0xd2800000 : 0xf2800000) | (n << 21) | (part << 5) | register);
    }
  };
  /** ldr/str x register, [x9] with x9 = address. */
  const load = (register: number, address: number): void => {
    immediate(9, BigInt(address));
    op(0xf9400000 | (9 << 5) | register);
  };
  const store = (register: number, address: number): void => {
    immediate(9, BigInt(address));
    op(0xf9000000 | (9 << 5) | register);
  };
  const jumpOver = (): (() => void) => {
    const at = code.at;
    op(0);
    return () => code.patch(at, 0x14000000 | ((code.at - at) >> 2), 4);
  };
  return {
    setArgument: (n, value) => immediate(n, value),
    loadArgument: (n, address) => load(n, address),
    syscall(number, result) {
      immediate(8, BigInt(number));
      op(0xd4000001);
      store(0, result);
    },
    skipUnlessZero(address) {
      load(10, address);
      const at = code.at;
      op(0);
      return () => code.patch(at, (0xb5000000 | (((code.at - at) >> 2) << 5) | 10) >>> 0, 4);
    },
    copyWord(from, to) {
      load(10, from);
      store(10, to);
    },
    handler(slot, skip) {
      const done = jumpOver();
      const at = code.at;
      store(0, slot);
      // ldr x10, [x2, #440]; add x10, x10, #skip; str x10, [x2, #440]: the saved pc
      op(0xf9400000 | ((440 / 8) << 10) | (2 << 5) | 10);
      op(0x91000000 | (skip << 10) | (10 << 5) | 10);
      op(0xf9000000 | ((440 / 8) << 10) | (2 << 5) | 10);
      op(0xd65f03c0);
      done();
      return at;
    },
    restorer() {
      const done = jumpOver();
      const at = code.at;
      op(0xd2801168);
      op(0xd4000001);
      done();
      return at;
    },
    fault(kind, emit) {
      // ldr x0, [xzr-like x11 = 0]; udf #0
      if (emit && kind === 'memory') immediate(11, 0n);
      if (emit) op(kind === 'memory' ? 0xf9400160 : 0);
      return 4;
    },
    code: () => Uint8Array.from(code.bytes),
  };
}

function s390x(): Assembler {
  const code = new Code(false);
  /** llilf and iihf: both halves of a register. */
  const immediate = (register: number, value: bigint): void => {
    code.word(0xc00f | (register << 4), 2);
    code.word(u64(value) & 0xffffffffn, 4);
    code.word(0xc008 | (register << 4), 2);
    code.word(u64(value) >> 32n, 4);
  };
  /** lg and stg with the address in r9. */
  const access = (register: number, address: number, opcode: number): void => {
    immediate(9, BigInt(address));
    code.word(0xe3000000 | (register << 20) | (9 << 12), 4);
    code.word(opcode, 2);
  };
  const load = (register: number, address: number): void => access(register, address, 0x04);
  const store = (register: number, address: number): void => access(register, address, 0x24);
  const jump = (mask: number): (() => void) => {
    const at = code.at;
    code.word(0xc004 | (mask << 4), 2);
    code.word(0, 4);
    return () => code.patch(at + 2, (code.at - at) >> 1, 4);
  };
  const faults = { memory: 6, illegal: 2, divide: 4 };
  return {
    setArgument: (n, value) => immediate(2 + n, value),
    loadArgument: (n, address) => load(2 + n, address),
    syscall(number, result) {
      immediate(1, BigInt(number));
      code.word(0x0a00, 2);
      store(2, result);
    },
    skipUnlessZero(address) {
      load(10, address);
      code.word(0xb90200aa, 4); // ltgr r10, r10
      return jump(6);
    },
    copyWord(from, to) {
      load(10, from);
      store(10, to);
    },
    handler(slot, skip) {
      const done = jump(15);
      const at = code.at;
      store(2, slot);
      // agsi 48(r4), skip: the saved psw address
      code.word(0xeb000000 | (skip << 16) | (4 << 12) | 48, 4);
      code.word(0x007a, 2);
      code.word(0x07fe, 2);
      done();
      return at;
    },
    restorer() {
      const done = jump(15);
      const at = code.at;
      code.word(0x0aad, 2);
      done();
      return at;
    },
    fault(kind, emit) {
      if (!emit) return kind === 'memory' ? 6 : 0;
      if (kind === 'illegal') code.word(0x0000, 2);
      else if (kind === 'memory') {
        immediate(11, 0n);
        code.word(0xe320b000, 4);
        code.word(0x0004, 2);
      } else {
        immediate(11, 0n);
        code.word(0xb90d002b, 4); // dsgr r2, r11
      }
      return faults[kind];
    },
    code: () => Uint8Array.from(code.bytes),
  };
}

export const assemblers: Readonly<Record<'amd64' | 'arm64' | 's390x', () => Assembler>> = {
  amd64: x86,
  arm64: aarch64,
  s390x: s390x,
};
