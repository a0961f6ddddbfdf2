/**
 * EXECUTE. The target is read while decoding where its address is known (EXRL; EX after LARL), so
 * it costs nothing at run time; the register's byte is a dynamic length for SS instructions, which
 * is all that compilers write. Where the target is not known, a helper reads and does it: those SS
 * instructions and one-byte immediates on storage.
 */

import type { I32 } from '../../ir/builder.ts';
import type { Helper, HelperContext } from '../isa.ts';
import { codeValue } from './condition.ts';
import { declare, helper } from './helper_table.ts';
import type { Lowering } from './lowering.ts';
import { decodeFields, type InstructionTable, readBits } from './row.ts';
import { byteAt, putByte, registerLow } from './state_access.ts';
import { storageHelpers } from './storage.ts';

/** Answers of `executeStorage` beside condition codes 0–3. */
const codeUnchanged = 4;
const notHere = 5;

/** Executes the SS or SI instruction at address x, modified by the low byte of y. */
function executeStorage(context: HelperContext, x: bigint, y: bigint): bigint {
  const view = context.view();
  const at = Number(x & 0xffffffffn);
  const opcode = byteAt(view, at);
  const second = byteAt(view, at + 1) | Number(y & 0xffn);
  const address = (offset: number): number => {
    const bits = (byteAt(view, at + offset) << 8) | byteAt(view, at + offset + 1);
    const base = bits >> 12;
    return ((base === 0 ? 0 : registerLow(view, base)) + (bits & 0xfff)) >>> 0;
  };
  const entry = storageHelpers.get(opcode);
  if (entry) {
    const [to, from] = [BigInt(address(2)), BigInt(address(4))];
    const code = entry.helper(context, to, from, BigInt(second + 1));
    return entry.setsCode ? code : BigInt(codeUnchanged);
  }
  return immediate(view, opcode, address(2), second);
}

/** TM, MVI, NI, CLI, OI, XI. */
function immediate(view: DataView, opcode: number, at: number, byte: number): bigint {
  if (opcode < 0x91 || opcode > 0x97 || opcode === 0x93) return BigInt(notHere);
  const old = opcode === 0x92 ? 0 : byteAt(view, at);
  if (opcode === 0x91) return (old & byte) === 0 ? 0n : (old & byte) === byte ? 3n : 1n;
  if (opcode === 0x95) return old === byte ? 0n : old < byte ? 1n : 2n;
  const values: Record<number, number> = { 146: byte, 148: old & byte, 150: old | byte };
  const value = values[opcode] ?? old ^ byte;
  putByte(view, at, value);
  if (opcode === 0x92) return BigInt(codeUnchanged);
  return value === 0 ? 0n : 1n;
}
declare(executeStorage as Helper);

function atRunTime(z: Lowering, register: number, address: I32): void {
  const { b } = z;
  const modifier = register === 0 ? b.const64(0) : z.r64(register);
  const before = z.condition().value(b);
  const answer = b.i32_wrap_i64(
    helper(b, executeStorage, b.i64_extend_i32_u(address), modifier, b.const64(0)),
  );
  z.known.fill(null);
  b.trapIf(b.i32_eq(answer, b.const32(notHere)), 'illegal');
  z.cc(codeValue(b.i32_select(before, answer, b.i32_eq(answer, b.const32(codeUnchanged)))));
}

/** Connects `z.execute` to the table. */
export function connectExecute(z: Lowering, table: InstructionTable): void {
  z.execute = (target, register, address) => {
    const offset = target === null ? -1 : z.at + ((target - z.pc) | 0);
    if (target === null || offset < 0 || offset + 6 > z.view.byteLength) {
      atRunTime(z, register, address);
      return;
    }
    const { high, low } = readBits(z.view, offset);
    const row = table.find(high, low);
    const lengthForm = row?.format.name === 'SSa';
    if (!row || row.mnemonic === 'EX' || row.mnemonic === 'EXRL') z.trap('illegal');
    else if (register !== 0 && !lengthForm) atRunTime(z, register, address);
    else {
      if (register !== 0) {
        const { b } = z;
        const own = (high >>> 16) & 0xff;
        const byte = b.i32_and(z.r32(register), b.const32(0xff));
        z.executeLength = own === 0 ? byte : b.i32_or(byte, b.const32(own));
      }
      z.pc = target;
      z.executed = true;
      z.format = row.format.name;
      decodeFields(z, row.format, high, low);
      row.semantics(z);
    }
  };
}
