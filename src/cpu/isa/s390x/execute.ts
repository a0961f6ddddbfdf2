/**
 * EXECUTE. The target is read while decoding where its address is known (EXRL; EX after LARL), so
 * it costs nothing at run time; the register's byte is a dynamic length for SS instructions, which
 * is all that compilers write. Other targets: `foundAtRunTime`.
 */

import type { I32 } from '../../ir/builder.ts';
import { guestBias } from '../../state.ts';
import { GuestTrap } from '../../trap.ts';
import { DecodeAgain, type Helper, type HelperContext } from '../isa.ts';
import { codeValue } from './condition.ts';
import { instructionLength } from './formats.ts';
import { declare, helper } from './helper_table.ts';
import { interruption } from './interruption.ts';
import type { Lowering } from './lowering.ts';
import { registers } from './registers.ts';
import { decodeFields, type InstructionTable, readBits } from './row.ts';
import { byteAt, putByte, registerLow } from './state_access.ts';
import { storageHelpers } from './storage.ts';

/** Answer of `executeStorage` beside condition codes 0–3. */
const codeUnchanged = 4;

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
  if (opcode < 0x91 || opcode > 0x97 || opcode === 0x93) throw new DecodeAgain();
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
  z.cc(codeValue(b.i32_select(before, answer, b.i32_eq(answer, b.const32(codeUnchanged)))));
}

/** The modified instruction at x (modified by y's low byte), left-aligned in 48 bits. */
function modified(view: DataView, at: number, byte: number): bigint {
  const bytes = instructionLength(byteAt(view, at));
  let value = 0n;
  for (let i = 0; i < 6; i++) {
    const own = i < bytes ? byteAt(view, at + i) : 0;
    value = (value << 8n) | BigInt(i === 1 ? own | byte : own);
  }
  return value;
}

/**
 * Whether the target still is what the block was made for: x has the address and, from bit 32 on,
 * the modifying byte; y the address and z the modified instruction as decoded.
 */
function checkTarget(context: HelperContext, x: bigint, y: bigint, z: bigint): bigint {
  const address = x & 0xffffffffn;
  if (address !== y) throw new DecodeAgain();
  if (modified(context.view(), Number(address), Number(x >> 32n) & 0xff) !== z) {
    throw new DecodeAgain();
  }
  return 0n;
}
declare(checkTarget);

/** What the state in memory says of the target, where the block begins with EXECUTE. */
function seen(z: Lowering, target: number | null, r: number): { at: number; bits: bigint } | null {
  const { view } = z;
  const base = (n: number): number => (n === 0 ? 0 : registerLow(view, n));
  try {
    const at = target ?? (base(z.b2) + base(z.x2) + z.d2) >>> 0;
    return { at, bits: modified(view, at, base(r) & 0xff) };
  } catch (error) {
    if (error instanceof GuestTrap) return null;
    throw error;
  }
}

/** Whether `executeStorage` does instructions with this first byte. */
function isStorage(opcode: number): boolean {
  return storageHelpers.has(opcode) || (opcode >= 0x91 && opcode <= 0x97 && opcode !== 0x93);
}

/**
 * A target found at run time begins a block. A storage instruction is done by a helper; any other
 * is lowered as it is found, behind a check that it is still the same: else the block is decoded
 * again with the state of then. A decoder that runs ahead sees another state, which does no harm.
 */
function foundAtRunTime(z: Lowering, found: Found): void {
  const { b } = z;
  const { target, register, address } = found;
  if (b.instructions > 1) {
    b.instructions--;
    b.count = b.instructionCell[b.instructions]!;
    b.nextAddress = z.pc;
    b.jump(z.pc);
    return;
  }
  z.specificationIf(b.i32_and(address(), b.const32(1)));
  const now = seen(z, target, register);
  if (!now || isStorage(Number(now.bits >> 40n))) {
    atRunTime(z, register, address());
    return;
  }
  const { at, bits } = now;
  const high = Number(BigInt.asIntN(32, bits >> 16n));
  const low = Number(bits & 0xffffn) << 16;
  const byte = register === 0 ? b.const64(0) : b.i64_and(z.r64(register), b.const64(0xff));
  const where = b.i64_or(b.i64_extend_i32_u(address()), b.i64_shl(byte, b.const64(32)));
  const expected = b.const64Halves(Number(BigInt.asIntN(32, bits)), Number(bits >> 32n));
  helper(b, checkTarget, where, b.const64(at), expected);
  // Another state makes another block: these keep the cache from giving this one for it.
  for (const n of [z.b2, z.x2, register]) {
    if (n !== 0) b.dependsOn(registers.r[n]!.offset + guestBias, 4);
  }
  b.dependsOn(at, instructionLength(high >>> 24));
  found.lower(at, high, low);
}

interface Found {
  readonly target: number | null;
  readonly register: number;
  readonly address: () => I32;
  /** Lowers the instruction `high`, `low` as if it were at `at`. */
  readonly lower: (at: number, high: number, low: number) => void;
}

/** Connects `z.execute` to the table. */
export function connectExecute(z: Lowering, table: InstructionTable): void {
  const lower: Found['lower'] = (at, high, low) => {
    const row = table.find(high, low);
    if (at % 2 !== 0) return z.specification();
    if (!row) return z.b.trap('illegal', interruption.operation);
    if (row.mnemonic === 'EX' || row.mnemonic === 'EXRL') {
      return z.b.trap('illegal', interruption.execute);
    }
    z.pc = at;
    z.executed = true;
    z.format = row.format.name;
    decodeFields(z, row.format, high, low);
    row.semantics(z);
  };
  z.execute = (target, register, address) => {
    const offset = target === null ? -1 : z.at + ((target - z.pc) | 0);
    const found = { target, register, address, lower };
    if (target === null || offset < 0 || offset + 6 > z.view.byteLength) {
      foundAtRunTime(z, found);
      return;
    }
    const { high, low, bytes } = readBits(z.view, offset);
    const isLength = table.find(high, low)?.format.name === 'SSa';
    if (register !== 0 && !isLength) {
      foundAtRunTime(z, found);
      return;
    }
    z.b.dependsOn(target, bytes);
    if (register !== 0) {
      const { b } = z;
      const own = (high >>> 16) & 0xff;
      const byte = b.i32_and(z.r32(register), b.const32(0xff));
      z.executeLength = own === 0 ? byte : b.i32_or(byte, b.const32(own));
    }
    lower(target, high, low);
  };
}
