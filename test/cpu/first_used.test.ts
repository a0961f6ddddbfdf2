import { expect, test } from 'vitest';
import { createCpu, createTranslationCache } from '../../src/cpu/cpu.ts';
import { x86_64 } from '../../src/cpu/isa/x86/x86_64.ts';
import { guestBias } from '../../src/cpu/state.ts';

test('firstUsed finds the first 128 bytes that are not zero, wherever in them', () => {
  const memory = new WebAssembly.Memory({ initial: 40 });
  const entropy = (): bigint => 0n;
  const allocate = (): number => 0x40000;
  const cpu = createCpu({
    isa: x86_64,
    memory,
    cache: createTranslationCache(),
    allocate,
    entropy,
  });
  const bytes = new Uint8Array(memory.buffer);
  const [start, end] = [0x20000, 0x22000];
  expect(cpu.firstUsed(start, end)).toBe(end);
  for (let offset = 0; offset < end - start; offset += 61) {
    bytes[start + offset - guestBias] = 0x80;
    expect(cpu.firstUsed(start, end)).toBe(start + (offset & ~127));
    bytes[start + offset - guestBias] = 0;
  }
  expect(cpu.firstUsed(start, start)).toBe(start);
});
