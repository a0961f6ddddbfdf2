/**
 * The other emulator: runs the same file under QEMU's user mode, or natively where that is exact.
 */

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ReferenceResult {
  readonly stdout: Uint8Array;
  /** null when a signal ended the program. */
  readonly exitCode: number | null;
  /** Name of that signal, or null. */
  readonly signal: string | null;
}

export interface ReferenceOptions {
  readonly args?: readonly string[];
  /** -cpu of QEMU. */
  readonly cpu?: string;
  /** Run on the host itself when it has the architecture (`uname -m` equal). */
  readonly native?: boolean;
  readonly timeoutMs?: number;
}

/**
 * Runs `elf` for architecture `arch` (QEMU's name: x86_64, aarch64, s390x, …). Gives null, with a
 * warning, where QEMU is not installed; with CI=true in the environment that is an error.
 */
export function runReference(
  elf: Uint8Array,
  arch: string,
  options: ReferenceOptions = {},
): ReferenceResult | null {
  const folder = mkdtempSync(join(tmpdir(), 'stiletto-elf-'));
  const file = join(folder, 'program');
  try {
    writeFileSync(file, elf);
    chmodSync(file, 0o755);
    const native = options.native && process.arch === (arch === 'x86_64' ? 'x64' : 'arm64');
    const command = native ? file : `qemu-${arch}-static`;
    const cpu = options.cpu ? ['-cpu', options.cpu] : [];
    const args = [...(native ? [] : [...cpu, file]), ...(options.args ?? [])];
    const result = spawnSync(command, args, {
      timeout: options.timeoutMs ?? 20_000,
      maxBuffer: 1 << 28,
    });
    if (result.error && 'code' in result.error && result.error.code === 'ENOENT') {
      return missing(command);
    }
    if (result.error) throw result.error;
    return { stdout: result.stdout, exitCode: result.status, signal: result.signal };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function missing(command: string): null {
  const message = `${command} is not installed: results are not compared (Debian: qemu-user-static)`;
  // biome-ignore lint/complexity/useLiteralKeys: an index signature.
  if (process.env['CI'] === 'true') throw new Error(message);
  console.warn(message);
  return null;
}
