/** The architectures whose programs can be run: adding one is a file and a line here. */

import type { ModelName } from '../../cpu/isa/x86/cpuid.ts';
import { abiAarch64 } from './aarch64.ts';
import type { Abi } from './abi.ts';
import { abiS390x } from './s390x.ts';
import { abiX86, abiX86Of } from './x86_64.ts';

/** In the order of their OCI names. */
export const abis: readonly Abi[] = [abiX86, abiAarch64, abiS390x];

/** The same with a model of the x86-64 processor. */
export function abisOfModel(model: ModelName): readonly Abi[] {
  return abis.map((abi) => (abi === abiX86 ? abiX86Of(model) : abi));
}

/** The ABI of an OCI architecture, or undefined. */
export function abiOfArchitecture(architecture: string): Abi | undefined {
  return abis.find((abi) => abi.architecture === architecture);
}
