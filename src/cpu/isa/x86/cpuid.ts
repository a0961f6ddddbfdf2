/**
 * What CPUID answers, by a named model (SDM vol. 2, CPUID). It states what is implemented and
 * nothing else.
 */

/** EAX, EBX, ECX, EDX. */
export type CpuidResult = readonly [eax: number, ebx: number, ecx: number, edx: number];

/** A processor model: brand string and feature bits. */
export interface CpuModel {
  readonly name: string;
  readonly brand: string;
  readonly features1Ecx: number;
  readonly features1Edx: number;
  readonly features7Ebx: number;
  readonly extendedEcx: number;
  readonly extendedEdx: number;
}

const bits = (...numbers: number[]): number =>
  numbers.reduce((sum, bit) => (sum | (1 << bit)) >>> 0, 0);

/**
 * The x86-64-v2 level of the psABI with what else has rows here: MOVBE, RDTSCP, LZCNT.
 */
export const modelV2: CpuModel = {
  name: 'x86-64-v2',
  brand: 'stiletto x86-64-v2 translator',
  // SSE3, SSSE3, CMPXCHG16B, SSE4.1, SSE4.2, MOVBE, POPCNT, hypervisor
  features1Ecx: bits(0, 9, 13, 19, 20, 22, 23, 31),
  // FPU, TSC, CX8, CMOV, CLFSH, MMX, FXSR, SSE, SSE2
  features1Edx: bits(0, 4, 8, 15, 19, 23, 24, 25, 26),
  // FSGSBASE
  features7Ebx: bits(0),
  // LAHF, LZCNT
  extendedEcx: bits(0, 5),
  // SYSCALL, NX, RDTSCP, long mode
  extendedEdx: bits(11, 20, 27, 29),
};

const text = (s: string): number[] =>
  Array.from({ length: s.length / 4 }, (_, n) =>
    [0, 1, 2, 3].reduce((word, k) => word | (s.charCodeAt(n * 4 + k) << (8 * k)), 0),
  );

/** Family 6, model 0x1a, stepping 0: a v2 machine to software that looks at the signature. */
const signature = 0x000106a0;

/** The answer to leaf `eax`, subleaf `ecx`. Leaves above the highest answer zeros. */
export function cpuidLeaf(leaf: number, subleaf: number, model: CpuModel = modelV2): CpuidResult {
  switch (leaf) {
    case 0: {
      const [ebx, edx, ecx] = text('GenuineIntel');
      return [7, ebx!, ecx!, edx!];
    }
    case 1:
      // EBX: CLFLUSH line of 8 quadwords, one logical processor.
      return [signature, 0x00010800, model.features1Ecx, model.features1Edx];
    case 4:
      return cacheLeaf(subleaf);
    case 7:
      return subleaf === 0 ? [0, model.features7Ebx, 0, 0] : [0, 0, 0, 0];
    case 0x4000_0000: {
      const [a, b, c] = text('stiletto    ');
      return [0x4000_0000, a!, b!, c!];
    }
    case 0x8000_0000:
      return [0x8000_0008, 0, 0, 0];
    case 0x8000_0001:
      return [0, 0, model.extendedEcx, model.extendedEdx];
    case 0x8000_0002:
    case 0x8000_0003:
    case 0x8000_0004: {
      const words = text(model.brand.padEnd(48, '\0')).slice(
        (leaf & 7) * 4 - 8,
        (leaf & 7) * 4 - 4,
      );
      return words as unknown as CpuidResult;
    }
    case 0x8000_0008:
      // 40 physical, 48 virtual address bits.
      return [0x3028, 0, 0, 0];
    default:
      return [0, 0, 0, 0];
  }
}

/**
 * Deterministic cache parameters: 32 KiB level 1, 256 KiB level 2, 8 MiB level 3, 64-byte lines.
 */
function cacheLeaf(subleaf: number): CpuidResult {
  const cache = (type: number, level: number, ways: number, sets: number): CpuidResult => [
    type | (level << 5) | (1 << 8),
    63 | ((ways - 1) << 22),
    sets - 1,
    0,
  ];
  if (subleaf === 0) return cache(1, 1, 8, 64);
  if (subleaf === 1) return cache(2, 1, 8, 64);
  if (subleaf === 2) return cache(3, 2, 8, 512);
  if (subleaf === 3) return cache(3, 3, 16, 8192);
  return [0, 0, 0, 0];
}
