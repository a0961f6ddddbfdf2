import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import wabt from 'wabt';
import { BlockDecoder } from '../../src/cpu/blocks.ts';
import { aarch64 } from '../../src/cpu/isa/aarch64/aarch64.ts';
import type { Isa } from '../../src/cpu/isa/isa.ts';
import { s390x } from '../../src/cpu/isa/s390x/s390x.ts';
import { x86_64 } from '../../src/cpu/isa/x86/x86_64.ts';
import { guestBias } from '../../src/cpu/state.ts';
import { translateGroup } from '../../src/cpu/translate/translator.ts';

/** Emitted code reviewed like source: `UPDATE_GOLDEN=1` writes the files anew. */
// biome-ignore lint/complexity/useLiteralKeys: an index signature.
const update = process.env['UPDATE_GOLDEN'] === '1';

const codeAddress = 0x10000;

/** Name of a golden file, instructions as the disassembler prints them, and their bytes. */
type Golden = readonly [name: string, texts: readonly string[], hex: string];

interface GoldenSet {
  readonly isa: Isa;
  /** Bytes of the return that ends the region. */
  readonly end: string;
  readonly goldens: readonly Golden[];
}

// biome-ignore format: tables
const sets: readonly GoldenSet[] = [
  { isa: aarch64, end: 'c0035fd6', goldens: [
    ['add_shifted', ['add x0, x1, x2, lsl #3'], '200c028b'],
    ['compare_and_branch', ['subs xzr, x0, x1', 'b.eq 0x10008'], '1f0001eb 20000054'],
    ['load_pre_indexed', ['ldr x0, [x1, #8]!'], '208c40f8'],
    ['float_add', ['fadd d0, d1, d2'], '2028621e'],
    ['vector_add', ['add v0.4s, v1.4s, v2.4s'], '2084a24e'],
    ['half_add', ['fadd h0, h1, h2'], '2028e21e'],
    ['compare_and_swap', ['cas x0, x1, [x2]'], '417ca0c8'],
  ] },
  { isa: x86_64, end: 'c3', goldens: [
    ['add_memory', ['add rax, qword ptr [rbx+rcx*8+0x10]'], '4803 44cb 10'],
    ['compare_and_branch', ['cmp eax, ebx', 'je 0x10004'], '39d8 7400'],
    ['byte_register', ['mov ah, bl'], '88dc'],
    ['add_carry', ['add eax, ebx', 'adc edx, ecx'], '01d8 11ca'],
    ['divide', ['xor edx, edx', 'div rcx'], '31d2 48f7f1'],
    ['store_string', ['rep stosq'], 'f348ab'],
    ['float_add', ['addsd xmm0, xmm1'], 'f20f58c1'],
    ['vector_shuffle', ['pshufb xmm0, xmm1'], '660f3800c1'],
    ['vector_wide', ['vpaddd ymm0, ymm1, ymm2'], 'c5f5fec2'],
    ['x87_add', ['fadd st(0), st(1)'], 'd8c1'],
    ['encrypt', ['aesenc xmm0, xmm1'], '660f38dcc1'],
  ] },
  { isa: s390x, end: '07fe', goldens: [
    ['add_registers', ['agrk\t%r1,%r2,%r3'], 'b9e83012'],
    ['add_word', ['ahi\t%r1,5'], 'a71a0005'],
    ['compare_and_branch', ['cgr\t%r1,%r2', 'brc\t8,0x10004'], 'b9200012 a7840000'],
    ['load_indexed', ['lg\t%r1,-8(%r2,%r3)'], 'e3123ff8ff04'],
    ['store_multiple', ['stmg\t%r6,%r9,48(%r15)'], 'eb69f0300024'],
    ['move_characters', ['mvc\t0(16,%r2),8(%r3)'], 'd20f20003008'],
    ['compare_and_swap', ['csg\t%r1,%r2,0(%r3)'], 'eb1230000030'],
    ['float_add', ['adbr\t%f0,%f2'], 'b31a0002'],
    ['vector_find', ['vfene\t%v1,%v2,%v3,0,3'], 'e71230300081'],
    ['move_long', ['mvcle\t%r2,%r4,0'], 'a8240000'],
    ['search_string', ['srst\t%r2,%r3'], 'b25e0023'],
  ] },
];

const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from(hex.replaceAll(' ', '').match(/../g)!, (byte) => Number.parseInt(byte, 16));

/** The region of `code` followed by a return, as WebAssembly text. */
async function textOf(isa: Isa, code: Uint8Array): Promise<string> {
  const memory = new Uint8Array(0x8000);
  memory.set(code, codeAddress - guestBias);
  const decoder = new BlockDecoder(isa);
  const head = decoder.decode(new DataView(memory.buffer), codeAddress);
  const source = { blockAt: () => undefined, observed: () => [] };
  const tools = await wabt();
  const module = tools.readWasm(translateGroup([[head]], source, 0).bytes.slice(), {
    readDebugNames: false,
    simd: true,
    tail_call: true,
    sat_float_to_int: true,
    bulk_memory: true,
  });
  const text = module.toText({ foldExprs: true, inlineExport: false });
  module.destroy();
  return text;
}

function disassemble(isa: Isa, code: Uint8Array): string[] {
  // Decoders may look beyond the last instruction.
  const padded = new Uint8Array(code.length + isa.instructionBytesMax);
  padded.set(code);
  const view = new DataView(padded.buffer);
  const texts: string[] = [];
  for (let at = 0; at < code.length; ) {
    const { text, bytes } = isa.disassemble(view, at, codeAddress + at);
    texts.push(text);
    at += bytes;
  }
  return texts;
}

for (const { isa, end, goldens } of sets) {
  for (const [name, texts, hex] of goldens) {
    test(`${isa.name}: ${texts.join('; ')} becomes ${name}.wat`, async () => {
      expect(disassemble(isa, bytesOf(hex))).toEqual(texts);
      const file = new URL(`./golden/${isa.name}/${name}.wat`, import.meta.url);
      const got = `;; ${texts.join('; ')}\n${await textOf(isa, bytesOf(hex + end))}`;
      if (update) writeFileSync(file, got);
      expect(existsSync(file)).toBe(true);
      expect(got).toBe(readFileSync(file, 'utf8'));
    });
  }
}
