import type { DepartmentRow, StaffRow } from '../access/row.ts'
import type { View } from '../access/view.ts'
import { NONE, type Kind } from './kind.ts'
import { PeopleMatcher, type Around, type Shown } from './matcher.ts'
import type { Query, Wanted } from './query.ts'
import { NAME, nameRank, NO_RANK, written } from './rank.ts'
import type { FoundDepartment, Place, SearchIndex } from './search-index.ts'
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
  const departments = shownDepartments(index, showsDepartment)
  if (only !== 'staff') rankDepartments(departments, query, top)
  if (only !== 'department') {
    const own = new Set(ownDepartmentIds.filter(showsDepartment))
    const matching = matchingDepartments(departments, [query.phrase, ...query.words])
    const arounds = aroundPlaces(index.places, sights.of(index, view), matching, own)
    rankPeople(index, new PeopleMatcher(index.people, query, showsDepartment), arounds, top)
  }
  return top.best.flatMap((found): SearchHit[] => {
    const row = found.isDepartment ? null : view.staff(found.id)
    if (row) return [{ kind: 'staff', row }]
    const department = found.isDepartment ? view.department(found.id) : null
    return department ? [{ kind: 'department', row: department }] : []
  })
}

function shownDepartments(index: SearchIndex, shows: (id: string) => boolean): FoundDepartment[] {
  return [...index.departments].filter(({ entry }) => shows(entry.id))
}

function rankDepartments(departments: readonly FoundDepartment[], { phrase, words }: Query, top: Top): void {
  for (const { entry, name } of departments) {
    const ranks = words.map((word) => nameRank(name, word, NAME))
    const apart = ranks.length === 0 ? NO_RANK : Math.max(...ranks)
    const rank = Math.min(nameRank(name, phrase, NAME), apart)
    if (rank !== NO_RANK)
      top.add({
        isDepartment: true,
        id: entry.id,
        name: entry.name,
        key: nameKey(entry.name),
        rank,
        isOwn: false,
      })
  }
}

/** Departments that match something as they are written: how they match each wanted thing, for their people. */
function matchingDepartments(departments: readonly FoundDepartment[], wanted: readonly Wanted[]) {
  const matching = new Map<string, Kind[]>()
  for (const { entry, name } of departments) {
    const kinds = wanted.map((each) => written(name.text, each))
    if (kinds.some((kind) => kind !== NONE)) matching.set(entry.id, kinds)
  }
  return matching
}

/** What is known of each place that is shown; null: it is hidden. */
function aroundPlaces(
  places: readonly Place[],
  shown: readonly (Shown | null)[],
  matching: ReadonlyMap<string, readonly Kind[]>,
  own: ReadonlySet<string>,
): (Around | null)[] {
  const plain = new Map<Shown, Around>()
  return places.map(({ departmentIds }, number) => {
    const fields = shown[number] ?? null
    if (!fields) return null
    let around = plain.get(fields)
    if (!around) {
      around = { shown: fields, kinds: [], isOwn: false }
      plain.set(fields, around)
    }
    const isOwn = own.size > 0 && departmentIds.some((id) => own.has(id))
    const kinds = matching.size > 0 ? bestKinds(departmentIds, matching) : null
    return isOwn || kinds ? { shown: fields, kinds: kinds ?? [], isOwn } : around
  })
}

/** The best of some departments for each wanted thing; null where none of them matches any. */
function bestKinds(departmentIds: readonly string[], matching: ReadonlyMap<string, readonly Kind[]>) {
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
