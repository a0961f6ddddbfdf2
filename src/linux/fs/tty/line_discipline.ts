/** N_TTY: from typed bytes to lines, echo and signals, as described in termios(3). */

import { EAGAIN } from '../../abi/errno.ts';
import { SIGINT, SIGQUIT, SIGTSTP } from '../../abi/signals.ts';
import { ttyInputBytesMax } from '../limits.ts';
import { OutputProcessor } from './output.ts';
import * as T from './termios.ts';

const LF = 10;
const CR = 13;

/** What a discipline needs from its terminal. */
export interface DisciplineHost {
  /** Echo and program output, processed. */
  emit(bytes: Uint8Array): void;
  /** A signal character was typed. */
  signal(signal: number): void;
  /** Input became readable, or output may go on. */
  changed(): void;
}

/** One line (canonical mode): its bytes with the terminator, which VEOF does not leave behind. */
interface Line {
  readonly bytes: number[];
}

export class LineDiscipline {
  #termios: T.Termios = T.defaultTermios;
  readonly #host: DisciplineHost;
  readonly #output: OutputProcessor = new OutputProcessor();
  /** The line being typed. */
  #typing: number[] = [];
  /** Finished lines (canonical) or one run of bytes (raw). */
  #lines: Line[] = [];
  #literalNext: boolean = false;
  /** ^S was typed. */
  stopped: boolean = false;
  /** Output column where the line being typed began, for erasing tabs. */
  #startColumn: number = 0;

  constructor(host: DisciplineHost) {
    this.#host = host;
  }

  get termios(): T.Termios {
    return this.#termios;
  }

  /** TCSETS: bytes typed so far become readable when canonical mode ends. */
  set termios(termios: T.Termios) {
    const wasCanonical = this.#canonical;
    this.#termios = termios;
    if (wasCanonical && !this.#canonical && this.#typing.length > 0) {
      this.#lines.push({ bytes: this.#typing });
      this.#typing = [];
    }
    if (this.stopped && (termios.iflag & T.IXON) === 0) this.stopped = false;
    this.#host.changed();
  }

  get #canonical(): boolean {
    return (this.#termios.lflag & T.ICANON) !== 0;
  }

  /** Bytes that `read` could return now (FIONREAD). */
  get available(): number {
    return this.#lines.reduce((sum, line) => sum + line.bytes.length, 0);
  }

  /** Whether `read` would return at once: a line, or VMIN bytes. */
  get readable(): boolean {
    if (this.#canonical) return this.#lines.length > 0;
    const { cc } = this.#termios;
    const minimum = cc[T.VTIME] === 0 && cc[T.VMIN]! > 0 ? cc[T.VMIN]! : 1;
    return this.available >= minimum;
  }

  /** Bytes read: a line at most in canonical mode. -EAGAIN where VMIN is not reached. */
  read(into: Uint8Array): number {
    if (this.#canonical) return this.#lines.length === 0 ? -EAGAIN : this.#readLine(into);
    const { cc } = this.#termios;
    const minimum = Math.min(cc[T.VMIN]!, into.length);
    if (this.available < minimum) return -EAGAIN;
    if (this.available === 0) return cc[T.VTIME]! > 0 ? -EAGAIN : 0;
    return this.readRaw(into);
  }

  /** What there is, 0 included (VTIME has passed). */
  readRaw(into: Uint8Array): number {
    let done = 0;
    while (done < into.length && this.#lines.length > 0) {
      done += this.#readLine(into.subarray(done));
    }
    return done;
  }

  /** TCFLSH of the input queue. */
  flushInput(): void {
    this.#typing = [];
    this.#lines = [];
    this.#literalNext = false;
  }

  /** What a program writes. */
  write(bytes: Uint8Array): void {
    this.#host.emit(this.#output.process(bytes, this.#termios));
    if (this.#typing.length === 0) this.#startColumn = this.#output.column;
  }

  /** What is typed. */
  input(bytes: Uint8Array): void {
    for (const byte of bytes) this.#inputByte(byte);
    this.#host.changed();
  }

  #readLine(into: Uint8Array): number {
    const line = this.#lines[0]!;
    const count = Math.min(into.length, line.bytes.length);
    into.set(line.bytes.slice(0, count));
    if (count === line.bytes.length) this.#lines.shift();
    else this.#lines[0] = { bytes: line.bytes.slice(count) };
    return count;
  }

  #inputByte(typed: number): void {
    const { iflag, lflag } = this.#termios;
    const byte = iflag & T.ISTRIP ? typed & 0x7f : typed;
    if (this.#literalNext) {
      this.#literalNext = false;
      this.#store(byte);
      return;
    }
    if (iflag & T.IXON && this.#flowControl(byte)) return;
    if (lflag & T.ISIG && this.#signalByte(byte)) return;
    const mapped = mapNewlines(byte, iflag);
    if (mapped === undefined) return;
    if (this.#canonical) this.#canonicalByte(mapped);
    else this.#store(mapped);
  }

  #is(byte: number, index: number): boolean {
    return byte !== 0 && this.#termios.cc[index] === byte;
  }

  #flowControl(byte: number): boolean {
    if (this.#is(byte, T.VSTOP)) {
      this.stopped = true;
      return true;
    }
    const restarts = this.#is(byte, T.VSTART);
    if (restarts || (this.stopped && this.#termios.iflag & T.IXANY)) {
      this.stopped = false;
      this.#host.changed();
    }
    return restarts;
  }

  #signalByte(byte: number): boolean {
    const signal = this.#is(byte, T.VINTR)
      ? SIGINT
      : this.#is(byte, T.VQUIT)
        ? SIGQUIT
        : this.#is(byte, T.VSUSP)
          ? SIGTSTP
          : 0;
    if (signal === 0) return false;
    if ((this.#termios.lflag & T.NOFLSH) === 0) this.flushInput();
    this.stopped = false;
    this.#echo(byte);
    this.#host.signal(signal);
    return true;
  }

  #canonicalByte(byte: number): void {
    const { lflag } = this.#termios;
    const extended = (lflag & T.IEXTEN) !== 0;
    if (this.#is(byte, T.VERASE)) {
      this.#erase();
      return;
    }
    if (extended && this.#is(byte, T.VWERASE)) {
      this.#eraseWord();
      return;
    }
    if (this.#is(byte, T.VKILL)) {
      this.#kill();
      return;
    }
    if (extended && this.#is(byte, T.VLNEXT)) {
      this.#literalNext = true;
      if (lflag & T.ECHO && lflag & T.ECHOCTL) this.#emit([0x5e, 8]);
      return;
    }
    if (extended && lflag & T.ECHO && this.#is(byte, T.VREPRINT)) {
      this.#reprint();
      return;
    }
    if (this.#is(byte, T.VEOF)) {
      this.#endLine(undefined);
      return;
    }
    if (byte === LF) {
      if (lflag & (T.ECHO | T.ECHONL)) this.#emit([LF]);
      this.#endLine(LF);
      return;
    }
    if (this.#is(byte, T.VEOL) || (extended && this.#is(byte, T.VEOL2))) {
      this.#echo(byte);
      this.#endLine(byte);
      return;
    }
    this.#store(byte);
  }

  /** Adds a byte to the line or the raw queue. */
  #store(byte: number): void {
    if (this.available + this.#typing.length >= ttyInputBytesMax - 1) {
      if (this.#termios.iflag & T.IMAXBEL) this.#emit([7]);
      return;
    }
    if (this.#typing.length === 0) this.#startColumn = this.#output.column;
    if (this.#canonical) this.#typing.push(byte);
    else this.#pushRaw(byte);
    this.#echo(byte);
  }

  #pushRaw(byte: number): void {
    const last = this.#lines.at(-1);
    if (last) last.bytes.push(byte);
    else this.#lines.push({ bytes: [byte] });
  }

  #endLine(terminator: number | undefined): void {
    const bytes = this.#typing;
    this.#typing = [];
    if (terminator !== undefined) bytes.push(terminator);
    this.#lines.push({ bytes });
  }

  #echo(byte: number): void {
    const { lflag } = this.#termios;
    if ((lflag & T.ECHO) === 0) return;
    const control = (byte < 32 && byte !== 9 && byte !== LF) || byte === 127;
    if (control && lflag & T.ECHOCTL) this.#emit([0x5e, byte ^ 0x40]);
    else this.#emit([byte]);
  }

  /** Takes the last character back, a whole one in UTF-8 terminals (IUTF8). */
  #erase(): void {
    if (this.#typing.length === 0) return;
    const utf8 = (this.#termios.iflag & 0x4000) !== 0;
    let removed = this.#typing.pop()!;
    while (utf8 && (removed & 0xc0) === 0x80 && this.#typing.length > 0) {
      removed = this.#typing.pop()!;
    }
    this.#echoErased(removed);
  }

  #echoErased(removed: number): void {
    const { lflag } = this.#termios;
    if ((lflag & T.ECHO) === 0) return;
    if ((lflag & T.ECHOE) === 0) {
      this.#echo(this.#termios.cc[T.VERASE]!);
      return;
    }
    if (removed === 9) {
      this.#backTo(this.#columnOf(this.#typing));
      return;
    }
    const control = (removed < 32 || removed === 127) && (lflag & T.ECHOCTL) !== 0;
    const width = control ? 2 : removed < 32 || removed === 127 ? 0 : 1;
    for (let i = 0; i < width; i++) this.#emit([8, 32, 8]);
  }

  #backTo(column: number): void {
    const back = Math.max(0, this.#output.column - column);
    this.#emit(Array.from({ length: back }, () => 8));
  }

  /** Output column after a typed line. */
  #columnOf(typed: readonly number[]): number {
    let column = this.#startColumn;
    for (const byte of typed) {
      if (byte === 9) column += 8 - (column % 8);
      else if (byte < 32 || byte === 127) column += this.#termios.lflag & T.ECHOCTL ? 2 : 0;
      else if ((byte & 0xc0) !== 0x80) column++;
    }
    return column;
  }

  /** As n_tty: a word is letters, digits and underscores; what precedes it goes first. */
  #eraseWord(): void {
    let seenWord = false;
    while (this.#typing.length > 0) {
      const isWord = /[A-Za-z0-9_]/.test(String.fromCharCode(this.#typing.at(-1)!));
      if (seenWord && !isWord) return;
      seenWord ||= isWord;
      this.#erase();
    }
  }

  #kill(): void {
    const { lflag, cc } = this.#termios;
    if (lflag & T.ECHO && lflag & T.ECHOKE && lflag & T.ECHOE) {
      while (this.#typing.length > 0) this.#erase();
      return;
    }
    this.#typing = [];
    this.#echo(cc[T.VKILL]!);
    if (lflag & T.ECHOK) this.#emit([LF]);
  }

  #reprint(): void {
    this.#echo(this.#termios.cc[T.VREPRINT]!);
    this.#emit([LF]);
    for (const byte of this.#typing) this.#echo(byte);
  }

  #emit(bytes: readonly number[]): void {
    this.#host.emit(this.#output.process(Uint8Array.from(bytes), this.#termios));
  }
}

function mapNewlines(byte: number, iflag: number): number | undefined {
  if (byte === CR) {
    if (iflag & T.IGNCR) return undefined;
    return iflag & T.ICRNL ? LF : CR;
  }
  return byte === LF && iflag & T.INLCR ? CR : byte;
}
