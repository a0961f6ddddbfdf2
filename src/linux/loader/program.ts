/** From a path to what can be loaded: permission, `#!` lines, ELF headers, the interpreter. */

import { decodeName, encodeName } from '../../rootfs/name.ts';
import type { Abi } from '../abi/abi.ts';
import { EACCES, EINVAL, ELIBBAD, ELOOP, ENOEXEC } from '../abi/errno.ts';
import { O_RDONLY } from '../abi/open_flags.ts';
import type { OpenFile } from '../fs/inode.ts';
import { loaded } from '../fs/open.ts';
import type { Path } from '../fs/path.ts';
import { checkAccess, identityOf, MAY_EXECUTE } from '../fs/permission.ts';
import type { Task } from '../kernel/task.ts';
import type { Wait, WakeReason } from '../kernel/wait.ts';
import { interpreterDepthMax, interpreterLineBytesMax } from '../limits.ts';
import type { ElfHeader, Segment } from './elf.ts';
import {
  elfHeaderBytes,
  elfMachineName,
  isElf,
  PT_INTERP,
  parseHeader,
  parseSegments,
} from './elf.ts';

/** A step of loading that may wait for file contents: the value or a negative errno. */
export type Loading<T> = Generator<Wait, T, WakeReason>;

/** An executable that was opened and whose contents are in memory. */
export interface ElfFile {
  readonly file: OpenFile;
  readonly path: Path;
  readonly header: ElfHeader;
  readonly segments: readonly Segment[];
}

/** What execve is to load. */
export interface Program {
  readonly abi: Abi;
  readonly main: ElfFile;
  readonly interpreter: ElfFile | undefined;
  /** Arguments after `#!` lines were applied; byte strings. */
  readonly args: readonly Uint8Array[];
  /** AT_EXECFN: the path as given. */
  readonly name: string;
}

/** Where execve looks and what it is given. */
export interface ProgramRequest {
  readonly path: string;
  readonly start: Path | undefined;
  readonly follow: boolean;
  readonly args: readonly Uint8Array[];
}

/** Opens a program file: it must be a regular file that the task may execute. */
export function* openExecutable(
  task: Task,
  text: string,
  options: { readonly start?: Path | undefined; readonly follow: boolean },
): Loading<{ file: OpenFile; path: Path } | number> {
  const { start, follow } = options;
  const found = task.machine.vfs.walk(task, text, start ? { start, follow } : { follow });
  if (typeof found === 'number') return found;
  if (!found.path) return -2;
  const { inode } = found.path.dentry;
  if (inode.attributes.kind === 'symlink') return -ELOOP;
  if (inode.attributes.kind !== 'file') return -EACCES;
  const denied = checkAccess(identityOf(task), inode.attributes, MAY_EXECUTE);
  if (denied < 0) return denied;
  // A damaged layer is no errno: it ends the run with LAYER_CORRUPT.
  yield* loaded(inode);
  const file = inode.open(found.path, O_RDONLY, undefined);
  if (typeof file === 'number') return file;
  return { file, path: found.path };
}

function readAt(file: OpenFile, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const count = file.read(bytes, offset);
  return bytes.subarray(0, Math.max(0, count));
}

/** A `#!` line: interpreter and its one optional argument. Undefined: not a script. */
export function parseScriptLine(
  bytes: Uint8Array,
): { interpreter: string; argument: Uint8Array | undefined } | undefined {
  if (bytes[0] !== 0x23 || bytes[1] !== 0x21) return undefined;
  const end = bytes.indexOf(0x0a);
  const line = decodeName(bytes.subarray(2, end < 0 ? bytes.length : end));
  // A line longer than the buffer is cut, but an interpreter's name must not be.
  if (end < 0 && bytes.length >= interpreterLineBytesMax && !/^[ \t]*[^ \t]+[ \t]/.test(line)) {
    return undefined;
  }
  const text = line.replace(/^[ \t]+|[ \t]+$/g, '').split('\0')[0] ?? '';
  const [, interpreter, argument] = /^([^ \t]+)[ \t]*(.*)$/s.exec(text) ?? [];
  if (!interpreter) return undefined;
  return { interpreter, argument: argument ? encodeName(argument) : undefined };
}

/** Follows `#!` lines to an ELF file and opens its PT_INTERP. Errors as of execve(2). */
export function* findProgram(task: Task, request: ProgramRequest): Loading<Program | number> {
  let { args } = request;
  let path = request.path;
  let where: { start?: Path | undefined; follow: boolean } = request;
  for (let depth = 0; depth <= interpreterDepthMax; depth++) {
    const opened = yield* openExecutable(task, path, where);
    if (typeof opened === 'number') return opened;
    const head = readAt(opened.file, 0, interpreterLineBytesMax);
    if (isElf(head)) return yield* elfProgram(task, opened, { args, name: request.path });
    const script = parseScriptLine(head);
    if (!script) return -ENOEXEC;
    const extra = script.argument ? [script.argument] : [];
    args = [encodeName(script.interpreter), ...extra, encodeName(path), ...args.slice(1)];
    path = script.interpreter;
    where = { follow: true };
  }
  return -ELOOP;
}

function readElf(opened: { file: OpenFile; path: Path }): ElfFile | undefined {
  const header = parseHeader(readAt(opened.file, 0, elfHeaderBytes));
  if (!header) return undefined;
  const length = header.segmentBytes * header.segmentCount;
  const segments = parseSegments(header, readAt(opened.file, header.segmentsOffset, length));
  return segments && { ...opened, header, segments };
}

function* elfProgram(
  task: Task,
  opened: { file: OpenFile; path: Path },
  given: { readonly args: readonly Uint8Array[]; readonly name: string },
): Loading<Program | number> {
  const main = readElf(opened);
  if (!main || (main.header.type !== 2 && main.header.type !== 3)) return -ENOEXEC;
  const { machine, wordBytes, littleEndian } = main.header;
  const abi = task.machine.options.abis.find(
    (one) =>
      one.elfMachine === machine &&
      one.wordBytes === wordBytes &&
      one.littleEndian === littleEndian,
  );
  if (!abi) {
    const name = elfMachineName(machine);
    task.machine.refusedArchitecture = name;
    task.machine.options.log?.(`${given.name}: no machine for ${name} programs`);
    return -ENOEXEC;
  }
  const segment = main.segments.find(({ type }) => type === PT_INTERP);
  if (!segment) return { abi, main, interpreter: undefined, ...given };
  const name = readAt(main.file, segment.offset, Math.min(segment.fileBytes, 4096));
  if (name.at(-1) !== 0) return -ENOEXEC;
  const text = decodeName(name.subarray(0, -1));
  const found = yield* openExecutable(task, text, { follow: true });
  if (typeof found === 'number') return found;
  const interpreter = readElf(found);
  if (!interpreter || interpreter.header.machine !== machine) return -ELIBBAD;
  if (interpreter.segments.some(({ type }) => type === PT_INTERP)) return -EINVAL;
  return { abi, main, interpreter, ...given };
}

/** A result that is an errno. */
export function isError(value: unknown): value is number {
  return typeof value === 'number';
}
