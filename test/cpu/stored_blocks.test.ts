import { expect, test } from 'vitest';
import { BlockDecoder, type DecodedBlock, sameCode } from '../../src/cpu/blocks.ts';
import { createTranslationCache, sharedTranslations } from '../../src/cpu/cache.ts';
import { x86_64 } from '../../src/cpu/isa/x86/x86_64.ts';
import { guestBias } from '../../src/cpu/state.ts';
import { StoredBlocks, storeBlocks } from '../../src/cpu/stored_blocks.ts';
import { TranslationKeeper } from '../../src/cpu/translation_store.ts';
import type { TranslationStore } from '../../src/host/runtime.ts';

const build = '0123456789abcdef'.repeat(4);

/** Memory with `count` functions of a few instructions, 32 bytes apart, from guest 0x10000 on. */
function code(count: number, seed: number) {
  const memory = new Uint8Array(0x20000);
  for (let n = 0; n < count; n++) {
    // mov eax, imm32; add rbx, rax; jne +n; (ret)
    const bytes = [0xb8, n & 255, seed, 0, 0, 0x48, 0x01, 0xc3, 0x75, n & 15, 0xc3];
    memory.set(bytes, 0x10000 - guestBias + n * 32);
  }
  return memory;
}

function decodeAll(memory: Uint8Array, count: number): DecodedBlock[] {
  const decoder = new BlockDecoder(x86_64);
  const view = new DataView(memory.buffer);
  return Array.from({ length: count }, (_, n) => decoder.decode(view, 0x10000 + n * 32));
}

const current = (memory: Uint8Array) => (block: DecodedBlock) => sameCode(block, memory);

test('blocks come out of a file as they were decoded', () => {
  const memory = code(300, 1);
  const blocks = decodeAll(memory, 300);
  const file = StoredBlocks.open(storeBlocks(build, blocks, undefined, 1e7), build)!;
  expect(file.count).toBe(300);
  for (const block of blocks) expect(file.find(block.pc, current(memory))).toEqual(block);
  expect(file.find(0x10001, () => true)).toBeUndefined();
  // Other code at the same address.
  expect(file.find(0x10000, current(code(300, 2)))).toBeUndefined();
});

test('a file of another translator, cut short or of something else is none', () => {
  const bytes = storeBlocks(build, decodeAll(code(3, 1), 3), undefined, 1e7);
  expect(StoredBlocks.open(bytes, build.replace('0', '1'))).toBeUndefined();
  for (const length of [0, 4, 40, 47, bytes.length - 4]) {
    expect(StoredBlocks.open(bytes.slice(0, length), build)).toBeUndefined();
  }
  expect(StoredBlocks.open(new Uint8Array(4096).fill(7), build)).toBeUndefined();
});

test('whatever word is damaged: a block is the right one or none', () => {
  const memory = code(2, 1);
  const blocks = decodeAll(memory, 2);
  const good = storeBlocks(build, blocks, undefined, 1e7);
  for (let at = 0; at < good.length; at++) {
    const bytes = good.slice();
    bytes[at]! ^= 0x55;
    const file = StoredBlocks.open(bytes, build);
    for (const block of blocks) {
      const found = file?.find(block.pc, current(memory));
      if (found) expect(found).toEqual(block);
    }
    for (const part of file?.parts(new Set()) ?? []) expect(part.length).toBeLessThan(200);
  }
});

test('new blocks replace equal ones, and the oldest go at the limit', () => {
  const first = decodeAll(code(100, 1), 100);
  const older = StoredBlocks.open(storeBlocks(build, first, undefined, 1e7), build)!;
  const second = decodeAll(code(150, 1), 150).slice(50);
  const merged = StoredBlocks.open(storeBlocks(build, second, older, 1e7), build)!;
  expect(merged.count).toBe(150);
  const small = storeBlocks(build, second, older, 24_000);
  expect(small.length).toBeLessThanOrEqual(24_000);
  const file = StoredBlocks.open(small, build)!;
  expect(file.count).toBeGreaterThan(20);
  expect(file.place(second[0]!)).not.toBe(0);
  expect(file.place(first[0]!)).toBe(0);
});

/** A store that counts. */
class MemoryTranslations implements TranslationStore {
  readonly files: Map<string, Uint8Array> = new Map();
  saves = 0;

  load(name: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.files.get(name));
  }

  save(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    this.saves++;
    this.files.set(name, bytes);
    return Promise.resolve();
  }
}

test('a second process decodes nothing, and writes nothing', async () => {
  const memory = code(100, 3);
  const store = new MemoryTranslations();
  const run = async (): Promise<{ blocksDecoded: number; blocksRestored: number }> => {
    const cache = createTranslationCache();
    const keeper = new TranslationKeeper(cache, store, build);
    const decoder = new BlockDecoder(x86_64);
    await keeper.during(x86_64, '/bin/A program', async () => {
      for (let n = 0; n < 100; n++) {
        const pc = 0x10000 + n * 32;
        const shared = sharedTranslations(cache);
        const page = shared.pageAt(x86_64, pc, new Int32Array(memory.buffer));
        if (shared.find(x86_64, page, pc, memory)) continue;
        shared.add(page, decoder.decode(new DataView(memory.buffer), pc));
      }
    });
    return cache.statistics;
  };
  expect(await run()).toMatchObject({ blocksDecoded: 100, blocksRestored: 0 });
  expect([...store.files.keys()]).toEqual(['x86_64-a_program']);
  expect(await run()).toMatchObject({ blocksDecoded: 0, blocksRestored: 100 });
  expect(store.saves).toBe(1);
  store.files.set('x86_64-a_program', new Uint8Array(9));
  expect(await run()).toMatchObject({ blocksDecoded: 100, blocksRestored: 0 });
});
