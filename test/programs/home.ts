/** Where a static program of an architecture is at home: on this processor, or under QEMU. */

import type { Architecture } from '../linux/guest_program.ts';
import { requireTool } from '../tools.ts';

const native: Readonly<Record<Architecture, string>> = {
  amd64: 'x64',
  arm64: 'arm64',
  s390x: 's390x',
};

const emulators: Readonly<Record<Architecture, string>> = {
  amd64: 'qemu-x86_64-static',
  arm64: 'qemu-aarch64-static',
  s390x: 'qemu-s390x-static',
};

/** What stands before a program's path; undefined where QEMU is missing (in CI that throws). */
export function homeCommand(architecture: Architecture): readonly string[] | undefined {
  if (process.platform === 'linux' && process.arch === native[architecture]) return [];
  const emulator = emulators[architecture];
  return requireTool(emulator) ? [emulator] : undefined;
}
