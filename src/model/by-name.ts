import { compareText } from './canonical.ts'
import type { Staff } from './entry.ts'
import { inOrderAfter } from './in-order.ts'
import type { State } from './state.ts'

/** Enough of a person to find their place in a list. */
export interface Named {
  readonly id: string
  readonly name: string
}

export function byName(a: Named, b: Named): number {
  return compareText(a.name, b.name) || compareText(a.id, b.id)
}

/** By stamp: states that hold the same people share the list. */
const ORDERED = new WeakMap<object, readonly Staff[]>()
const LAST = new WeakMap<State, { readonly generation: number; readonly list: readonly Staff[] }>()

/**
 * Everybody by name, then id: kept for as long as nobody changes, so that each page of a list costs the same (T72), and brought
 * forward by those who do.
 */
export function staffByName(state: State): readonly Staff[] {
  const stamp = state.stamp('staff')
  const known = ORDERED.get(stamp)
  if (known) return known
  const ordered = afterEdits(state) ?? [...state.all('staff')].sort(byName)
  ORDERED.set(stamp, ordered)
  LAST.set(state, { generation: state.generation, list: ordered })
  return ordered
}

function afterEdits(state: State): readonly Staff[] | null {
  const last = LAST.get(state)
  const edited = last && state.staffSince(last.generation)
  if (!edited) return null
  const gone = [...edited.values()].flatMap((before) => before ?? [])
  const come = [...edited.keys()].flatMap((id) => state.get('staff', id) ?? [])
  return inOrderAfter(last.list, { gone, come }, byName)
}

/** One in so many people are picked out of the ordered ones rather than sorted. */
const SORTED_SHARE = 20

/** Some people by name, then id; ids that nobody has are left out. */
export function someByName(state: State, ids: ReadonlySet<string>): readonly Staff[] {
  if (ids.size * SORTED_SHARE > state.count('staff'))
    return staffByName(state).filter(({ id }) => ids.has(id))
  return [...ids].flatMap((id) => state.get('staff', id) ?? []).sort(byName)
}
