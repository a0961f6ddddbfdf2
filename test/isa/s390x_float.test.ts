/**
 * Floating point that QEMU has not or wrong (see `s390x_qemu_wrong.ts`), and interruptions: values
 * by the Principles of Operation, chapters 9, 19 and 24.
 */

import { describe, expect, it } from 'vitest';
import { interruption } from '../../src/cpu/isa/s390x/interruption.ts';
import { type End, run, run1 } from './s390x_state.ts';

const short = (value: number): bigint => BigInt(new Uint32Array(Float32Array.of(value).buffer)[0]!);
const long = (value: number): bigint => new BigUint64Array(Float64Array.of(value).buffer)[0]!;
/** A short number in a floating-point register. */
const left = (bits: bigint): bigint => bits << 32n;
const hex = (value: bigint): string => value.toString(16);
const signalingShort = 0x7fa00001n;
const signalingLong = 0x7ff4000000000001n;

describe('FPC', () => {
  it('SFPC, LFPC, SRNMB: reserved bits and modes are specification exceptions', () => {
    for (const value of [0x04000000n, 4n, 5n, 6n]) {
      const { trap } = run1({ r: { 1: value } }, 'SFPC', { r1: 1 });
      expect(trap?.detail).toBe(interruption.specification);
      const data = value.toString(16).padStart(8, '0');
      expect(run1({ data }, 'LFPC', { b2: 12 }).trap?.detail).toBe(interruption.specification);
    }
    expect(run1({ r: { 1: 0xf8000007n } }, 'SFPC', { r1: 1 }).fpc).toBe(0xf8000007);
    expect(run1({ data: '00f80003' }, 'LFPC', { b2: 12 }).fpc).toBe(0x00f80003);
    expect(run1({ fpc: 1 }, 'SRNMB', { d2: 7 }).fpc).toBe(7);
    expect(run1({}, 'SRNMB', { d2: 4 }).trap?.detail).toBe(interruption.specification);
  });

  it('LFAS, SFASR: a flag under a new mask is a simulated exception', () => {
    const codes: readonly [flags: number, masks: number, code: number | null][] = [
      [0x80, 0x80, 0x83],
      [0x40, 0x40, 0x43],
      [0x28, 0x28, 0x2b],
      [0x28, 0x20, 0x23],
      [0x18, 0x18, 0x1b],
      [0x08, 0x08, 0x0b],
      [0x88, 0x08, 0x0b],
      [0x80, 0x40, null],
    ];
    for (const [flags, masks, code] of codes) {
      const next = (masks << 24) >>> 0;
      const start = {
        fpc: flags << 16,
        r: { 1: BigInt(next) },
        data: hex(BigInt(next)).padStart(8, '0'),
      };
      for (const end of [run1(start, 'SFASR', { r1: 1 }), run1(start, 'LFAS', { b2: 12 })]) {
        expect(end.fpc).toBe((next | (flags << 16) | ((code ?? 0) << 8)) >>> 0);
        expect(end.trap?.detail).toBe(code === null ? undefined : interruption.data);
      }
    }
  });
});

describe('interruptions of arithmetic', () => {
  const divide = (fpc: number, x: number, y: number): End =>
    run1({ fpc, f: { 1: long(x), 2: long(y) } }, 'DDBR', { r1: 1, r2: 2 });
  it('invalid and division by zero leave the target alone', () => {
    const end = divide(0x40000000, 1, 0);
    expect([end.trap?.detail, end.fpc, end.f(1)]).toEqual([interruption.data, 0x40004000, long(1)]);
    expect(divide(0x80000000, 0, 0).fpc >>> 0).toBe(0x80008000);
    expect(divide(0, 1, 0).f(1)).toBe(long(Number.POSITIVE_INFINITY));
  });

  it('inexact: truncated or incremented', () => {
    expect(divide(0x08000000, 1, 3).fpc).toBe(0x08000800);
    expect(divide(0x08000000, 1, 10).fpc).toBe(0x08000c00);
    expect(divide(0x08000000, 1, 10).f(1)).toBe(long(1 / 10));
  });

  it('overflow and underflow give a result scaled by 2^1536', () => {
    const multiply = (fpc: number, x: number, y: number): End =>
      run1({ fpc, f: { 1: long(x), 2: long(y) } }, 'MDBR', { r1: 1, r2: 2 });
    const large = multiply(0x20000000, 2 ** 1000, 2 ** 1000);
    expect([large.fpc, large.f(1)]).toEqual([0x20002000, long(2 ** (2000 - 1536))]);
    const small = multiply(0x10000000, 2 ** -1000, 2 ** -1000);
    expect([small.fpc, small.f(1)]).toEqual([0x10001000, long(2 ** (1536 - 2000))]);
    // An exact subnormal number is no underflow unless it interrupts.
    expect(multiply(0, 2 ** -1000, 2 ** -60).fpc).toBe(0);
    expect(multiply(0x10000000, 2 ** -1000, 2 ** -60).fpc).toBe(0x10001000);
  });

  it('LOAD ROUNDED leaves what is too large long, scaled by 2^512', () => {
    const end = run1({ fpc: 0x20000000, f: { 2: long(2 ** 200) } }, 'LEDBR', { r1: 1, r2: 2 });
    expect([end.fpc, end.f(1)]).toEqual([0x20002000, long(2 ** (200 - 512))]);
  });

  it('vector instructions are suppressed, with the number of the element', () => {
    const v = { 2: (long(1) << 64n) | long(1), 3: long(1) << 64n };
    const end = run1({ fpc: 0x40000000, v }, 'VFD', { v1: 1, v2: 2, v3: 3, m4: 3 });
    expect(end.trap).toMatchObject({ kind: 'arithmetic', detail: interruption.vector });
    expect([end.fpc, end.v(1)]).toEqual([0x40001200, 0n]);
    const nan = { 2: 0x7ff8n << 112n };
    const loud = run1({ fpc: 0x80000000, v: nan }, 'WFK', { v1: 2, v2: 2, m3: 3 });
    expect([loud.trap?.detail, loud.fpc >>> 0]).toEqual([interruption.vector, 0x80000100]);
  });
});

describe('multiplication to a wider format, with addition', () => {
  it('MDEBR, MDEB, MXDBR, MXDB are exact', () => {
    const [x, y] = [1.0000001192092896, 3.4028234663852886e38];
    const f = { 1: left(short(x)), 2: left(short(y)) };
    const data = hex(short(y)).padStart(8, '0');
    const product = long(Math.fround(x) * Math.fround(y));
    expect(run1({ f }, 'MDEBR', { r1: 1, r2: 2 }).f(1)).toBe(product);
    expect(run1({ f, data }, 'MDEB', { r1: 1, b2: 12 }).f(1)).toBe(product);
    // (1 + 2^-52)² = 1 + 2^-51 + 2^-104
    const odd = long(1 + 2 ** -52);
    const wide = { f: { 1: odd, 2: odd }, data: hex(odd) };
    for (const end of [
      run1(wide, 'MXDBR', { r1: 1, r2: 2 }),
      run1(wide, 'MXDB', { r1: 1, b2: 12 }),
    ]) {
      expect([hex(end.f(1)), hex(end.f(3)), end.fpc]).toEqual([
        '3fff000000000000',
        '2000000000000100',
        0,
      ]);
    }
    const nan = run1({ f: { 1: left(signalingShort), 2: left(short(1)) } }, 'MDEBR', {
      r1: 1,
      r2: 2,
    });
    expect([hex(nan.f(1)), nan.fpc]).toEqual(['7ffc000020000000', 0x800000]);
  });

  it('MAEB, MADB, MSEB, MSDB round once', () => {
    // R3 × second ± R1
    const f = { 1: long(-1), 3: long(1 + 2 ** -52) };
    const end = run1({ f, data: hex(long(1 - 2 ** -53)) }, 'MADB', { r1: 1, r3: 3, b2: 12 });
    expect(end.f(1)).toBe(long(2 ** -53 - 2 ** -105));
    const minus = run1({ f: { ...f, 1: long(1) }, data: hex(long(1 - 2 ** -53)) }, 'MSDB', {
      r1: 1,
      r3: 3,
      b2: 12,
    });
    expect(minus.f(1)).toBe(long(2 ** -53 - 2 ** -105));
    const g = { 1: left(short(-6)), 3: left(short(2)) };
    const data = hex(short(3));
    expect(run1({ f: g, data }, 'MAEB', { r1: 1, r3: 3, b2: 12 }).f(1)).toBe(0n);
    expect(run1({ f: g, data }, 'MSEB', { r1: 1, r3: 3, b2: 12 }).f(1)).toBe(left(short(12)));
    // A signaling NaN goes before a quiet one.
    const nans = { f: { 1: signalingLong, 3: long(Number.NaN) }, data: hex(long(1)) };
    expect(hex(run1(nans, 'MADB', { r1: 1, r3: 3, b2: 12 }).f(1))).toBe('7ffc000000000001');
  });

  it('VFNMA, VFNMS negate what has been rounded', () => {
    const v = { 2: long(1) << 64n, 3: long(1) << 64n, 4: long(2 ** -60) << 64n };
    const fields = { v1: 1, v2: 2, v3: 3, v4: 4, m5: 8, m6: 3 };
    const upward = 2;
    const up = run1({ v, fpc: upward }, 'VFNMA', fields);
    expect(up.v(1) >> 64n).toBe(long(-1 - 2 ** -52));
    const down = run1({ v, fpc: upward }, 'VFNMS', fields);
    expect(down.v(1) >> 64n).toBe(long(-1));
  });
});

describe('loads and vectors', () => {
  it('LTEBR, LTDBR, LTXBR make signaling NaNs quiet', () => {
    const f = { 0: left(signalingShort), 1: signalingLong, 4: 0x7fff400000000000n, 6: 1n };
    const end = run({ f }, [
      ['LTEBR', { r1: 8, r2: 0 }],
      ['LTDBR', { r1: 9, r2: 1 }],
      ['LTXBR', { r1: 12, r2: 4 }],
    ]);
    expect([end.f(8), end.f(9), end.f(12), end.f(14)].map(hex)).toEqual([
      '7fe0000100000000',
      '7ffc000000000001',
      '7fffc00000000000',
      '1',
    ]);
    expect([end.cc, end.fpc]).toEqual([3, 0x800000]);
  });

  it('VCKSM adds words with the carry brought back', () => {
    const add = (words: bigint, start: bigint): bigint =>
      run1({ v: { 2: words, 3: start << 64n } }, 'VCKSM', { v1: 1, v2: 2, v3: 3 }).v(1) >> 64n;
    expect(add(0x00000001_00000002_00000003_00000004n, 5n)).toBe(15n);
    expect(add(0xffffffff_00000001_00000000_00000000n, 5n)).toBe(6n);
    expect(add(0n, 0xffffffffn)).toBe(0xffffffffn);
  });

  it('VGEF, VGEG, VSCEF, VSCEG', () => {
    const v = {
      1: 0n,
      2: (8n << 96n) | 16n,
      3: (16n << 64n) | 8n,
      4: 0x11112222_33334444_55556666_77778888n,
    };
    const data = '00112233445566778899aabbccddeeff0123456789abcdef';
    const end = run({ v, data }, [
      ['VGEF', { v1: 1, v2: 2, b2: 12, d2: 0, m3: 0 }],
      ['VGEF', { v1: 1, v2: 2, b2: 12, d2: 4, m3: 3 }],
      ['VGEG', { v1: 5, v2: 3, b2: 12, d2: 0, m3: 1 }],
      ['VSCEF', { v1: 4, v2: 2, b2: 12, d2: 64, m3: 3 }],
      ['VSCEG', { v1: 4, v2: 3, b2: 12, d2: 64, m3: 1 }],
    ]);
    expect(hex(end.v(1))).toBe(`8899aabb${'0'.repeat(16)}89abcdef`);
    expect(hex(end.v(5))).toBe('8899aabbccddeeff');
    expect([end.data(72, 8), end.data(80, 4)]).toEqual(['5555666677778888', '77778888']);
  });
});

describe('DIVIDE TO INTEGER', () => {
  /** [dividend, divisor, M4, FPC] → [remainder, quotient, code, FPC] */
  const shortly = (x: number, y: number, m4 = 0, fpc = 0): unknown[] => {
    const f = { 1: left(BigInt(x)), 2: left(BigInt(y)), 3: left(0x12345678n) };
    const end = run1({ f, fpc }, 'DIEBR', { r1: 1, r2: 2, r3: 3, m4 });
    const trap = end.trap ? [end.trap.detail] : [];
    return [
      hex(end.f(1) >> 32n),
      hex(end.f(3) >> 32n),
      end.cc,
      hex(BigInt(end.fpc >>> 0)),
      ...trap,
    ];
  };
  const longly = (x: number, y: number, m4 = 0): unknown[] => {
    const f = { 1: long(x), 2: long(y) };
    const end = run1({ f }, 'DIDBR', { r1: 1, r2: 2, r3: 3, m4 });
    return [end.f(1), end.f(3), end.cc, end.fpc];
  };
  const bits = (value: number): number => Number(short(value));

  it('rounds the quotient by M4 and leaves an exact remainder', () => {
    expect(longly(7, 2)).toEqual([long(-1), long(4), 0, 0]);
    expect(longly(7, 2, 5)).toEqual([long(1), long(3), 0, 0]);
    expect(longly(-7, 2, 7)).toEqual([long(1), long(-4), 0, 0]);
    expect(longly(-6, 3)).toEqual([long(-0), long(-2), 0, 0]);
    expect(longly(5, Number.NEGATIVE_INFINITY)).toEqual([long(5), long(-0), 0, 0]);
    expect(longly(0.25, 1)).toEqual([long(0.25), long(0), 0, 0]);
  });

  it('special operands', () => {
    expect(shortly(bits(480), 0)).toEqual(['7fc00000', '7fc00000', 1, '800000']);
    expect(shortly(0x7fa00001, bits(1))).toEqual(['7fe00001', '7fe00001', 1, '800000']);
    // Suppressed where invalid operands interrupt.
    expect(shortly(0, 0, 0, 0x80000000)).toEqual([
      '0',
      '12345678',
      0,
      '80008000',
      interruption.data,
    ]);
    const same = run1({}, 'DIEBR', { r1: 1, r2: 2, r3: 2, m4: 0 });
    expect(same.trap?.detail).toBe(interruption.specification);
  });

  it('partial quotients and scaled ones', () => {
    // 2^30 + 2^6 + 1 by 1: the quotient has 24 bits.
    const end = run1({ f: { 1: long(2 ** 60 + 2 ** 8), 2: long(3) } }, 'DIDBR', {
      r1: 1,
      r2: 2,
      r3: 3,
      m4: 0,
    });
    const quotient = (2n ** 60n + 2n ** 8n) / 3n;
    const kept = (quotient >> 6n) << 6n;
    expect([end.f(3), end.cc]).toEqual([long(Number(kept)), 2]);
    expect(end.f(1)).toBe(long(Number(2n ** 60n + 2n ** 8n - kept * 3n)));
    // 2^100 ÷ 2^-100 is beyond the short format: complete, but scaled by 2^-192.
    expect(shortly(bits(2 ** 100), bits(2 ** -100))).toEqual(['0', hex(short(2 ** 8)), 1, '0']);
    const large = shortly(bits(2 ** 100), bits(3 * 2 ** -100));
    expect([large[2], large[1]]).toEqual([3, '42aaaaaa']);
  });

  it('a remainder may be inexact or tiny', () => {
    // Rounded up, the quotient of a small number is 1, and the remainder does not fit.
    const inexact = shortly(bits(2 ** -30), bits(3), 6);
    expect(inexact).toEqual([hex(short(-3)), hex(short(1)), 0, '80000']);
    const tiny = shortly(0x000d0100, 0xb0b0b0b0, 6, 0x10000000);
    expect(tiny).toEqual(['5ed01000', '80000000', 0, '10001000', interruption.data]);
  });
});
