import type { DepartmentRow, StaffRow } from '../access/row.ts'
import type { View } from '../access/view.ts'
import { NONE, type Kind } from './kind.ts'
import { PeopleMatcher, type Around } from './matcher.ts'
import type { Query, Wanted } from './query.ts'
import { NAME, nameRank, NO_RANK, possible, written } from './rank.ts'
import type { FoundDepartment, SearchIndex } from './search-index.ts'
import type { Sights } from './sights.ts'
import { nameKey, Top } from './top.ts'

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
 * What a view shows of what is looked for, best first (F1-F7). Texts of hidden people and departments are never looked at,
 * nor hidden fields and memberships (V3, V5): they cannot match, rank, or take up room or time. `index` must be of the
 * view's state.
 */
export function search(index: SearchIndex, sights: Sights, view: View, question: Question): SearchHit[] {
  const { query, first, only, ownDepartmentIds } = question
  const top = new Top(first)
  const showsDepartment = (id: string) => view.rulesShowing(id).length > 0
  const { departments, places } = sights.of(index, view)
  if (only !== 'staff') rankDepartments(departments, query, top)
  if (only !== 'department') {
    const arounds = [...places]
    const kinds = matchingDepartments(departments, [query.phrase, ...query.words])
    mark(index, arounds, kinds, ownDepartmentIds.filter(showsDepartment))
    rankPeople(index, new PeopleMatcher(index.people, query, showsDepartment), arounds, top)
  }
  return top.best.flatMap((found): SearchHit[] => {
    const row = found.isDepartment ? null : view.staff(found.id)
    if (row) return [{ kind: 'staff', row }]
    const department = found.isDepartment ? view.department(found.id) : null
    return department ? [{ kind: 'department', row: department }] : []
  })
}

function rankDepartments(departments: readonly FoundDepartment[], { phrase, words }: Query, top: Top): void {
  const rankOf = ({ name }: FoundDepartment, wanted: Wanted) =>
    possible(name, wanted) === NONE ? NO_RANK : nameRank(name, wanted, NAME)
  for (const department of departments) {
    let apart = words.length === 0 ? NO_RANK : 0
    for (const word of words) if (apart !== NO_RANK) apart = Math.max(apart, rankOf(department, word))
    const rank = Math.min(rankOf(department, phrase), apart)
    if (rank === NO_RANK) continue
    const { id, name } = department.entry
    top.add({ isDepartment: true, id, name, key: nameKey(name), rank, isOwn: false })
  }
}

/** Departments that match something as they are written: how they match each wanted thing, for their people (F5). */
function matchingDepartments(departments: readonly FoundDepartment[], wanted: readonly Wanted[]) {
  const matching = new Map<string, Kind[]>()
  for (const { entry, name } of departments) {
    if (wanted.every((each) => possible(name, each) === NONE)) continue
    const kinds = wanted.map((each) => written(name.text, each))
    if (kinds.some((kind) => kind !== NONE)) matching.set(entry.id, kinds)
  }
  return matching
}

/** Marks the shown places of matching departments and of the viewer's own. */
function mark(
  index: SearchIndex,
  arounds: (Around | null)[],
  matching: ReadonlyMap<string, readonly Kind[]>,
  own: readonly string[],
): void {
  for (const [id, kinds] of matching) {
    for (const number of index.placesOf(id)) {
      const around = arounds[number]
      if (!around) continue
      const { shown, kinds: known, isOwn } = around
      arounds[number] = { shown, kinds: known.map((kind, i) => least(kind, kinds[i] ?? NONE)), isOwn }
    }
  }
  for (const id of own) {
    for (const number of index.placesOf(id)) {
      const around = arounds[number]
      if (around) arounds[number] = { shown: around.shown, kinds: around.kinds, isOwn: true }
    }
  }
}

function least(a: Kind, b: Kind): Kind {
  return a < b ? a : b
}

function rankPeople(
  { people }: SearchIndex,
  matcher: PeopleMatcher,
  arounds: readonly (Around | null)[],
  top: Top,
): void {
  const places = people.place.data
  for (let row = 0; row < people.count; row++) {
    const around = arounds[places[row] ?? 0]
    if (!around) continue
    const rank = matcher.rank(row, around, top.limit)
    if (rank === NO_RANK || !top.takes(rank, around.isOwn, people.keys[row] ?? 0)) continue
    const entry = people.entries[row]
    if (!entry) continue
    const { id, name } = entry
    top.add({ isDepartment: false, id, name, key: nameKey(name), rank, isOwn: around.isOwn })
  }
}
