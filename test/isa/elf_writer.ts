/** Writes minimal static ELF files, so that one generated program runs under us and under QEMU. */

/** ELF machine numbers (gABI, e_machine). */
export const elfMachine = {
  i386: 3,
  mips: 8,
  ppc64: 21,
  s390x: 22,
  arm: 40,
  x86_64: 62,
  aarch64: 183,
  riscv64: 243,
} as const;

export interface ElfOptions {
  /** e_machine: a number or a name of `elfMachine`. */
  readonly machine: number | keyof typeof elfMachine;
  readonly littleEndian: boolean;
  /** Placed at `base`; execution starts with its first byte. */
  readonly code: Uint8Array;
  /** Placed at `base + dataOffset`, writable. */
  readonly data?: Uint8Array;
  /** Guest address of the code, a multiple of 64 KiB. */
  readonly base?: number;
}

/** Guest address of the code unless `base` says otherwise. */
export const elfBase = 0x400000;
/** Distance of the data from the code. Bytes; so the code may be this long. */
export const dataOffset = 0x200000;
/** Zeroed bytes after the data. */
export const zeroedBytes = 0x10000;

const headerBytes = 64;
const programHeaderBytes = 56;
const pageBytes = 0x10000;

/** A static 64-bit ELF executable of two segments: code (r-x), data (rw-). */
export function writeElf(options: ElfOptions): Uint8Array<ArrayBuffer> {
  const { code, littleEndian: le, base = elfBase, data = new Uint8Array(0) } = options;
  const machine =
    typeof options.machine === 'number' ? options.machine : elfMachine[options.machine];
  if (code.length > dataOffset) throw new RangeError(`code longer than ${dataOffset} bytes`);
  const codeAt = pageBytes;
  const dataAt = Math.ceil((codeAt + code.length) / pageBytes) * pageBytes;
  const file = new Uint8Array(dataAt + data.length);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, le ? 1 : 2, 1]);
  view.setUint16(16, 2, le); // ET_EXEC
  view.setUint16(18, machine, le);
  view.setUint32(20, 1, le);
  const wide = (at: number, value: number): void => view.setBigUint64(at, BigInt(value), le);
  wide(24, base);
  wide(32, headerBytes);
  view.setUint16(52, headerBytes, le);
  view.setUint16(54, programHeaderBytes, le);
  view.setUint16(56, 2, le);
  const segment = (n: number, flags: number, at: number, address: number, bytes: number): void => {
    const header = headerBytes + n * programHeaderBytes;
    view.setUint32(header, 1, le); // PT_LOAD
    view.setUint32(header + 4, flags, le);
    wide(header + 8, at);
    wide(header + 16, address);
    wide(header + 24, address);
    wide(header + 32, bytes);
    wide(header + 40, bytes + (n === 1 ? zeroedBytes : 0));
    wide(header + 48, pageBytes);
  };
  segment(0, 5, codeAt, base, code.length);
  segment(1, 6, dataAt, base + dataOffset, data.length);
  file.set(code, codeAt);
  file.set(data, dataAt);
  return file;
}
