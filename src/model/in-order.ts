/** More edits than that are sorted in: moving what stands behind each of them would take longer. */
const FEW = 100

/**
 * A list in order after some edits: without those who have gone, and with those who have come at their places. Null when
 * somebody who has gone is not where the order has them: then it has to be made anew. `compare` is total; `list` stays.
 */
export function inOrderAfter<T extends { readonly id: string }>(
  list: readonly T[],
  { gone, come }: { readonly gone: readonly T[]; readonly come: readonly T[] },
  compare: (a: T, b: T) => number,
): readonly T[] | null {
  if (gone.length + come.length > FEW) {
    const ids = new Set(gone.map(({ id }) => id))
    const kept = list.filter(({ id }) => !ids.has(id))
    return kept.length + gone.length === list.length ? [...kept, ...come].sort(compare) : null
  }
  const next = list.slice()
  for (const item of gone) {
    const place = placeOf(next, item, compare)
    if (next[place]?.id !== item.id) return null
    next.splice(place, 1)
  }
  for (const item of come) next.splice(placeOf(next, item, compare), 0, item)
  return next
}

/** The place of the first one that does not stand before `item`. */
function placeOf<T>(list: readonly T[], item: T, compare: (a: T, b: T) => number): number {
  let [low, high] = [0, list.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    const at = list[middle]
    if (at !== undefined && compare(at, item) < 0) low = middle + 1
    else high = middle
  }
  return low
}
