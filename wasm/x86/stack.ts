/** The x87 register stack and status word (SDM vol. 1, 8.1.2, 8.1.3), and how instructions end. */

import {
  begin,
  denormal,
  flags,
  invalid,
  masks,
  raise,
  roundedUp,
  setRoundedUp,
  significand,
  stackFault,
  word,
  zeroDivide,
} from './extended';
import { control, empty, exponents, pending, significands, status, top } from './state';

// C0…C3 of the status word.
export const c0: u32 = 0x100;
export const c1: u32 = 0x200;
export const c2: u32 = 0x400;
export const c3: u32 = 0x4000;

/** ES and B of the status word. */
const summary: u32 = 0x8080;

/** QNaN floating-point indefinite. */
export const indefiniteSignificand: u64 = 0xc000000000000000;
export const indefiniteWord: i32 = 0xffff;

/** Starts an instruction. */
export function start(): void {
  begin(load<u32>(control));
}

function physical(i: i32): u32 {
  return (load<u32>(top) + i) & 7;
}

export function isEmpty(i: i32): bool {
  return ((load<u32>(empty) >> physical(i)) & 1) !== 0;
}

/** ST(i) without looking at its tag. */
export function rawSignificand(i: i32): u64 {
  return load<u64>(significands + 8 * physical(i));
}
export function rawWord(i: i32): i32 {
  return <i32>load<u32>(exponents + 4 * physical(i)) & 0xffff;
}

/** Stack underflow: C1 = 0. */
export function noteUnderflow(): void {
  raise(invalid | stackFault);
}

/** Notes a stack underflow where ST(i) is empty; its masked answer is the indefinite. */
export function check(i: i32): void {
  if (isEmpty(i)) noteUnderflow();
}

/** ST(i), the indefinite if it is empty. */
export function significandOf(i: i32): u64 {
  return isEmpty(i) ? indefiniteSignificand : rawSignificand(i);
}
export function wordOf(i: i32): i32 {
  return isEmpty(i) ? indefiniteWord : rawWord(i);
}

/** Whether an unmasked exception found before the result keeps it from being written. */
export function isSuppressed(): bool {
  return (flags & ~masks & (invalid | denormal | zeroDivide)) !== 0;
}

export function isMissing(): bool {
  return (flags & stackFault) !== 0;
}

export function setSt(i: i32, s: u64, e: i32): void {
  if (isSuppressed()) return;
  const n = physical(i);
  store<u64>(significands + 8 * n, s);
  store<u32>(exponents + 4 * n, e);
  store<u32>(empty, load<u32>(empty) & ~(1 << n));
}

/** Writes the result of the last operation. */
export function setResult(i: i32): void {
  setSt(i, significand, word);
}

export function setIndefinite(i: i32): void {
  setSt(i, indefiniteSignificand, indefiniteWord);
}

export function setTop(n: u32): void {
  store<u32>(top, n & 7);
}

/** Pushes without looking at tags: after a fault that has been reported already. */
export function pushUnchecked(s: u64, e: i32): void {
  setTop(load<u32>(top) - 1);
  setSt(0, s, e);
}

/** Pushes; onto a full stack it is an overflow (C1 = 1) and pushes the indefinite. */
export function push(s: u64, e: i32): void {
  const full = !isEmpty(7);
  if (full) {
    noteUnderflow();
    setRoundedUp(true);
  }
  if (isSuppressed()) return;
  if (full) pushUnchecked(indefiniteSignificand, indefiniteWord);
  else pushUnchecked(s, e);
}

export function free(i: i32): void {
  store<u32>(empty, load<u32>(empty) | (1 << physical(i)));
}

export function pop(): void {
  if (isSuppressed()) return;
  free(0);
  setTop(load<u32>(top) + 1);
}

/** Sets the status word; ES and B follow from unmasked exceptions. */
export function setStatus(value: u32): void {
  const faults = value & ~masks & 0x3f;
  store<u32>(status, (value & ~summary & 0xc7ff) | (faults !== 0 ? summary : 0));
}

/** Adds the exceptions met to the status word, with C1 = "rounded up" (or stack overflow). */
export function finish(): void {
  setStatus((load<u32>(status) & ~c1) | flags | (roundedUp ? c1 : 0));
}

/** Adds the exceptions; C1 changes only with a stack fault (FCOMI, FCMOV on processors). */
export function finishKeepingC1(): void {
  if (isMissing()) finish();
  else setStatus(load<u32>(status) | flags);
}

/** C0…C3 as given, after adding exceptions. */
export function finishWith(conditions: u32): void {
  setStatus((load<u32>(status) & ~(c0 | c1 | c2 | c3)) | flags | conditions);
}

/** Tells the row whether an unmasked exception keeps a store from being done. */
export function notePending(): void {
  store<u32>(pending, flags & ~masks & 0x1f);
}
