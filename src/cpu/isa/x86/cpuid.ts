/**
 * What CPUID answers, by a named model (SDM vol. 2, CPUID). It states what is implemented and
 * nothing else.
 */

import { xsaveBytes } from './xsave.ts';

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
  /** Whether XSAVE and the state of AVX exist. */
  readonly avx: boolean;
}

const bits = (...numbers: number[]): number =>
  numbers.reduce((sum, bit) => (sum | (1 << bit)) >>> 0, 0);

// Leaf 1 EDX of every model: FPU, TSC, CX8, CMOV, CLFSH, MMX, FXSR, SSE, SSE2.
const baseEdx = bits(0, 4, 8, 15, 19, 23, 24, 25, 26);
// SYSCALL, NX, RDTSCP, long mode.
const extendedBaseEdx = bits(11, 20, 27, 29);
// CMPXCHG16B, hypervisor: what every model has of leaf 1 ECX.
const baseEcx = [13, 31];
// SSE3, SSSE3, SSE4.1, SSE4.2, MOVBE, POPCNT.
const v2Ecx = [...baseEcx, 0, 9, 19, 20, 22, 23];
// FSGSBASE.
const fsgsbase = 0;

/** The base level of the psABI. */
export const modelV1: CpuModel = {
  name: 'x86-64',
  brand: 'stiletto x86-64 translator',
  features1Ecx: bits(...baseEcx),
  features1Edx: baseEdx,
  features7Ebx: bits(fsgsbase),
  extendedEcx: bits(0),
  extendedEdx: extendedBaseEdx,
  avx: false,
};

/** The x86-64-v2 level with MOVBE, RDTSCP, LZCNT. */
export const modelV2: CpuModel = {
  name: 'x86-64-v2',
  brand: 'stiletto x86-64-v2 translator',
  features1Ecx: bits(...v2Ecx),
  features1Edx: baseEdx,
  features7Ebx: bits(fsgsbase),
  // LAHF, LZCNT
  extendedEcx: bits(0, 5),
  extendedEdx: extendedBaseEdx,
  avx: false,
};

/** The x86-64-v3 level with AES, PCLMULQDQ, SHA, ADX, RDRAND, RDSEED. */
export const modelV3: CpuModel = {
  name: 'x86-64-v3',
  brand: 'stiletto x86-64-v3 translator',
  // and PCLMULQDQ, FMA, AES, XSAVE, OSXSAVE, AVX, F16C, RDRAND
  features1Ecx: bits(...v2Ecx, 1, 12, 25, 26, 27, 28, 29, 30),
  features1Edx: baseEdx,
  // BMI1, AVX2, BMI2, RDSEED, ADX, SHA
  features7Ebx: bits(fsgsbase, 3, 5, 8, 18, 19, 29),
  extendedEcx: bits(0, 5),
  extendedEdx: extendedBaseEdx,
  avx: true,
};

/** Names of models, as options take them. */
export const modelNames = ['x86-64', 'x86-64-v2', 'x86-64-v3'] as const;
export type ModelName = (typeof modelNames)[number];
/** What programs find unless asked otherwise. */
export const modelDefault: ModelName = 'x86-64-v2';

/** Models by name. */
export const models: Readonly<Record<ModelName, CpuModel>> = {
  'x86-64': modelV1,
  'x86-64-v2': modelV2,
  'x86-64-v3': modelV3,
};

// Names of the features in /proc/cpuinfo (arch/x86/include/asm/cpufeatures.h), by bit.
// biome-ignore format: a table
const names1Edx: readonly string[] = [
  'fpu', 'vme', 'de', 'pse', 'tsc', 'msr', 'pae', 'mce', 'cx8', 'apic', '', 'sep', 'mtrr', 'pge', 'mca', 'cmov',
  'pat', 'pse36', 'pn', 'clflush', '', 'dts', 'acpi', 'mmx', 'fxsr', 'sse', 'sse2',
];
// biome-ignore format: a table
const names1Ecx: readonly string[] = [
  'pni', 'pclmulqdq', 'dtes64', 'monitor', 'ds_cpl', 'vmx', 'smx', 'est', 'tm2', 'ssse3', 'cid', 'sdbg', 'fma', 'cx16', 'xtpr', 'pdcm',
  '', 'pcid', 'dca', 'sse4_1', 'sse4_2', 'x2apic', 'movbe', 'popcnt', 'tsc_deadline_timer', 'aes', 'xsave', '', 'avx', 'f16c', 'rdrand', 'hypervisor',
];
// biome-ignore format: a table
const names7Ebx: readonly string[] = [
  'fsgsbase', '', '', 'bmi1', 'hle', 'avx2', '', 'smep', 'bmi2', 'erms', 'invpcid', '', '', '', 'mpx', '',
  'avx512f', 'avx512dq', 'rdseed', 'adx', 'smap', '', '', '', '', '', '', '', '', 'sha_ni',
];
const namesExtendedEdx = new Map([
  [11, 'syscall'],
  [20, 'nx'],
  [27, 'rdtscp'],
  [29, 'lm'],
]);
const namesExtendedEcx = new Map([
  [0, 'lahf_lm'],
  [5, 'abm'],
]);

/** A model's features by the names /proc/cpuinfo has for them. */
export function featureNames(model: CpuModel): readonly string[] {
  const named = (word: number, name: (bit: number) => string | undefined): string[] =>
    Array.from({ length: 32 }, (_, bit) => ((word >>> bit) & 1 ? (name(bit) ?? '') : '')).filter(
      (text) => text !== '',
    );
  return [
    ...named(model.features1Edx, (bit) => names1Edx[bit]),
    ...named(model.extendedEdx, (bit) => namesExtendedEdx.get(bit)),
    ...named(model.features1Ecx, (bit) => names1Ecx[bit]),
    ...named(model.extendedEcx, (bit) => namesExtendedEcx.get(bit)),
    ...named(model.features7Ebx, (bit) => names7Ebx[bit]),
    ...(model.avx ? ['xsaveopt', 'xsavec', 'xgetbv1'] : []),
  ];
}

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
      return [model.avx ? 0xd : 7, ebx!, ecx!, edx!];
    }
    case 1:
      // EBX: CLFLUSH line of 8 quadwords, one logical processor.
      return [signature, 0x00010800, model.features1Ecx, model.features1Edx];
    case 4:
      return cacheLeaf(subleaf);
    case 7:
      return subleaf === 0 ? [0, model.features7Ebx, 0, 0] : [0, 0, 0, 0];
    case 0xd:
      return model.avx ? saveLeaf(subleaf) : [0, 0, 0, 0];
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

/** XSAVE: x87, SSE and AVX state; sizes in bytes; AVX's 256 bytes are at 576. */
function saveLeaf(subleaf: number): CpuidResult {
  if (subleaf === 0) return [7, xsaveBytes, xsaveBytes, 0];
  // XSAVEOPT, XSAVEC, XGETBV of number 1; EBX: bytes of the compacted format.
  if (subleaf === 1) return [7, xsaveBytes, 0, 0];
  if (subleaf === 2) return [256, 576, 0, 0];
  return [0, 0, 0, 0];
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
