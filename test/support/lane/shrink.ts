/**
 * A shorter list that still fails: leaves out halves, then quarters and so on, as often as `trials` allow. What needs luck
 * to fail may stay longer than it must.
 */
export async function shrink<T>(
  list: readonly T[],
  fails: (list: readonly T[]) => Promise<boolean>,
  trials: number,
): Promise<readonly T[]> {
  let smallest = list
  let left = trials
  for (let size = Math.ceil(list.length / 2); size >= 1; size = Math.floor(size / 2)) {
    // From the end: what came after the failure is the first to go.
    for (let end = smallest.length; end > 0 && left > 0; end -= size) {
      const less = smallest.filter((_, i) => i < end - size || i >= end)
      left--
      if (await fails(less)) smallest = less
    }
  }
  return smallest
}
