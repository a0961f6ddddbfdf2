/** ELF files: the headers that loading needs (System V gABI chapters 4 and 5), 32 and 64 bits. */

import { programHeadersMax } from '../limits.ts';

export const ET_EXEC = 2;
export const ET_DYN = 3;
export const PT_LOAD = 1;
export const PT_INTERP = 3;
export const PT_PHDR = 6;
export const PT_GNU_STACK = 0x6474e551;

/** `e_machine` numbers with the names people know, for messages. */
const machineNames: ReadonlyMap<number, string> = new Map([
  [2, 'sparc'],
  [3, 'i386'],
  [4, 'm68k'],
  [8, 'mips'],
  [20, 'ppc'],
  [21, 'ppc64'],
  [22, 's390x'],
  [40, 'arm'],
  [43, 'sparc64'],
  [62, 'x86_64'],
  [183, 'aarch64'],
  [243, 'riscv'],
  [258, 'loongarch'],
]);

/** `riscv` for 243; `machine 999` where there is no name. */
export function elfMachineName(machine: number): string {
  return machineNames.get(machine) ?? `machine ${machine}`;
}

/** One program header; sizes and offsets in bytes. */
export interface Segment {
  readonly type: number;
  /** PF_X 1, PF_W 2, PF_R 4. */
  readonly flags: number;
  readonly offset: number;
  readonly address: number;
  readonly fileBytes: number;
  readonly memoryBytes: number;
  readonly alignment: number;
}

export interface ElfHeader {
  readonly wordBytes: 4 | 8;
  readonly littleEndian: boolean;
  readonly type: number;
  readonly machine: number;
  /** Guest address (u32), without the load bias. */
  readonly entry: number;
  readonly segmentsOffset: number;
  readonly segmentBytes: number;
  readonly segmentCount: number;
}

/** Bytes of the larger ELF header. */
export const elfHeaderBytes = 64;

/** Reads a number of a field that may be 64 bits; undefined beyond 4 GiB. */
type Reader = (at32: number, at64: number) => number | undefined;

function wordReader(view: DataView, wide: boolean, little: boolean): Reader {
  return (at32, at64) => {
    if (!wide) return view.getUint32(at32, little);
    const value = view.getBigUint64(at64, little);
    return value > 0xffffffffn ? undefined : Number(value);
  };
}

/** Whether the bytes start as an ELF file does. */
export function isElf(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
}

/** The header, or undefined where it is not a valid one of a program (ENOEXEC). */
export function parseHeader(bytes: Uint8Array): ElfHeader | undefined {
  if (!isElf(bytes) || bytes.length < 52) return undefined;
  const wide = bytes[4] === 2;
  if ((bytes[4] !== 1 && !wide) || bytes.length < (wide ? 64 : 52)) return undefined;
  const littleEndian = bytes[5] === 1;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = wordReader(view, wide, littleEndian);
  const half = (at32: number, at64: number): number =>
    view.getUint16(wide ? at64 : at32, littleEndian);
  const entry = word(24, 24);
  const segmentsOffset = word(28, 32);
  const segmentBytes = half(42, 54);
  const segmentCount = half(44, 56);
  if (entry === undefined || segmentsOffset === undefined) return undefined;
  if (segmentBytes < (wide ? 56 : 32) || segmentCount > programHeadersMax) return undefined;
  const type = view.getUint16(16, littleEndian);
  const machine = view.getUint16(18, littleEndian);
  return {
    wordBytes: wide ? 8 : 4,
    littleEndian,
    type,
    machine,
    entry,
    segmentsOffset,
    segmentBytes,
    segmentCount,
  };
}

/** The program headers out of their table's bytes, or undefined where one is not loadable here. */
export function parseSegments(header: ElfHeader, table: Uint8Array): Segment[] | undefined {
  const segments: Segment[] = [];
  const wide = header.wordBytes === 8;
  for (let n = 0; n < header.segmentCount; n++) {
    const at = n * header.segmentBytes;
    if (at + header.segmentBytes > table.length) return undefined;
    const view = new DataView(table.buffer, table.byteOffset + at, header.segmentBytes);
    const word = wordReader(view, wide, header.littleEndian);
    const type = view.getUint32(0, header.littleEndian);
    const flags = view.getUint32(wide ? 4 : 24, header.littleEndian);
    const offset = word(4, 8);
    const address = word(8, 16);
    const fileBytes = word(16, 32);
    const memoryBytes = word(20, 40);
    const alignment = word(28, 48) ?? 1;
    if (offset === undefined || address === undefined) return undefined;
    if (fileBytes === undefined || memoryBytes === undefined) return undefined;
    if (type === PT_LOAD && fileBytes > memoryBytes) return undefined;
    segments.push({ type, flags, offset, address, fileBytes, memoryBytes, alignment });
  }
  return segments;
}
