/**
 * What Linux makes of s390x's interruptions (arch/s390/kernel/traps.c), where QEMU differs, and
 * what it says of the processor.
 */

import { describe, expect, it } from 'vitest';
import { interruption } from '../../src/cpu/isa/s390x/interruption.ts';
import { registers } from '../../src/cpu/isa/s390x/registers.ts';
import { facilities } from '../../src/cpu/isa/s390x/system.ts';
import type { TrapKind } from '../../src/cpu/trap.ts';
import { abiS390x } from '../../src/linux/abi/s390x.ts';
import { s390xFaultSignal } from '../../src/linux/abi/s390x_faults.ts';
import { s390xFeatures } from '../../src/linux/abi/s390x_hwcap.ts';
import * as signals from '../../src/linux/abi/signals.ts';

/** [signal, si_code] of a trap under an FPC. */
function signalOf(kind: TrapKind, detail: number, fpc = 0): number[] | undefined {
  const view = new DataView(new ArrayBuffer(registers.fpc.offset + 4));
  view.setUint32(registers.fpc.offset, fpc, true);
  const trap = { kind, detail, pc: 0, address: 0, write: false };
  const found = s390xFaultSignal(trap, view);
  return found && [found.signal, found.code];
}

describe('signals of program interruptions', () => {
  it('operation, specification, execute and decimal data exceptions are SIGILL', () => {
    const { SIGILL, ILL_ILLOPC, ILL_ILLOPN } = signals;
    expect(signalOf('illegal', 0)).toEqual([SIGILL, ILL_ILLOPC]);
    expect(signalOf('illegal', interruption.operation)).toEqual([SIGILL, ILL_ILLOPC]);
    for (const detail of [interruption.specification, interruption.execute, interruption.data]) {
      expect(signalOf('illegal', detail)).toEqual([SIGILL, ILL_ILLOPN]);
    }
  });

  it('data exceptions are SIGFPE by their code', () => {
    const codes: readonly [dxc: number, code: number][] = [
      [0x80, signals.FPE_FLTINV],
      [0x40, signals.FPE_FLTDIV],
      [0x2c, signals.FPE_FLTOVF],
      [0x18, signals.FPE_FLTUND],
      [0x0c, signals.FPE_FLTRES],
      [0xff, 0],
      [0x83, 0],
    ];
    for (const [dxc, code] of codes) {
      expect(signalOf('arithmetic', interruption.data, dxc << 8)).toEqual([signals.SIGFPE, code]);
    }
  });

  it('vector exceptions by the right half of theirs, overflows as integer overflow', () => {
    const { SIGFPE } = signals;
    expect(signalOf('arithmetic', interruption.vector, 0x1300)).toEqual([
      SIGFPE,
      signals.FPE_FLTOVF,
    ]);
    expect(signalOf('arithmetic', interruption.vector, 0x0500)).toEqual([
      SIGFPE,
      signals.FPE_FLTRES,
    ]);
    for (const detail of [interruption.fixedPointOverflow, interruption.decimalOverflow]) {
      expect(signalOf('arithmetic', detail)).toEqual([SIGFPE, signals.FPE_INTOVF]);
    }
    expect(signalOf('divide', 0)).toBeUndefined();
  });
});

describe('what programs are told', () => {
  it('AT_HWCAP and AT_PLATFORM say what STFLE says', () => {
    expect(abiS390x.platform).toBe('z14');
    const names = 'esan3 zarch stfle msa ldisp eimm etf3eh highgprs vx vxe';
    expect(s390xFeatures.join(' ')).toBe(names);
    // HWCAP_S390_VXRS and HWCAP_S390_VXRS_EXT; neither decimal floating point nor transactions.
    expect([11n, 13n, 6n, 10n].map((bit) => (abiS390x.hwcap >> bit) & 1n)).toEqual([
      1n,
      1n,
      0n,
      0n,
    ]);
    for (const missing of [20, 42, 50, 73, 133, 134]) expect(facilities).not.toContain(missing);
  });
});
