/** /proc/cpuinfo, in the format of the asking program's architecture. */

import { aarch64 } from '../../../cpu/isa/aarch64/aarch64.ts';
import type { Abi } from '../../abi/abi.ts';
import { s390xFeatures } from '../../abi/s390x_hwcap.ts';

type Writer = (abi: Abi) => string;

const writers: Readonly<Record<string, Writer>> = {
  x86_64: x86,
  i386: x86,
  aarch64: arm64,
  arm: arm32,
  s390x,
  riscv64: (abi) =>
    `processor\t: 0\nhart\t\t: 0\nisa\t\t: rv64imafdc\nmmu\t\t: sv48\n${platform(abi)}\n`,
};

/** One processor of the task's architecture. */
export function cpuinfoText(abi: Abi): string {
  return (writers[abi.name] ?? generic)(abi);
}

function platform(abi: Abi): string {
  return `uarch\t\t: stiletto,${abi.name}\n`;
}

function generic(abi: Abi): string {
  return `processor\t: 0\ncpu\t\t: ${abi.machine} (stiletto)\n\n`;
}

function x86({ cpuFeatures = [] }: Abi): string {
  const fields: readonly (readonly [string, string])[] = [
    ['processor\t', '0'],
    ['vendor_id\t', 'stiletto'],
    ['cpu family\t', '6'],
    ['model\t\t', '0'],
    ['model name\t', 'stiletto virtual processor'],
    ['stepping\t', '0'],
    ['cpu MHz\t\t', '1000.000'],
    ['cache size\t', '0 KB'],
    ['physical id\t', '0'],
    ['siblings\t', '1'],
    ['core id\t\t', '0'],
    ['cpu cores\t', '1'],
    ['fpu\t\t', 'yes'],
    ['flags\t\t', ['constant_tsc', 'nopl', ...cpuFeatures].join(' ')],
    ['bogomips\t', '2000.00'],
    ['clflush size\t', '64'],
    ['address sizes\t', '32 bits physical, 32 bits virtual'],
  ];
  return `${fields.map(([name, value]) => `${name}: ${value}\n`).join('')}\n`;
}

function arm64(): string {
  return [
    'processor\t: 0',
    'BogoMIPS\t: 2000.00',
    `Features\t: ${aarch64.features.join(' ')}`,
    'CPU implementer\t: 0x00',
    'CPU architecture: 8',
    'CPU variant\t: 0x0',
    'CPU part\t: 0x000',
    'CPU revision\t: 0',
    '',
    '',
  ].join('\n');
}

function arm32(): string {
  return [
    'processor\t: 0',
    'model name\t: ARMv7 Processor rev 0 (v7l)',
    'BogoMIPS\t: 2000.00',
    'Features\t: half thumb fastmult vfp edsp neon vfpv3 tls vfpv4 idiva idivt',
    'CPU implementer\t: 0x00',
    'CPU architecture: 7',
    '',
    '',
  ].join('\n');
}

function s390x(): string {
  return [
    'vendor_id       : IBM/S390',
    '# processors    : 1',
    'bogomips per cpu: 2000.00',
    'max thread id   : 0',
    `features\t: ${s390xFeatures.join(' ')} `,
    'processor 0: version = 00,  identification = 000000,  machine = 3906',
    '',
    '',
  ].join('\n');
}
