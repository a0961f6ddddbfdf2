/** AES, SHA-1 and SHA-256 instructions (Arm ARM C7.2; FIPS 197 and 180-4 for the steps). */

import type { Builder } from '../../ir/builder.ts';
import { computedRow, type Fields, type PatternRow } from '../pattern.ts';
import { cryptoOperations } from './crypto_operations.ts';
import { helperId } from './runtime.ts';

/** Calls operation `name` of `crypto_operations.ts` on the registers. */
function call(b: Builder, name: string, d: number, n: number, m: number): void {
  const id = cryptoOperations.findIndex((operation) => operation[0] === name);
  b.helper(helperId.crypto, b.const64(id), b.const64(d | (n << 5) | (m << 10)), b.const64(0));
}

function aes(name: string, opcode: string): PatternRow {
  return computedRow(
    name,
    `01001110 00 10100 ${opcode} 10 Rn:5 Rd:5`,
    '{Vd}.16b, {Vn}.16b',
    (b, f: Fields<'Rd' | 'Rn'>) => call(b, name, f.Rd, f.Rn, f.Rn),
  );
}

function sha3(name: string, opcode: string, syntax: string): PatternRow {
  return computedRow(
    name,
    `01011110 000 Rm:5 0 ${opcode} 00 Rn:5 Rd:5`,
    syntax,
    (b, f: Fields<'Rd' | 'Rn' | 'Rm'>) => call(b, name, f.Rd, f.Rn, f.Rm),
  );
}

function sha2(name: string, opcode: string, syntax: string): PatternRow {
  return computedRow(
    name,
    `01011110 00 10100 ${opcode} 10 Rn:5 Rd:5`,
    syntax,
    (b, f: Fields<'Rd' | 'Rn'>) => call(b, name, f.Rd, f.Rn, f.Rn),
  );
}

// biome-ignore format: a table
export const cryptoRows: readonly PatternRow[] = [
  aes('AESE', '00100'), aes('AESD', '00101'), aes('AESMC', '00110'), aes('AESIMC', '00111'),
  sha3('SHA1C', '000', '{Qd}, {Sn}, {Vm}.4s'), sha3('SHA1P', '001', '{Qd}, {Sn}, {Vm}.4s'), sha3('SHA1M', '010', '{Qd}, {Sn}, {Vm}.4s'),
  sha3('SHA1SU0', '011', '{Vd}.4s, {Vn}.4s, {Vm}.4s'),
  sha3('SHA256H', '100', '{Qd}, {Qn}, {Vm}.4s'), sha3('SHA256H2', '101', '{Qd}, {Qn}, {Vm}.4s'),
  sha3('SHA256SU1', '110', '{Vd}.4s, {Vn}.4s, {Vm}.4s'),
  sha2('SHA1H', '00000', '{Sd}, {Sn}'), sha2('SHA1SU1', '00001', '{Vd}.4s, {Vn}.4s'), sha2('SHA256SU0', '00010', '{Vd}.4s, {Vn}.4s'),
];
