// biome-ignore-all lint/complexity/useLiteralKeys: fields have an index signature.
/**
 * Compares random instructions with QEMU for as long as asked:
 *   node scripts/run.js test/isa/s390x_fuzz.ts [SEED] [PROGRAMS] [TIER] [MNEMONICS,…]
 */

import type { TierPolicy } from '../../src/cpu/cpu.ts';
import { encode, format, readBits } from '../../src/cpu/isa/s390x/row.ts';
import { s390x } from '../../src/cpu/isa/s390x/s390x.ts';
import { runBare } from './bare_machine.ts';
import { runReference } from './qemu.ts';
import {
  blockBytes,
  buildProgram,
  type Case,
  differences,
  ordinaryRows,
  Random,
  randomCase,
  rowOf,
} from './s390x_programs.ts';
import { specialCase } from './s390x_special.ts';

const [seedText = '1', programs = '10', tier = 'interpreter', names] = process.argv.slice(2);
const special = names === 'special';
const rows =
  names && !special
    ? names
        .split(',')
        .flatMap((name) =>
          name.startsWith('/')
            ? ordinaryRows.filter((row) => new RegExp(name.slice(1)).test(row.mnemonic))
            : [rowOf(name)],
        )
    : ordinaryRows;
const casesPerProgram = 300;
const firstSeed = Number(seedText);
let total = 0;
const bad = new Map<string, number>();

function text({ code }: Case): string[] {
  return code.map(([row, fields]) => {
    const bytes = encode(row, fields);
    const { high, low } = readBits(new DataView(bytes.buffer), 0);
    return format(row, high, low, 0);
  });
}

for (let seed = firstSeed; seed < firstSeed + Number(programs); seed++) {
  const random = new Random(seed);
  const cases: Case[] = [];
  for (let i = 0; i < casesPerProgram; i++) {
    const count = random.below(4) ? 1 : 1 + random.below(8);
    const fpc = random.below(2) ? 0 : random.below(2) ? 0x00080000 : random.below(4);
    const one = special ? specialCase(random, i) : randomCase(random, i, count, rows, fpc);
    cases.push(one);
    total += cases[i]!.code.length;
  }
  const elf = buildProgram(cases);
  const theirs = runReference(elf, 's390x', { cpu: 'max' });
  const ours = runBare(elf, s390x, tier as TierPolicy);
  if (theirs?.exitCode !== 0)
    console.log(`seed ${seed}: QEMU ended with`, theirs?.signal, theirs?.exitCode);
  if (ours.exitCode !== 0 && ours.trap) {
    console.log(
      s390x.disassemble(new DataView(ours.memory.buffer), (ours.trap.pc - 0xc000) & ~1, 0).text,
    );
  }
  if (ours.exitCode !== 0) console.log(`seed ${seed}: we ended with`, ours.trap, ours.exitCode);
  if (theirs && theirs.exitCode !== 0) {
    const dying = cases.findIndex((one, i) => {
      const alone = buildProgram([...cases.slice(0, i).map((c) => ({ ...c, code: [] })), one]);
      return runReference(alone, 's390x', { cpu: 'max' })?.exitCode !== 0;
    });
    if (dying >= 0) console.log(`  case ${dying}:`, text(cases[dying]!).join('; '));
  }
  if (theirs?.exitCode !== 0 || ours.exitCode !== 0) continue;
  for (const [i, one] of cases.entries()) {
    const range = [i * blockBytes, (i + 1) * blockBytes] as const;
    const list = differences(ours.stdout.subarray(...range), theirs.stdout.subarray(...range));
    if (list.length === 0) continue;
    const key =
      one.code.length === 1
        ? one.code[0]![0].mnemonic
        : special
          ? one.code.map(([row]) => row.mnemonic).join('+')
          : '(several)';
    const seen = bad.get(key) ?? 0;
    bad.set(key, seen + 1);
    if (seen >= 2) continue;
    console.log(`seed ${seed} case ${i}:`);
    for (const line of text(one)) console.log('  ', line);
    for (const line of list.slice(0, 6)) console.log('    ', line);
    const view = new DataView(one.block.buffer);
    const { r2, b2, d2 } = one.code[0]![1];
    const source =
      r2 === undefined
        ? view.getBigUint64((b2 === 12 ? 2560 : 3200) + (d2 ?? 0))
        : view.getBigUint64(one.code[0]![0].notes.fp?.includes('r2') ? r2 * 16 : 512 + r2 * 8);
    console.log('     fpc in', view.getUint32(640).toString(16), 'source', source.toString(16));
  }
}
console.log(
  `${total} instructions compared;`,
  bad.size ? [...bad].map(([k, n]) => `${k} ${n}`).join(', ') : 'all equal',
);
