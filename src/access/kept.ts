import type { EditedStaff } from '../model/last-edits.ts'
import type { State } from '../model/state.ts'

/** So many things are kept of one state. */
const MOST = 32

interface Kept {
  readonly generation: number
  readonly stamps: readonly object[]
  readonly value: unknown
}

export interface Making<T> {
  /** What it depends on beside people: once one of them is another object, it is made anew. */
  readonly stamps: readonly object[]
  readonly make: () => T
  /** What was made before, brought forward by the edits of people since; null: that cannot be. `value` stays as it is. */
  readonly renew: (value: T, edited: EditedStaff) => T | null
}

const KEPT = new WeakMap<State, Map<string, Kept>>()

/**
 * What is expensive to make of everybody in a state: the same for as long as nothing changes, and brought forward when people
 * do. The key has to name all that it is made by, whoever asks included; what is under a key is of one type.
 */
export function kept<T>(state: State, key: string, { stamps, make, renew }: Making<T>): T {
  const all = KEPT.get(state) ?? new Map<string, Kept>()
  KEPT.set(state, all)
  const known = all.get(key)
  const { generation } = state
  const holds = known !== undefined && known.stamps.every((stamp, i) => stamp === stamps[i])
  // What was put there under a key was made for it.
  const before = holds ? { value: known.value as T, generation: known.generation } : null
  const value = before?.generation === generation ? before.value : (renewed() ?? make())
  all.delete(key)
  all.set(key, { generation, stamps, value })
  const [oldest] = all.keys()
  if (all.size > MOST && oldest !== undefined) all.delete(oldest)
  return value

  function renewed(): T | null {
    const edited = before && state.staffSince(before.generation)
    return edited && renew(before.value, edited)
  }
}
