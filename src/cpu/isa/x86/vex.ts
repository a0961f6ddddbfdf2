/**
 * VEX forms made from the SSE rows (SDM vol. 1, chapter 14): the same operation with a separate
 * first source, the upper half of the destination cleared, and for most both halves of ymm
 * registers.
 */

import type { Lower, RowSource } from './row.ts';
import { sseFloatRows } from './sse_float.ts';
import { sseIntegerRows } from './sse_integer.ts';
import { sseStringRows } from './sse_string.ts';

const words = (text: string): string[] => text.split(' ');

/** First source in VEX.vvvv. */
// biome-ignore format: a table
const threeOperands = new Set(words(
  'ADDPS ADDPD SUBPS SUBPD MULPS MULPD DIVPS DIVPD MINPS MINPD MAXPS MAXPD ANDPS ANDPD ANDNPS ANDNPD ORPS ORPD XORPS XORPD ' +
  'ADDSS ADDSD SUBSS SUBSD MULSS MULSD DIVSS DIVSD MINSS MINSD MAXSS MAXSD SQRTSS SQRTSD RCPSS RSQRTSS ROUNDSS ROUNDSD ' +
  'CVTSI2SS CVTSI2SD CVTSS2SD CVTSD2SS MOVHLPS MOVLHPS INSERTPS DPPS DPPD SHUFPS SHUFPD ' +
  'UNPCKLPS UNPCKLPD UNPCKHPS UNPCKHPD HADDPS HADDPD HSUBPS HSUBPD ADDSUBPS ADDSUBPD BLENDPS BLENDPD ' +
  'PADDB PADDW PADDD PADDQ PSUBB PSUBW PSUBD PSUBQ PADDSB PADDSW PADDUSB PADDUSW PSUBSB PSUBSW PSUBUSB PSUBUSW ' +
  'PMINUB PMAXUB PMINSW PMAXSW PAVGB PAVGW PCMPEQB PCMPEQW PCMPEQD PCMPEQQ PCMPGTB PCMPGTW PCMPGTD PCMPGTQ PAND PANDN POR PXOR ' +
  'PMULLW PMADDWD PMULHW PMULHUW PMULUDQ PMULDQ PMULLD PSADBW PSRLW PSRLD PSRLQ PSRAW PSRAD PSLLW PSLLD PSLLQ PSRLDQ PSLLDQ ' +
  'PUNPCKLBW PUNPCKLWD PUNPCKLDQ PUNPCKLQDQ PUNPCKHBW PUNPCKHWD PUNPCKHDQ PUNPCKHQDQ PACKSSWB PACKUSWB PACKSSDW PACKUSDW ' +
  'PSHUFB PHADDW PHADDD PHADDSW PHSUBW PHSUBD PHSUBSW PSIGNB PSIGNW PSIGND PMULHRSW PMADDUBSW PALIGNR PBLENDW MPSADBW ' +
  'PMINSB PMINSD PMINUW PMINUD PMAXSB PMAXSD PMAXUW PMAXUD PINSRB PINSRW PINSRD',
));
/** As many operands as in SSE. */
// biome-ignore format: a table
const twoOperands = new Set(words(
  'MOVAPS MOVAPD MOVUPS MOVUPD MOVNTPS MOVNTPD MOVSLDUP MOVSHDUP MOVDDUP SQRTPS SQRTPD RSQRTPS RCPPS ROUNDPS ROUNDPD ' +
  'CVTDQ2PS CVTPS2DQ CVTTPS2DQ CVTPS2PD CVTDQ2PD CVTPD2PS CVTPD2DQ CVTTPD2DQ CVTSS2SI CVTSD2SI CVTTSS2SI CVTTSD2SI ' +
  'MOVDQA MOVDQU LDDQU MOVNTDQ MOVNTDQA MOVD MOVQ PABSB PABSW PABSD PSHUFD PSHUFHW PSHUFLW ' +
  'PMOVSXBW PMOVSXBD PMOVSXBQ PMOVSXWD PMOVSXWQ PMOVSXDQ PMOVZXBW PMOVZXBD PMOVZXBQ PMOVZXWD PMOVZXWQ PMOVZXDQ ' +
  'UCOMISS UCOMISD COMISS COMISD MOVMSKPS MOVMSKPD PMOVMSKB PTEST PHMINPOSUW PEXTRB PEXTRW PEXTRD EXTRACTPS MASKMOVDQU ' +
  'PCMPESTRM PCMPESTRI PCMPISTRM PCMPISTRI',
));
/** Not for ymm registers, or not by doing the same to both halves. */
// biome-ignore format: a table
const only128 = new Set(words(
  'MOVHLPS MOVLHPS INSERTPS DPPD PINSRB PINSRW PINSRD MOVD MOVQ ' +
  'MOVMSKPS MOVMSKPD PMOVMSKB PTEST PHMINPOSUW PEXTRB PEXTRW PEXTRD EXTRACTPS MASKMOVDQU PCMPESTRM PCMPESTRI PCMPISTRM PCMPISTRI',
));
/** Bits of the immediate the lower half uses, where the upper one has its own. */
const immediateBits: Readonly<Record<string, number>> = {
  SHUFPD: 2,
  BLENDPS: 4,
  BLENDPD: 2,
  MPSADBW: 3,
};
const shiftCounts = new Set(words('PSRLW PSRLD PSRLQ PSRAW PSRAD PSLLW PSLLD PSLLQ'));

/** Lowers both halves of a 256-bit instruction; `bits` of the immediate belong to the lower one. */
export const bothHalves =
  (lower: Lower, bits = 0): Lower =>
  (c) => {
    const { immediate } = c.i;
    c.half = 0;
    lower(c);
    c.half = 1;
    c.i.immediate = (immediate & 0xff) >> bits;
    lower(c);
    c.half = 0;
    c.i.immediate = immediate;
  };

/** A 256-bit source to 128 bits: the low quadwords of both results. */
const narrowing =
  (lower: Lower): Lower =>
  (c) => {
    lower(c);
    const low = c.takeResult();
    c.half = 1;
    lower(c);
    const high = c.takeResult();
    c.half = 0;
    c.writeVector(
      0,
      c.b.shuffle(low, high, [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]),
    );
  };
const narrows = new Set(words('CVTPD2PS CVTPD2DQ CVTTPD2DQ'));

/** `66 0F 38 00 /r` under VEX: `VEX.128.66.0F38 00 /r`. */
function vexEncoding(encoding: string, length: string): string {
  const tokens = encoding.split(' ');
  const prefix = tokens[0] === 'NP' ? '' : `.${tokens[0]}`;
  const long = tokens[2] === '38' || tokens[2] === '3A';
  const map = long ? `0F${tokens[2]}` : '0F';
  return `VEX.${length}${prefix}.${map} ${tokens.slice(long ? 3 : 2).join(' ')}`;
}

/** `ADDPS xmm1, xmm2/m128` with a first source: `VADDPS xmm1, xmm2, xmm3/m128`. */
function threeOperandSyntax(syntax: string): string {
  const [name, list] = [
    syntax.slice(0, syntax.indexOf(' ')),
    syntax.slice(syntax.indexOf(' ') + 1),
  ];
  const [, ...sources] = list.split(', ');
  const moved = sources.map((source) => source.replace('xmm2', 'xmm3'));
  return `V${name} xmm1, xmm2, ${moved.join(', ')}`;
}

/** The syntax of the 256-bit form: ymm registers, memory of twice the size. */
function wideSyntax(syntax: string, name: string): string {
  if (narrows.has(name)) return syntax.replace('xmm2/m128', 'ymm2/m256');
  if (shiftCounts.has(name)) return syntax.replace(/xmm([12]),/g, 'ymm$1,');
  const source = /xmm2\/m(16|32|64)\b/.exec(syntax);
  if (source && name !== 'MOVDDUP') {
    return syntax.replace('xmm1', 'ymm1').replace(source[0], `xmm2/m${Number(source[1]) * 2}`);
  }
  return syntax.replaceAll('xmm', 'ymm').replace(/m(64|128)\b/, 'm256');
}

const scalar = (name: string): boolean =>
  /S[SD]$|^CVT(T?S[SD]2SI|SI2S|SS2SD|SD2SS)/.test(name) && !/^(MOV|PA|PM)/.test(name);

/** Upper halves that PCMPxSTRM's routine does not clear. */
const clearing =
  (lower: Lower): Lower =>
  (c) => {
    lower(c);
    c.clearUpper(0);
  };

/** The VEX rows of one SSE row. */
function vexRows([encoding, syntax, lower, notes = '']: RowSource): RowSource[] {
  const name = syntax.split(/ /, 1)[0]!;
  const three = threeOperands.has(name);
  const isMmx = / mm|, mm/.test(syntax) || !/^(NP|66|F2|F3) 0F/.test(encoding);
  if (isMmx || !(three || twoOperands.has(name))) return [];
  const text = three ? threeOperandSyntax(syntax) : `V${syntax}`;
  const attributes = three ? `nds ${notes}`.trim() : notes;
  const meaning = name.endsWith('STRM') ? clearing(lower) : lower;
  if (scalar(name)) return [[vexEncoding(encoding, 'LIG'), text, meaning, attributes]];
  const rows: RowSource[] = [[vexEncoding(encoding, '128'), text, meaning, attributes]];
  if (only128.has(name)) return rows;
  const wideAttributes = shiftCounts.has(name) ? `${attributes} count` : attributes;
  const wide = narrows.has(name) ? narrowing(lower) : bothHalves(lower, immediateBits[name]);
  rows.push([vexEncoding(encoding, '256'), wideSyntax(text, name), wide, wideAttributes]);
  return rows;
}

/** AVX and AVX2 forms of SSE instructions. */
export const vexFormRows: readonly RowSource[] = [
  ...sseFloatRows,
  ...sseIntegerRows,
  ...sseStringRows,
].flatMap(vexRows);
