/**
 * Instruction formats of z/Architecture (Principles of Operation, SA22-7832, chapter 5
 * "Instruction formats"): where a row's opcode and operands lie, and how operands are written.
 *
 * A picture names the fields from bit 0 on, each with its width in bits; `op` pieces together are
 * the opcode, `-` is unused. Field kinds follow from the name: `r f a v` registers, `x b` index and
 * base, `d` displacement, `i` immediate, `ri` relative target in halfwords, `m` mask, `l` length.
 * An `s` before a width means sign-extended.
 */

/** One field of a picture. */
export interface Field {
  readonly name: string;
  /** First bit, counted from the leftmost of the instruction as the manual does. */
  readonly start: number;
  readonly bits: number;
  readonly signed: boolean;
}

export interface Format {
  readonly name: string;
  readonly bytes: 2 | 4 | 6;
  /** Operand fields in the order of the picture. */
  readonly fields: readonly Field[];
  /** Pieces of the opcode, most significant first. */
  readonly opcode: readonly Field[];
  /** Operands as assembler source writes them: `r1`, `d2(x2,b2)`, `i2`… */
  readonly syntax: readonly string[];
}

// biome-ignore format: a table
const pictures = {
  E: ['op:16', ''],
  I: ['op:8 i1:8', 'i1'],
  IE: ['op:16 -:8 i1:4 i2:4', 'i1,i2'],
  MII: ['op:8 m1:4 ri2:s12 ri3:s24', 'm1,ri2,ri3'],
  SMI: ['op:8 m1:4 -:4 b3:4 d3:12 ri2:s16', 'm1,ri2,d3(b3)'],
  RR: ['op:8 r1:4 r2:4', 'r1,r2'],
  RRm: ['op:8 m1:4 r2:4', 'm1,r2'],
  RR1: ['op:8 r1:4 -:4', 'r1'],
  RRE: ['op:16 -:8 r1:4 r2:4', 'r1,r2'],
  RRE1: ['op:16 -:8 r1:4 -:4', 'r1'],
  RREa: ['op:16 -:8 r1:4 a2:4', 'r1,a2'],
  RREb: ['op:16 -:8 a1:4 r2:4', 'a1,r2'],
  RREc: ['op:16 -:8 a1:4 a2:4', 'a1,a2'],
  RRFa: ['op:16 r3:4 -:4 r1:4 r2:4', 'r1,r2,r3'],
  RRFam: ['op:16 r3:4 m4:4 r1:4 r2:4', 'r1,r2,r3,m4'],
  RRFb: ['op:16 r3:4 m4:4 r1:4 r2:4', 'r1,r3,r2,m4'],
  RRFb0: ['op:16 r3:4 -:4 r1:4 r2:4', 'r1,r3,r2'],
  RRFc: ['op:16 m3:4 -:4 r1:4 r2:4', 'r1,r2,m3'],
  RRFe: ['op:16 m3:4 m4:4 r1:4 r2:4', 'r1,m3,r2,m4'],
  RRFe0: ['op:16 m3:4 -:4 r1:4 r2:4', 'r1,m3,r2'],
  RRD: ['op:16 r1:4 -:4 r3:4 r2:4', 'r1,r3,r2'],
  RX: ['op:8 r1:4 x2:4 b2:4 d2:12', 'r1,d2(x2,b2)'],
  RXm: ['op:8 m1:4 x2:4 b2:4 d2:12', 'm1,d2(x2,b2)'],
  RXE: ['op:8 r1:4 x2:4 b2:4 d2:12 -:8 op:8', 'r1,d2(x2,b2)'],
  RXEm: ['op:8 r1:4 x2:4 b2:4 d2:12 m3:4 -:4 op:8', 'r1,d2(x2,b2),m3'],
  RXF: ['op:8 r3:4 x2:4 b2:4 d2:12 r1:4 -:4 op:8', 'r1,r3,d2(x2,b2)'],
  RXY: ['op:8 r1:4 x2:4 b2:4 d2:20 op:8', 'r1,d2(x2,b2)'],
  RXYm: ['op:8 m1:4 x2:4 b2:4 d2:20 op:8', 'm1,d2(x2,b2)'],
  RS: ['op:8 r1:4 r3:4 b2:4 d2:12', 'r1,r3,d2(b2)'],
  RSa: ['op:8 a1:4 a3:4 b2:4 d2:12', 'a1,a3,d2(b2)'],
  RS1: ['op:8 r1:4 -:4 b2:4 d2:12', 'r1,d2(b2)'],
  RSm: ['op:8 r1:4 m3:4 b2:4 d2:12', 'r1,m3,d2(b2)'],
  RSI: ['op:8 r1:4 r3:4 ri2:s16', 'r1,r3,ri2'],
  RSL: ['op:8 l1:4 -:4 b1:4 d1:12 -:8 op:8', 'd1(l1,b1)'],
  RSLb: ['op:8 l2:8 b2:4 d2:12 r1:4 m3:4 op:8', 'r1,d2(l2,b2),m3'],
  RSY: ['op:8 r1:4 r3:4 b2:4 d2:20 op:8', 'r1,r3,d2(b2)'],
  RSYa: ['op:8 a1:4 a3:4 b2:4 d2:20 op:8', 'a1,a3,d2(b2)'],
  RSYm: ['op:8 r1:4 m3:4 b2:4 d2:20 op:8', 'r1,m3,d2(b2)'],
  RSYc: ['op:8 r1:4 m3:4 b2:4 d2:20 op:8', 'r1,d2(b2),m3'],
  RI: ['op:8 r1:4 op:4 i2:s16', 'r1,i2'],
  RIb: ['op:8 r1:4 op:4 ri2:s16', 'r1,ri2'],
  RIm: ['op:8 m1:4 op:4 ri2:s16', 'm1,ri2'],
  RIL: ['op:8 r1:4 op:4 i2:s32', 'r1,i2'],
  RILb: ['op:8 r1:4 op:4 ri2:s32', 'r1,ri2'],
  RILm: ['op:8 m1:4 op:4 ri2:s32', 'm1,ri2'],
  RIEa: ['op:8 r1:4 -:4 i2:s16 m3:4 -:4 op:8', 'r1,i2,m3'],
  RIEb: ['op:8 r1:4 r2:4 ri4:s16 m3:4 -:4 op:8', 'r1,r2,m3,ri4'],
  RIEc: ['op:8 r1:4 m3:4 ri4:s16 i2:s8 op:8', 'r1,i2,m3,ri4'],
  RIEd: ['op:8 r1:4 r3:4 i2:s16 -:8 op:8', 'r1,r3,i2'],
  RIEe: ['op:8 r1:4 r3:4 ri2:s16 -:8 op:8', 'r1,r3,ri2'],
  RIEf: ['op:8 r1:4 r2:4 i3:8 i4:8 i5:8 op:8', 'r1,r2,i3,i4,i5'],
  RIEg: ['op:8 r1:4 m3:4 i2:s16 -:8 op:8', 'r1,i2,m3'],
  RIS: ['op:8 r1:4 m3:4 b4:4 d4:12 i2:s8 op:8', 'r1,i2,m3,d4(b4)'],
  RRS: ['op:8 r1:4 r2:4 b4:4 d4:12 m3:4 -:4 op:8', 'r1,r2,m3,d4(b4)'],
  SI: ['op:8 i2:8 b1:4 d1:12', 'd1(b1),i2'],
  SIY: ['op:8 i2:8 b1:4 d1:20 op:8', 'd1(b1),i2'],
  SIYs: ['op:8 i2:s8 b1:4 d1:20 op:8', 'd1(b1),i2'],
  SIL: ['op:16 b1:4 d1:12 i2:s16', 'd1(b1),i2'],
  S: ['op:16 b2:4 d2:12', 'd2(b2)'],
  Sx: ['op:8 -:8 b2:4 d2:12', 'd2(b2)'],
  SSa: ['op:8 l1:8 b1:4 d1:12 b2:4 d2:12', 'd1(l1,b1),d2(b2)'],
  SSb: ['op:8 l1:4 l2:4 b1:4 d1:12 b2:4 d2:12', 'd1(l1,b1),d2(l2,b2)'],
  SSc: ['op:8 l1:4 i3:4 b1:4 d1:12 b2:4 d2:12', 'd1(l1,b1),d2(b2),i3'],
  SSe: ['op:8 r1:4 r3:4 b2:4 d2:12 b4:4 d4:12', 'r1,d2(b2),r3,d4(b4)'],
  SSf: ['op:8 l2:8 b1:4 d1:12 b2:4 d2:12', 'd1(b1),d2(l2,b2)'],
  SSE: ['op:16 b1:4 d1:12 b2:4 d2:12', 'd1(b1),d2(b2)'],
  SSF: ['op:8 r3:4 op:4 b1:4 d1:12 b2:4 d2:12', 'd1(b1),d2(b2),r3'],
  SSFr: ['op:8 r3:4 op:4 b1:4 d1:12 b2:4 d2:12', 'r3,d1(b1),d2(b2)'],
  VRIa0: ['op:8 v1:4 -:4 i2:s16 -:4 rxb:4 op:8', 'v1,i2'],
  VRIa: ['op:8 v1:4 -:4 i2:s16 m3:4 rxb:4 op:8', 'v1,i2,m3'],
  VRIb: ['op:8 v1:4 -:4 i2:8 i3:8 m4:4 rxb:4 op:8', 'v1,i2,i3,m4'],
  VRIc: ['op:8 v1:4 v3:4 i2:16 m4:4 rxb:4 op:8', 'v1,v3,i2,m4'],
  VRId: ['op:8 v1:4 v2:4 v3:4 -:4 i4:8 m5:4 rxb:4 op:8', 'v1,v2,v3,i4,m5'],
  VRId0: ['op:8 v1:4 v2:4 v3:4 -:4 i4:8 -:4 rxb:4 op:8', 'v1,v2,v3,i4'],
  VRIe: ['op:8 v1:4 v2:4 i3:12 m5:4 m4:4 rxb:4 op:8', 'v1,v2,i3,m4,m5'],
  VRRa0: ['op:8 v1:4 v2:4 -:20 rxb:4 op:8', 'v1,v2'],
  VRRa: ['op:8 v1:4 v2:4 -:16 m3:4 rxb:4 op:8', 'v1,v2,m3'],
  VRRam5: ['op:8 v1:4 v2:4 -:8 m5:4 -:4 m3:4 rxb:4 op:8', 'v1,v2,m3,m5'],
  VRRam4: ['op:8 v1:4 v2:4 -:12 m4:4 m3:4 rxb:4 op:8', 'v1,v2,m3,m4'],
  VRRamm: ['op:8 v1:4 v2:4 -:8 m5:4 m4:4 m3:4 rxb:4 op:8', 'v1,v2,m3,m4,m5'],
  VRRb: ['op:8 v1:4 v2:4 v3:4 -:4 m5:4 -:4 m4:4 rxb:4 op:8', 'v1,v2,v3,m4,m5'],
  VRRc0: ['op:8 v1:4 v2:4 v3:4 -:16 rxb:4 op:8', 'v1,v2,v3'],
  VRRc: ['op:8 v1:4 v2:4 v3:4 -:12 m4:4 rxb:4 op:8', 'v1,v2,v3,m4'],
  VRRcm5: ['op:8 v1:4 v2:4 v3:4 -:8 m5:4 m4:4 rxb:4 op:8', 'v1,v2,v3,m4,m5'],
  VRRcm6: ['op:8 v1:4 v2:4 v3:4 -:4 m6:4 m5:4 m4:4 rxb:4 op:8', 'v1,v2,v3,m4,m5,m6'],
  VRRd: ['op:8 v1:4 v2:4 v3:4 m5:4 m6:4 -:4 v4:4 rxb:4 op:8', 'v1,v2,v3,v4,m5,m6'],
  VRRd5: ['op:8 v1:4 v2:4 v3:4 m5:4 -:8 v4:4 rxb:4 op:8', 'v1,v2,v3,v4,m5'],
  VRRe0: ['op:8 v1:4 v2:4 v3:4 -:12 v4:4 rxb:4 op:8', 'v1,v2,v3,v4'],
  VRRe: ['op:8 v1:4 v2:4 v3:4 m6:4 -:4 m5:4 v4:4 rxb:4 op:8', 'v1,v2,v3,v4,m5,m6'],
  VRRf: ['op:8 v1:4 r2:4 r3:4 -:16 rxb:4 op:8', 'v1,r2,r3'],
  VRSa: ['op:8 v1:4 v3:4 b2:4 d2:12 m4:4 rxb:4 op:8', 'v1,v3,d2(b2),m4'],
  VRSa0: ['op:8 v1:4 v3:4 b2:4 d2:12 -:4 rxb:4 op:8', 'v1,v3,d2(b2)'],
  VRSb: ['op:8 v1:4 r3:4 b2:4 d2:12 m4:4 rxb:4 op:8', 'v1,r3,d2(b2),m4'],
  VRSb0: ['op:8 v1:4 r3:4 b2:4 d2:12 -:4 rxb:4 op:8', 'v1,r3,d2(b2)'],
  VRSc: ['op:8 r1:4 v3:4 b2:4 d2:12 m4:4 rxb:4 op:8', 'r1,v3,d2(b2),m4'],
  VRV: ['op:8 v1:4 v2:4 b2:4 d2:12 m3:4 rxb:4 op:8', 'v1,d2(v2,b2),m3'],
  VRX: ['op:8 v1:4 x2:4 b2:4 d2:12 m3:4 rxb:4 op:8', 'v1,d2(x2,b2),m3'],
  VRX0: ['op:8 v1:4 x2:4 b2:4 d2:12 -:4 rxb:4 op:8', 'v1,d2(x2,b2)'],
} as const;

export type FormatName = keyof typeof pictures;

function parse(name: string, picture: string, syntax: string): Format {
  const fields: Field[] = [];
  const opcode: Field[] = [];
  let start = 0;
  for (const piece of picture.split(' ')) {
    const [field = '', width = ''] = piece.split(':');
    const signed = width.startsWith('s');
    const bits = Number(signed ? width.slice(1) : width);
    if (field === 'op') opcode.push({ name: field, start, bits, signed });
    else if (field !== '-') fields.push({ name: field, start, bits, signed });
    start += bits;
  }
  if (start !== 16 && start !== 32 && start !== 48)
    throw new Error(`format ${name}: ${start} bits`);
  const operands = syntax === '' ? [] : syntax.split(/,(?![^(]*\))/);
  return { name, bytes: (start / 8) as 2 | 4 | 6, fields, opcode, syntax: operands };
}

/** All formats by name. */
export const formats: Readonly<Record<FormatName, Format>> = Object.fromEntries(
  Object.entries(pictures).map(([name, [picture, syntax]]) => [name, parse(name, picture, syntax)]),
) as Record<FormatName, Format>;

/**
 * Reads bits [start, start + bits) of an instruction: `high` holds bits 0–31, `low` bits 32–47 in
 * its upper half. No field crosses bit 32 but the 32-bit immediate at bit 16 and the 20-bit
 * displacement, which `readField` puts together.
 */
function bitsOf(high: number, low: number, start: number, bits: number): number {
  if (start + bits <= 32) return (high << start) >>> (32 - bits);
  if (start >= 32) return (low << (start - 32)) >>> (32 - bits);
  const left = 32 - start;
  const right = bits - left;
  return (((high << start) >>> (32 - left)) * 2 ** right + (low >>> (32 - right))) >>> 0;
}

/** Value of a field. */
export function readField(field: Field, high: number, low: number): number {
  const { name, start, bits, signed } = field;
  const value = bitsOf(high, low, start, bits);
  if (name.startsWith('d') && bits === 20) {
    // DL is the low 12 bits, DH (signed) the high 8.
    return (((value & 0xff) << 24) >> 12) | (value >>> 8);
  }
  return signed ? (value << (32 - bits)) >> (32 - bits) : value;
}

/** The register number a vector field means: the RXB field has the leftmost bits of all of them. */
export function vectorRegister(field: Field, value: number, rxb: number): number {
  return rxb & rxbBit(field) ? value + 16 : value;
}

/** The bit of RXB that belongs to a vector field. */
export function rxbBit(field: Field): number {
  return field.start === 8 ? 8 : field.start === 12 ? 4 : field.start === 16 ? 2 : 1;
}

/** Length in bytes of an instruction from its first byte. */
export function instructionLength(first: number): 2 | 4 | 6 {
  return first < 0x40 ? 2 : first < 0xc0 ? 4 : 6;
}
