/** Futexes: queues of waiters by the address of a word (futex(2)). */

import { WaitQueue } from './wait.ts';

/** Someone who waits: woken through its own queue, so that requeueing keeps it waiting. */
export interface FutexWaiter {
  readonly queue: WaitQueue;
  readonly bitset: number;
  /** Where it waits now; undefined once woken. */
  at: FutexKey | undefined;
}

/** Identity of a word: the address space or shared region, and the offset in it. */
export interface FutexKey {
  readonly object: object;
  readonly offset: number;
}

export class FutexTable {
  readonly #waiters: Map<object, Map<number, FutexWaiter[]>> = new Map();

  /** Waiters of a word, oldest first. */
  waiters(key: FutexKey): readonly FutexWaiter[] {
    return this.#waiters.get(key.object)?.get(key.offset) ?? [];
  }

  add(key: FutexKey, bitset: number): FutexWaiter {
    const waiter: FutexWaiter = { queue: new WaitQueue(), bitset, at: undefined };
    this.#enqueue(key, waiter);
    return waiter;
  }

  #enqueue(key: FutexKey, waiter: FutexWaiter): void {
    let words = this.#waiters.get(key.object);
    if (!words) this.#waiters.set(key.object, (words = new Map()));
    const list = words.get(key.offset);
    if (list) list.push(waiter);
    else words.set(key.offset, [waiter]);
    waiter.at = key;
  }

  /** Takes a waiter out: woken, timed out or interrupted. */
  remove(waiter: FutexWaiter): void {
    const { at } = waiter;
    if (!at) return;
    waiter.at = undefined;
    const words = this.#waiters.get(at.object);
    const list = words?.get(at.offset);
    if (!words || !list) return;
    list.splice(list.indexOf(waiter), 1);
    if (list.length > 0) return;
    words.delete(at.offset);
    if (words.size === 0) this.#waiters.delete(at.object);
  }

  /** Wakes up to `count` waiters whose bitset meets `bitset`; returns how many. */
  wake(key: FutexKey, count: number, bitset: number = -1): number {
    let woken = 0;
    for (const waiter of Array.from(this.waiters(key))) {
      if (woken >= count) break;
      if ((waiter.bitset & bitset) === 0) continue;
      this.remove(waiter);
      waiter.queue.wake();
      woken++;
    }
    return woken;
  }

  /** Moves up to `count` waiters to another word; returns how many. */
  requeue(from: FutexKey, to: FutexKey, count: number): number {
    let moved = 0;
    for (const waiter of Array.from(this.waiters(from))) {
      if (moved >= count) break;
      this.remove(waiter);
      this.#enqueue(to, waiter);
      moved++;
    }
    return moved;
  }
}
