import type { DepartmentRow, StaffRow } from '../access/row.ts'
import type { View } from '../access/view.ts'
import { NONE, type Kind } from './kind.ts'
import { Limit } from './limit.ts'
import type { Query, Wanted } from './query.ts'
import { NAME, nameRank, NO_RANK, possible, written } from './rank.ts'
import type { FoundDepartment, SearchIndex } from './search-index.ts'
import { rankEverybody, type Seen } from './scan.ts'
import { BY_NAME, OWN, type Sights } from './sights.ts'
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
    const { people, scratch } = index
    const needed = [query.phrase, ...query.words].every(isText) ? query.phrase : null
    const kinds = matchingDepartments(departments, [query.phrase, ...query.words])
    const marked = mark(index, places, kinds, ownDepartmentIds.filter(showsDepartment))
    rankPeople(
      { people, places: marked.places, departments: marked.departments, showsDepartment, scratch, needed },
      query,
      first,
      top,
    )
  }
  return top.best.flatMap((found): SearchHit[] => {
    const row = found.isDepartment ? null : view.staff(found.id)
    if (row) return [{ kind: 'staff', row }]
    const department = found.isDepartment ? view.department(found.id) : null
    return department ? [{ kind: 'department', row: department }] : []
  })
}

/** Numbers and addresses stand elsewhere, or in other words. */
function isText({ digits, address }: Wanted): boolean {
  return digits === null && address === null
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
  shown: Uint8Array,
  matching: ReadonlyMap<string, readonly Kind[]>,
  own: readonly string[],
): Pick<Seen, 'places' | 'departments'> {
  const places = shown.slice()
  const add = (departmentId: string, mark: number, to: (number: number) => void) => {
    for (const number of index.placesOf(departmentId)) {
      const marks = places[number] ?? 0
      if (marks === 0) continue
      places[number] = marks | mark
      to(number)
    }
  }
  const departments = new Map<number, readonly Kind[]>()
  for (const [id, kinds] of matching) {
    add(id, BY_NAME, (number) => {
      const known = departments.get(number)
      departments.set(number, known ? kinds.map((kind, i) => least(kind, known[i] ?? NONE)) : kinds)
    })
  }
  for (const id of own) add(id, OWN, () => {})
  return { places, departments }
}

function least(a: Kind, b: Kind): Kind {
  return a < b ? a : b
}

/** By the phrase, or by the worst of the words (F6). */
function rankPeople(seen: Seen, { phrase, words }: Query, first: number, top: Top): void {
  const { count, entries, keys, place } = seen.people
  const limit = new Limit(first)
  const whole = seen.scratch.whole.filled(count, 0)
  rankEverybody(seen, phrase, 0, whole, limit)
  const apart = words.length === 0 ? null : seen.scratch.apart.filled(count, 0)
  for (const [i, word] of words.entries()) if (apart) rankEverybody(seen, word, i + 1, apart, limit)
  const places = place.data
  for (let row = 0; row < count; row++) {
    const rank = Math.min(whole[row] ?? NO_RANK, apart?.[row] ?? NO_RANK)
    if (rank === NO_RANK || rank > limit.rank) continue
    const isOwn = ((seen.places[places[row] ?? 0] ?? 0) & OWN) !== 0
    const entry = top.takes(rank, isOwn, keys[row] ?? 0) ? entries[row] : undefined
    if (!entry) continue
    const { id, name } = entry
    top.add({ isDepartment: false, id, name, key: nameKey(name), rank, isOwn })
  }
}
