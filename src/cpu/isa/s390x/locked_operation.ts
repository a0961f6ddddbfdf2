/**
 * PERFORM LOCKED OPERATION (PoP chapter 7): up to four operands compared, loaded, swapped and
 * stored as one. One task runs at a time, so the lock that general register 1 names is held.
 *
 * A function code is an operation × 4 plus the operands' form. Forms 1 and 3 have all operands but
 * the second one in a parameter list at the fourth-operand address, each right-aligned in 16 bytes;
 * so have the third and later ones of operations 4 and 5 in any form.
 */

import type { Helper } from '../isa.ts';
import { codeValue } from './condition.ts';
import { declare, helper } from './helper_table.ts';
import { specificationException } from './interruption.ts';
import type { Semantics } from './lowering.ts';
import { type Row, row } from './row.ts';
import {
  probeWrite,
  putRegister,
  putRegisterLow,
  readNumber,
  register,
  registerLow,
  writeNumber,
} from './state_access.ts';

/** Operations in the order of function codes. */
const operation = {
  compareLoad: 0,
  compareSwap: 1,
  doubleCompareSwap: 2,
  swapStore: 3,
  swapDoubleStore: 4,
  swapTripleStore: 5,
} as const;
const functionsMax = 23;
/** Bit of general register 0 that asks whether the function is there. */
const testBit = 0x100;

/** Offsets in the parameter list of the 16 bytes an operand ends. */
const list = {
  compare1: 0,
  replace1: 16,
  compare3: 32,
  replace3: 48,
  operand5: 80,
  operand7: 112,
} as const;
/** Offsets of the addresses of operands 4, 6 and 8. */
const addresses: readonly number[] = [72, 104, 136];

class Operands {
  readonly size: number;
  readonly inList: boolean;
  readonly #view: DataView;
  readonly #list: number;

  constructor(view: DataView, form: number, at: number) {
    this.#view = view;
    this.#list = at;
    this.inList = (form & 1) !== 0;
    this.size = [4, 8, 8, 16][form]!;
  }

  fromRegister(n: number): bigint {
    if (this.size === 4) return BigInt(registerLow(this.#view, n));
    return register(this.#view, n);
  }

  toRegister(n: number, value: bigint): void {
    if (this.size === 4) putRegisterLow(this.#view, n, Number(value));
    else putRegister(this.#view, n, value);
  }

  fromList(offset: number): bigint {
    return readNumber(this.#view, this.#list + offset + 16 - this.size, this.size);
  }

  toList(offset: number, value: bigint): void {
    writeNumber(this.#view, this.#list + offset + 16 - this.size, this.size, value);
  }

  /** Address of operand 4, 6 or 8 (n = 0, 1, 2), aligned to the operand. */
  address(n: number): number {
    return this.aligned(Number(readNumber(this.#view, this.#list + addresses[n]! + 4, 4)));
  }

  aligned(address: number): number {
    if (address % this.size !== 0) throw specificationException();
    return address;
  }

  load(address: number): bigint {
    return readNumber(this.#view, address, this.size);
  }

  /** All places are probed first, so that a fault changes nothing. */
  store(pairs: readonly (readonly [address: number, value: bigint])[]): void {
    for (const [address] of pairs) probeWrite(this.#view, address, this.size);
    for (const [address, value] of pairs) writeNumber(this.#view, address, this.size, value);
  }
}

/** x and y: second and fourth operand addresses; z: R1, R3. Answers the condition code. */
const perform: Helper = (context, x, y, z) => {
  const view = context.view();
  const control = registerLow(view, 0);
  const code = control & 0xff;
  if (control & testBit) return code <= functionsMax ? 0n : 3n;
  if (control >>> 9 !== 0 || code > functionsMax) throw specificationException();
  const [r1, r3] = [Number(z) & 15, Number(z >> 4n)];
  const kind = code >> 2;
  const o = new Operands(view, code & 3, Number(y));
  const hasList = o.inList || kind >= operation.swapDoubleStore;
  if (hasList && Number(y) % 8 !== 0) throw specificationException();
  const second = o.aligned(Number(x));
  const usesPair = kind !== operation.compareLoad && !o.inList;
  const isOdd = r1 % 2 !== 0 || (kind === operation.doubleCompareSwap && r3 % 2 !== 0);
  if (usesPair && isOdd) throw specificationException();
  const found = o.load(second);
  if (found !== (o.inList ? o.fromList(list.compare1) : o.fromRegister(r1))) {
    if (o.inList) o.toList(list.compare1, found);
    else o.toRegister(r1, found);
    return 1n;
  }
  const fourth = (): number => (hasList ? o.address(0) : o.aligned(Number(y)));
  if (kind === operation.compareLoad) {
    const value = o.load(fourth());
    if (o.inList) o.toList(list.compare3, value);
    else o.toRegister(r3, value);
    return 0n;
  }
  const replacement = o.inList ? o.fromList(list.replace1) : o.fromRegister(r1 + 1);
  if (kind === operation.doubleCompareSwap) {
    const other = o.load(fourth());
    if (other !== (o.inList ? o.fromList(list.compare3) : o.fromRegister(r3))) {
      if (o.inList) o.toList(list.compare3, other);
      else o.toRegister(r3, other);
      return 2n;
    }
    const third = o.inList ? o.fromList(list.replace3) : o.fromRegister(r3 + 1);
    o.store([
      [fourth(), third],
      [second, replacement],
    ]);
    return 0n;
  }
  // The stores go before the swap.
  const count = kind - operation.compareSwap - 1;
  const stores = [list.replace3, list.operand5, list.operand7].slice(0, Math.max(0, count));
  const values = stores.map((offset, n): [number, bigint] => [
    n === 0 ? fourth() : o.address(n),
    hasList ? o.fromList(offset) : o.fromRegister(r3),
  ]);
  o.store([...values, [second, replacement]]);
  return 0n;
};
declare(perform);

const performLocked: Semantics = (z) => {
  const { b } = z;
  const [x, y] = [b.i64_extend_i32_u(z.address2()), b.i64_extend_i32_u(z.address4())];
  const code = helper(b, perform, x, y, b.const64(z.r1 | (z.r3 << 4)));
  z.known.fill(null);
  z.cc(codeValue(b.i32_wrap_i64(code)));
};

export const lockedRows: readonly Row[] = [row('PLO', 0xee, 'SSe', performLocked, { by: 'unit' })];
