import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import wabt from 'wabt';
import { BlockDecoder } from '../../src/cpu/blocks.ts';
import { aarch64 } from '../../src/cpu/isa/aarch64/aarch64.ts';
import { guestBias } from '../../src/cpu/state.ts';
import { translateGroup } from '../../src/cpu/translate/translator.ts';

/** Emitted code reviewed like source: `UPDATE_GOLDEN=1` writes the files anew. */
// biome-ignore lint/complexity/useLiteralKeys: an index signature.
const update = process.env['UPDATE_GOLDEN'] === '1';

const ret = 0xd65f03c0;
const codeAddress = 0x10000;

/** Name of a golden file, instructions (as objdump prints them) and their words. */
// biome-ignore format: a table
const goldens: readonly (readonly [string, readonly string[], readonly number[]])[] = [
  ['add_shifted', ['add x0, x1, x2, lsl #3'], [0x8b020c20]],
  ['compare_and_branch', ['subs xzr, x0, x1', 'b.eq 0x10008'], [0xeb01001f, 0x54000020]],
  ['load_pre_indexed', ['ldr x0, [x1, #8]!'], [0xf8408c20]],
  ['float_add', ['fadd d0, d1, d2'], [0x1e622820]],
  ['vector_add', ['add v0.4s, v1.4s, v2.4s'], [0x4ea28420]],
  ['half_add', ['fadd h0, h1, h2'], [0x1ee22820]],
  ['compare_and_swap', ['cas x0, x1, [x2]'], [0xc8a07c41]],
];

/** The region of `words` followed by RET, as WebAssembly text. */
async function textOf(words: readonly number[]): Promise<string> {
  const view = new DataView(new ArrayBuffer(0x8000));
  for (const [n, word] of [...words, ret].entries()) {
    view.setUint32(codeAddress - guestBias + n * 4, word, true);
  }
  const decoder = new BlockDecoder(aarch64);
  const head = decoder.decode(view, codeAddress);
  const source = { blockAt: () => undefined, observed: () => [] };
  const tools = await wabt();
  const module = tools.readWasm(translateGroup([[head]], source, false).bytes.slice(), {
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

for (const [name, texts, words] of goldens) {
  test(`${texts.join('; ')} becomes ${name}.wat`, async () => {
    const view = new DataView(Int32Array.from(words).buffer);
    const listing = words.map((_, n) => aarch64.disassemble(view, n * 4, codeAddress + n * 4).text);
    expect(listing).toEqual(texts);
    const file = new URL(`./golden/aarch64/${name}.wat`, import.meta.url);
    const got = `;; ${texts.join('; ')}\n${await textOf(words)}`;
    if (update) writeFileSync(file, got);
    expect(existsSync(file)).toBe(true);
    expect(got).toBe(readFileSync(file, 'utf8'));
  });
}
