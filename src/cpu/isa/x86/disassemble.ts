/** Text of a decoded instruction in the manual's (Intel) syntax. */

import { conditionNames } from './flags.ts';
import type { Instruction } from './instruction.ts';
import { gprNames } from './registers.ts';
import type { Operand } from './row.ts';

const sizeNames: Readonly<Record<number, string>> = {
  8: 'byte ptr ',
  16: 'word ptr ',
  32: 'dword ptr ',
  64: 'qword ptr ',
  80: 'tbyte ptr ',
  128: 'xmmword ptr ',
  256: 'ymmword ptr ',
};

/** Name of general register n at a width. */
export function gprName(n: number, bits: number, rex: boolean): string {
  const name = gprNames[n]!;
  if (bits === 64) return name;
  if (n >= 8) return name + { 8: 'b', 16: 'w', 32: 'd' }[bits as 8 | 16 | 32];
  if (bits === 32) return `e${name.slice(1)}`;
  if (bits === 16) return name.slice(1);
  if (n < 4) return `${name[1]}l`;
  return rex ? `${name.slice(1)}l` : `${'acdb'[n - 4]}h`;
}

const hex = (n: number): string => (n < 0 ? `-0x${(-n).toString(16)}` : `0x${n.toString(16)}`);

function memory(i: Instruction, bits: number): string {
  const terms: string[] = [];
  let { displacement } = i;
  if (i.base === 16) {
    terms.push('rip');
  } else if (i.base >= 0) {
    terms.push(gprNames[i.base]!);
  }
  const vectors = i.row?.notes.includes('vsib') ? (i.row.notes.includes('vy') ? 'ymm' : 'xmm') : '';
  const index = vectors ? `${vectors}${i.index}` : gprNames[i.index];
  if (i.index >= 0) terms.push(index! + (i.scale ? `*${1 << i.scale}` : ''));
  if (terms.length === 0)
    return `${sizeNames[bits] ?? ''}${segment(i)}[${hex(displacement >>> 0)}]`;
  const sign = displacement < 0 ? '-' : '+';
  displacement = Math.abs(displacement);
  const tail = displacement ? `${sign}${hex(displacement)}` : '';
  return `${sizeNames[bits] ?? ''}${segment(i)}[${terms.join('+')}${tail}]`;
}

const segment = (i: Instruction): string =>
  i.segment === 0x64 ? 'fs:' : i.segment === 0x65 ? 'gs:' : '';

function operandText(i: Instruction, operand: Operand): string {
  const bits =
    operand.bits === 0 ? i.size : operand.bits === 1 ? (i.rex & 8 ? 64 : 32) : operand.bits;
  switch (operand.place) {
    case 'immediate':
      return immediateText(i, operand, bits);
    case 'relative':
      return hex((i.pc + i.bytes + i.immediate) >>> 0);
    case 'offset':
      return `${sizeNames[bits]}${segment(i)}[${hex(i.immediate >>> 0)}]`;
    case 'rm':
      if (i.inMemory)
        return memory(
          i,
          operand.text.includes('mem')
            ? 0
            : operand.text.startsWith('r32/')
              ? operand.memoryBits
              : bits,
        );
      return registerText(operand, i.rm, bits, i.rex !== 0);
    case 'reg':
      return registerText(operand, i.reg, bits, i.rex !== 0);
    case 'vvvv':
      return registerText(operand, i.vvvv, bits, true);
    case 'opcode':
      return registerText(operand, i.opcodeReg, bits, i.rex !== 0);
    default:
      if (operand.file === 'none') return String(operand.number);
      return registerText(operand, operand.number, bits, true);
  }
}

/** A sign-extended immediate at the operand's width. */
function signedText(value: number, bits: number): string {
  if (bits === 64) return hex(value);
  return hex(bits === 16 ? value & 0xffff : value >>> 0);
}

function immediateText(i: Instruction, operand: Operand, bits: number): string {
  const second = i.row!.immediates.length > 1 && operand === i.row!.operands[1];
  if (second) return hex(i.immediate2 & 0xff);
  if (i.immediateHigh !== i.immediate >> 31) {
    const value = (BigInt(i.immediateHigh >>> 0) << 32n) | BigInt(i.immediate >>> 0);
    return `0x${value.toString(16)}`;
  }
  if (operand.text === 'imm8') return hex(i.immediate & 0xff);
  if (operand.text === 'simm8') return signedText(i.immediate, i.size);
  return signedText(i.immediate, bits);
}

function registerText(operand: Operand, n: number, bits: number, rex: boolean): string {
  switch (operand.file) {
    case 'xmm':
      return `${operand.wide ? 'y' : 'x'}mm${n}`;
    case 'mm':
      return `mm${n & 7}`;
    case 'st':
      return `st(${n & 7})`;
    case 'segment':
      return ['es', 'cs', 'ss', 'ds', 'fs', 'gs', '?', '?'][n & 7]!;
    default:
      return gprName(n, bits, rex);
  }
}

/** Mnemonics that depend on the operand size: [16, 32, 64 bits]. */
const sizedNames: Readonly<Record<string, readonly [string, string, string]>> = {
  CWDE: ['cbw', 'cwde', 'cdqe'],
  CDQ: ['cwd', 'cdq', 'cqo'],
  MOVS: ['movsw', 'movsd', 'movsq'],
  CMPS: ['cmpsw', 'cmpsd', 'cmpsq'],
  STOS: ['stosw', 'stosd', 'stosq'],
  LODS: ['lodsw', 'lodsd', 'lodsq'],
  SCAS: ['scasw', 'scasd', 'scasq'],
};

/** `mnemonic operands`, lower case, or `(bad)` for an undefined encoding. */
export function disassembleInstruction(i: Instruction): string {
  const { row } = i;
  if (!row) return '(bad)';
  const sized = sizedNames[row.mnemonic]?.[i.size === 16 ? 0 : i.size === 32 ? 1 : 2];
  let name = sized ?? row.mnemonic.toLowerCase();
  if (name.endsWith('cc')) name = name.slice(0, -2) + conditionNames[i.opcode & 15]!.toLowerCase();
  if (i.lock) name = `lock ${name}`;
  const isString = row.notes.includes('string');
  if (isString && i.repeat) name = `${i.repeat === 0xf3 ? 'rep' : 'repne'} ${name}`;
  const operands = row.operands.map((operand) => operandText(i, operand));
  return operands.length ? `${name} ${operands.join(', ')}` : name;
}
