import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { requireTool } from '../tools.ts';
import { buildProgram, compilersOf, type Variant, variants } from './build.ts';
import { type Outcome, runAtHome, runHere } from './run.ts';

/** `UPDATE_TRANSCRIPTS=1` writes what the programs print at home. */
const recording = process.env.UPDATE_TRANSCRIPTS === '1';

const format = ({ output, exitCode }: Outcome): string => `${output}[exit ${exitCode}]\n`;

function transcriptOf({ name }: Variant): string {
  return new URL(`./transcripts/${name}.txt`, import.meta.url).pathname;
}

/** What native amd64 or QEMU prints now must be the transcript. */
function compareAtHome(variant: Variant, program: string): void {
  const file = transcriptOf(variant);
  const home = runAtHome(variant, program);
  if (!home) {
    if (process.env.CI || recording) throw new Error(`${variant.name}: QEMU is missing`);
    console.warn(`${variant.name}: no QEMU, compared with the transcript only`);
    return;
  }
  if (recording) writeFileSync(file, format(home));
  expect(format(home), 'at home').toBe(readFileSync(file, 'utf8'));
}

for (const architecture of ['amd64', 'arm64', 's390x'] as const) {
  const isInstalled = compilersOf(architecture).every(requireTool);
  describe.runIf(isInstalled)(`C and C++ compiled for ${architecture}`, () => {
    const own = variants.filter((variant) => variant.architecture === architecture);
    it.each(own)('$name', { timeout: 240_000 }, async (variant) => {
      const program = await buildProgram(variant);
      compareAtHome(variant, program);
      expect(existsSync(transcriptOf(variant))).toBe(true);
      const here = await runHere(variant, program);
      expect(format(here)).toBe(readFileSync(transcriptOf(variant), 'utf8'));
    });
  });
}
