/** AES, SHA-1 and SHA-256 instructions (Arm ARM C7.2; FIPS 197 and 180-4 for the steps). */

import type { Builder } from '../../ir/builder.ts';
import { computedRow, type Fields, type PatternRow } from '../pattern.ts';
import { wasmHelperId } from './helper_module.ts';
import { readV, writeV } from './operands.ts';
import { vectorLeaf } from './vector_leaf.ts';

// Operations in the order of their numbers in `wasm/aarch64/crypto.ts`.
const aesOperations = ['AESE', 'AESD', 'AESMC', 'AESIMC'];
// biome-ignore format: a table
const shaOperations = [
  'SHA1C', 'SHA1P', 'SHA1M', 'SHA1SU0', 'SHA256H', 'SHA256H2', 'SHA256SU1', 'SHA1H', 'SHA1SU1', 'SHA256SU0',
];

/** Calls operation `name` on the registers. */
function call(b: Builder, name: string, d: number, n: number, m: number): void {
  const id = name.startsWith('AES') ? wasmHelperId.aes : wasmHelperId.sha;
  const operation = (name.startsWith('AES') ? aesOperations : shaOperations).indexOf(name);
  leaf(b, id, operation, d, n, m);
}

function leaf(b: Builder, id: number, control: number, d: number, n: number, m: number): void {
  const operands = { d: readV(b, d), n: readV(b, n), m: readV(b, m) };
  writeV(b, d, vectorLeaf(b, id, control, operands));
}

/** PMULL, PMULL2: products of bytes or of doublewords. */
function polynomial(b: Builder, f: Fields<'Q' | 'Rd' | 'Rn' | 'Rm'>, wide: boolean): void {
  const id = wide ? wasmHelperId.polynomialWide : wasmHelperId.polynomialBytes;
  leaf(b, id, f.Q, f.Rd, f.Rn, f.Rm);
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
  computedRow('PMULL{2}', '0 Q 0 01110 00 1 Rm:5 1110 00 Rn:5 Rd:5', '{Vd}.8h, {Vn}.{TB}, {Vm}.{TB}', (b, f: never) => polynomial(b, f, false)),
  computedRow('PMULL{2}', '0 Q 0 01110 11 1 Rm:5 1110 00 Rn:5 Rd:5', '{Vd}.1q, {Vn}.{TD}, {Vm}.{TD}', (b, f: never) => polynomial(b, f, true)),
];
