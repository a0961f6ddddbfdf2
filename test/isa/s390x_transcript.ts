/**
 * Fixed programs and what QEMU makes of them: a few cases of every instruction (seeded by the
 * mnemonic, so a new row changes one program) and some of prepared cases. Recorded with
 *   node scripts/run.js test/isa/s390x_record.ts
 */

import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { Row } from '../../src/cpu/isa/s390x/row.ts';
import { runReference } from './qemu.ts';
import { buildProgram, type Case, ordinaryRows, Random, randomCase } from './s390x_programs.ts';
import { specialCase } from './s390x_special.ts';

const casesPerRow = 6;
/** Instructions are dealt to programs by a hash of the mnemonic. */
const groups = 40;
const specialPrograms = 12;
const casesPerSpecial = 60;
/** Programs of cases of several instructions each, which disturb each other. */
const mixedPrograms = 10;
const casesPerMixed = 150;
const instructionsPerCaseMax = 20;
const roundings = [0, 0, 0x00080000, 0x00080000, 1, 2, 3, 0x00080000];

/** Program name (group-n, special-n, mixed-n) → first 12 hex digits of its output's SHA-256. */
export type Transcript = Readonly<Record<string, string>>;

function seedOf(name: string): number {
  return createHash('sha256').update(name).digest().readUInt32BE(0);
}
function casesOfRow(row: Row, first: number): Case[] {
  const random = new Random(seedOf(row.mnemonic));
  return Array.from({ length: casesPerRow }, (_, i) =>
    randomCase(random, first + i, 1, [row], roundings[i]),
  );
}

/** All programs by name. */
export function transcriptPrograms(): Map<string, Case[]> {
  const programs = new Map<string, Case[]>();
  for (let n = 0; n < groups; n++) {
    const cases: Case[] = [];
    for (const row of ordinaryRows) {
      if (seedOf(row.mnemonic) % groups === n) cases.push(...casesOfRow(row, cases.length));
    }
    programs.set(`group-${n}`, cases);
  }
  for (let n = 0; n < specialPrograms; n++) {
    const random = new Random(seedOf(`special-${n}`));
    const cases = Array.from({ length: casesPerSpecial }, (_, i) => specialCase(random, i));
    programs.set(`special-${n}`, cases);
  }
  for (let n = 0; n < mixedPrograms; n++) {
    const random = new Random(seedOf(`mixed-${n}`));
    const cases = Array.from({ length: casesPerMixed }, (_, i) =>
      randomCase(
        random,
        i,
        1 + random.below(instructionsPerCaseMax),
        ordinaryRows,
        roundings[i & 7],
      ),
    );
    programs.set(`mixed-${n}`, cases);
  }
  return programs;
}

/** The recorded form of an output. */
export function digest(output: Uint8Array): string {
  return createHash('sha256').update(output).digest('hex').slice(0, 12);
}

/** Writes the transcript anew from QEMU's answers. */
export function record(): void {
  const transcript: Record<string, string> = {};
  for (const [name, cases] of transcriptPrograms()) {
    const result = runReference(buildProgram(cases), 's390x', { cpu: 'max' });
    if (result?.exitCode !== 0) throw new Error(`${name}: QEMU failed: ${result?.signal}`);
    transcript[name] = digest(result.stdout);
  }
  const text = JSON.stringify(transcript).replaceAll('","', '",\n"');
  writeFileSync('test/isa/s390x.transcript.json', `${text}\n`);
}
