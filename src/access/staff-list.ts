import { canonicalJson, compareText } from '../model/canonical.ts'
import { someByName, staffByName, type Named } from '../model/by-name.ts'
import type { Staff, Status } from '../model/entry.ts'
import { ancestry, subtree, type State } from '../model/state.ts'
import type { Authority } from './authority.ts'
import { typeMatrix, type SightByType } from './type-matrix.ts'

export interface StaffFilter {
  readonly departmentId: string | null
  readonly isRecursive: boolean
  /** Null: whoever is not in the trash. */
  readonly status: Status | null
  readonly typeId: string | null
  readonly roleId: string | null
  /** Words, each of which has to stand in what the caller may read of a person. */
  readonly text: string
}

export const EVERYBODY: StaffFilter = {
  departmentId: null,
  isRecursive: false,
  status: null,
  typeId: null,
  roleId: null,
  text: '',
}

export const STAFF_ORDERS = [
  'NAME',
  'PINYIN',
  'LOGIN',
  'TITLE',
  'TYPE',
  'DEPARTMENT',
  'STATUS',
  'LEAVE_DATE',
] as const
export type StaffOrder = (typeof STAFF_ORDERS)[number]

/** Enough of a person to find their place in a list of some order. */
export interface Placed extends Named {
  /** What the order goes by, before name and id. */
  readonly place: string
}

/** So many lists are kept for one state. */
const KEPT = 16
const LISTS = new WeakMap<State, { generation: number; readonly of: Map<string, unknown> }>()

/** People whom the administration shows: which of them, and in which order; each page of a list costs the same (T72). */
export class StaffLists {
  readonly #authority: Authority
  readonly #state: State

  constructor(authority: Authority) {
    this.#authority = authority
    this.#state = authority.state
  }

  /** By name, then id. */
  byName(filter: StaffFilter): readonly Named[] {
    return this.#once(['byName', filter], () => this.#listed(filter))
  }

  /** In another order, those without what it goes by last; only by what the caller may read. */
  placed(filter: StaffFilter, order: StaffOrder, isDescending: boolean): readonly Placed[] {
    return this.#once(['placed', filter, order, isDescending], () => {
      const placeOf = this.#placing(order, isDescending ? '' : LAST)
      const placed = this.#listed(filter).map((entry) => ({
        id: entry.id,
        name: entry.name,
        place: placeOf(entry),
      }))
      // Places are compared alone: whoever has the same one is already in order.
      const turn = isDescending ? -1 : 1
      return placed.sort(
        (a, b) =>
          turn * compareText(a.place, b.place) ||
          turn * compareText(a.name, b.name) ||
          turn * compareText(a.id, b.id),
      )
    })
  }

  /** How many people who are not in the trash belong to each department, and to it or one below it, each once. */
  counts(): ReadonlyMap<string, { readonly own: number; readonly all: number }> {
    return this.#once(['counts'], () => {
      const counts = new Map<string, { own: number; all: number }>()
      const countOf = (id: string) => {
        const known = counts.get(id)
        if (known) return known
        const fresh = { own: 0, all: 0 }
        counts.set(id, fresh)
        return fresh
      }
      const several: Staff[] = []
      for (const entry of this.#listed(EVERYBODY)) {
        for (const { departmentId } of entry.memberships) countOf(departmentId).own++
        if (entry.memberships.length > 1) several.push(entry)
      }
      // Each once: whoever belongs to several departments is counted by themself, all others by their department.
      for (const [id, { own }] of counts)
        for (const above of ancestry(this.#state, id)) countOf(above.id).all += own
      for (const { memberships } of several) {
        const met = new Set<string>()
        for (const { departmentId } of memberships)
          for (const { id } of ancestry(this.#state, departmentId)) {
            if (met.has(id)) countOf(id).all--
            met.add(id)
          }
      }
      return counts
    })
  }

  /** What the people are shown whose roles the caller may read, by type. */
  typeMatrix(): readonly SightByType[] {
    return this.#once(['typeMatrix'], () => {
      const people = this.#listed({ ...EVERYBODY, status: 'ACTIVE' })
      return typeMatrix(
        this.#state,
        people.filter((entry) => this.showsRoles(entry)),
      )
    })
  }

  /** How many people there are of each status. */
  statuses(): Readonly<Record<Status, number>> {
    return this.#once(['statuses'], () => {
      const showsAll = this.#authority.everywhere('staff.read')
      const counts = { ACTIVE: 0, DISABLED: 0, TRASHED: 0 }
      for (const entry of this.#state.all('staff'))
        if (showsAll || this.#authority.showsStaff(entry)) counts[entry.status]++
      return counts
    })
  }

  #listed(filter: StaffFilter): readonly Staff[] {
    const { status, typeId, roleId } = filter
    const words = comparable(filter.text)
      .split(/\s+/)
      .filter((word) => word !== '')
    const shown = this.#shown()
    const showsAll = this.#authority.everywhere('staff.read')
    const text = showsAll ? wholeText : (entry: Staff) => textOf(entry, shown)
    return this.#candidates(filter).filter(
      (entry) =>
        (showsAll || this.#authority.showsStaff(entry)) &&
        (status === null ? entry.status !== 'TRASHED' : entry.status === status) &&
        (typeId === null || entry.typeId === typeId) &&
        (roleId === null || (this.showsRoles(entry) && entry.roleIds.includes(roleId))) &&
        (words.length === 0 || says(text(entry), words)),
    )
  }

  showsRoles(entry: Staff): boolean {
    return this.#authority.over('role.assign', entry).isAll || this.#authority.everywhere('role.write')
  }

  /** In order of names. */
  #candidates({ departmentId, isRecursive }: StaffFilter): readonly Staff[] {
    if (departmentId === null) return staffByName(this.#state)
    if (!this.#authority.showsDepartment(departmentId)) return []
    const ids = new Set<string>()
    for (const id of isRecursive ? subtree(this.#state, departmentId) : [departmentId])
      for (const staffId of this.#state.members(id)) ids.add(staffId)
    return someByName(this.#state, ids)
  }

  /** Whether a field of somebody may be read: nobody is found or put in order by what may not. */
  #shown(): (entry: Staff, key: string) => boolean {
    const everywhere = new Map<string, boolean>()
    return (entry, key) => {
      let isEverywhere = everywhere.get(key)
      if (isEverywhere === undefined) {
        isEverywhere = this.#authority.readsEverywhere('staff.read', key)
        everywhere.set(key, isEverywhere)
      }
      return isEverywhere || this.#authority.over('staff.read', entry).has(key)
    }
  }

  #placing(order: StaffOrder, none: string): (entry: Staff) => string {
    const shown = this.#shown()
    const orNone = (text: string | null | undefined) => (text == null || text === '' ? none : text)
    return (entry) => {
      switch (order) {
        case 'NAME':
          return ''
        case 'PINYIN':
          return (entry.pinyin ?? entry.name).toLowerCase()
        case 'LOGIN':
          return entry.login
        case 'TITLE':
          return shown(entry, 'title') ? orNone(entry.title) : none
        case 'LEAVE_DATE':
          return shown(entry, 'leaveDate') ? orNone(entry.leaveDate) : none
        case 'STATUS':
          return entry.status
        case 'TYPE':
          return orNone(entry.typeId === null ? null : this.#state.get('staffType', entry.typeId)?.name)
        case 'DEPARTMENT': {
          const seen = entry.memberships.filter((m) => this.#authority.showsDepartment(m.departmentId))
          const main = seen.find((m) => m.isMain) ?? seen[0]
          return orNone(main && this.#state.get('department', main.departmentId)?.name)
        }
      }
    }
  }

  /** The same list for as long as nothing changes. What somebody may see stands in the state. */
  #once<T>(key: readonly unknown[], make: () => T): T {
    const { generation } = this.#state
    let kept = LISTS.get(this.#state)
    if (!kept || kept.generation !== generation)
      LISTS.set(this.#state, (kept = { generation, of: new Map() }))
    const name = canonicalJson([this.#authority.staffId, ...key])
    // What is put there under a key was made for it.
    if (kept.of.has(name)) return kept.of.get(name) as T
    const made = make()
    const [oldest] = kept.of.keys()
    if (kept.of.size >= KEPT && oldest !== undefined) kept.of.delete(oldest)
    kept.of.set(name, made)
    return made
  }
}

/** Behind every text. */
const LAST = '\uffff'

const TEXTS = new WeakMap<Staff, string>()

/** All that can be read of somebody, kept for as long as nobody changes them. */
function wholeText(entry: Staff): string {
  let text = TEXTS.get(entry)
  if (text === undefined) TEXTS.set(entry, (text = textOf(entry, () => true)))
  return text
}

function textOf(entry: Staff, shown: (entry: Staff, key: string) => boolean): string {
  const { name, login, pinyin, initials } = entry
  const parts = [name, login, pinyin, pinyin?.replaceAll(' ', ''), initials]
  if (shown(entry, 'nickname')) parts.push(entry.nickname)
  if (shown(entry, 'title')) parts.push(entry.title)
  if (shown(entry, 'mobile')) parts.push(entry.mobile)
  if (shown(entry, 'email')) parts.push(...entry.email)
  return comparable(parts.join('\n'))
}

/** Without case and widths. Marks count: `fold` of the search would take 14 us a person. */
function comparable(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}

function says(text: string, words: readonly string[]): boolean {
  return words.every((word) => text.includes(word))
}
