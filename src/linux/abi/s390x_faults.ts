/** Signals of s390x's program interruptions: arch/s390/kernel/traps.c. */

import { interruption } from '../../cpu/isa/s390x/interruption.ts';
import { registers } from '../../cpu/isa/s390x/registers.ts';
import type { Trap } from '../../cpu/trap.ts';
import {
  FPE_FLTDIV,
  FPE_FLTINV,
  FPE_FLTOVF,
  FPE_FLTRES,
  FPE_FLTUND,
  FPE_INTOVF,
  ILL_ILLOPC,
  ILL_ILLOPN,
  SIGFPE,
  SIGILL,
} from './signals.ts';

/** do_fp_trap(): si_code by the data-exception code; 0 where it is no IEEE exception. */
function dataCode(code: number): number {
  if (code & 3) return 0;
  if (code & 0x80) return FPE_FLTINV;
  if (code & 0x40) return FPE_FLTDIV;
  if (code & 0x20) return FPE_FLTOVF;
  if (code & 0x10) return FPE_FLTUND;
  return code & 0x08 ? FPE_FLTRES : 0;
}

/** vector_exception(): by the right half of the vector-exception code. */
function vectorCode(code: number): number {
  return [0, FPE_FLTINV, FPE_FLTDIV, FPE_FLTOVF, FPE_FLTUND, FPE_FLTRES][code & 15] ?? 0;
}

/** Signal and si_code of a program interruption; undefined for what is as everywhere. */
export function s390xFaultSignal(
  { kind, detail }: Trap,
  view: DataView,
): { signal: number; code: number } | undefined {
  if (kind === 'illegal') {
    const isOperation = detail === 0 || detail === interruption.operation;
    return { signal: SIGILL, code: isOperation ? ILL_ILLOPC : ILL_ILLOPN };
  }
  if (kind !== 'arithmetic') return undefined;
  const code = view.getUint8(registers.fpc.offset + 1);
  if (detail === interruption.data) return { signal: SIGFPE, code: dataCode(code) };
  if (detail === interruption.vector) return { signal: SIGFPE, code: vectorCode(code) };
  return { signal: SIGFPE, code: FPE_INTOVF };
}
