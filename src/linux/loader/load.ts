/** Puts a program into a fresh address space: segments, stack, auxiliary vector. */

import { encodeName } from '../../rootfs/name.ts';
import type { Abi } from '../abi/abi.ts';
import { ENOEXEC, ENOMEM } from '../abi/errno.ts';
import { pathName } from '../fs/path.ts';
import type { Credentials } from '../kernel/credentials.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { AddressSpace } from '../mm/address_space.ts';
import type { AddressLayout } from '../mm/layout.ts';
import { interpreterBase, layoutAfter, pieBase } from '../mm/layout.ts';
import { PROT_EXEC, PROT_READ, PROT_WRITE, pageBytes } from '../mm/mapping.ts';
import type { Segment } from './elf.ts';
import { ET_DYN, PT_GNU_STACK, PT_INTERP, PT_LOAD } from './elf.ts';
import type { ElfFile, Program } from './program.ts';

const floorPage = (address: number): number => Math.floor(address / pageBytes) * pageBytes;
const ceilPage = (address: number): number => Math.ceil(address / pageBytes) * pageBytes;

/** First and last guest address of the loadable segments, unbiased. */
function extent(segments: readonly Segment[]): { start: number; end: number } {
  const loads = segments.filter(({ type }) => type === PT_LOAD);
  return {
    start: floorPage(Math.min(...loads.map(({ address }) => address))),
    end: ceilPage(Math.max(...loads.map(({ address, memoryBytes }) => address + memoryBytes))),
  };
}

/** Where a program is to be loaded, and the layout of the rest. Undefined: nothing to load. */
export function planProgram(main: ElfFile): { bias: number; layout: AddressLayout } | undefined {
  if (!main.segments.some(({ type }) => type === PT_LOAD)) return undefined;
  const { start, end } = extent(main.segments);
  const alignment = Math.max(pageBytes, ...main.segments.map((segment) => segment.alignment));
  const interpreted = main.segments.some(({ type }) => type === PT_INTERP);
  const base = Math.ceil((interpreted ? pieBase : interpreterBase) / alignment) * alignment;
  const bias = main.header.type === ET_DYN ? base - start : 0;
  return { bias, layout: layoutAfter(end + bias) };
}

/** Maps the segments of one file. 0 or a negative errno. */
function mapSegments(space: AddressSpace, elf: ElfFile, bias: number): number {
  const name = pathName(elf.path, elf.path.mount.root === elf.path.dentry ? elf.path : rootOf(elf));
  for (const segment of elf.segments) {
    if (segment.type !== PT_LOAD || segment.memoryBytes === 0) continue;
    const result = mapSegment(space, elf, segment, { bias, name: name ?? '' });
    if (result < 0) return result;
  }
  return 0;
}

/** The root of the mount tree an executable belongs to. */
function rootOf(elf: ElfFile): ElfFile['path'] {
  let at = elf.path;
  while (at.mount.parent) at = at.mount.parent;
  return { mount: at.mount, dentry: at.mount.root };
}

function mapSegment(
  space: AddressSpace,
  elf: ElfFile,
  segment: Segment,
  where: { readonly bias: number; readonly name: string },
): number {
  const address = segment.address + where.bias;
  const start = floorPage(address);
  const fileEnd = address + segment.fileBytes;
  const mappedEnd = ceilPage(fileEnd);
  const memoryEnd = ceilPage(address + segment.memoryBytes);
  const protection =
    (segment.flags & 4 ? PROT_READ : 0) |
    (segment.flags & 2 ? PROT_WRITE : 0) |
    (segment.flags & 1 ? PROT_EXEC : 0);
  if (segment.fileBytes > 0) {
    const result = space.map({
      start,
      length: mappedEnd - start,
      protection,
      name: where.name,
      file: elf.file,
      offset: floorPage(segment.offset),
    });
    if (result < 0) return result;
    const bytes = space.bytesAt(start, mappedEnd - start);
    elf.file.read(bytes, floorPage(segment.offset));
    // What follows the file's part of the last page is bss.
    if (segment.memoryBytes > segment.fileBytes) bytes.fill(0, fileEnd - start);
  }
  const bssStart = segment.fileBytes > 0 ? mappedEnd : start;
  if (memoryEnd <= bssStart) return 0;
  return space.map({ start: bssStart, length: memoryEnd - bssStart, protection });
}

/** The stack a program has at first below its arguments (setup_arg_pages). Bytes. */
const stackRoomBytes = 0x20000;

/** PT_GNU_STACK asks for an executable stack; without one it is not (since Linux 5.8). */
function stackProtection({ segments }: ElfFile): number {
  const wanted = segments.find(({ type }) => type === PT_GNU_STACK)?.flags ?? 0;
  return PROT_READ | PROT_WRITE | (wanted & 1 ? PROT_EXEC : 0);
}

/** What the first instruction finds. */
export interface Loaded {
  readonly entry: number;
  readonly stackPointer: number;
}

/** Who starts it, for AT_UID and its like. */
export interface LoadContext {
  readonly kernel: Kernel;
  readonly credentials: Credentials;
  readonly env: readonly Uint8Array[];
  readonly secure: boolean;
}

/** Loads program, interpreter, trampoline and stack. A negative errno leaves a useless space. */
export function loadProgram(
  space: AddressSpace,
  program: Program,
  bias: number,
  context: LoadContext,
): Loaded | number {
  const mapped = mapSegments(space, program.main, bias);
  if (mapped < 0) return mapped;
  let entry = program.main.header.entry + bias;
  let base = 0;
  if (program.interpreter) {
    const placed = placeInterpreter(space, program.interpreter);
    if (placed < 0) return placed;
    base = placed;
    entry = program.interpreter.header.entry + base;
  }
  const { stackStart, stackEnd } = space.layout;
  const length = space.isProtected ? stackRoomBytes : stackEnd - stackStart;
  const protection = stackProtection(program.main);
  const start = stackEnd - length;
  const stack = { start, length, protection, name: '[stack]', growsDown: space.isProtected };
  if (space.map(stack) < 0 || mapTrampoline(space, program.abi) < 0) return -ENOMEM;
  const stackPointer = buildStack(space, program, { ...context, base, bias });
  return stackPointer < 0 ? stackPointer : { entry, stackPointer };
}

function placeInterpreter(space: AddressSpace, interpreter: ElfFile): number {
  if (interpreter.header.type !== ET_DYN) return mapSegments(space, interpreter, 0);
  const { start, end } = extent(interpreter.segments);
  const room = space.findRoom(end - start, 0, 0x10000);
  if (room === undefined) return -ENOMEM;
  const bias = room - start;
  const result = mapSegments(space, interpreter, bias);
  return result < 0 ? result : bias;
}

/** The code that handlers without SA_RESTORER return to. */
function mapTrampoline(space: AddressSpace, abi: Abi): number {
  const start = space.findRoom(pageBytes, space.layout.stackEnd);
  if (start === undefined) return -ENOMEM;
  const protection = PROT_READ | PROT_EXEC;
  const result = space.map({ start, length: pageBytes, protection, name: '[vdso]' });
  if (result < 0) return result;
  // After a nop's worth of zeros: unwinders look at the word before the return address.
  const at = start + 16;
  space.bytesAt(at, abi.signalFrame.trampoline.length).set(abi.signalFrame.trampoline);
  space.trampoline = at;
  return 0;
}

/** Auxiliary vector keys of elf.h. */
const AT = {
  NULL: 0,
  PHDR: 3,
  PHENT: 4,
  PHNUM: 5,
  PAGESZ: 6,
  BASE: 7,
  FLAGS: 8,
  ENTRY: 9,
  UID: 11,
  EUID: 12,
  GID: 13,
  EGID: 14,
  PLATFORM: 15,
  HWCAP: 16,
  CLKTCK: 17,
  SECURE: 23,
  RANDOM: 25,
  HWCAP2: 26,
  EXECFN: 31,
} as const;

/** Where the program headers are in memory (load_elf_binary's phdr_addr). */
function headersAddress(elf: ElfFile, bias: number): number {
  const { segmentsOffset } = elf.header;
  const holder = elf.segments.find(
    ({ type, offset, fileBytes }) =>
      type === PT_LOAD && offset <= segmentsOffset && segmentsOffset < offset + fileBytes,
  );
  return holder ? bias + holder.address + segmentsOffset - holder.offset : 0;
}

function buildStack(
  space: AddressSpace,
  program: Program,
  context: LoadContext & { readonly base: number; readonly bias: number },
): number {
  const { abi, main } = program;
  let top = space.layout.stackEnd - abi.wordBytes;
  const push = (bytes: Uint8Array): number => {
    top -= bytes.length;
    space.writeBytes(top, bytes);
    return top;
  };
  const zeroed = (bytes: Uint8Array): Uint8Array => Uint8Array.of(...bytes, 0);
  const strings = (list: readonly Uint8Array[]): { start: number; addresses: number[] } => {
    const bytes = list.reduce((sum, item) => sum + item.length + 1, 0);
    top -= bytes;
    let at = top;
    const addresses = list.map((item) => {
      const address = at;
      space.writeBytes(at, item);
      space.writeU8(at + item.length, 0);
      at += item.length + 1;
      return address;
    });
    return { start: top, addresses };
  };
  const execName = push(zeroed(encodeName(program.name)));
  space.environmentEnd = top;
  const env = strings(context.env);
  space.environmentStart = env.start;
  space.argumentsEnd = env.start;
  const args = strings(program.args);
  space.argumentsStart = args.start;
  const platform = push(zeroed(encodeName(abi.platform)));
  const random = new Uint8Array(16);
  context.kernel.entropy.fill(random);
  top = Math.floor(top / 16) * 16;
  const randomAt = push(random);
  const { uid, euid, gid, egid } = context.credentials;
  const auxv: [number, number | bigint][] = [
    [AT.HWCAP, abi.hwcap],
    [AT.PAGESZ, pageBytes],
    [AT.CLKTCK, 100],
    [AT.PHDR, headersAddress(main, context.bias)],
    [AT.PHENT, main.header.segmentBytes],
    [AT.PHNUM, main.header.segmentCount],
    [AT.BASE, context.base],
    [AT.FLAGS, 0],
    [AT.ENTRY, main.header.entry + context.bias],
    [AT.UID, uid],
    [AT.EUID, euid],
    [AT.GID, gid],
    [AT.EGID, egid],
    [AT.SECURE, context.secure ? 1 : 0],
    [AT.RANDOM, randomAt],
    [AT.HWCAP2, abi.hwcap2],
    [AT.EXECFN, execName],
    [AT.PLATFORM, platform],
    [AT.NULL, 0],
  ];
  const words = [program.args.length, ...args.addresses, 0, ...env.addresses, 0, ...auxv.flat()];
  const start = Math.floor((top - words.length * abi.wordBytes) / 16) * 16;
  words.forEach((word, index) => {
    space.writeWord(start + index * abi.wordBytes, word);
  });
  const auxvBytes = 2 * auxv.length * abi.wordBytes;
  const auxvAt = start + (words.length - 2 * auxv.length) * abi.wordBytes;
  space.auxiliaryVector = space.readBytes(auxvAt, auxvBytes);
  if (start < space.layout.stackStart) return -ENOEXEC;
  space.writableSlice(Math.max(space.layout.stackStart, start - stackRoomBytes), 1);
  return start;
}
