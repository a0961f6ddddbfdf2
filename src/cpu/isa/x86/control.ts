/** Branches, calls, and the instructions that enter the operating system. */

import type { I64 } from '../../ir/builder.ts';
import type { Lowering } from './lowering.ts';
import { generalProtection } from './registers.ts';
import type { Lower, RowSource } from './row.ts';

const target = (c: Lowering): number => (c.i.pc + c.i.bytes + c.i.immediate) >>> 0;

const jcc: Lower = (c) => c.b.branch(c.flags.condition(c.i.opcode & 15), target(c));
const jump: Lower = (c) => c.b.jump(target(c));

const jumpIndirect: Lower = (c) => c.b.jumpIndirect(c.b.i32_wrap_i64(c.read(0, 64) as I64), 'jump');

const call: Lower = (c) => {
  const { b } = c;
  c.push(64, b.const64(b.nextAddress));
  b.call(target(c));
};

const callIndirect: Lower = (c) => {
  const { b } = c;
  const to = b.i32_wrap_i64(c.read(0, 64) as I64);
  c.push(64, b.const64(b.nextAddress));
  b.jumpIndirect(to, 'call');
};

const ret: Lower = (c) => {
  const { b, i } = c;
  const rsp = c.gpr(4);
  const to = b.i64_load(b.i32_wrap_i64(rsp));
  const extra = i.row!.immediates.length ? i.immediate & 0xffff : 0;
  c.putGpr(4, b.i64_add(rsp, b.const64(8 + extra)));
  b.jumpIndirect(b.i32_wrap_i64(to), 'return');
};

/** LOOP, LOOPE, LOOPNE: no flag changes. */
const loop =
  (condition: number): Lower =>
  (c) => {
    const { b } = c;
    const zf = condition < 0 ? undefined : c.flags.condition(condition);
    let left = b.i64_sub(c.gpr(1), b.const64(1));
    if (c.i.addressPrefix) left = b.i64_extend_i32_u(b.i32_wrap_i64(left));
    c.putGpr(1, left);
    const more = b.i64_ne(left, b.const64(0));
    b.branch(zf === undefined ? more : b.i32_and(more, zf), target(c));
  };

const jrcxz: Lower = (c) => {
  const { b } = c;
  const rcx = c.gpr(1);
  const zero = c.i.addressPrefix ? b.i32_eqz(b.i32_wrap_i64(rcx)) : b.i64_eqz(rcx);
  b.branch(zero, target(c));
};

/** SYSCALL: rcx = next rip, r11 = rflags (SDM vol. 2, SYSCALL); the selectors do not show. */
const syscall: Lower = (c) => {
  const { b } = c;
  c.putGpr(11, c.flags.rflags());
  c.putGpr(1, b.const64(b.nextAddress));
  b.syscall();
};

/** Exceptions an instruction raises on purpose; the trap's detail is their number. */
const raise =
  (number: number): Lower =>
  (c) =>
    c.b.trap('breakpoint', number);

/**
 * INT n: of Linux's gates users may pass those of #BP and #OF. That of 0x80 is missing, as in a
 * kernel without IA32 emulation: #GP with the gate's number.
 */
const interrupt: Lower = (c) => {
  const number = c.i.immediate & 0xff;
  if (number === 3 || number === 4) c.b.trap('breakpoint', number);
  else c.b.trap('illegal', (((number << 3) | 2) << 16) | generalProtection);
};
const illegal: Lower = (c) => c.b.trap('illegal');
/** What user mode may not do: #GP, which Linux answers with SIGSEGV and no address. */
const privileged: Lower = (c) => c.b.trap('illegal', generalProtection);

/** Branches, calls, system entry, what is privileged. */
// biome-ignore format: a table
export const controlRows: readonly RowSource[] = [
  ['70+cc cb',       'Jcc rel8',       jcc, 'branch'],
  ['0F 80+cc cd',    'Jcc rel32',      jcc, 'branch'],
  ['EB cb',          'JMP rel8',       jump, 'branch'],
  ['E9 cd',          'JMP rel32',      jump, 'branch'],
  ['FF /4',          'JMP r/m64',      jumpIndirect, 'd64 skip'],
  ['E8 cd',          'CALL rel32',     call, 'd64 f64'],
  ['FF /2',          'CALL r/m64',     callIndirect, 'd64 skip'],
  ['C3',             'RET',            ret, 'd64 f64 ret'],
  ['C2 iw',          'RET imm16',      ret, 'd64 f64 ret'],
  ['E0 cb',          'LOOPNE rel8',    loop(5), 'branch'],
  ['E1 cb',          'LOOPE rel8',     loop(4), 'branch'],
  ['E2 cb',          'LOOP rel8',      loop(-1), 'branch'],
  ['E3 cb',          'JRCXZ rel8',     jrcxz, 'branch'],
  ['0F 05',          'SYSCALL',        syscall, 'skip'],
  ['CC',             'INT3',           raise(3), 'skip'],
  ['F1',             'INT1',           raise(1), 'skip'],
  ['0F 0B',          'UD2',            illegal, 'skip'],
  ['0F B9 /r',       'UD1 r, r/m',     illegal, 'skip'],
  ['CD ib',          'INT imm8',       interrupt, 'skip'],
  ['F4',             'HLT',            privileged, 'skip'],
  ['FA',             'CLI',            privileged, 'skip'],
  ['FB',             'STI',            privileged, 'skip'],
  ['E4 ib',          'IN imm8',        privileged, 'skip'],
  ['E5 ib',          'IN imm8',        privileged, 'skip'],
  ['EC',             'IN',             privileged, 'skip'],
  ['ED',             'IN',             privileged, 'skip'],
  ['E6 ib',          'OUT imm8',       privileged, 'skip'],
  ['E7 ib',          'OUT imm8',       privileged, 'skip'],
  ['EE',             'OUT',            privileged, 'skip'],
  ['EF',             'OUT',            privileged, 'skip'],
  ['6C',             'INSB',           privileged, 'skip'],
  ['6D',             'INSD',           privileged, 'skip'],
  ['6E',             'OUTSB',          privileged, 'skip'],
  ['6F',             'OUTSD',          privileged, 'skip'],
  ['0F 06',          'CLTS',           privileged, 'skip'],
  ['0F 07',          'SYSRET',         privileged, 'skip'],
  ['0F 08',          'INVD',           privileged, 'skip'],
  ['0F 09',          'WBINVD',         privileged, 'skip'],
  ['0F 20 /r',       'MOVCR r64, r/m', privileged, 'skip'],
  ['0F 21 /r',       'MOVDR r64, r/m', privileged, 'skip'],
  ['0F 22 /r',       'MOVCR r64, r/m', privileged, 'skip'],
  ['0F 23 /r',       'MOVDR r64, r/m', privileged, 'skip'],
  ['0F 30',          'WRMSR',          privileged, 'skip'],
  ['0F 32',          'RDMSR',          privileged, 'skip'],
  ['0F 33',          'RDPMC',          privileged, 'skip'],
  ['0F 35',          'SYSEXIT',        privileged, 'skip'],
  ['0F 01 F8',       'SWAPGS',         privileged, 'skip'],
  ['NP 0F 01 D1',    'XSETBV',         privileged, 'skip'],
  ['0F 00 /2',       'LLDT r/m16',     privileged, 'skip'],
  ['0F 00 /3',       'LTR r/m16',      privileged, 'skip'],
  ['0F 01 /2',       'LGDT mem',       privileged, 'skip'],
  ['0F 01 /3',       'LIDT mem',       privileged, 'skip'],
  ['0F 01 /6',       'LMSW r/m16',     privileged, 'skip'],
  ['0F 01 /7',       'INVLPG mem',     privileged, 'skip'],
];
