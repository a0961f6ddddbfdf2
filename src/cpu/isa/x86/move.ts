/** Data movement: MOV and its relatives, stack, exchange, flags to and from registers. */

import type { I32, I64 } from '../../ir/builder.ts';
import type { Lowering } from './lowering.ts';
import { registers } from './registers.ts';
import type { Lower, RowSource } from './row.ts';
import { fromI64, lowI32, toI64S, toI64U, unsigned } from './words.ts';

const mov: Lower = (c) => {
  const w = c.width(0);
  c.write(0, c.read(1, w));
  const operand = c.operand(1);
  const zeroed = operand.place === 'immediate' && c.i.immediate === 0 && !c.i.immediateHigh;
  const toRdx = c.operand(0).place !== 'rm' || !c.i.inMemory;
  if (zeroed && w >= 32 && toRdx && c.registerNumber(0) === 2) c.dividendHigh = 'zero';
};

/** MOVZX, MOVSX, MOVSXD: the source has a width of its own. */
const movzx: Lower = (c) => {
  const { b } = c;
  const from = c.width(1);
  const value = c.read(1);
  if (c.width(0) === 64) c.write(0, toI64U(b, from, value));
  else c.write(0, unsigned(b, from, value));
};

const movsx: Lower = (c) => {
  const value = c.read(1);
  c.write(0, c.width(0) === 64 ? toI64S(c.b, c.width(1), value) : value);
};

const movbe: Lower = (c) => {
  const { b } = c;
  const w = c.width(0);
  const value = c.read(1);
  if (w === 64) c.write(0, b.i64_bswap(value as I64));
  else if (w === 32) c.write(0, b.i32_bswap(value as I32));
  else c.write(0, b.i32_extend16_s(b.i32_bswap16(value as I32)));
};

/** BSWAP; of a 16-bit register it is undefined and gives zero on processors. */
const bswap: Lower = (c) => {
  const { b } = c;
  const w = c.width(0);
  if (w === 64) c.write(0, b.i64_bswap(c.read(0) as I64));
  else if (w === 32) c.write(0, b.i32_bswap(c.read(0) as I32));
  else c.write(0, b.const32(0));
};

const lea: Lower = (c) => {
  const { b } = c;
  const w = c.width(0);
  let address = c.effectiveAddress64();
  if (c.i.addressPrefix) address = b.i64_extend_i32_u(b.i32_wrap_i64(address));
  c.write(0, fromI64(b, w, address));
};

const xchg: Lower = (c) => {
  // 90 without REX.B is NOP (SDM vol. 2, NOP).
  if (c.i.row!.opcode === 0x90 && c.i.opcodeReg === 0) return;
  const [x, y] = [c.read(0), c.read(1)];
  c.write(0, y);
  c.write(1, x);
};

const push: Lower = (c) => {
  const w = c.width(0) === 16 ? 16 : 64;
  c.push(w, c.read(0, w));
};

const pushImmediate: Lower = (c) => {
  const w = c.i.size;
  c.push(w, c.read(0, w));
};

/** POP: an address that uses rsp uses the incremented one (SDM vol. 2, POP). */
const pop: Lower = (c) => {
  const { b, i } = c;
  const w = i.size;
  const rsp = c.gpr(4);
  const value = c.loadAt(w, b.i32_wrap_i64(rsp));
  const next = b.i64_add(rsp, b.const64(w / 8));
  if (c.operand(0).place === 'rm' && i.inMemory) {
    const usesRsp = i.base === 4;
    if (usesRsp) i.displacement = (i.displacement + w / 8) | 0;
    c.write(0, value);
    if (usesRsp) i.displacement = (i.displacement - w / 8) | 0;
    c.putGpr(4, next);
  } else {
    c.putGpr(4, next);
    c.write(0, value);
  }
};

const pushf: Lower = (c) => {
  const flags = c.flags.rflags();
  c.push(c.i.size, fromI64(c.b, c.i.size, flags));
};

const popf: Lower = (c) => {
  const { b } = c;
  const w = c.i.size;
  const rsp = c.gpr(4);
  const value = c.loadAt(w, b.i32_wrap_i64(rsp));
  c.putGpr(4, b.i64_add(rsp, b.const64(w / 8)));
  c.flags.setRflags(lowI32(b, w, value), w === 64);
};

const lahf: Lower = (c) => c.writeGpr(4, 8, c.flags.statusByte(), true);
const sahf: Lower = (c) => c.flags.setStatusByte(c.readGpr(4, 8, true) as I32);

const leave: Lower = (c) => {
  const { b } = c;
  const w = c.i.size;
  const rbp = c.gpr(5);
  const value = c.loadAt(w, b.i32_wrap_i64(rbp));
  c.putGpr(4, b.i64_add(rbp, b.const64(w / 8)));
  c.writeGpr(5, w, value);
};

/** ENTER imm16, imm8: nesting levels above 0 copy frame pointers. */
const enter: Lower = (c) => {
  const { b, i } = c;
  const level = i.immediate2 & 31;
  const rbp = c.gpr(5);
  const frame = b.i64_sub(c.gpr(4), b.const64(8));
  b.i64_store(b.i32_wrap_i64(frame), rbp);
  const base = b.i32_wrap_i64(rbp);
  const top = b.i32_wrap_i64(frame);
  for (let n = 1; n < level; n++) b.i64_store(top, b.i64_load(base, -8 * n), -8 * n);
  if (level > 0) b.i64_store(top, frame, -8 * level);
  c.putGpr(5, frame);
  c.putGpr(4, b.i64_sub(frame, b.const64(8 * level + (i.immediate & 0xffff))));
};

/** CBW, CWDE, CDQE. */
const extendAccumulator: Lower = (c) => {
  const { b } = c;
  const w = c.i.size;
  if (w === 64) c.putGpr(0, b.i64_extend32_s(c.gpr(0)));
  else c.writeGpr(0, w, c.readGpr(0, w === 32 ? 16 : 8));
};

/** CWD, CDQ, CQO. */
const signAccumulator: Lower = (c) => {
  const { b } = c;
  const w = c.i.size;
  if (w === 64) {
    c.putGpr(2, b.i64_shr_s(c.gpr(0), b.const64(63)));
    c.dividendHigh = 'sign';
  } else {
    c.writeGpr(2, w, b.i32_shr_s(c.readGpr(0, w) as I32, b.const32(31)));
  }
};

const xlat: Lower = (c) => {
  const { b } = c;
  const low = b.i32_and(b.i32_wrap_i64(c.gpr(0)), b.const32(0xff));
  let address = b.i32_add(b.i32_wrap_i64(c.gpr(3)), low);
  if (c.i.segment) {
    const base = c.i.segment === 0x64 ? registers.fsBase : registers.gsBase;
    address = b.i32_add(address, b.i32_wrap_i64(b.get(base)));
  }
  c.writeGpr(0, 8, b.i32_load8_s(address));
};

const cmov: Lower = (c) => {
  const { b } = c;
  const w = c.width(0);
  const [old, value] = [c.read(0), c.read(1)];
  const condition = c.flags.condition(c.i.opcode & 15);
  const chosen =
    w === 64
      ? b.i64_select(value as I64, old as I64, condition)
      : b.i32_select(value as I32, old as I32, condition);
  c.write(0, chosen);
};

const setcc: Lower = (c) => c.write(0, c.flags.condition(c.i.opcode & 15));

/** Selectors as 64-bit Linux shows them: SS 0x2b, others 0. */
const movFromSegment: Lower = (c) => {
  const selectors = [0, 0x33, 0x2b, 0, 0, 0];
  const selector = selectors[c.i.reg & 7];
  if (selector === undefined) return c.b.trap('illegal');
  c.write(
    0,
    c.i.size === 64 && !c.i.inMemory ? c.b.const64(selector) : c.b.const32(selector),
    c.i.inMemory ? 16 : c.i.size,
  );
};

const moffsAddress = (c: Lowering): I32 => {
  const { b, i } = c;
  const offset = b.const32(i.immediate);
  if (!i.segment) return offset;
  const base = i.segment === 0x64 ? registers.fsBase : registers.gsBase;
  return b.i32_add(offset, b.i32_wrap_i64(b.get(base)));
};
const loadOffset: Lower = (c) => {
  const w = c.width(0);
  c.write(0, c.loadAt(w, moffsAddress(c)));
};
const storeOffset: Lower = (c) => {
  const w = c.width(1);
  c.storeAt(w, moffsAddress(c), c.read(1));
};

const clearCarry: Lower = (c) => c.flags.setCarry(c.b.const32(0));
const setCarry: Lower = (c) => c.flags.setCarry(c.b.const32(1));
const complementCarry: Lower = (c) => c.flags.setCarry(c.b.i32_eqz(c.flags.carry()));

/** Data movement and the stack. */
// biome-ignore format: a table
export const moveRows: readonly RowSource[] = [
  ['88 /r',            'MOV r/m8, r8',      mov],
  ['89 /r',            'MOV r/m, r',        mov],
  ['8A /r',            'MOV r8, r/m8',      mov],
  ['8B /r',            'MOV r, r/m',        mov],
  ['8C /r',            'MOV r/m16, Sreg',   movFromSegment, 'skip'],
  ['A0 mo',            'MOV AL, moffs8',    loadOffset],
  ['A1 mo',            'MOV rAX, moffs',    loadOffset],
  ['A2 mo',            'MOV moffs8, AL',    storeOffset],
  ['A3 mo',            'MOV moffs, rAX',    storeOffset],
  ['B0+r ib',          'MOV r8, imm8',      mov],
  ['B8+r iv',          'MOV r, imm',        mov],
  ['C6 /0 ib',         'MOV r/m8, imm8',    mov],
  ['C7 /0 iz',         'MOV r/m, imm',      mov],
  ['63 /r',            'MOVSXD r, r/m32',   movsx],
  ['0F B6 /r',         'MOVZX r, r/m8',     movzx],
  ['0F B7 /r',         'MOVZX r, r/m16',    movzx],
  ['0F BE /r',         'MOVSX r, r/m8',     movsx],
  ['0F BF /r',         'MOVSX r, r/m16',    movsx],
  ['NP 0F 38 F0 /r',   'MOVBE r, m',        movbe],
  ['66 0F 38 F0 /r',   'MOVBE r, m',        movbe],
  ['NP 0F 38 F1 /r',   'MOVBE m, r',        movbe],
  ['66 0F 38 F1 /r',   'MOVBE m, r',        movbe],
  ['NP 0F C3 /r',      'MOVNTI my, ry',     mov],
  ['0F C8+r',          'BSWAP r',           bswap],
  ['8D /r',            'LEA r, mem',        lea],
  ['86 /r',            'XCHG r/m8, r8',     xchg, 'lock'],
  ['87 /r',            'XCHG r/m, r',       xchg, 'lock'],
  ['90+r',             'XCHG r, rAX',       xchg],
  ['50+r',             'PUSH r',            push, 'd64 stack'],
  ['FF /6',            'PUSH r/m',          push, 'd64 stack'],
  ['68 iz',            'PUSH imm',          pushImmediate, 'd64 stack'],
  ['6A ib',            'PUSH simm8',        pushImmediate, 'd64 stack'],
  ['58+r',             'POP r',             pop, 'd64 stack'],
  ['8F /0',            'POP r/m',           pop, 'd64 stack'],
  ['9C',               'PUSHF',             pushf, 'd64 stack'],
  ['9D',               'POPF',              popf, 'd64 popf'],
  ['9F',               'LAHF',              lahf],
  ['9E',               'SAHF',              sahf],
  ['C9',               'LEAVE',             leave, 'd64 leave'],
  ['C8 iw ib',         'ENTER imm16, imm8', enter, 'd64 enter'],
  ['98',               'CWDE',              extendAccumulator],
  ['99',               'CDQ',               signAccumulator],
  ['D7',               'XLAT',              xlat, 'xlat'],
  ['0F 40+cc /r',      'CMOVcc r, r/m',     cmov],
  ['0F 90+cc /r',      'SETcc r/m8',        setcc],
  ['F8',               'CLC',               clearCarry],
  ['F9',               'STC',               setCarry],
  ['F5',               'CMC',               complementCarry],
];
