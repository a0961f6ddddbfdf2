/** Delta debugging (Zeller and Hildebrandt, 2002), several attempts at once. */

/**
 * The least part of `items` that still fails, as far as leaving out pieces finds it. `firstFailing`
 * gets candidates and gives the number of one that fails, or −1; all of `items` must fail.
 */
export function smallest<Item>(
  items: readonly Item[],
  firstFailing: (candidates: readonly (readonly Item[])[]) => number,
): readonly Item[] {
  if (items.length === 0 || firstFailing([[]]) === 0) return [];
  let kept = items;
  let pieces = 2;
  while (kept.length > 1) {
    const size = Math.ceil(kept.length / pieces);
    const starts = Array.from({ length: Math.ceil(kept.length / size) }, (_, n) => n * size);
    const candidates = [
      ...starts.map((at) => kept.slice(at, at + size)),
      ...starts.map((at) => [...kept.slice(0, at), ...kept.slice(at + size)]),
    ];
    const found = firstFailing(candidates);
    if (found >= 0) {
      pieces = found < starts.length ? 2 : Math.max(pieces - 1, 2);
      kept = candidates[found]!;
    } else if (size === 1) break;
    else pieces = Math.min(pieces * 2, kept.length);
  }
  return kept;
}
