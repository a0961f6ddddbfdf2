/** Terminal settings: asm-generic/termbits.h and termios(3). */

export const IGNBRK = 0x1;
export const BRKINT = 0x2;
export const ISTRIP = 0x20;
export const INLCR = 0x40;
export const IGNCR = 0x80;
export const ICRNL = 0x100;
export const IUCLC = 0x200;
export const IXON = 0x400;
export const IXANY = 0x800;
export const IMAXBEL = 0x2000;

export const OPOST = 0x1;
export const OLCUC = 0x2;
export const ONLCR = 0x4;
export const OCRNL = 0x8;
export const ONOCR = 0x10;
export const ONLRET = 0x20;
export const XTABS = 0x1800;

export const ISIG = 0x1;
export const ICANON = 0x2;
export const ECHO = 0x8;
export const ECHOE = 0x10;
export const ECHOK = 0x20;
export const ECHONL = 0x40;
export const NOFLSH = 0x80;
export const TOSTOP = 0x100;
export const ECHOCTL = 0x200;
export const ECHOKE = 0x800;
export const IEXTEN = 0x8000;

export const VINTR = 0;
export const VQUIT = 1;
export const VERASE = 2;
export const VKILL = 3;
export const VEOF = 4;
export const VTIME = 5;
export const VMIN = 6;
export const VSTART = 8;
export const VSTOP = 9;
export const VSUSP = 10;
export const VEOL = 11;
export const VREPRINT = 12;
export const VWERASE = 14;
export const VLNEXT = 15;
export const VEOL2 = 16;
/** Length of c_cc. */
export const NCCS = 19;

export interface Termios {
  readonly iflag: number;
  readonly oflag: number;
  readonly cflag: number;
  readonly lflag: number;
  readonly line: number;
  /** NCCS control characters; 0 disables one. */
  readonly cc: Uint8Array;
  /** Bits per second (termios2). */
  readonly ispeed: number;
  readonly ospeed: number;
}

/** `tty_std_termios`: what a new terminal has. */
export const defaultTermios: Termios = {
  iflag: ICRNL | IXON,
  oflag: OPOST | ONLCR,
  cflag: 0xbf, // B38400 | CS8 | CREAD
  lflag: ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
  line: 0,
  cc: Uint8Array.of(3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0, 0, 0),
  ispeed: 38400,
  ospeed: 38400,
};

/** Bytes of `struct termios` and of `struct termios2`. */
export const termiosBytes = 36;
export const termios2Bytes = 44;

/** As the guest sees it, with speeds where `bytes` has room for them. */
export function encodeTermios(termios: Termios, bytes: Uint8Array, littleEndian: boolean): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const { iflag, oflag, cflag, lflag } = termios;
  [iflag, oflag, cflag, lflag].forEach((flags, index) => {
    view.setUint32(4 * index, flags, littleEndian);
  });
  bytes[16] = termios.line;
  bytes.set(termios.cc, 17);
  if (bytes.length < termios2Bytes) return;
  view.setUint32(36, termios.ispeed, littleEndian);
  view.setUint32(40, termios.ospeed, littleEndian);
}

/** From guest bytes; speeds stay as in `old` where there are none. */
export function decodeTermios(bytes: Uint8Array, littleEndian: boolean, old: Termios): Termios {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const long = bytes.length >= termios2Bytes;
  return {
    iflag: view.getUint32(0, littleEndian),
    oflag: view.getUint32(4, littleEndian),
    cflag: view.getUint32(8, littleEndian),
    lflag: view.getUint32(12, littleEndian),
    line: bytes[16]!,
    cc: bytes.slice(17, 17 + NCCS),
    ispeed: long ? view.getUint32(36, littleEndian) : old.ispeed,
    ospeed: long ? view.getUint32(40, littleEndian) : old.ospeed,
  };
}
