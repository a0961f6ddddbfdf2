/**
 * Instructions that random programs leave out, or QEMU has not or wrong: values by the sections of
 * the Principles of Operation named in the titles.
 */

import { describe, expect, it } from 'vitest';
import { interruption } from '../../src/cpu/isa/s390x/interruption.ts';
import { dataAt, run, run1, type Start, type Step } from './s390x_state.ts';

const hex = (value: bigint): string => value.toString(16);
const ones = 0xffff_ffff_ffff_ffffn;

describe('general instructions', () => {
  it('load and trap: a zero is a data exception with code ff', () => {
    const b = { b2: 12, d2: 0 };
    const data = '8000000012345678';
    const load = (name: string, from = data): string => {
      const end = run1({ r: { 5: ones }, data: from }, name, { r1: 5, ...b });
      return end.trap ? `${end.trap.kind} ${end.fpc.toString(16)}` : hex(end.r(5));
    };
    expect(load('LAT')).toBe('ffffffff80000000');
    expect(load('LFHAT')).toBe('80000000ffffffff');
    expect(load('LGAT')).toBe(data);
    expect(load('LLGFAT')).toBe('80000000');
    expect(load('LLGTAT', '8000000100000000')).toBe('1');
    for (const name of ['LAT', 'LFHAT', 'LGAT', 'LLGFAT', 'LLGTAT']) {
      expect(load(name, '0000000000000000')).toBe('arithmetic ff00');
    }
    expect(load('LLGTAT', '8000000000000000')).toBe('arithmetic ff00');
  });

  it('compare and trap: data exception ff where the mask says so', () => {
    const start: Start = { r: { 1: -2n, 2: 3n }, data: '0000000000000003' };
    const traps = (name: string, fields: Record<string, number>): boolean => {
      const { trap, fpc } = run1(start, name, fields);
      if (!trap) return false;
      expect([trap.kind, trap.detail, fpc]).toEqual(['arithmetic', interruption.data, 0xff00]);
      return true;
    };
    const [low, high] = [4, 2];
    for (const name of ['CRT', 'CGRT']) {
      expect(traps(name, { r1: 1, r2: 2, m3: low })).toBe(true);
      expect(traps(name, { r1: 1, r2: 2, m3: high })).toBe(false);
    }
    for (const name of ['CLRT', 'CLGRT']) {
      expect(traps(name, { r1: 1, r2: 2, m3: high })).toBe(true);
      expect(traps(name, { r1: 1, r2: 2, m3: low })).toBe(false);
    }
    for (const name of ['CIT', 'CGIT']) {
      expect(traps(name, { r1: 1, i2: -1, m3: low })).toBe(true);
      expect(traps(name, { r1: 1, i2: -2, m3: 6 })).toBe(false);
    }
    for (const name of ['CLFIT', 'CLGIT']) {
      expect(traps(name, { r1: 2, i2: -1, m3: low })).toBe(true);
      expect(traps(name, { r1: 2, i2: 3, m3: 8 })).toBe(true);
    }
    expect(traps('CLT', { r1: 2, b2: 12, d2: 4, m3: 8 })).toBe(true);
    expect(traps('CLGT', { r1: 1, b2: 12, d2: 0, m3: low })).toBe(false);
  });

  it('addresses, access registers, disjoint multiples', () => {
    for (const name of ['LAE', 'LAEY']) {
      const end = run({ r: { 2: 5n } }, [
        ['SAR', { a1: 3, r2: 12 }],
        [name, { r1: 3, x2: 2, b2: 12, d2: 7 }],
        ['EAR', { r1: 4, a2: 3 }],
      ]);
      expect([end.r(3), end.r(4)]).toEqual([BigInt(dataAt) + 12n, 0n]);
    }
    const copied = run({ r: { 1: 0x1234n } }, [
      ['SAR', { a1: 5, r2: 1 }],
      ['CPYA', { a1: 6, a2: 5 }],
      ['EAR', { r1: 2, a2: 6 }],
      ['TAR', { a1: 6, r2: 0 }],
    ]);
    expect([copied.r(2), copied.cc]).toEqual([0x1234n, 3]);
    expect(run1({}, 'TAR', { a1: 7, r2: 0 }).cc).toBe(0);
    const data = '0000000100000002' + '0000000300000004';
    const fields = { r1: 4, r3: 5, b2: 12, d2: 0, b4: 12, d4: 8 };
    const loaded = run1({ data }, 'LMD', fields);
    expect([hex(loaded.r(4)), hex(loaded.r(5))]).toEqual(['100000003', '200000004']);
    const stored = run1({ r: { 4: 0xa0000000bn, 5: 0xc0000000dn } }, 'STMH', {
      r1: 4,
      r3: 5,
      b2: 12,
      d2: 0,
    });
    expect(stored.data(0, 8)).toBe('0000000a0000000c');
  });

  it('branches', () => {
    const target = BigInt(dataAt);
    const link: Step[] = [['LARL', { r1: 9, ri2: 7 }]];
    const skipped: Step = ['LGHI', { r1: 1, i2: 1 }];
    // LARL and the branch are 10 bytes; what is skipped 4.
    const bal = run({}, [...link, ['BAL', { r1: 2, b2: 9, d2: 0 }], skipped]);
    expect([bal.trap, bal.r(1)]).toEqual([null, 0n]);
    const pointer = Buffer.alloc(8);
    pointer.writeBigUInt64BE(target);
    const bic = run1({ data: pointer.toString('hex') }, 'BIC', { m1: 15, b2: 12, d2: 0 });
    expect(bic.trap?.pc).toBe(dataAt);
    expect(
      run1({ data: pointer.toString('hex') }, 'BIC', { m1: 0, b2: 12, d2: 0 }).trap,
    ).toBeNull();
    const to = { 9: target + 1n };
    const bassm = run1({ r: to }, 'BASSM', { r1: 2, r2: 9 });
    expect([bassm.trap?.pc, bassm.r(2) & 1n]).toEqual([dataAt, 1n]);
    const bsm = run1({ r: { ...to, 2: 8n } }, 'BSM', { r1: 2, r2: 9 });
    expect([bsm.trap?.pc, bsm.r(2)]).toEqual([dataAt, 9n]);
  });

  it('SVC leaves the number to the kernel', () => {
    expect(run1({ r: { 1: 999n } }, 'SVC', { i1: 0 }).r(2)).toBe(BigInt.asUintN(64, -38n));
  });

  it('SPM, EPSW: condition code and program mask', () => {
    const end = run({ r: { 1: 0x36000000n, 2: 0n } }, [
      ['SPM', { r1: 1 }],
      ['IPM', { r1: 2 }],
      ['EPSW', { r1: 3, r2: 4 }],
    ]);
    expect([hex(end.r(2)), hex(end.r(3)), hex(end.r(4))]).toEqual([
      '36000000',
      '7053601',
      '80000000',
    ]);
  });

  it('MC: classes above 15 are specification exceptions', () => {
    expect(run1({}, 'MC', { i2: 15, b1: 0, d1: 1 }).trap).toBeNull();
    expect(run1({}, 'MC', { i2: 16, b1: 0, d1: 1 }).trap?.detail).toBe(interruption.specification);
    expect(run1({}, 'PPA', { r1: 1, r2: 2, m3: 1 }).trap).toBeNull();
  });

  it('MVPG moves a page', () => {
    const end = run({ data: 'c0ffee' }, [
      ['LAY', { r1: 2, b2: 12, d2: 4097 }],
      ['LGHI', { r1: 0, i2: 0 }],
      ['MVPG', { r1: 2, r2: 12 }],
    ]);
    expect([end.trap, end.cc, end.data(4096, 3)]).toEqual([null, 0, 'c0ffee']);
  });

  it('clocks go on, in the same second', () => {
    const steps: Step[] = [
      ['STCK', { b2: 12, d2: 0 }],
      ['STCKF', { b2: 12, d2: 8 }],
      ['STCKE', { b2: 12, d2: 16 }],
    ];
    const end = run({}, steps);
    const [first, second] = [end.data(0, 8), end.data(8, 8)];
    expect(first < second && first.startsWith('7d91048bca')).toBe(true);
    expect(end.data(16, 1) + end.data(17, 5)).toBe(`00${second.slice(0, 10)}`);
    // ECTG: the first operand less the timer, the second, and the third operand.
    const times = run(
      { r: { 3: BigInt(dataAt) + 16n }, data: `${'00'.repeat(8)}${'11'.repeat(16)}` },
      [['ECTG', { r3: 3, b1: 12, d1: 0, b2: 12, d2: 8 }]],
    );
    expect([hex(times.r(1)), hex(times.r(3))]).toEqual(['11'.repeat(8), '11'.repeat(8)]);
  });

  it('STFLE: doublewords as r0 allows, and how many there are', () => {
    const end = run1({ r: { 0: 1n } }, 'STFLE', { b2: 12, d2: 0 });
    expect([end.r(0), end.cc]).toEqual([2n, 3]);
    expect(end.data(16, 8)).toBe('00'.repeat(8));
    const all = run1({ r: { 0: 2n } }, 'STFLE', { b2: 12, d2: 0 });
    expect([all.r(0), all.cc]).toEqual([2n, 0]);
    // Facilities 0, 1, 2, 7; 129 and 135.
    expect([all.data(0, 1), all.data(16, 1)]).toEqual(['e1', '41']);
  });

  it('message security: the query reports itself, no other function is there', () => {
    const names = ['KM', 'KMC', 'KMF', 'KMO', 'KMCTR', 'KIMD', 'KLMD', 'KMAC', 'PCC', 'PPNO'];
    for (const name of names) {
      const start = { r: { 0: 0n, 1: BigInt(dataAt) }, data: 'ff'.repeat(16) };
      const end = run1(start, name, { r1: 2, r2: 4, r3: 6 });
      expect([end.trap, end.cc, end.data(0, 16)]).toEqual([null, 0, `80${'00'.repeat(15)}`]);
      const other = run1({ ...start, r: { 0: 1n } }, name, { r1: 2, r2: 4, r3: 6 });
      expect(other.trap?.detail).toBe(interruption.specification);
    }
  });
});

describe('storage operands that overlap, by different base registers', () => {
  /** What the manual says: byte after byte. */
  function expected(name: string, to: number, bytes: number): { text: string; code: number } {
    const data = Uint8Array.from({ length: 80 }, (_, n) => (n * 37 + 11) & 255);
    let some = 0;
    for (let i = 0; i < bytes; i++) {
      const [x, y] = [data[to + i]!, data[i + 3]!];
      data[to + i] = name === 'MVC' ? y : name === 'NC' ? x & y : name === 'OC' ? x | y : x ^ y;
      some |= data[to + i]!;
    }
    return { text: Buffer.from(data).toString('hex'), code: some === 0 ? 0 : 1 };
  }
  const data = Buffer.from(Uint8Array.from({ length: 80 }, (_, n) => (n * 37 + 11) & 255));
  it.each(['MVC', 'NC', 'OC', 'XC'])('%s', (name) => {
    for (const bytes of [1, 2, 3, 8, 15, 16, 17, 31, 32, 33, 64]) {
      for (const to of [0, 3, 4, 5, 10, 12]) {
        const fields = { l1: bytes - 1, b1: 12, d1: to, b2: 13, d2: 3 };
        const end = run1({ data: data.toString('hex') }, name, fields);
        const { text, code } = expected(name, to, bytes);
        expect([name, bytes, to, end.data(0, 80)]).toEqual([name, bytes, to, text]);
        if (name !== 'MVC') expect(end.cc).toBe(code);
      }
    }
  });
});

describe('program mask', () => {
  const overflowing = (mask: number, step: Step, r2 = 0x7fffffffn) =>
    run({ r: { 1: BigInt(mask) << 24n, 2: r2 } }, [['SPM', { r1: 1 }], step]);

  it('fixed-point overflow completes the instruction and interrupts', () => {
    const add: Step = ['AHI', { r1: 2, i2: 1 }];
    const end = overflowing(8, add);
    expect(end.trap).toMatchObject({ kind: 'arithmetic', detail: interruption.fixedPointOverflow });
    expect([end.at, end.r(2), end.cc]).toEqual([2, 0x80000000n, 3]);
    expect(overflowing(0, add).trap).toBeNull();
    expect(overflowing(8, add, 5n).trap).toBeNull();
    const steps: Step[] = [
      ['LPR', { r1: 2, r2: 2 }],
      ['LCR', { r1: 2, r2: 2 }],
      ['SLA', { r1: 2, d2: 1 }],
      ['SHHHR', { r1: 3, r2: 3, r3: 2 }],
    ];
    for (const step of steps.slice(0, 3)) {
      expect(overflowing(8, step, 0x80000000n).trap?.detail).toBe(interruption.fixedPointOverflow);
    }
    // Logical instructions and others never do.
    expect(overflowing(8, ['ALFI', { r1: 2, i2: -1 }], ones).trap).toBeNull();
    expect(overflowing(8, ['LNR', { r1: 2, r2: 2 }], 0x80000000n).trap).toBeNull();
  });

  it('decimal overflow', () => {
    const add = (mask: number) =>
      run({ r: { 1: BigInt(mask) << 24n }, data: '9c1c' }, [
        ['SPM', { r1: 1 }],
        ['AP', { b1: 12, d1: 0, l1: 0, b2: 12, d2: 1, l2: 0 }],
      ]);
    expect(add(4).trap).toMatchObject({ kind: 'arithmetic', detail: interruption.decimalOverflow });
    expect([add(4).data(0, 1), add(4).cc]).toEqual(['0c', 3]);
    expect([add(8).trap, add(8).cc]).toEqual([null, 3]);
  });
});

describe('interlocked access', () => {
  it('CSST swaps and stores, or loads', () => {
    const data = `${'00'.repeat(4)}00000007${'00'.repeat(8)}0000000000000000${'00'.repeat(8)}`;
    // Word at 4; parameter list at 32: replacement, and the value to store at 48.
    const list = '00000009'.padEnd(32, '0') + 'aabbccdd'.padEnd(32, '0');
    const start = (r3: bigint): Start => ({
      r: { 0: 0x200n, 1: BigInt(dataAt) + 32n, 3: r3 },
      data: data + list,
    });
    const fields = { r3: 3, b1: 12, d1: 4, b2: 12, d2: 80 };
    const swapped = run1(start(7n), 'CSST', fields);
    expect([swapped.trap, swapped.cc, swapped.data(4, 4), swapped.data(80, 4)]).toEqual([
      null,
      0,
      '00000009',
      'aabbccdd',
    ]);
    const loaded = run1(start(8n), 'CSST', fields);
    expect([loaded.cc, loaded.r(3), loaded.data(4, 4), loaded.data(80, 4)]).toEqual([
      1,
      7n,
      '00000007',
      '00000000',
    ]);
    const invalid = run1({ ...start(7n), r: { 0: 3n, 1: BigInt(dataAt) + 32n } }, 'CSST', fields);
    expect(invalid.trap?.detail).toBe(interruption.specification);
  });

  const word = (value: number): string => value.toString(16).padStart(8, '0');
  const long = (value: number): string => value.toString(16).padStart(16, '0');
  const address = (offset: number): string => long(dataAt + offset);
  /** The second operand at 0, others at 16, 32 and 48; the parameter list at 64. */
  function plo(code: number, regs: Readonly<Record<number, bigint>>, list: Record<number, string>) {
    const bytes = Buffer.alloc(64 + 144);
    bytes.write(long(7).padStart(32, '0'), 0, 'hex');
    // Every size of operand sees a 7 at the second operand's address: see `second`.
    for (const [offset, text] of Object.entries(list))
      bytes.write(text, 64 + Number(offset), 'hex');
    const size = [4, 8, 8, 16][code & 3]!;
    const second = 16 - size;
    const isList = code % 2 === 1 || code >= 16;
    const end = run1({ r: { 0: BigInt(code), ...regs }, data: bytes.toString('hex') }, 'PLO', {
      r1: 2,
      r3: 4,
      b2: 12,
      d2: second,
      b4: 12,
      d4: isList ? 64 : 32,
    });
    return { end, operand: end.data(second, size), size };
  }
  const list = (size: number, compare: number): Record<number, string> => {
    const at = (offset: number, value: number): [number, string] => [
      offset + 16 - size,
      value.toString(16).padStart(size * 2, '0'),
    ];
    return Object.fromEntries([
      at(0, compare),
      at(16, 9),
      at(32, 0),
      at(48, 0x33),
      at(80, 0x55),
      at(112, 0x77),
      [72, address(32)],
      [104, address(16)],
      [136, address(48)],
    ]);
  };

  it('PLO: test bit, reserved bits, odd registers', () => {
    expect(run1({ r: { 0: 0x117n } }, 'PLO', { r1: 2, r3: 4, b2: 12, b4: 12 }).cc).toBe(0);
    expect(run1({ r: { 0: 0x118n } }, 'PLO', { r1: 2, r3: 4, b2: 12, b4: 12 }).cc).toBe(3);
    for (const r0 of [0x18n, 0x200n]) {
      const { trap } = run1({ r: { 0: r0 } }, 'PLO', { r1: 2, r3: 4, b2: 12, b4: 12 });
      expect(trap?.detail).toBe(interruption.specification);
    }
    const odd = run1({ r: { 0: 4n } }, 'PLO', { r1: 3, r3: 4, b2: 12, b4: 12 });
    expect(odd.trap?.detail).toBe(interruption.specification);
  });

  it('PLO: every function with equal and unequal operands', () => {
    for (let code = 0; code < 24; code++) {
      const size = [4, 8, 8, 16][code & 3]!;
      const inList = code % 2 === 1;
      const kind = code >> 2;
      const equal = plo(code, { 2: 7n, 3: 9n, 4: 0n, 5: 0x33n }, list(size, 7));
      expect([code, equal.end.trap, equal.end.cc]).toEqual([code, null, 0]);
      const stores = kind > 0;
      expect(BigInt(`0x${equal.operand}`)).toBe(stores ? 9n : 7n);
      const fourth = BigInt(`0x${equal.end.data(32, size)}`);
      if (kind === 2) expect(fourth).toBe(0x33n);
      if (kind === 3) expect(fourth).toBe(inList ? 0x33n : 0n);
      if (kind >= 4) {
        expect(fourth).toBe(0x33n);
        expect(BigInt(`0x${equal.end.data(16, size)}`)).toBe(0x55n);
      }
      if (kind === 5) expect(BigInt(`0x${equal.end.data(48, size)}`)).toBe(0x77n);
      const other = plo(code, { 2: 8n, 3: 9n, 4: 0n }, list(size, 8));
      expect([code, other.end.cc, BigInt(`0x${other.operand}`)]).toEqual([code, 1, 7n]);
      if (inList) expect(BigInt(`0x${other.end.data(64 + 16 - size, size)}`)).toBe(7n);
      else expect(other.end.r(2)).toBe(7n);
    }
    // The second comparison of a double one.
    const third = plo(8, { 2: 7n, 3: 9n, 4: 1n }, {});
    expect([third.end.cc, third.end.r(4), third.operand]).toEqual([2, 0n, word(7)]);
  });
});

describe('characters', () => {
  const pair = (address: number, length: number): Record<number, bigint> => ({
    2: BigInt(dataAt + address),
    3: BigInt(length),
  });
  it('MVCLU, CLCLU: two-byte characters, padded', () => {
    const data = '0041004200430000';
    const operands = { ...pair(32, 6), 4: BigInt(dataAt), 5: 4n };
    const moved = run1({ r: operands, data }, 'MVCLU', { r1: 2, r3: 4, d2: 0x20 });
    expect([moved.cc, moved.data(32, 6)]).toEqual([2, '004100420020']);
    expect([moved.r(3), moved.r(5), moved.r(4)]).toEqual([0n, 0n, BigInt(dataAt + 4)]);
    const same = { ...pair(0, 4), 4: BigInt(dataAt), 5: 6n };
    const low = run1({ r: same, data }, 'CLCLU', { r1: 2, r3: 4, d2: 0x20 });
    expect([low.cc, low.r(3), low.r(5)]).toEqual([1, 0n, 2n]);
    const equal = run1({ r: same, data }, 'CLCLU', { r1: 2, r3: 4, d2: 0x43 });
    expect([equal.cc, equal.r(5)]).toEqual([0, 0n]);
    const odd = run1({ r: { ...same, 5: 5n }, data }, 'CLCLU', { r1: 2, r3: 4 });
    expect(odd.trap?.detail).toBe(interruption.specification);
  });

  it('TRTE, TRTRE: the first character with a function code', () => {
    const table = Buffer.alloc(256);
    table[0x42] = 7;
    const data = `${table.toString('hex')}41424344`;
    const forward = run1({ r: { 1: BigInt(dataAt), ...pair(256, 4), 6: ones }, data }, 'TRTE', {
      r1: 2,
      r2: 6,
      m3: 0,
    });
    expect([forward.cc, forward.r(2), forward.r(3), forward.r(6)]).toEqual([
      1,
      BigInt(dataAt + 257),
      3n,
      7n,
    ]);
    const backward = run1({ r: { 1: BigInt(dataAt), ...pair(259, 4), 6: ones }, data }, 'TRTRE', {
      r1: 2,
      r2: 6,
      m3: 0,
    });
    expect([backward.cc, backward.r(2), backward.r(3)]).toEqual([1, BigInt(dataAt + 257), 2n]);
    const none = run1({ r: { 1: BigInt(dataAt), ...pair(258, 2), 6: 5n }, data }, 'TRTE', {
      r1: 2,
      r2: 6,
      m3: 0,
    });
    expect([none.cc, none.r(3), none.r(6)]).toEqual([0, 0n, 5n]);
  });

  it('PKA, PKU, UNPKA: all digits', () => {
    const digits = '31323334353637383930313233343536';
    const packed = run1({ data: digits }, 'PKA', { b1: 12, d1: 64, l2: 15, b2: 12, d2: 0 });
    expect(packed.data(64, 16)).toBe('0000000000000001234567890123456c'.padStart(32, '0'));
    const wide = run1({ data: '003100320033' }, 'PKU', { b1: 12, d1: 64, l2: 5, b2: 12, d2: 0 });
    expect(wide.data(64, 16)).toBe(`${'0'.repeat(28)}123c`);
    const start = { data: `${'0'.repeat(26)}12345d` };
    const text = run1(start, 'UNPKA', { l1: 5, b1: 12, d1: 64, b2: 12, d2: 0 });
    expect([text.data(64, 6), text.cc]).toEqual(['303132333435', 1]);
  });
});
