/** The architectures whose programs can be run: adding one is a file and a line here. */

import { abiAarch64 } from './aarch64.ts';
import type { Abi } from './abi.ts';
import { abiS390x } from './s390x.ts';
import { abiX86 } from './x86_64.ts';

/** In the order of their OCI names. */
export const abis: readonly Abi[] = [abiX86, abiAarch64, abiS390x];

/** The ABI of an OCI architecture, or undefined. */
export function abiOfArchitecture(architecture: string): Abi | undefined {
  return abis.find((abi) => abi.architecture === architecture);
}
