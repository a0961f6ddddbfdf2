/** Sets of addresses kept as sorted disjoint ranges [start, end). */

export interface Range {
  readonly start: number;
  readonly end: number;
}

export class RangeSet {
  #ranges: Range[] = [];

  /** The ranges, ascending. */
  get ranges(): readonly Range[] {
    return this.#ranges;
  }

  add(start: number, end: number): void {
    let low = start;
    let high = end;
    const rest: Range[] = [];
    for (const range of this.#ranges) {
      if (range.end < low || range.start > high) rest.push(range);
      else {
        low = Math.min(low, range.start);
        high = Math.max(high, range.end);
      }
    }
    rest.push({ start: low, end: high });
    this.#ranges = rest.sort((a, b) => a.start - b.start);
  }

  /** Removes [start, end) and returns the parts of it that were in the set. */
  take(start: number, end: number): Range[] {
    const taken: Range[] = [];
    const rest: Range[] = [];
    for (const range of this.#ranges) {
      if (range.end <= start || range.start >= end) {
        rest.push(range);
        continue;
      }
      if (range.start < start) rest.push({ start: range.start, end: start });
      if (range.end > end) rest.push({ start: end, end: range.end });
      taken.push({ start: Math.max(start, range.start), end: Math.min(end, range.end) });
    }
    this.#ranges = rest;
    return taken;
  }

  copy(): RangeSet {
    const copy = new RangeSet();
    copy.#ranges = [...this.#ranges];
    return copy;
  }
}
