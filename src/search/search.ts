import type { DepartmentRow, StaffRow } from '../access/row.ts'
import type { View } from '../access/view.ts'
import { NONE, type Kind } from './kind.ts'
import type { Query } from './query.ts'
import { departmentKind, departmentRank, NO_RANK, personRank } from './rank.ts'
import type { Place, SearchIndex } from './search-index.ts'
import type { Sights } from './sights.ts'
import { Top } from './top.ts'

export type SearchHit =
  | { readonly kind: 'staff'; readonly row: StaffRow }
  | { readonly kind: 'department'; readonly row: DepartmentRow }

export interface Question {
  readonly query: Query
  readonly first: number
  /** Null: both. */
  readonly only: SearchHit['kind'] | null
  /** The viewer's own departments: their people go first among equals, as far as the view shows that they are in them. */
  readonly ownDepartmentIds: readonly string[]
}

/**
 * What a view shows of what is looked for, best first (F1-F7). Hidden people and departments are never looked at, hidden
 * fields and memberships neither (V3, V5): they cannot match, rank, or take up room or time. `index` must be of the view's state.
 */
export function search(index: SearchIndex, sights: Sights, view: View, question: Question): SearchHit[] {
  const { query, first, only, ownDepartmentIds } = question
  const top = new Top(first)
  const showsDepartment = (id: string) => view.rulesShowing(id).length > 0
  const wanted = [query.phrase, ...query.words]
  /** Of shown departments that match something: how they match each wanted thing. */
  const matching = new Map<string, Kind[]>()
  for (const { entry, name } of index.departments) {
    if (!showsDepartment(entry.id)) continue
    const rank = only === 'staff' ? NO_RANK : departmentRank(name, query)
    if (rank !== NO_RANK && top.takes(rank))
      top.add({ kind: 'department', id: entry.id, name: entry.name, rank, isOwn: false })
    const kinds = wanted.map((each) => departmentKind(name, each))
    if (kinds.some((kind) => kind !== NONE)) matching.set(entry.id, kinds)
  }
  if (only !== 'department') {
    const own = new Set(ownDepartmentIds.filter(showsDepartment))
    const none = wanted.map((): Kind => NONE)
    for (const { place, shown } of sights.of(index, view)) {
      const around = { shown, kinds: kindsOf(place, matching) ?? none, showsDepartment }
      const isOwn = own.size > 0 && place.departmentIds.some((id) => own.has(id))
      for (const person of place.people) {
        const rank = personRank(person, query, around)
        if (rank === NO_RANK || !top.takes(rank)) continue
        const { id, name } = person.entry
        top.add({ kind: 'staff', id, name, rank, isOwn })
      }
    }
  }
  return top.best.flatMap((found): SearchHit[] => {
    const row = found.kind === 'staff' ? view.staff(found.id) : null
    if (row) return [{ kind: 'staff', row }]
    const department = found.kind === 'department' ? view.department(found.id) : null
    return department ? [{ kind: 'department', row: department }] : []
  })
}

/** The best of the departments of a place for each wanted thing; null where none of them matches any. */
function kindsOf({ departmentIds }: Place, matching: ReadonlyMap<string, readonly Kind[]>): Kind[] | null {
  if (matching.size === 0) return null
  let best: Kind[] | null = null
  for (const id of departmentIds) {
    const kinds = matching.get(id)
    if (!kinds) continue
    best = best ? best.map((kind, i) => least(kind, kinds[i] ?? NONE)) : [...kinds]
  }
  return best
}

function least(a: Kind, b: Kind): Kind {
  return a < b ? a : b
}
