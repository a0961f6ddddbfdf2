// biome-ignore-all lint/complexity/useLiteralKeys: fields have an index signature.
/**
 * Random cases of instructions that need preparation: branches, EXECUTE, long string instructions.
 */

import type { Row } from '../../src/cpu/isa/s390x/row.ts';
import { instructions } from '../../src/cpu/isa/s390x/s390x.ts';
import {
  type Case,
  type Fields,
  type Random,
  randomBlock,
  randomFields,
  rowOf,
} from './s390x_programs.ts';

type Step = [Row, Fields];
const step = (mnemonic: string, fields: Fields): Step => [rowOf(mnemonic), fields];

/** Instructions that may be skipped or not: they leave r8–r15 alone. */
const fillers = ['AHI', 'LGHI', 'XGR', 'IPM', 'SLLG', 'STG', 'AGHI', 'LPGR'];
function filler(random: Random): Step {
  const row = rowOf(random.pick(fillers));
  const fields = randomFields(row, random);
  fields['r1'] = random.below(8);
  return [row, fields];
}

const jumps = instructions.rows.filter(
  ({ notes, format }) =>
    notes.by === 'branch' && format.fields.some(({ name }) => name === 'ri2' || name === 'ri4'),
);
const indirect = [
  'BCR',
  'BC',
  'BCTR',
  'BCTGR',
  'BCT',
  'BCTG',
  'BXH',
  'BXLE',
  'BXHG',
  'BXLEG',
].concat(['BASR', 'BAS', 'BALR', 'CRB', 'CGRB', 'CIB', 'CGIB', 'CLRB', 'CLGRB', 'CLIB', 'CLGIB']);

function relativeBranch(random: Random): Step[] {
  const row = random.pick(jumps);
  const fields = randomFields(row, random);
  fields['skip'] = 1;
  return [[row, fields], filler(random)];
}
function indirectBranch(random: Random): Step[] {
  const row = rowOf(random.pick(indirect));
  const fields = randomFields(row, random);
  fields['r1'] = random.below(8);
  if (/^B.*R$|BSM/.test(row.mnemonic)) fields['r2'] = 9;
  fields['x2'] = 0;
  fields['b2'] = 9;
  fields['b4'] = 9;
  fields['d2'] = 0;
  fields['d4'] = 0;
  return [step('LARL', { r1: 9, skip: 2 }), [row, fields], filler(random)];
}

const lengthTargets = ['MVC', 'CLC', 'NC', 'OC', 'XC', 'TR', 'TRT', 'MVN', 'MVZ', 'MVCIN', 'TRTR'];
const immediateTargets = ['TM', 'CLI', 'NI', 'OI', 'XI', 'MVI'];
const plainTargets = [
  'AGR',
  'LGHI',
  'MSGR',
  'RISBG',
  'STG',
  'LA',
  'ADBR',
  'CLG',
  'VA',
  'IPM',
].concat(['AR', 'CLR', 'XR', 'LNR', 'SLR']);
function executed(random: Random): Step[] {
  const plain = random.below(4) === 0;
  const how = random.below(3);
  const name = plain
    ? random.pick(plainTargets)
    : random.pick(random.below(3) ? lengthTargets : immediateTargets);
  const row = rowOf(name);
  const fields = randomFields(row, random);
  if (!plain) fields['l1'] = 0;
  if (/^M?VCIN|^TRTR/.test(row.mnemonic)) fields[row.mnemonic === 'TRTR' ? 'd1' : 'd2'] = 255;
  const modifies = plain && row.format.name === 'RR';
  const r1 = plain && !modifies ? 0 : 1 + random.below(7);
  if (modifies) fields['r1'] = fields['r2'] = 0;
  const target: Step[] = [step('BRC', { m1: 15, skip: 1 }), [row, fields]];
  // A pending condition code is not what QEMU's TR leaves alone.
  const settle = modifies
    ? step('LGHI', { r1, i2: random.below(8) * 16 + random.below(8) })
    : step('LTGR', { r1: 10, r2: 10 });
  if (how === 0) return [settle, step('EXRL', { r1, skip: 1 }), ...target];
  const load = step('LARL', { r1: 9, skip: how === 1 ? 2 : 3 });
  if (how === 1) return [settle, load, step('EX', { r1, b2: 9, d2: 0 }), ...target];
  return [settle, load, step('LGR', { r1: 8, r2: 9 }), step('EX', { r1, b2: 8, d2: 0 }), ...target];
}

/** Two operands: address in the even, length in the odd register of r2 and r4. */
function operands(random: Random, long: boolean): Step[] {
  const length = (): number => (random.below(4) ? random.below(150) : random.below(3));
  const first = length();
  return [
    step('LAY', { r1: 2, b2: 12, d2: random.below(60) }),
    step('LGHI', { r1: 3, i2: first }),
    step('LAY', { r1: 4, b2: random.below(3) ? 13 : 12, d2: random.below(60) }),
    step('LGHI', { r1: 5, i2: random.below(3) ? first : length() }),
    ...(long ? [] : [step('OILH', { r1: 5, i2: random.below(256) << 8 })]),
    step('LGHI', { r1: 0, i2: random.below(256) }),
  ];
}
const again = step('BRC', { m1: 1, skip: -1 });
const ended = (base: number, random: Random): Step =>
  step('MVI', { b1: base, d1: 100 + random.below(100), i2: 0 });

function stringInstruction(random: Random): Step[] {
  const pick = random.below(14);
  const r24 = { r1: 2, r2: 4 };
  switch (pick) {
    case 0:
      return [...operands(random, false), step('MVCL', r24)];
    case 1:
      return [...operands(random, false), step('CLCL', r24)];
    case 2:
    case 3: {
      const row = rowOf(pick === 2 ? 'MVCLE' : 'CLCLE');
      return [
        ...operands(random, true),
        // Destructive overlap gives unpredictable results.
        step('LAY', { r1: 4, b2: 13, d2: random.below(60) }),
        [row, { r1: 2, r3: 4, d2: random.below(256) }],
        again,
      ];
    }
    case 4:
    case 5: {
      const bytes = random.below(120);
      return [
        step('LGHI', { r1: 0, i2: random.below(256) }),
        step('LAY', { r1: 3, b2: 12, d2: 0 }),
        step('LAY', { r1: 2, b2: 12, d2: bytes }),
        step(pick === 4 ? 'SRST' : 'SRSTU', { r1: 2, r2: 3 }),
        again,
      ];
    }
    case 6:
    case 7: {
      const prepare = [
        ...operands(random, true).slice(0, 4),
        // An overlap would copy its own end for ever.
        step('LAY', { r1: 4, b2: 13, d2: random.below(60) }),
        step('LGHI', { r1: 0, i2: 0 }),
        ended(12, random),
        ended(13, random),
      ];
      return [...prepare, step(pick === 6 ? 'MVST' : 'CLST', r24), again];
    }
    case 8:
      return [...operands(random, true), step('CKSM', { r1: 1, r2: 4 }), again];
    case 9:
      return [...operands(random, true), step('TRE', r24), again];
    case 10:
    case 11:
      return [
        ...operands(random, true),
        step('LAY', { r1: 1, b2: 13, d2: 64 }),
        step('LGHI', { r1: 3, i2: 2 + 2 * random.below(40) }),
        ...(pick === 10
          ? [step('TROO', { ...r24, m3: random.below(2) })]
          : twoByteTranslation(random)),
        again,
      ];
    default:
      return [
        ...operands(random, true),
        step('LAY', { r1: 4, b2: 13, d2: 2 * random.below(30) }),
        ...characters(random),
        step(random.pick(['CU12', 'CU14', 'CU21', 'CU24', 'CU41', 'CU42']), {
          ...r24,
          m3: random.below(2),
        }),
        again,
      ];
  }
}

/** Characters are small, so that the table of two-byte ones is in storage. */
function twoByteTranslation(random: Random): Step[] {
  const name = random.pick(['TROT', 'TRTO', 'TRTT']);
  const small = Array.from({ length: 41 }, (_, i) => step('MVI', { b1: 13, d1: i * 2, i2: 0 }));
  return [
    ...(name === 'TROT' ? [] : [...small, step('LGR', { r1: 4, r2: 13 })]),
    step(name, { r1: 2, r2: 4, m3: random.below(2) }),
  ];
}
/** Some bytes of UTF-8, UTF-16 and UTF-32 in the way. */
function characters(random: Random): Step[] {
  const bytes = [
    0x00, 0x41, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80, 0xd8, 0x3d, 0xdc,
  ];
  return Array.from({ length: random.below(24) }, (_, i) =>
    step('MVI', { b1: 13, d1: i + random.below(60), i2: random.pick(bytes) }),
  );
}

/** A case with one prepared instruction. */
export function specialCase(random: Random, index: number): Case {
  const make = random.pick([relativeBranch, indirectBranch, executed, stringInstruction]);
  return { code: make(random), block: randomBlock(random, index, 0) };
}
