import type { View } from '../access/view.ts'
import { BUCKETS } from '../model/state.ts'
import type { Steps } from './block-maker.ts'
import { compareDepartment, compareStaff, type RowChange } from './delta.ts'

/** Rows that are compared between two yields. */
const STEP = 16

/**
 * The difference of two whole views in small steps and in no order: for a changed grant, type or field over many rows.
 * `before` and `after` are asked again after each yield.
 */
export function* wholeDifference(before: () => View, after: () => View): Steps<RowChange[]> {
  const changes: RowChange[] = []
  let compared = 0
  for (const kind of ['department', 'staff'] as const) {
    const compare = kind === 'staff' ? compareStaff : compareDepartment
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const ids = new Set([...before().state.bucket(kind, bucket), ...after().state.bucket(kind, bucket)])
      for (const id of ids) {
        const change = compare(before(), after(), id)
        if (change) changes.push(change)
        if (++compared % STEP === 0) yield
      }
    }
    yield
  }
  return changes
}
