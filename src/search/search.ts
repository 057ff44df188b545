import type { DepartmentRow, StaffRow } from '../access/row.ts'
import type { View } from '../access/view.ts'
import { NONE, type Kind } from './kind.ts'
import { Limit } from './limit.ts'
import type { Query, Wanted } from './query.ts'
import { NAME, nameRank, NO_RANK, written } from './rank.ts'
import type { FoundDepartment, SearchIndex } from './search-index.ts'
import { rankEverybody, type Seen } from './scan.ts'
import { BY_NAME, OWN, type SeenDepartments, type Sights } from './sights.ts'
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

function rankDepartments(departments: SeenDepartments, { phrase, words }: Query, top: Top): void {
  for (const { entry, name } of having(departments, phrase)) {
    let apart = words.length === 0 ? NO_RANK : 0
    for (const word of words) apart = Math.max(apart, nameRank(name, word, NAME, NO_RANK))
    const rank = Math.min(nameRank(name, phrase, NAME, NO_RANK), apart)
    if (rank === NO_RANK) continue
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

/** Departments that match something as they are written: how they match each wanted thing, for their people (F5). */
function matchingDepartments(departments: SeenDepartments, wanted: readonly Wanted[]) {
  const matching = new Map<string, Kind[]>()
  for (const [nth, each] of wanted.entries()) {
    for (const { entry, name } of having(departments, each)) {
      const kind = written(name.text, each)
      if (kind === NONE) continue
      const kinds = matching.get(entry.id) ?? wanted.map((): Kind => NONE)
      kinds[nth] = kind
      matching.set(entry.id, kinds)
    }
  }
  return matching
}

/** Those in whose names everything that is wanted can be. */
function having({ list, bits, wide }: SeenDepartments, wanted: Wanted): FoundDepartment[] {
  const found: FoundDepartment[] = []
  for (let i = 0; i < list.length; i++) {
    if (((bits[i] ?? 0) & wanted.bits) !== wanted.bits || ((wide[i] ?? 0) & wanted.wide) !== wanted.wide)
      continue
    const department = list[i]
    if (department) found.push(department)
  }
  return found
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
